"""What must hold in the corpus, besides the contracts."""

from collections.abc import Sequence

import polars as pl

from assets import gates
from assets.code.checks import nothing_opted_out
from assets.contracts import Audit, Contract, Finding, failing
from assets.corpus import likeness, proofs, sections
from resources.engine import Stage
from resources.lake import Shard

SLICES = Stage(proofs.not_literal, version="1")
WHOLE = Stage(sections.not_whole, version="1")
GROUNDED = Stage(proofs.not_grounded, version="1")


def chunks_are_literal_slices(audit: Audit) -> Finding:
    """Each chunk's text stands in its file, character by character, where start and end say, on the lines that it names.

    Of a document it is a whole section.
    """
    files, documents = _beside(audit, "deduplicated_code"), _beside(audit, "document_sections")
    broken = [*_broken(audit, SLICES, files), *_broken(audit, WHOLE, documents), *_strangers(audit, [*files, *documents])]
    return failing(broken, "chunks that are not a slice of their file or document")


def answers_are_grounded(audit: Audit) -> Finding:
    """The words of each answer stand, in their order, in the span of the chunk that it names."""
    pairs = _beside(audit, "cleaned_chunks")
    return failing([*_broken(audit, GROUNDED, pairs), *_strangers(audit, pairs)], "answers that do not stand in their span")


def split_is_leak_free(audit: Audit) -> Finding:
    """No group is in two splits, and no example in train or validation is near-equal to one that is held out from it."""
    rows = audit.snapshot.scan().select("id", "split", "group_id", "messages").collect()
    straddling = rows.group_by("group_id").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)
    broken = rows.filter(pl.col("group_id").is_in(straddling["group_id"].to_list()))["id"].to_list()
    chosen = audit.settings.corpus.splits
    leaks = likeness.leaks(
        rows, threshold=chosen.near_duplicate_threshold, shingle_words=chosen.shingle_words, equal_answer_words=chosen.equal_answer_words
    )
    counts = dict(rows.group_by("split").len().sort("split").rows())
    return failing(broken + leaks["other"].to_list(), "examples that leak", groups_in_two_splits=straddling.height, **counts)


def every_split_has_rows(audit: Audit) -> Finding:
    """There is something to train on, something to choose a checkpoint by, and something to report on."""
    found = set(audit.snapshot.scan().select("split").unique().collect()["split"])
    missing = sorted({"train", "validation", "test"} - found)
    remedy = "three groups (repositories or packages) with documented code are needed at least: add sources"
    return Finding(not missing, {"empty": missing, "what": remedy} if missing else {})


def _broken(audit: Audit, stage: Stage, pairs: Sequence[tuple[Shard, Shard]]) -> list[str]:
    """Run a stage that keeps the rows for which a claim fails on each shard with its parent's."""
    return gates.kept_by(audit, stage, pairs)["id"].to_list() if pairs else []


def _beside(audit: Audit, parent: str) -> list[tuple[Shard, Shard]]:
    """Return the shards that have rows, each with the parent's shard of the same label, where it has one."""
    parents = {shard.label: shard for shard in audit.parent(parent).shards}
    return [(shard, parents[shard.label]) for shard in audit.snapshot.shards if shard.rows and shard.label in parents]


def _strangers(audit: Audit, pairs: Sequence[tuple[Shard, Shard]]) -> list[str]:
    """Return the labels of shards that no parent's shard stands beside: nothing proves their rows."""
    known = {shard.label for shard, _ in pairs}
    return [shard.label for shard in audit.snapshot.shards if shard.rows and shard.label not in known]


CLEANED_CHUNKS = Contract(
    "cleaned_chunks", "assets.corpus.schema:CleanedChunks", (*gates.TABLE, nothing_opted_out, chunks_are_literal_slices)
)
QA_PAIRS = Contract("qa_pairs", "assets.corpus.schema:QaPairs", (*gates.TABLE, answers_are_grounded))
CHAT_EXAMPLES = Contract("chat_examples", "assets.corpus.schema:ChatExamples", gates.TABLE)
CHATML_SPLITS = Contract("chatml_splits", "assets.corpus.schema:ChatmlSplits", (*gates.TABLE, every_split_has_rows, split_is_leak_free))

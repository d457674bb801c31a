"""What must hold in the corpus, besides the contracts."""

from collections.abc import Sequence

import polars as pl

from assets import gates, tokenizer
from assets.code.checks import nothing_opted_out
from assets.contracts import Audit, Contract, Finding, failing
from assets.corpus import proofs
from assets.corpus.chunks import sections
from assets.corpus.decontamination.proof import not_clean
from assets.corpus.generation import proof
from assets.corpus.splits import likeness, straddling
from assets.corpus.template import contract
from resources.engine import Stage
from resources.lake import Shard

SLICES = Stage(proofs.not_literal, version="1")
WHOLE = Stage(sections.not_whole, version="1")
GROUNDED = Stage(proofs.not_grounded, version="2")
SAID = Stage(likeness.what_is_said, version="1")
NOT_CLEAN = Stage(not_clean, version="1")
TEMPLATE = Stage(contract.breaking, version="1")
GENERATED = Stage(proof.not_grounded, version="1")


def chunks_are_literal_slices(audit: Audit) -> Finding:
    """Each chunk's text stands in its file, character by character, where start and end say, on the lines that it names.

    Of a document it is a whole section.
    """
    files, documents = _beside(audit, "deduplicated_code"), _beside(audit, "document_sections")
    broken = [*_broken(audit, SLICES, files), *_broken(audit, WHOLE, documents), *_strangers(audit, [*files, *documents])]
    return failing(broken, "chunks that are not a slice of their file or document")


def answers_are_grounded(audit: Audit) -> Finding:
    """The words of each answer stand, in their order, in the span of the chunk that it names; of a generated one enough of them do."""
    pairs = _beside(audit, "cleaned_chunks")
    generated = GENERATED.bind(audit.settings.corpus.generation.gates)
    broken = [*_broken(audit, GROUNDED, pairs), *_broken(audit, generated, pairs), *_strangers(audit, pairs)]
    return failing(broken, "answers that do not stand in their span")


def everything_was_asked(audit: Audit) -> Finding:
    """No request to a language model failed for good, or was left for the next run by a budget or an endpoint that was away."""
    summary = audit.draft.summary
    left = {name: summary.get(name, 0) for name in ("unasked", "failed")}
    remedy = "the next run asks what was left; the job retry_failed_generations asks again what failed"
    return Finding(not any(left.values()), left | ({"stopped": summary["stopped"] or "", "what": remedy} if any(left.values()) else {}))


def split_is_leak_free(audit: Audit) -> Finding:
    """Nothing that must stay together is in two splits, and no example is near-equal to one that is held out from its split."""
    chosen, examples = audit.settings.corpus.splits, audit.parent("chat_examples")
    examples.verify(examples.shards)
    keys = straddling.straddling(
        *([snapshot.storage.uri(shard.key) for shard in snapshot.shards] for snapshot in (audit.snapshot, examples))
    )
    said = gates.kept_by(audit, SAID.bind(chosen))
    leaks = likeness.leaks_among(said, chosen.near_duplicate_threshold)
    broken = keys["rows"].explode().drop_nulls().to_list() + leaks["other"].to_list()
    counts = dict(said.group_by("split").len().sort("split").rows())
    return failing(broken, "examples that leak", keys_in_two_splits=keys.height, **counts)


def splits_are_decontaminated(audit: Audit) -> Finding:
    """No example holds a prompt or a solution of a registered benchmark, or 13 words of one in a row."""
    sets = audit.parent("benchmarks")
    if not sets.manifest.rows:
        return Finding(True, {"problems": 0, "what": "the profile registers no benchmark"})
    inputs = [(shard, sets.shards[0]) for shard in audit.snapshot.shards]
    found = gates.kept_by(audit, NOT_CLEAN.bind(audit.settings.corpus.decontamination), inputs)
    names = sets.scan().select("benchmark").unique().sort("benchmark").collect()["benchmark"].to_list()
    return failing(found["id"].to_list(), "examples that hold a problem", problems=sets.manifest.rows, benchmarks=names)


def every_split_has_rows(audit: Audit) -> Finding:
    """There is something to train on, something to choose a checkpoint by, and something to report on."""
    found = set(audit.snapshot.scan().select("split").unique().collect()["split"])
    missing = sorted({"train", "validation", "test"} - found)
    remedy = "three groups (repositories or packages) with documented code are needed at least: add sources"
    return Finding(not missing, {"empty": missing, "what": remedy} if missing else {})


def every_chat_is_rendered(audit: Audit) -> Finding:
    """The base model's own template renders every chat."""
    return _by_template(audit, "not_rendered")


def text_begins_once(audit: Audit) -> Finding:
    """Each text begins with the template's BOS token once, or with none where the template has none."""
    return _by_template(audit, "beginning")


def every_answer_ends(audit: Audit) -> Finding:
    """Each turn of the assistant ends with the template's end mark."""
    return _by_template(audit, "end_mark")


def only_the_template_writes_control_tokens(audit: Audit) -> Finding:
    """The encoding holds the control tokens that the template writes: none doubled, none that somebody said."""
    return _by_template(audit, "control_tokens")


def loss_is_on_the_assistant(audit: Audit) -> Finding:
    """Loss lies on what the assistant says, calls, and on its end marks, and nowhere else."""
    return _by_template(audit, "loss")


def tools_are_shown(audit: Audit) -> Finding:
    """Each tool, each call with its arguments, and each result stands in the text."""
    return _by_template(audit, "tools")


def token_counts_are_true(audit: Audit) -> Finding:
    """n_tokens and n_answer_tokens are those of the text."""
    return _by_template(audit, "token_counts")


def transformers_agrees(audit: Audit) -> Finding:
    """Transformers makes the same tokens of a sample of each shard."""
    return _by_template(audit, "transformers")


def no_answer_is_lost(audit: Audit) -> Finding:
    """At least one whole answer of each example fits into the tokens that a training example may have."""
    return _by_template(audit, "answer_lost")


def few_examples_are_cut(audit: Audit) -> Finding:
    """The share of examples that are longer than a training example may be is below its limit."""
    longer, rows = _contract(audit).filter(claim=contract.TRUNCATED).height, audit.snapshot.manifest.rows
    share, limit = longer / max(rows, 1), audit.settings.corpus.template.max_truncated_share
    remedy = "lower corpus.splits.max_example_tokens to model.training.max_tokens, or raise the latter"
    return Finding(share <= limit, {"share": round(share, 4), "limit": limit, **({"what": remedy} if share > limit else {})})


def _by_template(audit: Audit, claim: str) -> Finding:
    return failing(_contract(audit).filter(claim=claim)["id"].to_list(), f"rows of which this does not hold: {contract.CLAIMS[claim]}")


def _contract(audit: Audit) -> pl.DataFrame:
    """Return (id, claim) of what rows break; the engine remembers it, so that all claims cost one pass."""
    chosen, max_tokens = audit.settings.corpus.template, audit.settings.model.training.max_tokens
    settings = contract.TemplateContractSettings(max_tokens=max_tokens, **chosen.model_dump())
    template = tokenizer.template_input(audit.lake, audit.parent("base_model"))
    return gates.kept_by(audit, TEMPLATE.bind(settings), [(shard, template) for shard in audit.snapshot.shards])


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
QA_PAIRS = Contract(
    "qa_pairs",
    "assets.corpus.schema:QaPairs",
    (*gates.TABLE, answers_are_grounded, everything_was_asked),
    warnings=("everything_was_asked",),
)
CHAT_EXAMPLES = Contract("chat_examples", "assets.corpus.schema:ChatExamples", gates.TABLE)
BENCHMARKS = Contract("benchmarks", "assets.corpus.schema:Benchmarks", gates.OPTIONAL_SOURCE)
CHATML_SPLITS = Contract(
    "chatml_splits",
    "assets.corpus.schema:ChatmlSplits",
    (
        *gates.TABLE, every_split_has_rows, split_is_leak_free, splits_are_decontaminated, every_chat_is_rendered, text_begins_once,
        every_answer_ends, only_the_template_writes_control_tokens, loss_is_on_the_assistant, tools_are_shown, token_counts_are_true,
        transformers_agrees, no_answer_is_lost, few_examples_are_cut,
    ),
)  # fmt: skip

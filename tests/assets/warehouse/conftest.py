"""A small corpus in which every dataset is made from the one above, published in a lake."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assets import ledger, passport
from assets.code import quality
from assets.redaction.redaction import REDACTIONS
from assets.warehouse import datasets
from resources.lake import Lake, Snapshot

FILES = 12  # in 4 repositories; every 6th is dropped by clean_code, every 5th of the rest is a copy
UNKNOWN = {
    "committed_at": pl.Datetime("us", "UTC"), "stars": pl.Int64, "topics": pl.List(pl.String), "license_source": pl.String,
    "license_confidence": pl.Float64, "parsed_before": pl.Boolean,
}  # fmt: skip
METRICS = ("bertscore", "rouge_l", "token_f1", "rouge_1", "combined")
PARENTS = {
    "clean_code": ["raw_code"], "near_duplicate_clusters": ["clean_code"], "deduplicated_code": ["clean_code"],
    "document_sections": ["raw_documents"], "cleaned_chunks": ["deduplicated_code", "document_sections"], "qa_pairs": ["cleaned_chunks"],
    "tool_conversations": ["raw_conversations"],
    "silver_review_comments": ["bronze_prs"], "review_tasks": ["silver_review_comments", "bronze_prs"],
    "chat_examples": ["qa_pairs", "review_tasks", "tool_conversations"],
    "chatml_splits": ["chat_examples", "benchmarks"], "baseline_eval": ["chatml_splits"], "eval_report": ["baseline_eval"],
}  # fmt: skip
Frames = dict[str, tuple[pl.DataFrame, pl.DataFrame]]


class Corpus:
    """Makes the datasets, and publishes them one after another, each made from the one before."""

    def make(self, files: int = FILES) -> Frames:
        """Return each dataset's rows and ledger."""
        return make_frames(files)

    def publish(self, lake: Lake, frames: Frames) -> dict[str, Snapshot]:
        return publish_frames(lake, frames)


@pytest.fixture
def corpus() -> Corpus:
    return Corpus()


def publish_frames(lake: Lake, frames: Frames) -> dict[str, Snapshot]:
    done: dict[str, Snapshot] = {}
    for asset, (rows, dropped) in frames.items():
        parents = [lake.snapshot(above) for above in PARENTS.get(asset, ()) if lake.current(above)]
        draft = lake.draft(asset, parents)
        half = rows.height // 2
        draft.parts = [lake.put(part, f"shard {index}") for index, part in enumerate((rows.head(half), rows.tail(rows.height - half)))]
        draft.ledgers = [lake.put(dropped.select(pl.lit(asset).alias("asset"), pl.all()), "ledger")]
        done[asset] = lake.commit(draft)
        lake.publish(done[asset], draft.base)
    return done


def make_frames(files: int) -> Frames:
    raw = _raw(files)
    index = pl.int_range(pl.len())
    clean, short = _derive(raw.filter(index % 6 != 5), "clean_code"), raw.filter(index % 6 == 5)
    kept, copies = _derive(clean.filter(index % 5 != 4), "deduplicated_code"), clean.filter(index % 5 == 4)
    clusters = _derive(clean, "near_duplicate_clusters")
    chunks = _derive(kept, "cleaned_chunks")
    pairs, silent = _derive(chunks.filter(index % 2 == 0), "qa_pairs"), chunks.filter(index % 2 == 1)
    examples = _derive(pairs, "chat_examples")
    splits = _derive(examples, "chatml_splits")
    bronze, comments, tasks = _reviews()
    baseline = _derive(splits.filter(pl.col("split") == "test"), "baseline_eval")
    report = _derive(baseline, "eval_report")
    return {
        "raw_code": (_typed("raw_code", raw), ledger.entries(_refused(), "over_size", score=pl.lit(9e6), threshold=1e6)),
        "clean_code": (_typed("clean_code", clean), _too_little(short)),
        "near_duplicate_clusters": (_typed("near_duplicate_clusters", clusters), ledger.empty()),
        "deduplicated_code": (_typed("deduplicated_code", kept), _copies(copies)),
        "raw_documents": (datasets.empty_tables()["raw_documents"], ledger.empty()),
        "document_sections": (datasets.empty_tables()["document_sections"], ledger.empty()),
        "cleaned_chunks": (_typed("cleaned_chunks", chunks), ledger.empty()),
        "bronze_prs": (bronze, ledger.empty()),
        "silver_review_comments": (comments.filter(pl.col("line") != 3), _not_proven(comments.filter(pl.col("line") == 3))),
        "review_tasks": (tasks, ledger.empty()),
        "raw_conversations": (datasets.empty_tables()["raw_conversations"], ledger.empty()),
        "tool_conversations": (datasets.empty_tables()["tool_conversations"], ledger.empty()),
        "qa_pairs": (_typed("qa_pairs", pairs), ledger.entries(silent, "no_documentation")),
        "chat_examples": (_typed("chat_examples", examples), ledger.empty()),
        "benchmarks": (datasets.empty_tables()["benchmarks"], ledger.empty()),
        "chatml_splits": (_typed("chatml_splits", splits), _contaminated(examples.head(2))),
        "baseline_eval": (_typed("baseline_eval", baseline), ledger.empty()),
        "eval_report": (_typed("eval_report", report), ledger.empty()),
    }


def _reviews() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """A pull request of one hour ago with three comments by two people, one of which is not proven, and their tasks."""
    opened = pl.Series("created_at", [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 1, 3, 5)], dtype=pl.Datetime("us", "UTC"))
    same = {"host": "https://forge.example", "repository": "owner/name", "pull_number": 7}
    bronze = _filled("bronze_prs", pl.DataFrame([{**same, "id": "b" * 32, "review_comments": [{"id": 1}, {"id": 2}, {"id": 3}]}]))
    comments = pl.DataFrame({"line": [1, 2, 3], "author": ["reviewer_0", "reviewer_0", "reviewer_1"], "comment_id": [1, 2, 3]})
    said = {"pull_created_at": opened[0], "parent_ids": ["b" * 32], "path": "a.py", "method": "line", "confidence": 1.0, "is_valid": True}
    named = comments.with_columns(
        passport.row_ids("silver_review_comments", ["1", "2", "3"]), opened[1:],
        **{name: pl.lit(value) for name, value in (same | {"by_pull_author": False, "thread_id": "t"} | said).items()},
    )  # fmt: skip
    tasks = named.head(2).with_columns(passport.row_ids("review_tasks", named["id"].head(2)), pl.concat_list("id").alias("parent_ids"))
    return bronze, _filled("silver_review_comments", named), _filled("review_tasks", tasks.with_columns(task=pl.lit("comment")))


def _filled(asset: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with every column of the dataset, null where they say nothing."""
    return pl.concat([datasets.empty_tables()[asset], rows], how="diagonal_relaxed").select(datasets.empty_tables()[asset].columns)


def _not_proven(comments: pl.DataFrame) -> pl.DataFrame:
    return ledger.entries(comments, "file_not_in_diff", detail=pl.format("{}#{} {}", "repository", "pull_number", "path"))


def _too_little(files: pl.DataFrame) -> pl.DataFrame:
    """Two files with too few letters, of which the second has too few comments too."""
    letters = ledger.entries(files, "few_letters", score=pl.lit(0.2), threshold=0.25)
    return pl.concat([letters, ledger.entries(files.tail(1), "few_comments", score=pl.lit(0.0), threshold=0.01)])


def _copies(files: pl.DataFrame) -> pl.DataFrame:
    """A near copy that another threshold would let live, and exact ones."""
    near = ledger.entries(files.head(1), "near_duplicate", score=pl.lit(0.8), threshold=0.7)
    return pl.concat([near, ledger.entries(files.tail(-1), "exact_duplicate")])


def _contaminated(examples: pl.DataFrame) -> pl.DataFrame:
    """Two examples that hold a problem, in the ledger: they would stand in the splits as well, but here nothing is counted by that."""
    scored = examples.with_columns(score=pl.Series([1.0, 3.0]))
    return ledger.entries(scored, "contaminated_ngram", score=pl.col("score"), threshold=1.0, detail=pl.lit("human_eval/HumanEval/0"))


def _refused() -> pl.DataFrame:
    return pl.DataFrame({"id": passport.row_ids("raw_code", ["refused"])})


def _derive(rows: pl.DataFrame, asset: str) -> pl.DataFrame:
    return rows.with_columns(passport.row_ids(asset, rows["id"]), parent_ids=pl.concat_list("id"))


def _typed(asset: str, rows: pl.DataFrame) -> pl.DataFrame:
    empty = datasets.empty_tables()[asset]
    return rows.select(pl.col(name).cast(dtype) for name, dtype in empty.schema.items())


def _raw(files: int) -> pl.DataFrame:
    """A wide frame with every column that any dataset asks for."""
    number = pl.int_range(files, eager=True).alias("number")
    text = [f"def f{index}():\n    return {index}\n" for index in range(files)]
    split = pl.col("number") % 4
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("tool_calls", "tool_call_id", "name")]
    role, content = pl.lit("user").alias("role"), pl.format("What does f{} do?", "number").alias("content")
    return pl.DataFrame([number, pl.Series("text", text)]).with_columns(
        passport.row_ids("raw_code", [str(index) for index in range(files)]),
        pl.lit([], dtype=pl.List(pl.String)).alias("parent_ids"),
        pl.format("repository-{}", split).alias("repository"), pl.format("repository-{}", split).alias("group_id"),
        pl.lit("package").alias("source"), pl.lit("1.0").alias("revision"), pl.format("f{}.py", "number").alias("path"),
        pl.lit("100644").alias("mode"), pl.when(split == 3).then(None).otherwise(pl.lit("Python")).alias("language"),
        pl.when(split == 2).then(None).otherwise(pl.lit("MIT")).alias("license"), pl.lit("utf-8").alias("encoding"),
        pl.lit([], dtype=pl.List(pl.String)).alias("repairs"), pl.lit([], dtype=pl.List(pl.String)).alias("imports"),
        pl.col("text").str.len_bytes().cast(pl.Int64).alias("n_bytes"), pl.lit(2).alias("n_lines"), pl.lit("0" * 64).alias("sha256"),
        pl.lit("0" * 32).alias("cluster_id"), pl.lit(1).alias("cluster_size"), pl.col("text").cast(pl.Binary).alias("content"),
        *[pl.lit(None, dtype=dtype).alias(name) for name, dtype in UNKNOWN.items()], pl.lit(False).alias("license_conflict"),
        pl.lit("swh:1:cnt:" + "0" * 40).alias("swhid"), pl.lit([], dtype=pl.List(pl.String)).alias("kinds"),
        pl.struct(pl.lit(0.3 if rule.name == "few_letters" else 0.5).alias(rule.name) for rule in quality.RULES).alias("scores"),
        pl.lit([], dtype=REDACTIONS).alias("redactions"), pl.lit("0" * 32).alias("survivor_id"), pl.lit(1.0).alias("jaccard"),
        pl.lit(True).alias("keep"), pl.lit("function").alias("kind"), pl.format("f{}", "number").alias("name"), pl.lit(0).alias("part"),
        pl.lit(None, dtype=pl.String).alias("signature"), pl.lit(None, dtype=pl.String).alias("docstring"),
        *[pl.lit(None, dtype=pl.Int64).alias(name) for name in ("docstring_start", "docstring_end")],
        *[pl.lit(value).alias(name) for name, value in {"start_line": 1, "end_line": 2, "start_char": 0, "end_char": 9}.items()],
        (pl.col("number") * 30 + 1).alias("n_tokens"), pl.lit(1).alias("n_answer_tokens"), pl.lit(1.0).alias("weight"),
        *[pl.lit("code_qa").alias(name) for name in ("generator", "shape")], pl.lit(0).alias("span_start"), pl.lit(1).alias("span_end"),
        *[pl.lit("text").alias(name) for name in ("question", "reference", "answer", "base_answer", "tuned_answer")],
        pl.when(split == 0).then(pl.lit("test")).when(split == 1).then(pl.lit("validation")).otherwise(pl.lit("train")).alias("split"),
        pl.concat_list(pl.struct(role, content, *nothing)).alias("messages"), pl.lit("[]").alias("tools"), pl.lit(0).alias("turn"),
        pl.concat_list(pl.format("repository:repository-{}", split)).alias("group_keys"), pl.lit("0" * 32).alias("dialogue"),
        *[pl.lit(None, dtype=pl.String).alias(name) for name in ("slice", "context")], pl.lit(1.0).alias("sample_quality_score"),
        *[pl.lit(0.25).alias(f"{prefix}{metric}") for prefix in ("", "base_") for metric in METRICS],
        *[pl.lit(0.5).alias(f"tuned_{metric}") for metric in METRICS],
    )  # fmt: skip

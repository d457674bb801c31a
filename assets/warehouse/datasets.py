"""The datasets that the warehouse shows, in the order that they are made, and the columns that each has when it is empty."""

from typing import Any

import polars as pl

from assets import ledger, validation
from assets.code import quality

SCHEMAS = {
    "raw_code": "assets.code.schema:RawCode",
    "clean_code": "assets.code.schema:CleanCode",
    "near_duplicate_clusters": "assets.code.schema:NearDuplicateClusters",
    "deduplicated_code": "assets.code.schema:DeduplicatedCode",
    "raw_documents": "assets.documents.schema:RawDocuments",
    "document_sections": "assets.documents.schema:DocumentSections",
    "cleaned_chunks": "assets.corpus.schema:CleanedChunks",
    "bronze_prs": "assets.pull_requests.schema:BronzePrs",
    "silver_review_comments": "assets.pull_requests.schema:SilverReviewComments",
    "review_tasks": "assets.pull_requests.schema:ReviewTasks",
    "raw_conversations": "assets.conversations.schema:RawConversations",
    "tool_conversations": "assets.conversations.schema:ToolConversations",
    "qa_pairs": "assets.corpus.schema:QaPairs",
    "chat_examples": "assets.corpus.schema:ChatExamples",
    "benchmarks": "assets.corpus.schema:Benchmarks",
    "chatml_splits": "assets.corpus.schema:ChatmlSplits",
    "baseline_eval": "assets.model.schema:BaselineEval",
    "eval_report": "assets.model.schema:EvalReport",
}

# The rules of other stages that give a score: the side of the threshold on which they drop, and whether what they kept has its score too.
_RULES = (
    ("clean_code", "over_size", "above", True),
    ("clean_code", "too_many_lines", "above", True),
    ("deduplicated_code", "near_duplicate", "above", False),  # pairs below the threshold are candidates, not all of them
    ("cleaned_chunks", "parse_errors", "above", False),
    ("cleaned_chunks", "too_short", "below", True),
    ("cleaned_chunks", "over_budget", "above", True),
)


def empty_tables() -> dict[str, pl.DataFrame]:
    """Return each dataset's contract as a frame without rows."""
    return {asset: pl.DataFrame(schema=_types(schema)) for asset, schema in SCHEMAS.items()}


def empty_ledger() -> pl.DataFrame:
    """Return the ledger as stored, without rows: with the asset that a row is about."""
    return pl.DataFrame(schema={"asset": pl.String, **ledger.SCHEMA})


def rules() -> pl.DataFrame:
    """Return asset, rule, drops ("above" or "below" the threshold) and keeps_scores of every rule that gives a score."""
    judged = [("clean_code", rule.name, rule.drops, True) for rule in quality.RULES]
    return pl.DataFrame([*judged, *_RULES], schema=["asset", "rule", "drops", "keeps_scores"], orient="row")


def _types(schema: str) -> dict[str, Any]:
    return {name: column.dtype.type for name, column in validation.schema_of(schema).columns.items()}

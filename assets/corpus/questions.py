"""Ask about chunks what their documentation answers."""

import re
from typing import Any

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.corpus import answers
from assets.corpus.answers import Pair, Shape

GENERATOR = "docstring"
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "repository": pl.String(),
        "path": pl.String(),
        "language": pl.String(),
        "license": pl.String(),
        "kind": pl.String(),
        "generator": pl.String(),
        "shape": pl.String(),
        "dialogue": pl.String(),
        "turn": pl.Int64(),
        "question": pl.String(),
        "context": pl.String(),
        "answer": pl.String(),
        "span_start": pl.Int64(),
        "span_end": pl.Int64(),
        "sample_quality_score": pl.Float64(),
    }
)


class QuestionSettings(BaseModel, frozen=True, extra="forbid"):
    """Which questions are asked, and how long an answer must and may be."""

    shapes: tuple[Shape, ...] = Field(("purpose", "returns", "parameters", "raises", "example", "docstring", "signature"), min_length=1)
    min_answer_words: int = Field(4, ge=1, description="a shorter answer is a label, not an answer")
    max_answer_words: int = Field(160, ge=1, description="a longer one is a page, and cut short in small contexts")

    @model_validator(mode="after")
    def _is_a_range(self) -> "QuestionSettings":
        if self.min_answer_words > self.max_answer_words:
            raise ValueError("min_answer_words is above max_answer_words")
        return self


def ask(chunks: pl.DataFrame, settings: QuestionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return question and answer pairs for chunks whose documentation says something, and a ledger row for each that yields none.

    Ledger rules: `no_documentation`, `says_nothing` (row_id is the chunk); `answer_too_short`, `answer_too_long`, `answer_incomplete`,
    `answer_in_question`, `not_grounded` (row_id is the id that the pair would have had).
    """
    documented = chunks.filter(pl.col("docstring").is_not_null())
    silent = ledger.entries(chunks.filter(pl.col("docstring").is_null()), "no_documentation", detail=_WHERE)
    rows: list[dict[str, Any]] = []
    sources: list[int] = []
    nothing: list[int] = []
    for index, row in enumerate(documented.iter_rows(named=True)):
        pairs = list(answers.about(row, settings.shapes, settings.min_answer_words, settings.max_answer_words))
        rows.extend(pair._asdict() for pair in pairs)
        sources.extend([index] * len(pairs))
        nothing.extend([] if pairs else [index])
    pairs_frame = _frame(rows, documented[sources])
    verdict = _verdicts(pairs_frame, settings, documented[sources]["text"])
    bad = verdict["rule"].is_not_null()
    dropped = ledger.entries(
        pl.concat([pairs_frame, verdict], how="horizontal").filter(bad),
        pl.col("rule"),
        score=pl.col("score"),
        threshold=pl.col("threshold"),
        detail=pl.format("{}:{}:{}", "repository", "path", "shape"),
    )
    return pairs_frame.filter(~bad), pl.concat([silent, ledger.entries(documented[nothing], "says_nothing", detail=_WHERE), dropped])


_WHERE = pl.format("{}:{}:{}", "repository", "path", "start_line")


def _frame(rows: list[dict[str, Any]], chunks: pl.DataFrame) -> pl.DataFrame:
    pairs = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in Pair._fields}, orient="row")
    ids = passport.row_ids("qa_pairs", chunks["id"], [GENERATOR] * chunks.height, pairs["shape"])
    origin = chunks.select(ids, pl.concat_list("id").alias("parent_ids"), "repository", "path", "language", "license")
    alone = {"kind": pl.lit("code"), "dialogue": pl.col("id"), "turn": pl.lit(0, pl.Int64), "context": pl.lit(None, pl.String)}
    made = {"generator": pl.lit(GENERATOR), "sample_quality_score": pl.lit(None, pl.Float64)}
    return pl.concat([origin, pairs], how="horizontal").with_columns(**alone, **made).select(*SCHEMA)


def _verdicts(pairs: pl.DataFrame, settings: QuestionSettings, texts: pl.Series) -> pl.DataFrame:
    """Return rule, score and threshold per pair; the rule is null for those that are kept."""
    schema = {"rule": pl.String, "score": pl.Float64, "threshold": pl.Float64}
    columns = pairs.select("answer", "question", "shape", "span_start", "span_end").iter_rows()
    return pl.DataFrame([_verdict(text, settings, *row) for row, text in zip(columns, texts, strict=True)], schema=schema, orient="row")


def _verdict(
    text: str, settings: QuestionSettings, answer: str, question: str, shape: str, start: int, end: int
) -> tuple[str | None, float | None, float | None]:
    n_words = len(answer.split())
    if n_words < (settings.min_answer_words if shape not in ("signature", "example") else 1):
        return "answer_too_short", n_words, settings.min_answer_words
    if n_words > settings.max_answer_words:
        return "answer_too_long", n_words, settings.max_answer_words
    if answers.UNFINISHED.search(answer):
        return "answer_incomplete", None, None
    if " ".join(answer.split()) in " ".join(question.split()):
        return "answer_in_question", None, None
    return (None, None, None) if is_grounded(answer, text[start:end]) else ("not_grounded", None, None)


_WORDS = re.compile(r"\w+")
_FENCE = re.compile(r"^```.*$", re.MULTILINE)


def is_grounded(answer: str, span_text: str) -> bool:
    """Tell whether the words of the answer stand in the span in the same order; marks, blanks and code fences count for nothing."""
    source = iter(_WORDS.findall(span_text))
    words = _WORDS.findall(_FENCE.sub("", answer))
    return bool(words) and all(word in source for word in words)  # `in` moves the iterator on

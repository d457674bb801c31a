"""The contracts of the model line: answers and their scores."""

from typing import Any

import pandera.polars as pa
import polars as pl

RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)


def score() -> Any:
    """Return a new field: a field object that several columns share takes the name of the last one."""
    return pa.Field(ge=-1.0, le=1.0)


class BaselineEval(pa.DataFrameModel):
    """A test example answered by the base model, scored against its reference."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    group_id: str
    source: str
    question: str
    reference: str
    answer: str
    bertscore: pl.Float64 = score()
    rouge_l: pl.Float64 = score()
    token_f1: pl.Float64 = score()
    rouge_1: pl.Float64 = score()
    combined: pl.Float64 = score()


class EvalReport(pa.DataFrameModel):
    """A test example answered by the base model and by the tuned one, side by side."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    group_id: str
    source: str
    question: str
    reference: str
    base_answer: str
    tuned_answer: str
    base_bertscore: pl.Float64 = score()
    base_rouge_l: pl.Float64 = score()
    base_token_f1: pl.Float64 = score()
    base_rouge_1: pl.Float64 = score()
    base_combined: pl.Float64 = score()
    tuned_bertscore: pl.Float64 = score()
    tuned_rouge_l: pl.Float64 = score()
    tuned_token_f1: pl.Float64 = score()
    tuned_rouge_1: pl.Float64 = score()
    tuned_combined: pl.Float64 = score()

"""The ledger: one row for each input row that a stage dropped or altered, with the rule that did it.

A ledger row never holds the text it is about: `detail` says where (repository:path) or names, not what.
"""

from typing import Literal

import polars as pl

SCHEMA = {
    "row_id": pl.String,
    "rule": pl.String,
    "action": pl.String,
    "score": pl.Float64,
    "threshold": pl.Float64,
    "detail": pl.String,
}


def empty() -> pl.DataFrame:
    """Return a ledger without rows."""
    return pl.DataFrame(schema=SCHEMA)


def entries(
    rows: pl.DataFrame,
    rule: str | pl.Expr,
    *,
    action: Literal["dropped", "altered"] = "dropped",
    score: pl.Expr | None = None,
    threshold: float | pl.Expr | None = None,
    detail: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return a ledger row for each of `rows` (which has an `id`); expressions are evaluated on `rows`."""
    values = {
        "row_id": pl.col("id"),
        "rule": rule if isinstance(rule, pl.Expr) else pl.lit(rule),
        "action": pl.lit(action),
        "score": pl.lit(None) if score is None else score,
        "threshold": threshold if isinstance(threshold, pl.Expr) else pl.lit(threshold),
        "detail": pl.lit(None) if detail is None else detail,
    }
    return rows.select(**{name: value.cast(SCHEMA[name]) for name, value in values.items()})

"""Conversations that are too long to be one."""

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger


class BoundSettings(BaseModel, frozen=True, extra="forbid"):
    """How long a conversation may be."""

    max_turns: int = Field(50, ge=0, description="a conversation with more is dropped by the rule too_many_turns")
    max_calls: int = Field(20, ge=0, description="one with more by the rule too_many_calls")


def drop_out_of_bounds(conversations: pl.DataFrame, settings: BoundSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (conversations within the bounds, a ledger row for each bound that one of the others exceeds; its row_id is the raw row's)."""
    limits = {"too_many_turns": ("n_turns", settings.max_turns), "too_many_calls": ("n_calls", settings.max_calls)}
    named = conversations.with_columns(id=pl.col("parent_ids").list.first())
    over = {rule: conversations[column] > limit for rule, (column, limit) in limits.items()}
    entries = [
        ledger.entries(named.filter(over[rule]), rule, score=pl.col(column), threshold=float(limit), detail=pl.col("source"))
        for rule, (column, limit) in limits.items()
    ]
    return conversations.filter(~(over["too_many_turns"] | over["too_many_calls"])), pl.concat(entries)

"""What is odd about a set of conversations as a whole, by thresholds: findings for a check and for the people who are told.

Pure over COLUMNS of tool_conversations. A finding says numbers and thresholds, never what a conversation says.
"""

from typing import Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

COLUMNS = ("id", "complexity", "n_turns", "n_calls", "tools_defined")
Severity = Literal["warn", "error"]
Kind = Literal["malformed_share", "no_call_share", "rows", "mean_turns", "mean_calls", "tool_coverage"]


class AnomalySettings(BaseModel, frozen=True, extra="forbid"):
    """Thresholds; those of shares and means are the ones that are usual for Glaive's data, and to be set to one's own."""

    max_malformed_share: float = Field(0.05, ge=0, le=1, description="conversations with a call whose arguments do not fit its tool")
    max_no_call_share: float = Field(0.6, ge=0, le=1, description="conversations without any call")
    min_rows: int = Field(1, ge=0, description="conversations that there must be")
    max_rows: int | None = Field(None, ge=0, description="and that there may be")
    max_mean_turns: float = Field(10, gt=0)
    max_mean_calls: float = Field(5, gt=0)
    min_tool_coverage: float = Field(0.3, ge=0, le=1, description="share of conversations that have tools")
    errors: tuple[Kind, ...] = Field(("malformed_share", "rows"), description="findings that are errors; the others are warnings")


class Anomaly(NamedTuple):
    """What was found: the value that is beyond its threshold."""

    kind: Kind
    severity: Severity
    value: float
    threshold: float
    rows: int

    @property
    def line(self) -> str:
        """The finding in words."""
        side = "below" if self.value < self.threshold else "above"
        return f"{self.kind.replace('_', ' ')} is {self.value:.4g}, {side} {self.threshold:g} (of {self.rows} conversations)"


def anomalies(conversations: pl.DataFrame, settings: AnomalySettings) -> tuple[Anomaly, ...]:
    """Return what is beyond its threshold, in the order of Kind. Of no conversations only their number is looked at."""
    rows = conversations.height
    most = float("inf") if settings.max_rows is None else float(settings.max_rows)
    found = [("rows", float(rows), *((float(settings.min_rows), True) if rows < settings.min_rows else (most, rows > most)))]
    if rows:
        found = [*_above(conversations, settings), *found, *_means(conversations, settings)]
    errors = set(settings.errors)
    return tuple(
        Anomaly(kind, "error" if kind in errors else "warn", round(value, 6), threshold, rows)  # type: ignore[arg-type]
        for kind, value, threshold, is_beyond in found
        if is_beyond
    )


def _above(conversations: pl.DataFrame, settings: AnomalySettings) -> list[tuple[str, float, float, bool]]:
    tiers = {"malformed_share": ("malformed", settings.max_malformed_share), "no_call_share": ("none", settings.max_no_call_share)}
    shares = {kind: float((conversations["complexity"] == tier).sum()) / conversations.height for kind, (tier, _) in tiers.items()}
    return [(kind, shares[kind], limit, shares[kind] > limit) for kind, (_, limit) in tiers.items()]


def _means(conversations: pl.DataFrame, settings: AnomalySettings) -> list[tuple[str, float, float, bool]]:
    turns, calls = (float(conversations[name].sum()) / conversations.height for name in ("n_turns", "n_calls"))
    covered = float((conversations["tools_defined"] > 0).sum()) / conversations.height
    return [
        ("mean_turns", turns, settings.max_mean_turns, turns > settings.max_mean_turns),
        ("mean_calls", calls, settings.max_mean_calls, calls > settings.max_mean_calls),
        ("tool_coverage", covered, settings.min_tool_coverage, covered < settings.min_tool_coverage),
    ]

"""What is done about rare conversations: weights, or copies of rare ones and a cap on frequent ones. Decided once, applied to every shard.

`balance` looks at the narrow rows of all conversations; `apply_balance` carries its decisions out on a shard of chats that were made of
them (see `chats.to_balanced_chats`); `effect` says what came of it. Everything depends on the rows and the settings alone.

- A rare value (low, or very low: see `slices`) is raised towards the share of `low_share`: the factor w with
  w s = low_share (w s + 1 - s). A conversation gets the largest factor of its values, not their product, and at most `max_factor`.
  Factors are rounded to quarters of an octave, so that a few new rows do not change the weight of every row.
- A value of a slice in `capped_shares` that has more than its share is cut to it (mode `resampling`): the conversations that stay are those
  with the smallest draws, and those with a rare value, or a malformed one, are not cut.
- A conversation with an invalid value (malformed) is never raised, whatever else is rare about it.

Copies are for training: count metrics on held-out splits over distinct conversations, or weigh instead.
"""

import math
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.conversations import slices
from assets.conversations.slices import INVALID, VALUES, SliceSettings

DECISIONS = pl.Schema(
    {
        "id": pl.String(),
        "weight": pl.Float64(),  # how much each of its chats counts
        "copies": pl.Int64(),  # how often each of its chats stands in the data; 0: it is cut
        "reason": pl.String(),  # slice=value that decided; null when nothing was
        "score": pl.Float64(),  # the share of that value
        "threshold": pl.Float64(),  # the share that it is raised to, or cut to
    }
)
_STEPS = 4  # of a factor, per octave


class BalanceSettings(BaseModel, frozen=True, extra="forbid"):
    """How rare conversations are balanced."""

    mode: Literal["none", "weights", "resampling"] = Field("weights", description="what is done about rare values")
    max_factor: float = Field(4.0, ge=1, le=100, description="no conversation counts for, or stands more often than, so many; as in splits")
    capped_shares: dict[str, float] = Field(
        {"complexity": 0.6}, description="resampling: largest share of a value of the slice; that of calls is what is watched for anyway"
    )
    max_cut_share: float = Field(0.5, ge=0, le=1, description="resampling: no more than so much of a value's rows is cut")
    seed: int = Field(0, description="another seed cuts, and rounds copies, differently")
    slices: SliceSettings = SliceSettings()

    @model_validator(mode="after")
    def _knows_its_slices(self) -> "BalanceSettings":
        if unknown := set(self.capped_shares) - set(VALUES):
            raise ValueError(f"capped_shares: no slice is called {', '.join(sorted(unknown))}: there are {', '.join(VALUES)}")
        if any(not 0 < share < 1 for share in self.capped_shares.values()):
            raise ValueError("capped_shares: a share is between 0 and 1")
        return self


def balance(conversations: pl.DataFrame, settings: BalanceSettings) -> pl.DataFrame:
    """Return the decision (DECISIONS) about each row of `slices.COLUMNS`, sorted by id, whatever the order they are given in."""
    values = slices.values_of(conversations).sort("id")
    draws = pl.Series("draw", [passport.draw(row_id, settings.seed) for row_id in values["id"]], dtype=pl.Float64)
    rows = _raised(values.with_columns(draws), settings)
    if settings.mode == "resampling":
        for name, share in settings.capped_shares.items():
            rows = _capped(rows, name, share, settings.max_cut_share)
    copies = pl.col("factor").floor() + (pl.col("draw") < pl.col("factor") % 1).cast(pl.Float64)  # as often as the factor, on average
    decided = {
        "weight": pl.col("factor") if settings.mode == "weights" else pl.lit(1.0),
        "copies": pl.when("is_cut").then(0.0).when(settings.mode == "resampling").then(copies).otherwise(1.0),
    }
    return rows.with_columns(**decided).select(pl.col(name).cast(dtype) for name, dtype in DECISIONS.items())


def _raised(values: pl.DataFrame, settings: BalanceSettings) -> pl.DataFrame:
    """Add to each row its factor, the slice=value that it is for, the share of that, and what it is raised to; nothing is cut yet."""
    shares = slices.weighted(values, pl.lit(1.0), settings.slices).shares
    is_rare = pl.col("level").is_in(["low", "very_low"]) & (pl.col("rows") > 0) & (settings.mode != "none")
    factor, reason, score = pl.lit(1.0), pl.lit(None, pl.String), pl.lit(None, pl.Float64)
    for name, value, share in shares.filter(is_rare).sort("share", maintain_order=True).select("slice", "value", "share").iter_rows():
        found = _factor(share, settings)
        if found > 1:  # the rarest comes first, so the first that fits is the largest
            has_it = (pl.col(name) == value) & reason.is_null()
            factor = pl.when(has_it).then(found).otherwise(factor)
            score = pl.when(has_it).then(share).otherwise(score)
            reason = pl.when(has_it).then(pl.lit(f"{name}={value}")).otherwise(reason)
    rows = values.with_columns(factor=factor, reason=reason, score=score)
    valid = pl.all_horizontal(~pl.col(name).is_in(invalid) for name, invalid in INVALID.items())
    raised = {name: pl.when(valid).then(name).otherwise(nothing) for name, nothing in (("factor", 1.0), ("reason", None), ("score", None))}
    rows = rows.with_columns(**raised, is_cut=pl.lit(False), is_valid=valid)
    return rows.with_columns(threshold=pl.when(pl.col("factor") > 1).then(settings.slices.low_share))


def _factor(share: float, settings: BalanceSettings) -> float:
    wanted = settings.slices.low_share
    exact = wanted * (1 - share) / (share * (1 - wanted))
    return round(min(settings.max_factor, 2 ** (round(math.log2(exact) * _STEPS) / _STEPS)), 6)


def _capped(rows: pl.DataFrame, name: str, cap: float, max_cut_share: float) -> pl.DataFrame:
    """Cut the frequent values of the slice `name` to `cap`, as far as that costs no more than `max_cut_share` of their rows."""
    there = rows.filter("is_valid", ~pl.col("is_cut"))
    for value, count in there.group_by(name).len().sort(name).rows():
        share, rest = count / there.height, there.height - count
        if share <= cap or not rest:  # where all rows have the value, it says nothing about them
            continue
        excess = min(count - int(cap * rest / (1 - cap)), int(count * max_cut_share))
        candidates = there.filter(pl.col(name) == value, pl.col("factor") == 1).sort("draw", "id", descending=True)
        is_cut = pl.col("id").is_in(candidates["id"].head(excess).implode())
        told = {"reason": pl.lit(f"{name}={value}"), "score": pl.lit(share), "threshold": pl.lit(cap)}
        changed = {column: pl.when(is_cut).then(found).otherwise(column) for column, found in told.items()}
        rows = rows.with_columns(**changed, is_cut=pl.col("is_cut") | is_cut)
    return rows


def apply_balance(chats: pl.DataFrame, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (chats whose `weight` is multiplied, ledger): each of `chats` as the decision about its first parent says.

    What is cut is a ledger row `capped`, what stands more than once one `copied` (altered); score and threshold are those of the value,
    which `detail` names, and the row id is that of the conversation. Copies follow their original, with ids of their own. A chat without
    a decision stays as it is.
    """
    keyed = chats.with_columns(_parent=pl.col("parent_ids").list.first())
    decided = decisions.select(_parent="id", _factor="weight", _copies="copies", _reason="reason", _score="score", _threshold="threshold")
    joined = keyed.join(decided, on="_parent", how="left", maintain_order="left")
    known = joined.with_columns(pl.col("_factor").fill_null(1.0), pl.col("_copies").fill_null(1))
    said: dict[str, Any] = {"score": pl.col("_score"), "threshold": pl.col("_threshold"), "detail": pl.col("_reason")}
    named = known.with_columns(id="_parent")
    capped = ledger.entries(named.filter(_copies=0), "capped", **said)
    copied = ledger.entries(named.filter(pl.col("_copies") > 1), "copied", action="altered", **said)
    repeated = known.filter(pl.col("_copies") > 0).with_columns(_copy=pl.int_ranges("_copies")).explode("_copy")
    ids = passport.row_ids("balanced_chat", repeated["id"], repeated["_copy"].cast(pl.String))
    first = pl.col("_copy") == 0
    kept = repeated.with_columns(id=pl.when(first).then("id").otherwise(ids), weight=pl.col("weight") * pl.col("_factor"))
    return kept.select(chats.columns), pl.concat([capped, copied])


def effect(conversations: pl.DataFrame, decisions: pl.DataFrame, settings: BalanceSettings) -> pl.DataFrame:
    """Return for each value of each slice its rows, share and level before and after (rows after: what they count for)."""
    values = slices.values_of(conversations).join(decisions.select("id", counts=pl.col("weight") * pl.col("copies")), on="id")
    before = slices.weighted(values, pl.lit(1.0), settings.slices).shares
    after = slices.weighted(values, pl.col("counts"), settings.slices).shares
    measured = ("rows", "share", "level")
    return before.select("slice", "value", "is_valid", *(pl.col(name).alias(f"{name}_before") for name in measured)).with_columns(
        after[name].alias(f"{name}_after") for name in measured
    )

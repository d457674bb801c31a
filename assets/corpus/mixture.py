"""How much of the data each source has: target shares or weights, and caps per repository and per document. Decided once, for all chats.

`decide` looks at the narrow rows of all chats, the stage `apply_mixture` carries its decisions out, `table` says what came of it. Nothing
depends on the order of the rows. What decides about a row is a draw of its own, a hash of seed and id, so rows that come or go elsewhere
change few decisions; weights are rounded to quarters of an octave for the same reason. As they stand, the settings change nothing.

A part is a source ("code_qa") or a slice of one ("tool_conversation/complex"). A row belongs to the narrowest part that is named; all
that is not named is the rest. Shares are of the whole and of what rows count for (the sum of their weights), after caps: the share of a
source includes that of its slices, and what the named parts leave is for the rest.

- `weights`: each part's rows count for share / (what the part has), within `max_factor`.
- `sampling`: parts that have too much are cut to their share, the smallest draws stay. So that a small source with a large share does not
  cost most of the others, no part loses more than `max_cut_share` of what it has.

Where a share cannot be reached (a source is too small, or not there at all), the table says so: it has a row for each part that is named.
"""

import math
from typing import Literal

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport

NARROW = pl.Schema(
    {"id": pl.String(), "source": pl.String(), "slice": pl.String(), "group_keys": pl.List(pl.String()), "weight": pl.Float64()}
)
DECISIONS = pl.Schema(
    {
        "id": pl.String(),
        "weight": pl.Float64(),  # what the row counts for
        "is_kept": pl.Boolean(),
        "reason": pl.String(),  # the rule that cut it, null when it is kept
        "score": pl.Float64(),  # how many rows the key has, or the share that the part has
        "threshold": pl.Float64(),  # how many it may have, or the share that it was to have
        "detail": pl.String(),  # the key, or the part
    }
)
TABLE = pl.Schema(
    {
        "part": pl.String(),
        "rows_before": pl.Int64(),
        "rows_after": pl.Int64(),
        "share_before": pl.Float64(),
        "share_after": pl.Float64(),
        "target": pl.Float64(),
        "is_reached": pl.Boolean(),
    }
)
REST = "the rest"
ALL = "all"
_STEPS = 4  # of a factor, per octave
_ROUNDS = 200
_TOLERANCE = 2 ** (1 / _STEPS) - 1  # of a share: two factors may each be half a step off


class MixtureSettings(BaseModel, frozen=True, extra="forbid"):
    """Which part of the data is what. Without shares, weights and caps everything stays as it is."""

    shares: dict[str, float] = Field({}, description="target share by source or source/slice, of what all rows count for")
    weights: dict[str, float] = Field(
        {}, description="instead of shares: how much more a row of the part counts than others do, 1 elsewhere"
    )
    method: Literal["weights", "sampling"] = Field("weights", description="weigh rows, or drop those of parts that have too much")
    max_factor: float = Field(8.0, ge=1, le=100, description="weights for shares: no row counts for so many times more, or less")
    max_cut_share: float = Field(0.5, ge=0, le=1, description="sampling for shares: no part loses more of what it has")
    caps: dict[str, int] = Field({}, description='most rows of one group key by its kind: {"repository": 2000, "document": 200}')
    max_rows: int | None = Field(None, gt=0, description="most rows in total")
    seed: int = Field(0, description="another seed drops other rows")

    @model_validator(mode="after")
    def _adds_up(self) -> "MixtureSettings":
        if self.shares and self.weights:
            raise ValueError("shares and weights say the same thing in two ways: set one of them")
        if any(not 0 < share <= 1 for share in self.shares.values()) or any(not 0 < weight < math.inf for weight in self.weights.values()):
            raise ValueError("a share is between 0 and 1, a weight is above 0: to leave a source out, switch it off")
        if any(cap < 1 for cap in self.caps.values()):
            raise ValueError("caps: at least one row of each key stays")
        if any(share < -1e-9 for share in own_shares(self).values()):
            raise ValueError("shares: all sources together have more than 1, or the slices of a source more than the source")
        return self


def own_shares(settings: MixtureSettings) -> dict[str, float]:
    """Return the share of each named part without that of its named slices, and of REST; nothing when no share is set."""
    if not settings.shares:
        return {}
    shares = dict(settings.shares)
    for part, share in settings.shares.items():
        if (source := part.partition("/")[0]) != part and source in shares:
            shares[source] -= share
    return {**shares, REST: 1 - math.fsum(shares.values())}


def decide(narrow: pl.DataFrame, settings: MixtureSettings) -> pl.DataFrame:
    """Return the decision (DECISIONS) about each row of NARROW, sorted by id: `over_cap` and `over_share` are cut."""
    rows = (
        narrow.select(*NARROW).sort("id").with_columns(is_kept=pl.lit(True), reason=pl.lit(None, pl.String), detail=pl.lit(None, pl.String))
    )
    rows = rows.with_columns(_part(rows, settings), score=pl.lit(None, pl.Float64), threshold=pl.lit(None, pl.Float64))
    rows = rows.with_columns(_draws(rows["id"], settings))
    for kind, cap in sorted(settings.caps.items(), key=lambda item: (item[1], item[0])):  # the narrower first: it leaves room in the wider
        rows = _capped(rows, kind, cap)
    rows = _sampled(rows, settings) if settings.method == "sampling" else rows
    rows = _limited(rows, settings.max_rows) if settings.max_rows else rows
    rows = _weighed(rows, settings) if settings.method == "weights" else rows
    return rows.select(pl.col(name).cast(dtype) for name, dtype in DECISIONS.items())


def _part(rows: pl.DataFrame, settings: MixtureSettings) -> pl.Series:
    """Return the narrowest named part of each row, or REST."""
    named = [*settings.shares, *settings.weights]
    sliced = pl.concat_str("source", pl.lit("/"), "slice")
    found = pl.when(sliced.is_in(named)).then(sliced).when(pl.col("source").is_in(named)).then("source").otherwise(pl.lit(REST))
    return rows.select(found.alias("part"))["part"]


def _draws(ids: pl.Series, settings: MixtureSettings) -> pl.Series:
    """Return a number in [0, 1) for each id that depends on nothing but id and seed, where one is needed."""
    if not (settings.caps or settings.max_rows or settings.method == "sampling"):
        return pl.Series("draw", [0.0], dtype=pl.Float64).new_from_index(0, len(ids))
    return pl.Series("draw", [passport.draw(row_id, settings.seed) for row_id in ids.to_list()], dtype=pl.Float64)


def _capped(rows: pl.DataFrame, kind: str, cap: int) -> pl.DataFrame:
    """Keep for each group key of `kind` the `cap` rows with the smallest draws."""
    listed = rows.filter("is_kept").select("id", "draw", key="group_keys").explode("key").filter(pl.col("key").str.starts_with(f"{kind}:"))
    ranked = (
        listed.unique(["id", "key"]).sort("key", "draw", "id").with_columns(_at=pl.int_range(pl.len()).over("key"), _n=pl.len().over("key"))
    )
    over = ranked.filter(pl.col("_at") >= cap).unique("id", keep="first", maintain_order=True)
    return _cut(rows, over.select("id", reason=pl.lit("over_cap"), score="_n", threshold=pl.lit(cap), detail="key"))


def _cut(rows: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    """Mark the rows `cut` (id, reason, score, threshold, detail) as such."""
    told = cut.with_columns(pl.col("score", "threshold").cast(pl.Float64), is_kept=pl.lit(False))
    return rows.update(told, on="id", maintain_order="left")


def _sampled(rows: pl.DataFrame, settings: MixtureSettings) -> pl.DataFrame:
    """Cut each part to what it is to have; draws become ranks within what stays of a part, so that a limit on all cuts all alike."""
    amounts = _amounts(rows)
    stays = _fractions(amounts, settings)
    for part, fraction in sorted(stays.items()):
        ranked = rows.filter("is_kept", part=part).sort("draw", "id")
        keep = max(1, math.floor(ranked.height * fraction + 0.5))
        share = amounts[part] / math.fsum(amounts.values())
        wanted = own_shares(settings).get(part, fraction * share)
        told = {"score": pl.lit(share), "threshold": pl.lit(wanted), "detail": pl.lit(part)}
        rows = _cut(rows, ranked[keep:].select("id", reason=pl.lit("over_share"), **told))
        rows = rows.with_columns(draw=pl.when(part=part).then(pl.col("draw") / fraction).otherwise("draw"))
    return rows


def _amounts(rows: pl.DataFrame) -> dict[str, float]:
    """Return what the kept rows of each part count for."""
    found = rows.filter("is_kept").group_by("part").agg(pl.col("weight").sort().sum()).sort("part")  # sorted: floats add up alike
    return dict(found.iter_rows())


def _fractions(amounts: dict[str, float], settings: MixtureSettings) -> dict[str, float]:
    """Return for the parts that are cut which fraction of them stays.

    With shares each part that has too much is cut to its share of what stays of all, and loses no more than `max_cut_share`.
    """
    if settings.weights:
        there = {part: settings.weights.get(part, 1.0) for part in amounts}
        found = {part: weight / max(there.values()) for part, weight in there.items()}
    else:
        shares = {part: max(share, 0.0) for part, share in own_shares(settings).items() if part in amounts}
        whole, least = math.fsum(amounts.values()), 1 - settings.max_cut_share
        for _ in range(_ROUNDS):  # the whole shrinks until it is the sum of its parts
            stays = {part: min(max(share * whole, least * amounts[part]), amounts[part]) for part, share in shares.items()}
            whole = math.fsum(stays.values())
        found = {part: amount / amounts[part] for part, amount in stays.items()}
    return {part: fraction for part, fraction in found.items() if fraction < 1 - 1e-6}


def _limited(rows: pl.DataFrame, max_rows: int) -> pl.DataFrame:
    """Keep the `max_rows` rows with the smallest draws."""
    kept = rows.filter("is_kept").sort("draw", "id")
    told = {"score": pl.lit(kept.height), "threshold": pl.lit(max_rows), "detail": pl.lit(ALL)}
    return _cut(rows, kept[max_rows:].select("id", reason=pl.lit("over_cap"), **told))


def _weighed(rows: pl.DataFrame, settings: MixtureSettings) -> pl.DataFrame:
    factors = settings.weights or _factors(_amounts(rows), settings)
    factor = pl.col("part").replace_strict(list(factors), list(factors.values()), default=1.0, return_dtype=pl.Float64)
    return rows.with_columns(weight=(pl.col("weight") * factor).round(6).clip(lower_bound=1e-6)) if factors else rows


def _factors(amounts: dict[str, float], settings: MixtureSettings) -> dict[str, float]:
    """Return by which factor each part's rows count more for it to have its share, in quarters of an octave."""
    wanted, whole = own_shares(settings), math.fsum(amounts.values())
    found = {}
    for part, amount in amounts.items():
        exact = wanted.get(part, 0.0) * whole / amount if wanted else 1.0
        bound = min(max(exact, 1 / settings.max_factor), settings.max_factor)
        found[part] = round(2 ** (round(math.log2(bound) * _STEPS) / _STEPS), 6)
    return {part: factor for part, factor in found.items() if factor != 1}


def table(narrow: pl.DataFrame, decisions: pl.DataFrame, settings: MixtureSettings) -> pl.DataFrame:
    """Return TABLE: for each source, each slice of one and each part that is named, rows and shares before and after, and the target.

    Shares are of what rows count for. A target is reached when the share is off by no more than rounded factors make it.
    """
    decided = decisions.select("id", "is_kept", after=pl.when("is_kept").then("weight").otherwise(0.0))
    rows = narrow.select("id", "source", "slice", before="weight").join(decided, on="id")
    is_rest = (_part(rows, settings) == REST) & bool(settings.shares or settings.weights)
    parts = [pl.col("source"), pl.concat_str("source", pl.lit("/"), "slice"), pl.when(is_rest).then(pl.lit(REST))]
    listed = [rows.select("is_kept", "before", "after", part=part).drop_nulls("part") for part in parts]
    sums = [pl.col(name).sort().sum() for name in ("before", "after")]  # sorted: floats add up alike
    total = rows.select(sums).row(0)
    named = {
        **dict.fromkeys(settings.weights),
        **settings.shares,
        **{part: own_shares(settings)[part] for part in settings.shares and [REST]},
    }
    targets = pl.DataFrame({"part": list(named), "target": list(named.values())}, schema={"part": pl.String, "target": pl.Float64})
    counts = pl.concat(listed).group_by("part").agg(*sums, rows_before=pl.len(), rows_after=pl.col("is_kept").sum())
    both = counts.join(targets, on="part", how="full", coalesce=True).with_columns(pl.exclude("part", "target").fill_null(0))
    shares = {f"share_{name}": pl.col(name) / (whole or 1.0) for name, whole in zip(("before", "after"), total, strict=True)}
    is_reached = (pl.col("share_after") - pl.col("target")).abs() <= pl.col("target") * _TOLERANCE + 1e-9
    found = both.with_columns(**shares).with_columns(is_reached=is_reached).sort(pl.col("part") == REST, "part")
    return found.select(pl.col(name).cast(dtype) for name, dtype in TABLE.items())


def apply_mixture(chats: pl.DataFrame, settings: MixtureSettings, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (chats with the weights of `decisions`, ledger): what is cut is a ledger row, `over_cap` or `over_share`.

    A chat without a decision stays as it is.
    """
    joined = chats.drop("weight").join(decisions, on="id", how="left", maintain_order="left")
    joined = joined.with_columns(pl.col("weight").fill_null(chats["weight"]), pl.col("is_kept").fill_null(True))
    cut = joined.filter(~pl.col("is_kept"))
    told = ledger.entries(cut, pl.col("reason"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("detail"))
    return joined.filter("is_kept").select(*chats.columns), told

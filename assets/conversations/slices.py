"""How evenly conversations cover what they should teach: the share of every value of six features, and how far that is from even.

Pure over the columns COLUMNS of tool_conversations. A value with a small share is **low** or **very low**, one that is not there at all
too. Values that nobody wants more of (arguments that are malformed, conversations in which the user says nothing) are counted, but are
left out of shares and tests, and are never raised.

The chi-square test is one of goodness of fit: against `targets` where they are set, else against equal shares of all valid values. It does
not say that the data should be even, but how much it is not: Cohen's w = sqrt(chi2 / n), small from .1, medium from .3, large from .5
(Cohen 1988, Statistical Power Analysis, table 7.2), and Cramér's V = w / sqrt(k - 1), which is 1 where one of k values has all rows
(of equal shares). With thousands of rows every p-value is 0: go by the effect.
"""

from typing import NamedTuple

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets.conversations.features import CALL_BUCKETS, COMPLEXITIES, TURN_BUCKETS

COLUMNS = ("id", "complexity", "turn_bucket", "call_bucket", "error_handling", "parallel", "tools_defined")
_BOTH = ("true", "false")
VALUES = {
    "complexity": COMPLEXITIES,
    "turn_bucket": TURN_BUCKETS,
    "call_bucket": CALL_BUCKETS,
    "error_handling": _BOTH,
    "parallel": _BOTH,
    "tools_defined": CALL_BUCKETS,  # the same steps
}
INVALID = {"complexity": ("malformed",), "turn_bucket": ("0",)}
SHARES = pl.Schema(
    {
        "slice": pl.String(),
        "value": pl.String(),
        "is_valid": pl.Boolean(),
        "rows": pl.Float64(),  # whole, unless they are weighted
        "share": pl.Float64(),  # of the rows with valid values; of all rows for an invalid one
        "expected_share": pl.Float64(),
        "level": pl.String(),  # ok, low, very_low; invalid, and unknown where no row is valid
    }
)
TESTS = pl.Schema(
    {
        "slice": pl.String(),
        "rows": pl.Float64(),
        "chi_square": pl.Float64(),
        "degrees_of_freedom": pl.Int64(),
        "p_value": pl.Float64(),
        "cohens_w": pl.Float64(),
        "cramers_v": pl.Float64(),
        "effect": pl.String(),  # negligible, small, medium, large
    }
)


class SliceSettings(BaseModel, frozen=True, extra="forbid"):
    """When a value is rare, and what is expected."""

    low_share: float = Field(0.05, gt=0, lt=1, description="a smaller share is low: 1 of 20 conversations")
    very_low_share: float = Field(0.01, gt=0, lt=1, description="a smaller share is very low: 1 of 100")
    targets: dict[str, dict[str, float]] = Field(
        {}, description="slice -> value -> expected share; those of a slice are all its valid ones"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "SliceSettings":
        if self.very_low_share > self.low_share:
            raise ValueError("very_low_share is above low_share")
        for name, shares in self.targets.items():
            if name not in VALUES or set(shares) != set(valid_values(name)):
                raise ValueError(f"targets: {name!r} needs a share of each of its values: see assets/conversations/slices.py")
            if min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
                raise ValueError(f"targets: the shares of {name} must be above 0 and sum to 1")
        return self


class Report(NamedTuple):
    """The share of each value (SHARES), and the test of each slice (TESTS)."""

    shares: pl.DataFrame
    tests: pl.DataFrame


def valid_values(name: str) -> tuple[str, ...]:
    """Return the values of a slice that are wanted."""
    return tuple(value for value in VALUES[name] if value not in INVALID.get(name, ()))


def values_of(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and the value of each slice as text, from the columns COLUMNS."""
    count = pl.col("tools_defined")
    steps = pl.when(count > 3).then(pl.lit("4+")).when(count > 1).then(pl.lit("2-3")).otherwise(count.cast(pl.String))
    texts = [pl.col(name).cast(pl.String) for name in ("complexity", "turn_bucket", "call_bucket", "error_handling", "parallel")]
    return conversations.select("id", *texts, tools_defined=steps)


def slices(conversations: pl.DataFrame, settings: SliceSettings) -> Report:
    """Return shares and tests of rows of tool_conversations."""
    return weighted(values_of(conversations), pl.lit(1.0), settings)


def weighted(values: pl.DataFrame, weight: pl.Expr, settings: SliceSettings) -> Report:
    """Return the same of `values_of` rows, of which each counts as often as `weight` says."""
    shares = pl.concat([_shares(values, weight, name, settings) for name in VALUES])
    tests = [_test(shares.filter(pl.col("slice") == name, pl.col("is_valid")), name) for name in VALUES]
    return Report(shares, pl.DataFrame(tests, schema=TESTS, orient="row"))


def _shares(values: pl.DataFrame, weight: pl.Expr, name: str, settings: SliceSettings) -> pl.DataFrame:
    counted = dict(values.group_by(name).agg(weight.sum() if weight.meta.root_names() else pl.len().cast(pl.Float64)).rows())
    wanted = valid_values(name)
    total, rows = sum(counted.get(value, 0.0) for value in wanted), list[tuple[object, ...]]()
    for value in VALUES[name]:
        is_valid, count = value in wanted, counted.get(value, 0.0)
        whole = total if is_valid else sum(counted.values())
        expected = settings.targets.get(name, dict.fromkeys(wanted, 1 / len(wanted))).get(value)
        share = count / whole if whole else 0.0
        level = "invalid" if not is_valid else _level(share, settings) if total else "unknown"
        rows.append((name, value, is_valid, count, share, expected, level))
    return pl.DataFrame(rows, schema=SHARES, orient="row")


def _level(share: float, settings: SliceSettings) -> str:
    return "very_low" if share < settings.very_low_share else "low" if share < settings.low_share else "ok"


def _test(shares: pl.DataFrame, name: str) -> tuple[object, ...]:
    from scipy.stats import chisquare

    total, degrees = float(shares["rows"].sum()), shares.height - 1
    if not total:
        return name, 0.0, None, degrees, None, None, None, None
    found = chisquare(shares["rows"].to_numpy(), shares["expected_share"].to_numpy() * total)
    w = float((found.statistic / total) ** 0.5)
    effect = "large" if w >= 0.5 else "medium" if w >= 0.3 else "small" if w >= 0.1 else "negligible"
    return name, total, float(found.statistic), degrees, float(found.pvalue), w, w / degrees**0.5, effect

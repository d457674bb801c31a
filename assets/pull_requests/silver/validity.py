"""Validity: which labels a comment has, and whether it is one to learn from. Nothing is dropped by it: training tasks choose."""

from typing import Any

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.pull_requests.silver import remarks, suggestions
from assets.pull_requests.silver.comments import ALIGNED
from assets.pull_requests.silver.remarks import RULES, Rule
from assets.redaction.redaction import REDACTIONS

SCORES = pl.Struct(dict.fromkeys(RULES, pl.Float64))
_LOGINS, _LAST = ("author_type", "participants"), ("license", "host", "html_url")
# The columns of silver_review_comments, in order.
SCHEMA: dict[str, Any] = {
    **{name: dtype for name, dtype in ALIGNED.items() if name not in (*_LOGINS, *_LAST)},
    "labels": pl.List(pl.String),
    "is_valid": pl.Boolean,
    "scores": SCORES,
    "suggestion": pl.String,
    **{name: ALIGNED[name] for name in _LAST},
    "redactions": REDACTIONS,
}


class Thresholds(BaseModel, frozen=True, extra="forbid"):
    """The score from which on each rule fires."""

    acknowledges: float = Field(0.5, ge=0, le=1)
    asks_a_question: float = Field(0.5, ge=0, le=1)
    has_code: float = Field(0.5, ge=0, le=1)
    nit: float = Field(0.5, ge=0, le=1)
    praise: float = Field(0.5, ge=0, le=1)
    refers_outside: float = Field(0.5, ge=0, le=1)
    requests_a_change: float = Field(0.5, ge=0, le=1)
    suggestion: float = Field(0.5, ge=0, le=1)
    too_short: float = Field(0.5, ge=0, le=1)


class ValiditySettings(BaseModel, frozen=True, extra="forbid"):
    """Which comments are marked `is_valid`: targets that can be learned from the hunk alone.

    A comment is one if it has none of the labels `unusable`, or a suggestion block, and, by default, opens its thread (a reply needs
    what it answers) and is not by the author of the pull request (who explains rather than reviews).
    """

    thresholds: Thresholds = Thresholds()
    unusable: tuple[Rule, ...] = ("acknowledges", "praise", "refers_outside", "too_short")
    replies: bool = Field(False, description="replies may be valid too")
    own_remarks: bool = Field(False, description="comments of the pull request's author may be valid too")


def fired(found: dict[Rule, float], thresholds: Thresholds) -> list[Rule]:
    """Return the rules whose score is above 0 and reaches the threshold, sorted."""
    return sorted(rule for rule, score in found.items() if score > 0 and score >= getattr(thresholds, rule))


def is_valid(labels: list[Rule], remark: remarks.Remark, settings: ValiditySettings) -> bool:
    """Tell whether a comment is usable as a training target (see `ValiditySettings`)."""
    if (remark.is_reply and not settings.replies) or (remark.by_pull_author and not settings.own_remarks):
        return False
    return "suggestion" in labels or not set(labels) & set(settings.unusable)


def label(comments: pl.DataFrame, settings: ValiditySettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (redacted comments with labels, scores, is_valid and suggestion: SCHEMA; an empty ledger), in the order given.

    `suggestion` is the text of the first suggestion block, each line closed by \\n: "" deletes the lines.
    """
    read = [remarks.read(*row) for row in comments.select("body", pl.col("in_reply_to").is_not_null(), "by_pull_author").iter_rows()]
    found = [remarks.scores(remark) for remark in read]
    labels = [fired(score, settings.thresholds) for score in found]
    valid = [is_valid(fires, remark, settings) for fires, remark in zip(labels, read, strict=True)]
    blocks = [suggestions.parse(body)[:1] for body in comments["body"]]
    labelled = comments.with_columns(
        pl.Series("labels", labels, dtype=pl.List(pl.String)),
        pl.Series("is_valid", valid, dtype=pl.Boolean),
        pl.Series("scores", found, dtype=SCORES),
        pl.Series("suggestion", [block[0].text if block else None for block in blocks], dtype=pl.String),
    )
    return labelled.select(*SCHEMA), ledger.empty()

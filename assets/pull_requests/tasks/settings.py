"""How review tasks are made, and what they are while they are made."""

from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from assets.code.kinds import Kind
from assets.pull_requests.silver.remarks import Rule
from assets.redaction.redaction import RedactionSettings

Row = dict[str, Any]


class ReviewTaskSettings(BaseModel, frozen=True, extra="forbid"):
    """Which hunks and comments become tasks, and how much of a hunk is shown."""

    negatives_per_positive: float = Field(1.0, ge=0, description="hunks without comment for each one with, in each pull request")
    seed: int = Field(0, description="another one draws other hunks without comment")
    max_hunk_lines: int = Field(40, ge=2, description="of a longer hunk so many lines around the comment are shown")
    lines_after: int = Field(4, ge=0, description="shown below the commented lines, where the diff has them")
    max_line_chars: int = Field(400, gt=0, description="a hunk with a longer line is dropped by the rule too_long_line")
    max_comment_chars: int = Field(2_000, gt=0, description="a longer comment is dropped by the rule too_long_comment")
    max_target_lines: int = Field(30, gt=0, description="new code of more lines, or for more, is dropped by the rule too_long_target")
    max_distance_lines: int = Field(
        3, ge=0, description="a change further from the comment is not its follow-up; as near as near locations are"
    )
    pleased_labels: tuple[Rule, ...] = Field(
        ("praise", "acknowledges"),
        description="a comment with one of these and none of asking_labels does not tell that its hunk needs one",
    )
    asking_labels: tuple[Rule, ...] = ("asks_a_question", "nit", "requests_a_change", "suggestion")
    redaction: RedactionSettings = Field(RedactionSettings(), description="as of silver_review_comments: the same value, the same name")
    drop_kinds: tuple[Kind, ...] = Field(("generated", "minified", "vendored"), description="files of these kinds are left out")


class Drop(NamedTuple):
    """What becomes a ledger row: id of the comment, of the pull request, or of the task that a hunk would have been."""

    id: str
    rule: str
    detail: str
    score: float | None = None
    threshold: float | None = None

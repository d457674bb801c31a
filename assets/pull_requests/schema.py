"""The contracts of the pull-request line: what every row of these datasets is."""

import pandera.polars as pa
import polars as pl

from assets.pull_requests.bronze.payloads import COMMENT, COMMIT, REVIEW, REVIEWED
from assets.pull_requests.silver.validity import RULES, SCORES
from assets.redaction.redaction import REDACTIONS

SOURCES = ["api", "git", "files"]
TIME = pl.Datetime("us", "UTC")
_ID = r"^[0-9a-f]{32}$"
_REPOSITORY = r"^[^/\s]+/[^/\s]+$"
_COMMIT = r"^[0-9a-f]{40}([0-9a-f]{24})?$"


class BronzePrs(pa.DataFrameModel):
    """A pull request as GitHub returned it: what is null is missing there, or had the wrong type (see the ledger)."""

    id: str = pa.Field(str_matches=_ID, unique=True)
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=SOURCES, description="what it was read from: the API, git refs and files, or files alone")
    host: str = pa.Field(str_length={"min_value": 1}, description="base URL, or path, without credentials")
    repository: str = pa.Field(str_matches=_REPOSITORY, description="owner/name")
    pull_number: pl.Int64 = pa.Field(ge=1)
    state: str = pa.Field(nullable=True, description="open or closed")
    title: str = pa.Field(nullable=True)
    body: str = pa.Field(nullable=True)
    author: str = pa.Field(nullable=True, description="login; null when the account was deleted")
    author_type: str = pa.Field(nullable=True, description="User, Bot, Organization or Mannequin")
    labels: pl.List(pl.String)  # type: ignore[valid-type]
    draft: bool = pa.Field(nullable=True)
    created_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    updated_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    closed_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    merged_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    base_ref: str = pa.Field(nullable=True, description="branch that it is to be merged into")
    base_sha: str = pa.Field(nullable=True, description="last commit of that branch; the diff begins where head left it")
    head_ref: str = pa.Field(nullable=True)
    head_sha: str = pa.Field(nullable=True, description="last commit of the pull request")
    merge_commit_sha: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True, description="SPDX id of the repository, as its host detected it")
    additions: pl.Int64 = pa.Field(nullable=True)
    deletions: pl.Int64 = pa.Field(nullable=True)
    changed_files: pl.Int64 = pa.Field(nullable=True)
    diff: str = pa.Field(nullable=True, description="base...head; null when the source has none or it is too large")
    commits: pl.List(COMMIT) = pa.Field(description="in the API's order, oldest first; author is a login")  # type: ignore[valid-type]
    reviews: pl.List(REVIEW) = pa.Field(description="by time and id; state in capitals")  # type: ignore[valid-type]
    review_comments: pl.List(COMMENT) = pa.Field(description="by time and id, each id once")  # type: ignore[valid-type]
    reviewed: pl.List(REVIEWED) = pa.Field(  # type: ignore[valid-type]
        description="each commit that was commented: its diff as reviewed, the diff from it to the head, or gone, too_large, unavailable"
    )
    payload: str = pa.Field(nullable=True, description="the pull request's JSON as returned, keys sorted")


class SilverReviewComments(pa.DataFrameModel):
    """A review comment that a person wrote and that is proven to sit on its line, without logins, secrets and personal data."""

    id: str = pa.Field(str_matches=_ID, unique=True)
    parent_ids: pl.List(pl.String) = pa.Field(description="of the pull request in bronze_prs")  # type: ignore[valid-type]
    repository: str = pa.Field(str_matches=_REPOSITORY, description="owner/name")
    pull_number: pl.Int64 = pa.Field(ge=1)
    comment_id: pl.Int64 = pa.Field(description="GitHub's id of the review comment")
    thread_id: str = pa.Field(str_matches=_ID, description="id of the thread's first comment, which may be in the ledger, or deleted")
    in_reply_to: str = pa.Field(nullable=True, str_matches=_ID, description="id of the comment that it answers; null opens a thread")
    path: str = pa.Field(str_length={"min_value": 1}, description="of the file at the reviewed commit, / as separator")
    language: str = pa.Field(nullable=True, description="by the file's name; null when it tells none")
    line: pl.Int64 = pa.Field(ge=1, description="of the file at original_commit_sha (RIGHT) or at its base (LEFT); a range's last")
    start_line: pl.Int64 = pa.Field(nullable=True, ge=1, description="first line of a range; null for a single line")
    side: str = pa.Field(isin=["LEFT", "RIGHT"], description="LEFT is the file before the change")
    start_side: str = pa.Field(nullable=True, isin=["LEFT", "RIGHT"], description="side of start_line")
    line_kind: str = pa.Field(isin=["added", "removed", "context"], description="what the change does to the line")
    current_line: pl.Int64 = pa.Field(nullable=True, ge=1, description="the same line at head_sha, while it is in the diff")
    original_commit_sha: str = pa.Field(str_matches=_COMMIT, description="the commit that was reviewed")
    base_sha: str = pa.Field(nullable=True, description="last commit of the branch that the pull request is for")
    head_sha: str = pa.Field(nullable=True, description="last commit of the pull request")
    diff_hunk: str = pa.Field(str_startswith="@@ -", description="the diff from the hunk's header to the line, which is its last")
    body: str = pa.Field(str_length={"min_value": 1}, description="Markdown, \\n line ends; mentions are pseudonyms")
    author: str = pa.Field(str_matches=r"^reviewer_[0-9a-f]{8}$", description="pseudonym, the same for a login throughout the dataset")
    by_pull_author: bool = pa.Field(description="the pull request's author wrote it")
    created_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    pull_created_at: TIME = pa.Field(nullable=True)  # type: ignore[valid-type]
    review_state: str = pa.Field(nullable=True, description="of the review that it belongs to: APPROVED, CHANGES_REQUESTED, COMMENTED ...")
    method: str = pa.Field(str_length={"min_value": 1}, description="which witness the line was found by")
    confidence: float = pa.Field(ge=0, le=1, description="rank of the method and what was compared")
    proven: bool = pa.Field(isin=[True], description="the last line of diff_hunk is the located one, by type and text")
    proof: str = pa.Field(str_length={"min_value": 1}, description="what was compared")
    labels: pl.List(pl.String) = pa.Field(description=f"any of {', '.join(RULES)}")  # type: ignore[valid-type]
    is_valid: bool = pa.Field(description="usable as a training target, by the settings")
    scores: SCORES = pa.Field(description="the score by each rule")  # type: ignore[valid-type]
    suggestion: str = pa.Field(nullable=True, description='the first suggestion block, each line closed by \\n; "" deletes the lines')
    license: str = pa.Field(nullable=True, description="SPDX id of the repository, as its host detected it")
    host: str = pa.Field(str_length={"min_value": 1}, description="base URL, or path, without credentials")
    html_url: str = pa.Field(nullable=True)
    redactions: REDACTIONS = pa.Field(description="how many values of each class were replaced")  # type: ignore[valid-type]


class ReviewTasks(pa.DataFrameModel):
    """One thing that a reviewer does with a hunk: say whether it needs a comment, write one, or write the code that answers one."""

    id: str = pa.Field(str_matches=_ID, unique=True)
    parent_ids: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="of silver_review_comments; of a hunk without comment: of bronze_prs"
    )
    task: str = pa.Field(isin=["needs_comment", "comment", "refine"])
    host: str
    repository: str = pa.Field(str_length={"min_value": 1}, description="owner/name")
    pull_number: pl.Int64 = pa.Field(ge=1)
    group_id: str = pa.Field(str_length={"min_value": 1}, description="owner/name#number: what must stay in one split")
    base_sha: str = pa.Field(nullable=True, description="commit that the pull request is compared with")
    original_commit_sha: str = pa.Field(nullable=True, description="commit that was reviewed")
    follow_up_sha: str = pa.Field(nullable=True, description="commit that has the new code; null when a suggestion says it")
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True, description="by the path's name; null when it tells none")
    side: str = pa.Field(isin=["LEFT", "RIGHT"], description="LEFT: lines of the file before the change")
    start_line: pl.Int64 = pa.Field(ge=1, description="first commented line; of needs_comment the first line of the hunk")
    end_line: pl.Int64 = pa.Field(ge=1, description="last one, included")
    target_start_line: pl.Int64 = pa.Field(nullable=True, ge=1, description="refine: first line (RIGHT) that the target replaces")
    target_end_line: pl.Int64 = pa.Field(nullable=True, ge=1, description="refine: last one, included")
    target_from: str = pa.Field(nullable=True, isin=["suggestion", "follow_up"], description="refine: where the new code is from")
    hunk: str = pa.Field(str_startswith="@@ ", description="unified diff with its header, redacted, \\n as line end")
    comment: str = pa.Field(nullable=True, description="refine: what the reviewer wrote, without suggestion blocks")
    target: str = pa.Field(
        str_length={"min_value": 1}, description="needs_comment: no, or yes and the lines; comment: its body; refine: the code"
    )
    labels: pl.List(pl.String)  # type: ignore[valid-type]
    license: str = pa.Field(nullable=True)
    created_at: TIME = pa.Field(nullable=True, description="of the (first) comment, or of the review that left the hunk alone")  # type: ignore[valid-type]

"""Review comments out of bronze_prs, each put onto the line that it is about, or into the ledger with the reason why that is not proven."""

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.code import languages
from assets.pull_requests.diffs import alignment, patches
from assets.pull_requests.silver import markdown, people, threads

TIME = pl.Datetime("us", "UTC")
# What `align_comments` makes: still with logins.
ALIGNED: dict[str, Any] = {
    "id": pl.String,
    "parent_ids": pl.List(pl.String),
    "host": pl.String,
    "repository": pl.String,
    "pull_number": pl.Int64,
    "comment_id": pl.Int64,
    "thread_id": pl.String,
    "in_reply_to": pl.String,
    "path": pl.String,
    "language": pl.String,
    "line": pl.Int64,
    "start_line": pl.Int64,
    "side": pl.String,
    "start_side": pl.String,
    "line_kind": pl.String,
    "current_line": pl.Int64,
    "original_commit_sha": pl.String,
    "base_sha": pl.String,
    "head_sha": pl.String,
    "diff_hunk": pl.String,
    "body": pl.String,
    "author": pl.String,
    "author_type": pl.String,
    "by_pull_author": pl.Boolean,
    "participants": pl.List(pl.String),
    "created_at": TIME,
    "pull_created_at": TIME,
    "review_state": pl.String,
    "method": pl.String,
    "confidence": pl.Float64,
    "proven": pl.Boolean,
    "proof": pl.String,
    "license": pl.String,
    "html_url": pl.String,
}
_PULL = ("id", "host", "repository", "pull_number", "author", "base_sha", "head_sha", "created_at", "license", "diff", "payload")
_SAID = ("id", "in_reply_to_id", "review_id", "author", "author_type", "body", "created_at", "html_url")
_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_LEDGER = {"id": pl.String, "rule": pl.String, "confidence": pl.Float64, "detail": pl.String}


class AlignSettings(BaseModel, frozen=True, extra="forbid"):
    """Which located comments are kept."""

    min_confidence: float = Field(0.0, ge=0, le=1, description="a comment that is proven with less is dropped by the rule unsure")


def silver_id(host: str, repository: str, comment_id: int) -> str:
    """Return the id of a review comment, kept or not."""
    return passport.row_id("silver_review_comments", host, repository, str(comment_id))


def comment_ids(bronze: pl.DataFrame, settings: None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of every review comment in rows of bronze_prs; an empty ledger): each is in silver or in its ledger."""
    ids = pl.col("review_comments").list.eval(pl.element().struct.field("id").cast(pl.String))
    each = bronze.select("host", "repository", comment=ids).explode("comment").drop_nulls("comment")
    return passport.row_ids("silver_review_comments", *each.get_columns()).to_frame(), ledger.empty()


def align_comments(bronze: pl.DataFrame, settings: AlignSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the comments of bronze_prs rows that provably sit on their line: ALIGNED, ledger).

    They are sorted by host, repository, pull request, thread and time, whatever order the rows have. A comment that is not proven is
    dropped: the rule is the reason that `alignment.locate` gives, or no_body (nothing is said), no_commit (nobody knows what was
    reviewed), unsure (score: its confidence). The detail is owner/name#12, path and comment id, and the numbers that disagree.
    """
    kept: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for pull in _pulls(bronze):
        for row in _rows(pull, settings):
            (dropped if "rule" in row else kept).append(row)
    for rows in (kept, dropped):
        rows.sort(key=itemgetter("order"))
    frame = pl.DataFrame([pl.Series(name, [row[name] for row in kept], dtype=dtype) for name, dtype in ALIGNED.items()])
    lost = pl.DataFrame([pl.Series(name, [row[name] for row in dropped], dtype=dtype) for name, dtype in _LEDGER.items()])
    return frame, ledger.entries(lost, pl.col("rule"), score=pl.col("confidence"), threshold=_threshold(settings), detail=pl.col("detail"))


def _threshold(settings: AlignSettings) -> pl.Expr:
    return pl.when(pl.col("rule") == "unsure").then(settings.min_confidence)


def _pulls(bronze: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows that have comments, with what is needed of them: payloads of comments and reviews stay where they are."""
    chosen = bronze.filter(pl.col("review_comments").list.len() > 0).select(
        *_PULL,
        _fields("review_comments", *_SAID, *alignment.Comment._fields),
        _fields("reviews", "id", "author", "state"),
        _fields("reviewed", "commit_sha", "diff", "problem"),
        committers=pl.col("commits").list.eval(pl.element().struct.field("author")),
    )
    yield from chosen.iter_rows(named=True, buffer_size=16)


def _fields(column: str, *names: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.struct(pl.element().struct.field(name) for name in names))


def _rows(pull: dict[str, Any], settings: AlignSettings) -> Iterator[dict[str, Any]]:
    """Yield for each comment a row of ALIGNED, or of _LEDGER; `order` is what they are sorted by."""
    comments = [comment for comment in pull["review_comments"] or [] if comment["id"] is not None]
    replies = {comment["id"]: comment["in_reply_to_id"] for comment in comments}
    roots, parents, diffs = threads.roots(replies), threads.parents(replies), _Diffs(pull)
    common, names = _common(pull, comments), _names(pull, replies)
    for comment in comments:
        number, root, parent = comment["id"], roots[comment["id"]], parents[comment["id"]]
        time = comment["created_at"]
        order = (pull["host"], pull["repository"], pull["pull_number"], root, time is None, time, number)
        named = {"id": names[number], "order": order}
        found = _located(comment, diffs, settings)
        if isinstance(found, _Dropped):
            where = f"{pull['repository']}#{pull['pull_number']} {comment['path']} comment {number} {found.detail}".rstrip()
            yield {**named, "rule": found.rule, "confidence": found.confidence, "detail": where}
        else:
            thread = {"thread_id": names[root], "in_reply_to": None if parent is None else names[parent]}
            yield {**named, **common, **thread, **_own(comment, pull), **found}


def _names(pull: dict[str, Any], replies: dict[int, int | None]) -> dict[int, str]:
    """Return the id of each comment in `replies`, and a name for each that is answered and is not there: deleted, or of elsewhere."""
    ids = {number: silver_id(pull["host"], pull["repository"], number) for number in replies}
    gone = sorted({answered for answered in replies.values() if answered is not None} - ids.keys())
    return ids | {number: passport.row_id("deleted_comment", pull["id"], str(number)) for number in gone}


class _Diffs:
    """The diffs of one pull request, each parsed once, when it is asked for."""

    def __init__(self, pull: dict[str, Any]) -> None:
        self.head_sha = pull["head_sha"]
        self._texts = {item["commit_sha"]: item["diff"] for item in pull["reviewed"] or []} | {None: pull["diff"]}
        self._problems = {item["commit_sha"]: item["problem"] for item in pull["reviewed"] or []}
        self._parsed: dict[str | None, patches.Patches | None] = {}

    def locate(self, comment: alignment.Comment) -> alignment.Located | alignment.Refused:
        """Return the line of `comment`, or why it is not proven."""
        commit = comment.original_commit_id
        reviewed = None if commit is None else self._diff(commit)
        return alignment.locate(comment, reviewed, self._diff(None), self.head_sha, self._problems.get(commit))

    def _diff(self, commit: str | None) -> patches.Patches | None:
        """Return the diff that was reviewed at `commit`, that of the pull request for None."""
        if commit not in self._parsed:
            text = self._texts.get(commit)
            self._parsed[commit] = None if text is None else patches.parse(text)
        return self._parsed[commit]


class _Dropped(NamedTuple):
    """Why a comment is not kept; `detail` holds numbers, no text."""

    rule: str
    detail: str = ""
    confidence: float | None = None


def _located(comment: dict[str, Any], diffs: _Diffs, settings: AlignSettings) -> dict[str, Any] | _Dropped:
    """Return the columns that tell the line of `comment`, or why it is dropped."""
    if not (comment["body"] or "").strip():
        return _Dropped("no_body")
    found = diffs.locate(alignment.Comment(**{name: comment[name] for name in alignment.Comment._fields}))
    if isinstance(found, alignment.Refused):
        return _Dropped(found.reason, found.detail)
    if any(number is not None and number < 1 for number in (found.line, found.start_line, found.current_line)):
        return _Dropped("malformed_hunk", "line 0")  # files begin with line 1, headers may say anything
    if _SHA.fullmatch(comment["original_commit_id"] or "") is None:
        return _Dropped("no_commit")
    if found.confidence < settings.min_confidence:
        return _Dropped("unsure", found.method, found.confidence)
    same = ("line", "start_line", "side", "start_side", "current_line", "method", "confidence", "proof")
    return {name: getattr(found, name) for name in same} | {"line_kind": _KINDS[found.kind], "proven": True}


_KINDS = {"+": "added", "-": "removed", " ": "context"}


def _common(pull: dict[str, Any], comments: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is the same for all comments of a pull request."""
    speakers = [comment["author"] for comment in comments] + [review["author"] for review in pull["reviews"] or []]
    known = people.participants([pull["author"], *(pull["committers"] or []), *speakers], pull["payload"])
    same = {name: pull[name] for name in ("host", "repository", "pull_number", "base_sha", "head_sha", "license")}
    return {**same, "parent_ids": [pull["id"]], "participants": known, "pull_created_at": pull["created_at"]}


def _own(comment: dict[str, Any], pull: dict[str, Any]) -> dict[str, Any]:
    """Return what a comment tells of itself."""
    author, path = comment["author"], comment["path"] or ""
    states = {review["id"]: review["state"] for review in pull["reviews"] or []}
    by_author = not people.is_deleted(author) and not people.is_deleted(pull["author"]) and author.casefold() == pull["author"].casefold()
    return {
        "comment_id": comment["id"],
        "path": path,
        "language": languages.of_path(path),
        "original_commit_sha": comment["original_commit_id"],
        "diff_hunk": comment["diff_hunk"].removesuffix("\n"),  # which ends the last line
        "body": markdown.unified(comment["body"]),
        "author": author,
        "author_type": comment["author_type"],
        "by_pull_author": by_author,
        "created_at": comment["created_at"],
        "review_state": states.get(comment["review_id"]) if comment["review_id"] is not None else None,
        "html_url": comment["html_url"],
    }

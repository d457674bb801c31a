"""The bundle: everything that a source returned for one pull request, and how it becomes the values of one row."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from assets import passport
from assets.pull_requests.bronze import github_fields, places
from assets.pull_requests.bronze.fields import Field as Column
from assets.pull_requests.bronze.fields import canonical, record

Note = tuple[str, str, float | None, float | None, str]  # of a ledger row: row_id, rule, score, threshold, detail
_PROBLEMS = (None, "gone", "too_large", "unavailable")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class PayloadSettings(BaseModel, frozen=True, extra="forbid"):
    """What of a pull request is kept."""

    max_diff_bytes: int = Field(4_194_304, gt=0, description="a larger diff is left out (GitHub shows 1 MB and 20,000 lines of one)")
    max_pull_bytes: int = Field(33_554_432, gt=0, description="diffs of one pull request, those of all reviewed commits together")


class Bundle(NamedTuple):
    """Everything that a source returned for a pull request: {"pull", "diff", "commits", "reviews", "review_comments", "reviewed"}.

    "head_sha" and "base_sha" are there where a source knows which commits the diff is between. `left_out` are the texts that the
    source did not even read because of their size: (place, bytes).
    """

    source: str
    host: str
    repository: str
    number: int
    content: Any
    left_out: tuple[tuple[str, int], ...] = ()


class _Row:
    """One row while it is made: what is wrong with it, and how many bytes of diffs it may still take."""

    def __init__(self, bundle: Bundle, settings: PayloadSettings) -> None:
        self.bundle, self.settings = bundle, settings
        self.id = passport.row_id("bronze_prs", bundle.host, bundle.repository, str(bundle.number))
        self.flaws: dict[tuple[str, str], None] = {}
        self.over_size = [(place, n_bytes, settings.max_diff_bytes) for place, n_bytes in bundle.left_out]
        self.bytes_left = settings.max_pull_bytes

    def items(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        """Return (place, object) of each object in the list `name`."""
        value = self.bundle.content.get(name)
        if value is not None and type(value) is not list:
            self.flaws["wrong_type", name] = None
        found = enumerate(value) if type(value) is list else ()
        kept = []
        for number, item in found:
            if type(item) is dict:
                kept.append((f"{name}[{number}]", item))
            else:
                self.flaws["wrong_type", f"{name}[{number}]"] = None
        return kept

    def payload(self, item: dict[str, Any] | None, place: str) -> str | None:
        """Return `item` as JSON."""
        if item is None:
            return None
        written, whole = canonical(item)
        if not whole:
            self.flaws["broken_text", f"{place}.payload"] = None
        return written

    def fitting(self, diff: str | None, place: str) -> str | None:
        """Return `diff` when it is not too large."""
        n_bytes = len(diff.encode()) if diff else 0
        limit = min(self.settings.max_diff_bytes, self.bytes_left)
        if n_bytes > limit:
            self.over_size.append((place, n_bytes, limit))
            return None
        self.bytes_left -= n_bytes
        return diff


def row(bundle: Bundle, settings: PayloadSettings) -> tuple[dict[str, Any], list[Note], int]:
    """Return (the values of the row of `bundle`, what the ledger says about it, bytes of its diffs)."""
    made = _Row(bundle, settings)
    return _values(made), _notes(made), settings.max_pull_bytes - made.bytes_left


def _notes(row: _Row) -> list[tuple[str, str, float | None, float | None, str]]:
    pull = f"{row.bundle.repository}#{row.bundle.number}"
    flaws = [(row.id, rule, None, None, f"{pull} {place}") for rule, place in row.flaws]
    return flaws + [(row.id, "over_size", float(size), float(limit), f"{pull} {place}") for place, size, limit in row.over_size]


def _values(row: _Row) -> dict[str, Any]:
    bundle, content = row.bundle, row.bundle.content
    if type(content) is not dict:
        row.flaws["wrong_type", "bundle"] = None
        row.bundle = bundle = bundle._replace(content={})
        content = bundle.content
    pull = _pull(row)
    top = record(content, github_fields.BUNDLE, "", row.flaws)
    typed = record(pull or {}, github_fields.PULL, "pull.", row.flaws)
    return {
        "id": row.id,
        "parent_ids": [],
        "source": bundle.source,
        "host": bundle.host,
        "repository": bundle.repository,
        "pull_number": bundle.number,
        **typed,
        "labels": typed["labels"] or [],
        **{name: value for name, value in top.items() if value is not None},
        "diff": row.fitting(top["diff"], "diff"),
        "commits": [_typed(row, place, item, github_fields.COMMIT) for place, item in row.items("commits")],
        "reviews": sorted((_typed(row, place, item, github_fields.REVIEW) for place, item in row.items("reviews")), key=_review_order),
        "review_comments": _comments(row, pull or {}),
        "reviewed": _reviewed(row),
        "payload": row.payload(pull, "pull"),
    }


def _pull(row: _Row) -> dict[str, Any] | None:
    """Return the pull's payload when it is one, and of this pull request."""
    pull = row.bundle.content.get("pull")
    if pull is not None and type(pull) is not dict:
        row.flaws["wrong_type", "pull"] = None
        return None
    if pull is None or type(pull.get("number")) is not int or pull["number"] == row.bundle.number:
        return pull
    row.flaws["foreign_pull", "pull"] = None
    return None


def _typed(row: _Row, place: str, item: dict[str, Any], fields: tuple[Column, ...]) -> dict[str, Any]:
    found = record(item, fields, f"{place}.", row.flaws)
    if fields is github_fields.COMMIT:
        found["parents"] = found["parents"] or []
    return found | {"payload": row.payload(item, place)}


def _comments(row: _Row, pull: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the comments of this pull request, each once (of two with one id the later one), by time and id."""
    known = {row.bundle.repository.lower(), *(place.repository.lower() for place in [places.of_pull(pull)] if place)}
    kept: dict[int, dict[str, Any]] = {}
    for place, item in row.items("review_comments"):
        comment, told = _typed(row, place, item, github_fields.COMMENT), places.of_comment(item)
        other = kept.get(comment["id"])
        if comment["id"] is None:
            row.flaws["missing_id", place] = None
        elif told and (told.number != row.bundle.number or told.repository.lower() not in known):
            row.flaws["foreign_comment", f"{place} {comment['id']}"] = None
        else:
            if other is not None:
                row.flaws["duplicate_comment", f"{place} {comment['id']}"] = None
            kept[comment["id"]] = comment if other is None else max(comment, other, key=_version)
    return sorted(kept.values(), key=lambda comment: (comment["created_at"] or _EVER, comment["id"]))


def _reviewed(row: _Row) -> list[dict[str, Any]]:
    """Return each commit that was reviewed once, by SHA, with the diffs that fit."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for place, item in row.items("reviewed"):
        reviewed = record(item, github_fields.REVIEWED, f"{place}.", row.flaws)
        sha, problem = reviewed["commit_sha"], reviewed["problem"]
        if problem not in _PROBLEMS:
            row.flaws["wrong_type", f"{place}.problem"] = None
            reviewed["problem"] = None
        if sha is None:
            row.flaws["missing_id", place] = None
        elif sha not in found or _fullness(reviewed) > _fullness(found[sha][0]):
            found[sha] = reviewed, place
    return [_fitted(row, *found[sha]) for sha in sorted(found)]


def _fitted(row: _Row, reviewed: dict[str, Any], place: str) -> dict[str, Any]:
    diff = row.fitting(reviewed["diff"], f"{place}.diff")
    left_out = any(name == f"{place}.diff" for name, *_ in row.over_size)
    follow_up = row.fitting(reviewed["follow_up"], f"{place}.follow_up")
    return reviewed | {"diff": diff, "follow_up": follow_up, "problem": "too_large" if left_out else reviewed["problem"]}


def _version(item: dict[str, Any]) -> tuple[datetime, str]:
    return item["updated_at"] or _EVER, item["payload"] or ""


def _fullness(reviewed: dict[str, Any]) -> tuple[bool, str, str, str]:
    return reviewed["diff"] is not None, reviewed["diff"] or "", reviewed["follow_up"] or "", reviewed["problem"] or ""


def _review_order(review: dict[str, Any]) -> tuple[datetime, int, str]:
    return review["submitted_at"] or _EVER, review["id"] or 0, review["payload"] or ""

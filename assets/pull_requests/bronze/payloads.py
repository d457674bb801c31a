"""From what GitHub returned for a pull request to one row of bronze_prs: typed columns, and the payload as it came beside them.

Older exports (`user_login`, missing fields, other spellings of time) are understood. A value of the wrong type is null and a ledger
row; a field that nobody knows stays in the payload. Rows depend on what was returned, never on the order in which it arrived.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from assets import ledger
from assets.pull_requests.bronze import bundles
from assets.pull_requests.bronze.bundles import Bundle, Note, PayloadSettings

_TIME = pl.Datetime("us", "UTC")
_STRINGS = pl.List(pl.String)

COMMENT = pl.Struct(
    {
        "id": pl.Int64,
        "in_reply_to_id": pl.Int64,
        "review_id": pl.Int64,
        "author": pl.String,
        "author_type": pl.String,
        "author_association": pl.String,
        "body": pl.String,
        "path": pl.String,
        "diff_hunk": pl.String,
        "commit_id": pl.String,
        "original_commit_id": pl.String,
        **dict.fromkeys(("position", "original_position", "line", "original_line", "start_line", "original_start_line"), pl.Int64),
        "side": pl.String,
        "start_side": pl.String,
        "subject_type": pl.String,
        "created_at": _TIME,
        "updated_at": _TIME,
        "html_url": pl.String,
        "payload": pl.String,
    }
)
REVIEW = pl.Struct(
    {
        "id": pl.Int64,
        "author": pl.String,
        "author_type": pl.String,
        "state": pl.String,
        "body": pl.String,
        "commit_id": pl.String,
        "submitted_at": _TIME,
        "payload": pl.String,
    }
)
COMMIT = pl.Struct(
    {"sha": pl.String, "message": pl.String, "author": pl.String, "authored_at": _TIME, "parents": _STRINGS, "payload": pl.String}
)
REVIEWED = pl.Struct({"commit_sha": pl.String, "diff": pl.String, "follow_up": pl.String, "problem": pl.String})
SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "parent_ids": _STRINGS,
    "source": pl.String,
    "host": pl.String,
    "repository": pl.String,
    "pull_number": pl.Int64,
    "state": pl.String,
    "title": pl.String,
    "body": pl.String,
    "author": pl.String,
    "author_type": pl.String,
    "labels": _STRINGS,
    "draft": pl.Boolean,
    **dict.fromkeys(("created_at", "updated_at", "closed_at", "merged_at"), _TIME),
    **dict.fromkeys(("base_ref", "base_sha", "head_ref", "head_sha", "merge_commit_sha", "license"), pl.String),
    **dict.fromkeys(("additions", "deletions", "changed_files"), pl.Int64),
    "diff": pl.String,
    "commits": pl.List(COMMIT),
    "reviews": pl.List(REVIEW),
    "review_comments": pl.List(COMMENT),
    "reviewed": pl.List(REVIEWED),
    "payload": pl.String,
}
_LEDGER = {"id": pl.String, "rule": pl.String, "score": pl.Float64, "threshold": pl.Float64, "detail": pl.String}
_BATCH_ROWS, _BATCH_BYTES = 200, 16_000_000  # what is there as Python objects at the same time


def rows(found: Iterable[Bundle], settings: PayloadSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of bronze_prs, ledger) for the bundles `found`, in their order. Whatever they hold, nothing is raised.

    The ledger's rules, each of which alters a row: `wrong_type` (null now), `broken_text` (what UTF-8 or JSON cannot hold is replaced),
    `over_size` (a diff left out), `missing_id`, `duplicate_comment` and `foreign_comment` (a comment left out), `foreign_pull`
    (the payload is of another pull request).
    """
    frames, entries = [pl.DataFrame(schema=SCHEMA)], [pl.DataFrame(schema=_LEDGER)]
    for made, noted in _batches(found, settings):
        frames.append(pl.DataFrame([pl.Series(name, [row[name] for row in made], dtype=dtype) for name, dtype in SCHEMA.items()]))
        entries.append(pl.DataFrame(noted, schema=_LEDGER, orient="row"))
    columns = {name: pl.col(name) for name in ("score", "threshold", "detail")}
    return pl.concat(frames, rechunk=True), ledger.entries(pl.concat(entries), pl.col("rule"), action="altered", **columns)


def _batches(found: Iterable[Bundle], settings: PayloadSettings) -> Iterator[tuple[list[dict[str, Any]], list[Note]]]:
    """Yield (rows, notes for the ledger) of neighbours, so few that they fit into memory beside the finished frames."""
    made: list[dict[str, Any]] = []
    noted: list[Note] = []
    size = 0
    for bundle in found:
        row, notes, n_bytes = bundles.row(bundle, settings)
        made.append(row)
        noted += notes
        size += n_bytes
        if len(made) == _BATCH_ROWS or size >= _BATCH_BYTES:
            yield made, noted
            made, noted, size = [], [], 0
    yield made, noted

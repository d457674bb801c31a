"""From pull requests and their proven review comments to the three tasks that research on code review uses.

`needs_comment` (quality estimation), `comment` (review generation) and `refine` (code refinement) as in CodeReviewer (Li et al. 2022,
https://arxiv.org/abs/2203.09095), with where each one is from.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from assets import ledger
from assets.code import kinds, languages
from assets.model import locations
from assets.pull_requests.diffs.patches import FilePatch
from assets.pull_requests.tasks import comment_tasks, hunks, needs_comment, reviewed_diffs
from assets.pull_requests.tasks.needs_comment import Candidate
from assets.pull_requests.tasks.reviewed_diffs import Diff
from assets.pull_requests.tasks.settings import Drop, ReviewTaskSettings, Row

TIME = pl.Datetime("us", "UTC")
_TEXTS = ("base_sha", "original_commit_sha", "follow_up_sha", "path", "language", "side")
SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "parent_ids": pl.List(pl.String),
    **dict.fromkeys(("task", "host", "repository"), pl.String),
    "pull_number": pl.Int64,
    "group_id": pl.String,
    **dict.fromkeys(_TEXTS, pl.String),
    **dict.fromkeys(("start_line", "end_line", "target_start_line", "target_end_line"), pl.Int64),
    **dict.fromkeys(("target_from", "hunk", "comment", "target"), pl.String),
    "labels": pl.List(pl.String),
    "license": pl.String,
    "created_at": TIME,
}
_PULL = ("id", "host", "repository", "pull_number", "base_sha", "head_sha", "license", "diff", "reviewed")
_RAW = ("id", "path", "diff_hunk", "original_commit_id")
_COMMENT = (
    *("id", "repository", "pull_number", "comment_id", "in_reply_to", "path", "line", "start_line", "side", "start_side", "current_line"),
    *("original_commit_sha", "diff_hunk", "body", "by_pull_author", "created_at", "labels", "is_valid", "suggestion"),
)
_FILE = {"path": pl.String, "language": pl.String, "content": pl.String, "mean_line": pl.Float64}
_MAX_HEAD_LINES = 40  # where generators say that they wrote a file


def make_tasks(bronze: pl.DataFrame, settings: ReviewTaskSettings, silver: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (review tasks, ledger) for rows of bronze_prs and the rows of silver_review_comments of the same pull requests.

    Every hunk of every diff that a person reviewed, and every comment for each of the tasks `comment` and `refine`, is a task or has a
    ledger row, whose detail begins with the task. A hunk's row_id is the id that its task would have had, a comment's is its own; of a
    pull request without comments by people (no_human_comment) or without a diff (no_diff), and of a commit that only its author or bots
    commented on (not_reviewed), it is that of the pull request. The tasks are in the order of the pull requests.
    """
    rows: list[Row] = []
    drops: list[Drop] = []
    comments: dict[str, list[Row]] = {}
    for comment in silver.select(*_COMMENT, parent=pl.col("parent_ids").list.first()).iter_rows(named=True):
        comments.setdefault(comment["parent"], []).append(comment)
    for pull in _pulls(bronze):
        for made in _of_pull(pull, comments.pop(pull["id"], []), settings):
            (drops if isinstance(made, Drop) else rows).append(made)  # type: ignore[arg-type]
    alone = [comment for of_pull in comments.values() for comment in of_pull]
    drops += [Drop(comment["id"], "no_pull_request", f"{comment['repository']}#{comment['pull_number']}") for comment in alone]
    frame = pl.DataFrame([pl.Series(name, [row.get(name) for row in rows], dtype=dtype) for name, dtype in SCHEMA.items()])
    return frame, _ledger(drops)


def _ledger(drops: Sequence[Drop]) -> pl.DataFrame:
    schema = {"id": pl.String, "rule": pl.String, "detail": pl.String, "score": pl.Float64, "threshold": pl.Float64}
    frame = pl.DataFrame(drops, schema=schema, orient="row")
    return ledger.entries(frame, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("detail"))


def _pulls(bronze: pl.DataFrame) -> Iterator[Row]:
    """Yield what is needed of each row: the payloads stay where they are."""
    raw = pl.col("review_comments").list.eval(pl.struct(pl.element().struct.field(name) for name in _RAW))
    yield from bronze.select(*_PULL, raw).iter_rows(named=True, buffer_size=16)


def _of_pull(pull: Row, comments: Sequence[Row], settings: ReviewTaskSettings) -> Iterator[Row | Drop]:
    name = f"{pull['repository']}#{pull['pull_number']}"
    if not comments:
        yield Drop(pull["id"], "no_human_comment", name)
        return
    diffs = reviewed_diffs.of_pull(pull)
    if not diffs:
        yield Drop(pull["id"], "no_diff", name)
    rules = _file_rules(diffs, [comment["path"] for comment in comments], settings)
    asked, dropped = needs_comment.candidates(pull, comments, diffs, rules, settings)
    cases, left = comment_tasks.cases(pull, comments, diffs, rules, settings)
    yield from (*dropped, *left)
    wanted = [found.key for found in asked] + [key for case in cases for key in case.keys]
    by_path = {path: languages.of_path(path) for path, _ in wanted}
    lines = hunks.redacted(wanted, by_path, pull["repository"], settings.redaction)
    common = {name: pull[name] for name in ("host", "repository", "pull_number", "base_sha", "license")} | {"group_id": name}
    made = [_asked(found, lines, pull, comments) for found in asked]
    made += [row for case in cases for row in comment_tasks.finished(case, lines, settings)]
    for row in made:
        yield row if isinstance(row, Drop) else {**common, "language": by_path[row["path"]], **_followed(row, pull), **row}


def _followed(row: Row, pull: Row) -> Row:
    return {"follow_up_sha": pull["head_sha"] if row.get("target_from") == "follow_up" else None}


def _asked(found: Candidate, lines: comment_tasks.Lines, pull: Row, comments: Sequence[Row]) -> Row | Drop:
    """Return the task whether the hunk `found` needs a comment."""
    own = lines[found.key]
    if own is None:
        where = f"{needs_comment.TASK} {pull['repository']}#{pull['pull_number']}@{found.commit} {found.path}:{found.hunk.new_start}"
        return Drop(found.id, "unredactable", where)
    excerpt = hunks.cut(found.hunk, own, found.first, found.last)
    side, start, end = excerpt.place
    commented = reviewed_diffs.locations(found.marks, (found.first, found.last), own.lines)
    at = [mark.comment for mark in found.marks] or [one for one in comments if one["original_commit_sha"] == found.commit] or comments
    return {
        "id": found.id,
        "parent_ids": list(dict.fromkeys(mark.comment["id"] for mark in found.marks)) or [pull["id"]],
        "task": needs_comment.TASK,
        "original_commit_sha": found.commit,
        "path": found.path,
        "side": side,
        "start_line": start,
        "end_line": end,
        "hunk": excerpt.text,
        "target": locations.write(locations.Location(last, first, on == "LEFT") for on, first, last in commented),
        "labels": sorted({label for mark in found.marks for label in mark.comment["labels"] or []}),
        "created_at": min((one["created_at"] for one in at if one["created_at"]), default=None),
    }


def _file_rules(diffs: Sequence[Diff], commented: Sequence[str], settings: ReviewTaskSettings) -> Mapping[str, str]:
    """Return for each path of a file that is left out the rule that does it: generated_file, minified_file …"""
    patches = {path: patch for diff in diffs for path, patch in diff.files.items()}
    paths = list(dict.fromkeys([*patches, *commented]))
    rows = [(path, languages.of_path(path), *_head(patches.get(path))) for path in paths]
    files = pl.DataFrame(rows, schema=_FILE, orient="row")
    found = kinds.kinds(files, files.select("mean_line", digits=pl.lit(0.0)))
    named = {path: [kind for kind in of_path if kind in settings.drop_kinds] for path, of_path in zip(paths, found, strict=True)}
    return {path: f"{left_out[0]}_file" for path, left_out in named.items() if left_out}


def _head(patch: FilePatch | None) -> tuple[str, float]:
    """Return the first lines of the file, as far as its diff shows them, and the mean number of characters of the lines shown."""
    lines = [line for hunk in patch.hunks for line in hunk.lines if line.new is not None] if patch else []
    head = [line.text for place, line in enumerate(lines[:_MAX_HEAD_LINES], 1) if line.new == place]
    return "\n".join(head), sum(len(line.text) for line in lines) / max(len(lines), 1)

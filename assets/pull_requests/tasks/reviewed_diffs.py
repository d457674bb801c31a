"""The diffs of a pull request as its reviewers saw them, and which of their hunks carry a comment.

A comment belongs to the diff of the commit that it was written on; where nobody has that, to the diff at the head, as far as the line is
still in it. Hunks that a comment may be about without counting as commented (it was dropped, it is a bot's, it was written on another
commit) are marked too: they are no examples of code that needs no comment.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import FilePatch, Line, Patches, Side
from assets.pull_requests.tasks import hunks

Row = dict[str, Any]


class Mark(NamedTuple):
    """Commented lines: indices of the first and last one in the hunk number `hunk` of the file `path`."""

    path: str
    hunk: int
    first: int
    last: int
    comment: Row


class Diff(NamedTuple):
    """A diff that was reviewed at `commit` (null: head of unknown SHA)."""

    commit: str | None
    files: Patches
    is_final: bool
    """Whether comments on commits whose diff nobody has are looked for here."""


def of_pull(pull: Row) -> list[Diff]:
    """Return the diffs of the reviewed commits, in the order of their SHAs, and that of the head where comments are left that have none."""
    texts = {seen["commit_sha"]: seen["diff"] for seen in pull["reviewed"] or [] if seen["diff"]}
    head = pull["head_sha"]
    found = [Diff(commit, patches.parse(texts[commit]), commit == head) for commit in sorted(texts)]
    left = any(comment["original_commit_id"] not in texts for comment in pull["review_comments"] or [])
    if pull["diff"] and head not in texts and (left or not found):
        found.append(Diff(head, patches.parse(pull["diff"]), True))
    return found


def comments_of(diff: Diff, pull: Row, known: Sequence[Diff]) -> list[Row]:
    """Return the review comments (of bronze_prs) that belong to `diff`, which is one of the `known`."""
    commits = {other.commit for other in known}
    belongs = (diff.commit, *([] if not diff.is_final else [None]))
    return [
        comment
        for comment in pull["review_comments"] or []
        if (comment["original_commit_id"] if comment["original_commit_id"] in commits else None) in belongs
    ]


def place(diff: Diff, comment: Row, raw: Row | None) -> Mark | None:
    """Return where `comment` (of silver_review_comments) lies in `diff`, None when its line is not there.

    `raw` is the comment as it was fetched: the last line of its excerpt must be the line that is found.
    """
    patch = diff.files.at(comment["path"])
    on_its_commit = comment["original_commit_sha"] == diff.commit
    line = comment["line"] if on_its_commit else comment["current_line"]
    if patch is None or line is None:
        return None
    wanted = excerpt_end(raw)
    for number, hunk in enumerate(patch.hunks):
        last = hunks.index_of(hunk, comment["side"], line)
        if last is not None and (wanted is None or same_text(hunk.lines[last], wanted)):
            n_above = line_count(comment) - 1
            first = hunks.index_of(hunk, comment["side"], line - n_above)
            return Mark(patch.path, number, last if first is None else min(first, last), last, comment)
    return None


def line_count(comment: Row) -> int:
    """Return how many lines `comment` is on; a range that begins on the other side counts as its last line."""
    start, side = comment["start_line"], comment["start_side"]
    return comment["line"] - start + 1 if start is not None and side in (None, comment["side"]) and start <= comment["line"] else 1


def excerpt_end(raw: Row | None) -> Line | None:
    """Return the last line of a fetched comment's excerpt."""
    hunk = patches.parse_hunk(raw["diff_hunk"]) if raw and raw["diff_hunk"] else None
    return hunk.last if hunk else None


def same_text(line: Line, other: Line) -> bool:
    """Say whether two lines have the same text but for a carriage return."""
    return line.text.removesuffix("\r") == other.text.removesuffix("\r")


class Carried(NamedTuple):
    """What carries a comment in a diff: `marks` that count, by hunk (path, number) and sorted by their last line; hunks with `others`; and
    paths where there is one that nobody can place.
    """

    marks: dict[tuple[str, int], list[Mark]]
    others: set[tuple[str, int]]
    unplaced: set[str]


def carried(diff: Diff, pull: Row, known: Sequence[Diff], counting: Mapping[int, Row]) -> Carried:
    """Return which hunks of `diff` carry a comment; `counting` are the comments (of silver_review_comments, by comment_id) that count."""
    found = Carried({}, set(), set())
    own = {raw["id"] for raw in comments_of(diff, pull, known)}
    lines: dict[str, dict[tuple[str, str], list[int]]] = {}
    for raw in pull["review_comments"] or []:
        comment = counting.get(raw["id"]) if raw["id"] in own else None
        mark = place(diff, comment, raw) if comment else None
        if mark:
            found.marks.setdefault((mark.path, mark.hunk), []).append(mark)
            continue
        patch = diff.files.at(raw["path"]) if raw["path"] else None
        if patch is None:
            continue
        end = excerpt_end(raw)
        if patch.path not in lines:
            lines[patch.path] = _hunks_by_line(patch)
        like = lines[patch.path].get((end.kind, end.text.removesuffix("\r")), []) if end else []
        found.others.update((patch.path, number) for number in like)
        if not like and raw["id"] in own:
            found.unplaced.add(patch.path)
    for marks in found.marks.values():
        marks.sort(key=lambda mark: (mark.last, mark.first, mark.comment["comment_id"]))
    return found


def _hunks_by_line(patch: FilePatch) -> dict[tuple[str, str], list[int]]:
    """Return the numbers of the hunks that hold a line of this type and text."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, hunk in enumerate(patch.hunks):
        for key in dict.fromkeys((line.kind, line.text.removesuffix("\r")) for line in hunk.lines):
            found.setdefault(key, []).append(number)
    return found


def locations(marks: Sequence[Mark], window: tuple[int, int], lines: Sequence[Line]) -> list[tuple[Side, int, int]]:
    """Return side, first and last number of the commented lines in `window` (indices), each once, in the order of the hunk."""
    found: dict[tuple[Side, int, int], None] = {}
    for mark in marks:
        if window[0] <= mark.last <= window[1]:
            side: Side = mark.comment["side"]
            numbers = [number for line in lines[max(mark.first, window[0]) : mark.last + 1] if (number := line.number(side)) is not None]
            found[side, numbers[0], numbers[-1]] = None
    return list(found)

"""The numbers of a review comment: where it was put, and where it is now."""

from dataclasses import dataclass, replace

from resources.forge.diffs import Patch, Shown
from resources.forge.plan import Remark

COMMENTABLE = " +-"


@dataclass(frozen=True, slots=True)
class Place:
    """The fields of a review comment that say where it is; `None` where GitHub gives null."""

    path: str
    side: str
    diff_hunk: str
    original_position: int | None
    original_line: int | None
    original_start_line: int | None
    start_side: str | None
    subject_type: str
    position: int | None = None
    line: int | None = None
    start_line: int | None = None


def place(remark: Remark, patch: Patch) -> Place:
    """Put a remark on its line of the diff that was reviewed; `ValueError` when its text is not on exactly one line."""
    if remark.at is None:
        # A comment on the file: GitHub gives it position 1 and no line.
        return Place(remark.path, "RIGHT", patch.cut(0, 1), 1, None, None, None, "file")
    first = _line(remark.at, remark, patch)
    last = first if remark.until is None else _until(remark.until, first, remark, patch)
    if last.position < first.position or last.hunk != first.hunk:
        raise ValueError(f"{remark.path}: {remark.at!r} to {remark.until!r} is no range of one hunk")
    ranged = last is not first
    return Place(
        path=remark.path,
        side=remark.side,
        diff_hunk=patch.cut(last.hunk, last.position),
        original_position=last.position,
        original_line=last.number(remark.side),
        original_start_line=first.number(remark.side) if ranged else None,
        start_side=remark.side if ranged else None,
        subject_type="line",
    )


def now(then: Place, moved: Patch | None, base_moved: Patch | None, patch: Patch | None) -> Place:
    """Return the place in today's diff `patch`, after the file changed by `moved` (and its base by `base_moved`) since the review.

    A comment whose line, or any line of whose range, is gone or not shown any more is outdated.
    """
    if patch is None:
        return then
    if then.subject_type == "file":
        return replace(then, position=1)
    since = moved if then.side == "RIGHT" else base_moved
    end = _today(then.original_line, then.side, since, patch)
    start = _today(then.original_start_line, then.side, since, patch)
    if end is None or (start is None and then.original_start_line is not None):
        return then
    if start is not None and end.position - start.position != _span(then):
        return then
    first = start.number(then.side) if start else None
    return replace(then, position=end.position, line=end.number(then.side), start_line=first)


def _span(then: Place) -> int:
    """Return how many lines of the diff lie between the start and the end of a range."""
    lines = then.diff_hunk.split("\n")
    kinds = {"RIGHT": " +", "LEFT": " -"}[then.side]
    left = (then.original_line or 0) - (then.original_start_line or 0)
    for back, line in enumerate(reversed(lines)):
        if line[:1] in kinds:
            if left == 0:
                return back
            left -= 1
    return -1


def _today(number: int | None, side: str, since: Patch | None, patch: Patch) -> Shown | None:
    if number is None:
        return None
    carried = since.carried(number) if since else number
    return None if carried is None else patch.find(side, carried)


def _until(until: str | int, first: Shown, remark: Remark, patch: Patch) -> Shown:
    """Return the last line of a range: the one that holds a text, or so many lines on in the same hunk."""
    if isinstance(until, str):
        return _line(until, remark, patch)
    following = [line for line in patch.lines[first.position :] if line.hunk == first.hunk and line.kind != "@"]
    on_side = [line for line in following if line.number(remark.side) is not None]
    return on_side[min(until, len(on_side) - 1)]


def _line(at: str | int, remark: Remark, patch: Patch) -> Shown:
    lines = [line for line in patch.lines if line.kind in COMMENTABLE and line.number(remark.side) is not None]
    if isinstance(at, int):
        return lines[at % len(lines)]
    found = [line for line in lines if at in line.text[1:]]
    if len(found) != 1:
        raise ValueError(f"{remark.path}: {len(found)} lines instead of one hold {at!r}")
    return found[0]

"""What became of commented lines: the code that a suggestion block proposes, or that a later commit put there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from assets.pull_requests.diffs.patches import Hunk, Line
from assets.pull_requests.silver import markdown


class Rewrite(NamedTuple):
    r"""`new` are the lines that replace those from `start` to `end` (included) of the reviewed file, without a \r at their ends."""

    start: int
    end: int
    new: tuple[str, ...]


class _Change(NamedTuple):
    """Lines `first` to `last` become `new`; where `last` is `first - 1`, `new` is put in after `last`."""

    first: int
    last: int
    new: tuple[str, ...]

    @property
    def is_insertion(self) -> bool:
        """Whether no line goes."""
        return self.first > self.last

    def distance(self, start: int, end: int) -> int:
        """Return how many lines it is away from the lines `start` to `end`; 0 for what changes one of them or is put in next to them."""
        return max(0, self.first - self.is_insertion - end, start - self.is_insertion - self.last)


def of_suggestion(known: Mapping[int, str], start: int, end: int, lines: Sequence[str]) -> Rewrite | str:
    """Return what the lines `start` to `end` become by a suggestion of `lines`; `known` are lines of the reviewed
    file that stand together, by number.

    Else the rule why not: no_lines (they are not known), no_change, deleted (nothing but blank lines would be left to write).
    """
    change = _Change(start, end, _plain(lines))
    return _rewrite(known, start, end, [change], [change])


def of_diff(
    known: Mapping[int, str], start: int, end: int, follow_up: Sequence[tuple[Hunk, Sequence[Line]]], max_distance_lines: int
) -> Rewrite | str:
    """Return what the lines `start` to `end`, and those near them that changed as well, became by the diff that followed.

    `follow_up` are its hunks with their lines, or what those were redacted to; `known` are the lines of the reviewed file that the reader
    is shown, by number: only changes within them count. Else the rule why not: unchanged (nothing changed near enough), does_not_fit
    (the diff starts from other lines), no_lines, no_change, deleted.
    """
    near, changes = [], [change for hunk, lines in follow_up for change in _changes(lines, hunk.old_start + (hunk.old_count == 0))]
    for change in changes:
        shown = (any if change.is_insertion else all)(number in known for number in (change.first, change.last))
        if shown and change.distance(start, end) <= max_distance_lines:
            near.append(change)
    if not near:
        return "unchanged"
    first, last = min(start, *(change.first for change in near)), max(end, *(change.last for change in near))
    for line in (line for _, lines in follow_up for line in lines if line.old is not None and first <= line.old <= last):
        if _without_return(line.text) != known.get(line.old or 0):
            return "does_not_fit"
    return _rewrite(known, first, last, near, changes)


def _changes(lines: Sequence[Line], at: int) -> Iterator[_Change]:
    """Yield the runs of removed and added lines; `at` is the number of the first old line of the hunk."""
    new: list[str] = []
    first, changing = at, False
    for line in lines:
        if line.kind == " " and changing:
            yield _Change(first, at - 1, _plain(new))
            new, changing = [], False
        if line.kind != " " and not changing:
            first, changing = at, True
        if line.kind == "+":
            new.append(line.text)
        else:
            at += 1
    if changing:
        yield _Change(first, at - 1, _plain(new))


def _rewrite(known: Mapping[int, str], start: int, end: int, applied: Sequence[_Change], changes: Sequence[_Change]) -> Rewrite | str:
    if start not in known or end not in known:
        return "no_lines"
    old, new = [known[number] for number in range(start, end + 1)], list(_applied(known, start, end, applied))
    if old == new:
        return "no_change"
    if any(line.strip() for line in new):
        return Rewrite(start, end, tuple(new))
    # Nothing is left to write: the next line with text, above or else below, shows what remains; none that another change comes before.
    top = max((change.last + 1 for change in changes if change.last < start), default=0)
    bottom = min((change.first - 1 for change in changes if change.first > end), default=max(known))
    above = next((number for number in range(start - 1, max(top, min(known)) - 1, -1) if known[number].strip()), None)
    below = next((number for number in range(end + 1, min(bottom, max(known)) + 1) if known[number].strip()), None)
    if above is None and below is None:
        return "deleted"
    first, last = (start, below or end) if above is None else (above, end)
    return Rewrite(first, last, (*(known[at] for at in range(first, start)), *new, *(known[at] for at in range(end + 1, last + 1))))


def _applied(known: Mapping[int, str], start: int, end: int, changes: Sequence[_Change]) -> Iterator[str]:
    at = start
    for change in sorted(changes, key=lambda change: (change.first, change.last)):
        yield from (known[number] for number in range(at, change.first))
        yield from change.new
        at = change.last + 1
    yield from (known[number] for number in range(at, end + 1))


def _plain(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(_without_return, lines))


def _without_return(text: str) -> str:
    return text.removesuffix("\r")


def shown_lines(lines: Sequence[Line]) -> dict[int, str]:
    """Return the lines of the new file among the `lines` of a hunk, by number."""
    return {line.new: _without_return(line.text) for line in lines if line.new is not None}


def without_suggestions(body: str) -> str:
    """Return the Markdown `body` without its suggestion blocks: what the reviewer said, and not the code that answers it."""
    text, pieces, at = markdown.unified(body), [], 0
    for block in markdown.fences(text):
        if block.info.split(maxsplit=1)[:1] == ["suggestion"]:
            pieces.append(text[at : block.start])
            at = block.end
    return "\n".join(piece for part in [*pieces, text[at:]] if (piece := part.strip()))

"""The scan: candidates by the prefilter, confirmed by the exact rules, without overlaps."""

import re
import string
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from assets.redaction import personal_checks, secret_checks
from assets.redaction.candidate import REPLACED, Candidate
from assets.redaction.parts import PARTS
from assets.redaction.prefilter import spots
from assets.redaction.rulebook import Rule, rules

CHECKS = secret_checks.CHECKS | personal_checks.CHECKS
PROSE = ("Text", "Markdown", "reStructuredText", "AsciiDoc", "Org", "HTML", "TeX", "MDX", "RMarkdown", "Mermaid")
_CONTEXT_BYTES = 100
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_BATCH_BYTES = 128 << 20  # of text that is laid end to end at once
# The letter, or the digits, that an escape in a string literal takes from what follows it.
_ESCAPE = re.compile(rb"[abfnrtv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}")


class Finding(NamedTuple):
    """A value to replace: the row of the text, its class, and where it is in the text's UTF-8 bytes."""

    row: int
    name: str
    start: int
    end: int
    value: str


def scan(texts: pl.Series, code: Sequence[bool], prose: Sequence[bool]) -> list[Finding]:
    """Return the findings in `texts` (String, no nulls) in order; they do not overlap.

    `code` says which text is in a language with a grammar, `prose` which is written for people.
    """
    batches = (texts.str.len_bytes().cast(pl.Int64).cum_sum() // _BATCH_BYTES).to_numpy()
    found: list[Finding] = []
    for batch in np.unique(batches):
        first, last = (int(row) for row in np.searchsorted(batches, [batch, batch + 1]))
        found += _scan_batch(texts[first:last], first, code, prose)
    return found


def _scan_batch(texts: pl.Series, first: int, code: Sequence[bool], prose: Sequence[bool]) -> list[Finding]:
    """Return the findings in `texts`, whose first row is number `first`; they are laid end to end, each closed by a line end."""
    open_ended = (~texts.str.ends_with("\n")).arg_true()  # few, in source: the others are not copied
    closed = texts.clone().scatter(open_ended, texts.gather(open_ended) + "\n")
    array = closed.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, text = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset + 1 : array.offset + 1 + len(array)]
    data = memoryview(text)
    taken: dict[int, list[tuple[int, int, str, str]]] = {}
    for rule, place, spots_of in _clusters(data, ends):
        begin, end, row = int(ends[place - 1]) if place else 0, int(ends[place]), first + place
        for match in _matches(rule, data, spots_of, begin, end):
            for start, stop in _confirmed(rule, match, data, begin, end, code[row], prose[row]):
                if _is_replaced(data, start, stop, begin, end):
                    continue
                _take(taken.setdefault(row, []), start - begin, stop - begin, rule.name, _text(data, start, stop))
    return [Finding(row, name, start, end, value) for row in sorted(taken) for start, end, name, value in taken[row]]


def _clusters(data: memoryview, ends: np.ndarray) -> Iterator[tuple[Rule, int, list[int]]]:
    """Yield rule, row and the ends of anchors that lie so near to each other in that row that they are looked at together.

    Hostile text is full of anchors: looked at one by one, each byte would be searched a hundred times.
    """
    candidates = spots(data)
    places = np.searchsorted(ends, np.array([end - 1 for _, end in candidates], dtype=np.int64), side="right").tolist()
    last, near = (-1, -1), [-1]
    for (index, spot), place in zip(candidates, places, strict=True):
        rule = rules()[index]
        if last == (index, place) and spot - near[-1] <= rule.before + rule.after:
            near.append(spot)
            continue
        if near[0] >= 0:
            yield rules()[last[0]], last[1], near
        last, near = (index, place), [spot]
    if near[0] >= 0:
        yield rules()[last[0]], last[1], near


def _matches(rule: Rule, data: memoryview, near: list[int], begin: int, end: int) -> Iterator[re.Match[bytes]]:
    """Yield the matches of `rule` at the spots `near`, in the row from `begin` to `end`; an anchor may end one byte behind its match."""
    for match in rule.pattern.finditer(data, max(begin, near[0] - rule.before), min(end, near[-1] + rule.after)):
        at = bisect_right(near, match.start())
        if at < len(near) and near[at] <= match.end() + 1:
            yield match
        if match.end() >= near[-1]:
            return


def _confirmed(
    rule: Rule, match: re.Match[bytes], data: memoryview, begin: int, end: int, code: bool, prose: bool
) -> Iterator[tuple[int, int]]:
    start, stop = match.span(rule.value_group)
    if start == match.start():  # else what is before it is a part of the pattern
        start += _escape_bytes(data, start, begin, stop)
    text = _text(data, start, stop)
    if not text or (rule.checks and not _holds(rule, match, _Place(data, begin, start, stop, end), code, prose)):
        return
    if rule.parts is None:
        yield start, stop
        return
    for left, right in PARTS[rule.parts](text, match[0][: start - match.start()].decode("utf-8", "replace")):
        yield start + len(text[:left].encode()), start + len(text[:right].encode())


def _is_replaced(data: memoryview, start: int, stop: int, begin: int, end: int) -> bool:
    """Say whether a replacement overlaps the value from `start` to `stop`, in the row from `begin` to `end`."""
    around = REPLACED.finditer(data, max(begin, start - _CONTEXT_BYTES), min(end, stop + _CONTEXT_BYTES))
    return any(old.start() < stop and start < old.end() for old in around)


class _Place(NamedTuple):
    """A value in `data`, which goes from `start` to `stop`, in a row that goes from `begin` to `end`."""

    data: memoryview
    begin: int
    start: int
    stop: int
    end: int


def _holds(rule: Rule, match: re.Match[bytes], place: _Place, code: bool, prose: bool) -> bool:
    """Say whether the value passes all checks of `rule`."""
    data, begin, start, stop, end = place
    name = _name(match, data, begin) if "name" in rule.pattern.groupindex else ""
    before = _text(data, max(begin, start - _CONTEXT_BYTES), start)
    after = _text(data, stop, min(end, stop + _CONTEXT_BYTES))
    candidate = Candidate(_text(data, start, stop), name, before, after, code, prose)
    return all(CHECKS[check](candidate, threshold) for check, threshold in rule.checks)


def _name(match: re.Match[bytes], data: memoryview, begin: int) -> str:
    """Return the whole name to which the value is assigned: the pattern begins at the part of it that is telling."""
    start = match.start("name")
    head = _text(data, max(begin, start - _CONTEXT_BYTES), start)
    return head[len(head.rstrip(_NAME_CHARACTERS)) :] + _text(data, *match.span("name"))


def _text(data: memoryview, start: int, end: int) -> str:
    return str(data[start:end], "utf-8", "replace")


def _escape_bytes(data: memoryview, start: int, begin: int, stop: int) -> int:
    """Return how many bytes after `start` belong to an escape whose backslash is before it."""
    backslashes = 0
    while start - backslashes > begin and data[start - backslashes - 1] == 0x5C:
        backslashes += 1
    escape = _ESCAPE.match(data, start, stop) if backslashes % 2 else None
    return escape.end() - start if escape else 0


def _take(taken: list[tuple[int, int, str, str]], start: int, end: int, name: str, value: str) -> None:
    """Put a place into the sorted `taken` unless one that is there already overlaps it."""
    at = bisect_left(taken, (start, end, "", ""))
    if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
        return
    insort(taken, (start, end, name, value))

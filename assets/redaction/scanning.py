"""The scan: candidates by the prefilter, confirmed by the exact rules, without overlaps."""

import re
import string
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from assets.redaction import contexts, personal_checks, secret_checks
from assets.redaction.candidate import Candidate
from assets.redaction.contexts import Row
from assets.redaction.parts import PARTS
from assets.redaction.prefilter import spots
from assets.redaction.rulebook import Rule, rules

CHECKS = secret_checks.CHECKS | personal_checks.CHECKS
PROSE = ("Text", "Markdown", "reStructuredText", "AsciiDoc", "Org", "HTML", "TeX", "MDX", "RMarkdown", "Mermaid")
_ROUNDS = 3
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


class _Refused(NamedTuple):
    """A match that a check refused when so many values of its row were taken."""

    rule: Rule
    match: re.Match[bytes]
    row: Row
    taken: int


def scan(texts: pl.Series, code: Sequence[bool], prose: Sequence[bool]) -> list[Finding]:
    """Return the findings in `texts` (String, no nulls) in order; they do not overlap.

    `code` says which text is in a language with a grammar, `prose` which is written for people.
    """
    batches = (texts.str.len_bytes().cast(pl.Int64).cum_sum() // _BATCH_BYTES).to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(batches)) + 1).tolist(), texts.len()]
    return [found for first, last in pairwise(edges) if first < last for found in _scan_batch(texts[first:last], first, code, prose)]


def _scan_batch(texts: pl.Series, first: int, code: Sequence[bool], prose: Sequence[bool]) -> list[Finding]:
    """Return the findings in `texts`, whose first row is number `first`; they are laid end to end, each closed by a line end."""
    open_ended = (~texts.str.ends_with("\n")).arg_true()  # few, in source: the others are not copied
    closed = texts.clone().scatter(open_ended, texts.gather(open_ended) + "\n")
    array = closed.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, text = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset + 1 : array.offset + 1 + len(array)]
    data = memoryview(text)
    found = spots(data)
    index, spot = found[found[:, 0] < len(rules())].T
    hidden = set(np.searchsorted(ends, found[len(index) :, 1] - 1, side="right").tolist())
    rows: dict[int, Row] = {}
    refused: list[_Refused] = []
    for rule, place, spots_of in _clusters(index, spot, np.searchsorted(ends, spot - 1, side="right")):
        if code[first + place] and not rule.in_code:
            continue
        row = rows.get(place)
        if row is None:
            begin, end = int(ends[place - 1]) if place else 0, int(ends[place])
            row = rows[place] = Row(data, begin, end, code[first + place], prose[first + place], place in hidden, [])
        matches = _matches(rule, data, spots_of, row.begin, row.end)
        refused += [_Refused(rule, match, row, len(row.taken)) for match in matches if not _try(rule, match, row)]
    _try_again(refused)
    return [Finding(first + place, name, start, end, value) for place in sorted(rows) for start, end, name, value in rows[place].taken]


def _clusters(index: np.ndarray, spot: np.ndarray, place: np.ndarray) -> Iterator[tuple[Rule, int, list[int]]]:
    """Yield rule, row and the ends of anchors that lie so near to each other in that row that they are looked at together.

    `index` has the rule of each anchor, `spot` its end, `place` its row (Int64); they are sorted by rule and end. Hostile text is full of
    anchors: looked at one by one, each byte would be searched a hundred times.
    """
    reach = np.array([rule.before + rule.after for rule in rules()])[index]
    apart = (np.diff(index, prepend=-1) != 0) | (np.diff(place, prepend=-1) != 0) | (np.diff(spot, prepend=0) > reach)
    first = np.flatnonzero(apart)
    near, edges = spot.tolist(), [*first.tolist(), len(spot)]
    for (start, stop), rule, row in zip(pairwise(edges), index[first].tolist(), place[first].tolist(), strict=True):
        yield rules()[rule], row, near[start:stop]


def _matches(rule: Rule, data: memoryview, near: list[int], begin: int, end: int) -> Iterator[re.Match[bytes]]:
    """Yield the matches of `rule` at the spots `near`, in the row from `begin` to `end`; an anchor may end one byte behind its match."""
    for match in rule.pattern.finditer(data, max(begin, near[0] - rule.before), min(end, near[-1] + rule.after)):
        at = bisect_right(near, match.start())
        if at < len(near) and near[at] <= match.end() + 1:
            yield match
        if match.end() >= near[-1]:
            return


def _try(rule: Rule, match: re.Match[bytes], row: Row) -> bool:
    """Take what `match` finds, unless it overlaps what is taken or replaced; return False where a check refuses it."""
    data, begin = row.data, row.begin
    start, stop = match.span(rule.value_group)
    if start == match.start():  # else what is before it is a part of the pattern
        start += _escape_bytes(data, start, begin, stop)
    text = _text(data, start, stop)
    if not text:
        return True
    if rule.checks and not _holds(rule, match, row, start, stop):
        return False
    spans = [(0, len(text))] if rule.parts is None else PARTS[rule.parts](text, _text(data, match.start(), start))
    for left, right in spans:
        at, value = start + len(text[:left].encode()), text[left:right]
        until = stop if right == len(text) else at + len(value.encode())
        if not _is_replaced(row, at, until):
            _take(row.taken, at - begin, until - begin, rule.name, value)
    return True


def _try_again(refused: list[_Refused]) -> None:
    """Try what checks refused again where something was taken since: it is not seen any more as it was.

    What is taken now may again have been seen by others, but hardly ever has: the rounds are bounded because hostile text has it so.
    """
    for _ in range(_ROUNDS):
        changed = [candidate for candidate in refused if len(candidate.row.taken) > candidate.taken]
        refused = [_Refused(rule, match, row, len(row.taken)) for rule, match, row, _ in changed if not _try(rule, match, row)]


def _is_replaced(row: Row, start: int, stop: int) -> bool:
    """Say whether a replacement overlaps the value from `start` to `stop`."""
    if not row.hidden:
        return False
    around = contexts.HIDDEN.finditer(row.data, max(row.begin, start - contexts.BYTES), min(row.end, stop + contexts.BYTES))
    return any(old.start() < stop and start < old.end() for old in around)


def _holds(rule: Rule, match: re.Match[bytes], row: Row, start: int, stop: int) -> bool:
    """Say whether the value from `start` to `stop` passes all checks of `rule`."""
    name = ""
    if "name" in rule.pattern.groupindex:  # the pattern begins at the part of it that is telling
        if _is_replaced(row, *match.span("name")):
            return False
        head = contexts.before(row, match.start("name"))
        name = head[len(head.rstrip(_NAME_CHARACTERS)) :] + _text(row.data, *match.span("name"))
    before, after = contexts.before(row, start), contexts.after(row, stop)
    candidate = Candidate(_text(row.data, start, stop), name, before, after, row.code, row.prose)
    return all(CHECKS[check](candidate, threshold) for check, threshold in rule.checks)


def _text(data: memoryview, start: int, end: int) -> str:
    return str(data[start:end], "utf-8", "replace")


def _escape_bytes(data: memoryview, start: int, begin: int, stop: int) -> int:
    """Return how many bytes after `start` belong to an escape whose backslash is before it."""
    backslashes = 0
    while start - backslashes > begin and data[start - backslashes - 1] == 0x5C:
        backslashes += 1
    escape = _ESCAPE.match(data, start, stop) if backslashes % 2 else None
    return escape.end() - start if escape else 0


def _take(taken: contexts.Taken, start: int, end: int, name: str, value: str) -> None:
    """Put a place into the sorted `taken` unless one that is there already overlaps it."""
    at = bisect_left(taken, (start, end, "", ""))
    if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
        return
    insort(taken, (start, end, name, value))

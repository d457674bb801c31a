"""The scan: candidates by the prefilter, confirmed by the exact rules, without overlaps."""

import re
import string
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from functools import lru_cache
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
    """Return the findings in `texts` (String) in order; they do not overlap.

    `code` says which text is in a language with a grammar, `prose` which is written for people.
    """
    sources = [source or b"" for source in texts.cast(pl.Binary).to_list()]
    batches = np.cumsum([len(source) for source in sources]) // _BATCH_BYTES
    edges = [0, *(np.flatnonzero(np.diff(batches)) + 1).tolist(), len(sources)]
    return [found for first, last in pairwise(edges) if first < last for found in _scan_batch(sources[first:last], first, code, prose)]


def _scan_batch(sources: Sequence[bytes], first: int, code: Sequence[bool], prose: Sequence[bool]) -> list[Finding]:
    """Return the findings in `sources`, whose first row is number `first`; they are laid end to end, each closed by a line end."""
    closed = [source if source.endswith(b"\n") else source + b"\n" for source in sources]
    data, ends = b"".join(closed), np.cumsum([len(source) for source in closed])
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
    near, edges, known = spot.tolist(), [*first.tolist(), len(spot)], rules()
    for (start, stop), rule, row in zip(pairwise(edges), index[first].tolist(), place[first].tolist(), strict=True):
        yield known[rule], row, near[start:stop]


def _matches(rule: Rule, data: bytes, near: list[int], begin: int, end: int) -> Iterator[re.Match[bytes]]:
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
    if start >= stop:
        return True
    if rule.checks and not _holds(rule, match, row, start, stop):
        return False
    for left, right, value in _values(rule.parts, data[start:stop], data[match.start() : start]):
        if not _is_replaced(row, start + left, start + right):
            _take(row.taken, start + left - begin, start + right - begin, rule.name, value)
    return True


@lru_cache(4096)  # a repository's files begin alike
def _values(parts: str | None, found: bytes, tag: bytes) -> list[tuple[int, int, str]]:
    """Return where in `found` (bytes) its values are, and what they are: by `parts`, a name of PARTS, or all of it. `tag` is before it."""
    text = str(found, "utf-8", "replace")
    if parts is None:
        return [(0, len(found), text)]
    spans = []
    for left, right in PARTS[parts](text, str(tag, "utf-8", "replace")):
        start, value = len(text[:left].encode()), text[left:right]
        spans.append((start, len(found) if right == len(text) else start + len(value.encode()), value))
    return spans


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


def _text(data: bytes, start: int, end: int) -> str:
    return str(data[start:end], "utf-8", "replace")


def _escape_bytes(data: bytes, start: int, begin: int, stop: int) -> int:
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

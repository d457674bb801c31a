"""What a check sees around a value: the text, in which another value looks the same whether it is replaced already or will be.

Else a text that is redacted twice would change twice: replacements have other words, digits and lengths than what they stand for.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from assets.redaction.candidate import REPLACED

Taken = list[tuple[int, int, str, str]]  # start, end (bytes of the row), class and value, in order

BYTES = 100  # of text that is seen on each side
_LONGEST = 48  # bytes of a replacement
_MASK = "REDACTED"
_SAME_SHAPE = ("phone", "payment_card", "mac_address")  # nothing but digits changes
# Each begins with a letter or a digit of its own: that lets re skip what begins with none of them.
_SHAPED = (
    rb"192\.0\.2\.\d{1,3}|198\.51\.100\.\d{1,3}|203\.0\.113\.\d{1,3}|9\d\d[ -]\d\d[ -]\d000(?!\d)|2001:db8::[0-9a-f:]*|user\d{5}(?!\d)"
)
HIDDEN = re.compile(b"|".join((REPLACED.pattern, _SHAPED)))
# A part of all that HIDDEN matches, in hyperscan's syntax: few texts have any.
ANCHOR = (
    rb"REDACTED_|email-[0-9]{5}@example\.com|PERSON_[0-9]{5}|192\.0\.2\.[0-9]|198\.51\.100\.[0-9]|203\.0\.113\.[0-9]"
    rb"|9[0-9]{2}[ -][0-9]{2}[ -][0-9]000|2001:db8::|user[0-9]{5}"
)


class Row(NamedTuple):
    """A text of a batch, which goes from `begin` to `end` in `data`, what was taken from it, and whether it may have replacements."""

    data: bytes
    begin: int
    end: int
    code: bool
    prose: bool
    hidden: bool
    taken: Taken


def before(row: Row, start: int) -> str:
    """Return what is seen before `start` in a row, of which `row.taken` is to be replaced.

    What is before another value is about that.
    """
    data, begin = row.data, row.begin
    low = max(begin, start - BYTES)
    near = [mark.end() for mark in HIDDEN.finditer(data, max(begin, low - _LONGEST), start)] if row.hidden else []
    near += [end for _, end in _taken(row.taken, begin, low, start)]
    edge = max((end for end in near if low < end <= start), default=None)
    return str(data[low:start], "utf-8", "replace") if edge is None else _MASK + str(data[edge:start], "utf-8", "replace")


def after(row: Row, stop: int) -> str:
    """Return what is seen after `stop` in a row, of which `row.taken` is to be replaced."""
    data = row.data
    high = min(row.end, stop + BYTES)
    near = [mark.start() for mark in HIDDEN.finditer(data, stop, min(row.end, high + _LONGEST))] if row.hidden else []
    near += [start for start, _ in _taken(row.taken, row.begin, stop, high)]
    edge = min((start for start in near if stop <= start < high), default=None)
    return str(data[stop:high], "utf-8", "replace") if edge is None else str(data[stop:edge], "utf-8", "replace") + _MASK


def _taken(taken: Taken, begin: int, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield where `taken` reaches into what goes from `low` to `high`."""
    at = max(0, bisect_left(taken, (low - begin, 0, "", "")) - 1)
    while at < len(taken) and begin + taken[at][0] < high:
        start, end, name, _ = taken[at]
        if begin + end > low and name not in _SAME_SHAPE:
            yield begin + start, begin + end
        at += 1

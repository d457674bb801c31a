"""What cleaning looks for in the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

Nearly all files need no repair: one look, which the compiler turns into vector instructions, tells which ones might.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "look": "void(u1[::1], i8[:, ::1], i8[:, ::1])",
    "strip_lines": "void(u1[::1], i8[::1], u1[::1], i8[::1])",
}
_ODD, _TRAILING, _VISIBLE, _LINES, _BYTES = range(5)  # columns: `cleaning` names them

_B, _U = np.uint8, np.uint64
_TAB, _FEED, _BLANK, _DELETE = (np.uint8(ord(sign)) for sign in "\t\n \x7f")
_BLOCK = _U(192)  # bytes of which an eight-bit counter counts all


@njit(inline="always", **_OPTIONS)
def _is_odd(byte, second, third):  # type: ignore[no-untyped-def]
    """Tell (1 or 0) whether `byte` is a control character or begins, with the next two, what a repair might change.

    In UTF-8: U+0080 to U+009F, the byte order mark, or U+00C2 to U+00F4 before what a continuation byte looks like when it is read as
    cp1252 or latin-1 (those begin with C2, C5, C6, CB and E2).
    """
    control = (byte < _BLANK) & (byte != _TAB) & (byte != _FEED) | (byte == _DELETE)
    upper = (byte == _B(0xC2)) & (second < _B(0xA0))
    mark = (byte == _B(0xEF)) & (second == _B(0xBB)) & (third == _B(0xBF))
    follows = (third == _B(0xC2)) | (third == _B(0xC5)) | (third == _B(0xC6)) | (third == _B(0xCB)) | (third == _B(0xE2))
    mojibake = (byte == _B(0xC3)) & (_B(second - _B(0x82)) <= _B(0x32)) & follows
    return _B(control) | _B(upper) | _B(mark) | _B(mojibake)


@njit(inline="always", **_OPTIONS)
def _is_blank(byte):  # type: ignore[no-untyped-def]
    return _B((byte == _BLANK) | (byte == _TAB))


@njit(**_OPTIONS)
def look(data, bounds, found):  # type: ignore[no-untyped-def]
    """Fill found[i] with what the text data[bounds[i, 0]:bounds[i, 1]] has: 1 or 0, and how many lines and bytes.

    Odd is what any repair but that of trailing space might change, visible what ASCII prints. The last two bytes are looked at alone:
    a line feed stands for what would follow them.
    """
    for text in range(len(found)):
        at, end = _U(bounds[text, 0]), _U(bounds[text, 1])
        inner, lines = max(end, at + _U(2)) - _U(2), _U(0)
        odd = trailing = visible = _B(0)
        while at < inner:
            stop, feeds = min(at + _BLOCK, inner), _B(0)
            for index in range(at, stop):
                byte, second = data[index], data[index + _U(1)]
                odd = _B(odd | _is_odd(byte, second, data[index + _U(2)]))
                trailing = _B(trailing | (_is_blank(byte) & _B(second == _FEED)))
                visible = _B(visible | _B((byte > _BLANK) & (byte < _DELETE)))
                feeds = _B(feeds + _B(byte == _FEED))
            at, lines = stop, lines + _U(feeds)
        for index in range(at, end):
            byte, second = data[index], data[index + _U(1)] if index + _U(1) < end else _FEED
            odd = _B(odd | _is_odd(byte, second, _FEED))
            trailing = _B(trailing | (_is_blank(byte) & _B(second == _FEED)))
            visible = _B(visible | _B((byte > _BLANK) & (byte < _DELETE)))
            lines += _U((byte == _FEED) | (index + _U(1) == end))  # the last line need not end
        found[text, _ODD], found[text, _TRAILING], found[text, _VISIBLE] = odd, trailing, visible
        found[text, _LINES], found[text, _BYTES] = lines, bounds[text, 1] - bounds[text, 0]


@njit(**_OPTIONS)
def strip_lines(data, offsets, stripped, ends):  # type: ignore[no-untyped-def]
    """Put each text without blanks and tabs at the ends of its lines into `stripped`, from offsets[i] to ends[i].

    `stripped` is as long as `data`, and no text gets longer.
    """
    for text in range(len(ends)):
        to = start = _U(offsets[text])
        for index in range(start, _U(offsets[text + 1])):
            if data[index] == _FEED:
                while to > start and _is_blank(stripped[to - _U(1)]):
                    to -= _U(1)
            stripped[to] = data[index]
            to += _U(1)
        while to > start and _is_blank(stripped[to - _U(1)]):
            to -= _U(1)
        ends[text] = to

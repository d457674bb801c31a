"""Where chunks stand in their files, and views of what stands there: not imported but loaded, see `machine_code`.

Text is the UTF-8 of many files, one behind the other. A character is a byte that does not go on from the one before it.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "tally": "void(u1[::1], i8[:, ::1])",
    "place": "void(u1[::1], i8[:, ::1], i8[::1], i8[:, ::1], i8[:, ::1])",
    "view": "void(u1[::1], i8[:, ::1], u4[:, ::1])",
}
BLOCK = 64  # bytes of text to a row of `tally`
FILE, ORDER, START, END, DOC_START, DOC_END = range(6)  # columns of `spans`: bytes, DOC_START -1 for no documentation
# Columns of `places`: lines count from 1, characters from 0; those of documentation from the start of the chunk, -1 for none.
PART, START_LINE, END_LINE, START_CHAR, END_CHAR, DOC_START_CHAR, DOC_END_CHAR = range(7)
_LF = 10
_INLINE = 12  # bytes that a view holds itself


@njit(**_OPTIONS)
def tally(text, before):  # type: ignore[no-untyped-def]
    """Fill `before` with the newlines and the characters before each BLOCK bytes of a text, for len(text) // BLOCK + 1 blocks."""
    newlines, characters = 0, 0
    for block in range(len(before)):
        before[block, 0], before[block, 1] = newlines, characters
        for at in range(block * BLOCK, min(block * BLOCK + BLOCK, len(text))):
            newlines += text[at] == _LF
            characters += text[at] & 0xC0 != 0x80


@njit(**_OPTIONS)
def place(text, before, starts, spans, places):  # type: ignore[no-untyped-def]
    """Fill `places` for each of `spans`, which are by file and order. `starts` has where each file starts.

    Documentation is shown from its start: it becomes -1 in `spans` of the parts that begin later, and ends with the part at the latest.
    """
    for row in range(len(spans)):
        start, end = spans[row, START], spans[row, END]
        goes_on = row > 0 and spans[row, FILE] == spans[row - 1, FILE] and spans[row, ORDER] == spans[row - 1, ORDER]
        no_lines, no_characters = _before(text, before, starts[spans[row, FILE]])
        first_line, first = _before(text, before, start)
        last_line, last = _before(text, before, end)
        places[row, PART] = places[row - 1, PART] + 1 if goes_on else 0
        places[row, START_LINE] = first_line - no_lines + 1
        places[row, END_LINE] = last_line - no_lines + (0 if start < end and text[end - 1] == _LF else 1)
        places[row, START_CHAR], places[row, END_CHAR] = first - no_characters, last - no_characters
        if start <= spans[row, DOC_START] < end:
            spans[row, DOC_END] = max(min(spans[row, DOC_END], end), spans[row, DOC_START])
            places[row, DOC_START_CHAR] = _before(text, before, spans[row, DOC_START])[1] - first
            places[row, DOC_END_CHAR] = _before(text, before, spans[row, DOC_END])[1] - first
        else:
            spans[row, DOC_START] = spans[row, DOC_END] = places[row, DOC_START_CHAR] = places[row, DOC_END_CHAR] = -1


@njit(**_OPTIONS)
def _before(text, before, position):  # type: ignore[no-untyped-def]
    """Return the newlines and characters before a byte of the text, or before its end."""
    block = position // BLOCK
    newlines, characters = before[block, 0], before[block, 1]
    for at in range(block * BLOCK, position):
        newlines += text[at] == _LF
        characters += text[at] & 0xC0 != 0x80
    return newlines, characters


@njit(**_OPTIONS)
def view(text, spans, views):  # type: ignore[no-untyped-def]
    """Fill `views` with Arrow's views of spans of a text under 2 GiB: the length, then what stands there, or its start, buffer and place.

    That of a span below 0 is empty. https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
    """
    for row in range(len(spans)):
        start = max(spans[row, 0], 0)
        size = spans[row, 1] - start if spans[row, 0] >= 0 else 0
        views[row, 0] = size
        views[row, 1] = views[row, 2] = views[row, 3] = 0
        for at in range(size if size <= _INLINE else 4):
            views[row, 1 + at // 4] |= np.uint32(text[start + at]) << np.uint32(at % 4 * 8)
        if size > _INLINE:
            views[row, 3] = start

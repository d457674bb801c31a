"""Text without what only marks or surrounds it: not imported but loaded, see `machine_code`.

Docstrings and comments lose their quotes and marks, signatures and import statements the blanks around them. Text is UTF-8, places are
bytes. Blank is what `str.isspace` says, which is what `\\s` of `re` says.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "shear": "i8(u1[::1], i8, i8, i8, i8[:, ::1])",
    "say": "void(u1[::1], i8[:, ::1], u1[::1], i8[:, ::1], u1[::1], i8[::1])",
    "trim": "void(u1[::1], i8[:, ::1], i8)",
}
_LF, _TAB, _SPACE, _BANG, _STAR, _SLASH, _LESS, _QUOTE, _APOSTROPHE, _SEMICOLON = 10, 9, 32, 33, 42, 47, 60, 34, 39, 59


@njit(**_OPTIONS)
def say(text, spans, is_python, lines, said, ends):  # type: ignore[no-untyped-def]
    """Fill `said` with what the lines of each span say, without empty ones at the ends, and `ends` with where each span's ends there.

    `lines` is for the lines of any one of the spans, see `shear`; `said` for as many bytes as there are in all of them.
    """
    size = 0
    for place in range(len(spans)):
        count = shear(text, spans[place, 0], spans[place, 1], is_python[place], lines)
        first = 0
        while count > first and lines[count - 1, 0] >= lines[count - 1, 1]:
            count -= 1
        while first < count and lines[first, 0] >= lines[first, 1]:
            first += 1
        for line in range(first, count):
            if line > first:
                said[size] = _LF
                size += 1
            for at in range(lines[line, 0], lines[line, 1]):
                said[size] = text[at]
                size += 1
        ends[place] = size


@njit(**_OPTIONS)
def shear(text, start, end, is_python, lines):  # type: ignore[no-untyped-def]
    """Fill `lines` with the [start, end) of what each line of the documentation at [start, end) says; return how many there are.

    `lines` has as many rows as there are newlines, and one. A docstring loses its quotes, a comment the marks of each line; then both
    lose blanks at the ends of lines and the indentation that their lines have in common.
    """
    if is_python:
        start, end = _between_quotes(text, start, end)
    count, at = 0, start
    while at <= end:
        stop = at
        while stop < end and text[stop] != _LF:
            stop += 1
        lines[count, 0], lines[count, 1] = (at, stop) if is_python else _unmarked(text, at, stop)
        lines[count, 1] = _stripped(text, lines[count, 0], lines[count, 1])
        count, at = count + 1, stop + 1
    _dedent(text, lines, count, is_python)
    return count


@njit(**_OPTIONS)
def trim(text, spans, without_semicolons):  # type: ignore[no-untyped-def]
    """Leave the blanks around each of `spans` out of it, and semicolons behind it on demand; half a character at its ends is left out.

    A span that starts below 0 stays as it is.
    """
    for place in range(len(spans)):
        start, end = spans[place, 0], spans[place, 1]
        if start < 0:
            continue
        while start < end and text[start] & 0xC0 == 0x80:
            start += 1
        while start < end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        end = _stripped(text, start, end)
        start = _begin(text, start, end)
        if without_semicolons:
            while start < end and text[end - 1] == _SEMICOLON:
                end -= 1
            end = _stripped(text, start, end)
        spans[place, 0], spans[place, 1] = start, end


@njit(**_OPTIONS)
def _between_quotes(text, start, end):  # type: ignore[no-untyped-def]
    """Return what stands between the quotes, all where none begin; up to the end where none close."""
    at = start
    while at < end and at < start + 2 and (65 <= text[at] <= 90 or 97 <= text[at] <= 122):
        at += 1
    if at >= end or (text[at] != _QUOTE and text[at] != _APOSTROPHE):
        return start, end
    width = 3 if at + 2 < end and text[at] == text[at + 1] and text[at] == text[at + 2] else 1
    begin = at + width
    closed = end - begin >= width
    for back in range(1, width + 1):
        closed = closed and text[end - back] == text[at]
    return begin, end - width if closed else end


@njit(**_OPTIONS)
def _unmarked(text, start, end):  # type: ignore[no-untyped-def]
    """Return a line without the marks before it (// /// //! /* /** /*! *) and the mark */ behind it."""
    start = _mark_end(text, start, end)
    stop = end
    while stop > start and (text[stop - 1] == _SPACE or text[stop - 1] == _TAB):
        stop -= 1
    if stop - start < 2 or text[stop - 1] != _SLASH or text[stop - 2] != _STAR:
        return start, end
    stop -= 1
    while stop > start and text[stop - 1] == _STAR:
        stop -= 1
    return start, stop


@njit(**_OPTIONS)
def _mark_end(text, start, end):  # type: ignore[no-untyped-def]
    """Return where the mark that a line begins with ends; `start` for none. The / of a closing mark is part of none."""
    at = start
    while at < end and (text[at] == _SPACE or text[at] == _TAB):
        at += 1
    slashes = _run(text, at, end, _SLASH, _SLASH)
    if slashes - at >= 2:
        return _run(text, slashes, end, _BANG, _LESS)
    stars = _run(text, slashes, end, _STAR, _STAR)
    if slashes == at:
        is_mark = stars > at and (stars == end or text[stars] == _SPACE or text[stars] == _TAB)
        return stars if is_mark else start
    stop = _run(text, stars, end, _BANG, _LESS)
    if stop < end and text[stop] == _SLASH:
        stop -= 1
    return stop if stars > slashes and stop > slashes else start


@njit(**_OPTIONS)
def _run(text, at, end, one, other):  # type: ignore[no-untyped-def]
    while at < end and (text[at] == one or text[at] == other):
        at += 1
    return at


@njit(**_OPTIONS)
def _dedent(text, lines, count, is_python):  # type: ignore[no-untyped-def]
    """Take away what indentation the lines have in common; the first line of a docstring loses its own.

    Text right after `/**` says nothing about the indentation of the lines below.
    """
    own = _indentation(text, lines[0, 0], lines[0, 1])
    common, n_filled = -1, 0
    for line in range(1, count):
        if lines[line, 0] < lines[line, 1]:
            indentation = _indentation(text, lines[line, 0], lines[line, 1])
            common = indentation if n_filled == 0 else min(common, indentation)
            n_filled += 1
    if not is_python and lines[0, 0] < lines[0, 1] and not (n_filled and own < common):
        common = min(common, own) if n_filled else own
    for line in range(count):
        most = min(own if is_python and line == 0 else max(common, 0), lines[line, 1] - lines[line, 0])
        while most > 0:
            lines[line, 0] += _blank(text, lines[line, 0], lines[line, 1])
            most -= 1


@njit(**_OPTIONS)
def _indentation(text, start, end):  # type: ignore[no-untyped-def]
    """Return how many blank characters stand at the start."""
    count, size = 0, _blank(text, start, end)
    while size > 0:
        start, count = start + size, count + 1
        size = _blank(text, start, end)
    return count


@njit(**_OPTIONS)
def _begin(text, start, end):  # type: ignore[no-untyped-def]
    """Return the start without the blanks behind it."""
    size = _blank(text, start, end)
    while size > 0:
        start += size
        size = _blank(text, start, end)
    return start


@njit(**_OPTIONS)
def _stripped(text, start, end):  # type: ignore[no-untyped-def]
    """Return the end without the blanks before it."""
    size = 1
    while size <= 3 and end - size >= start:
        if _blank(text, end - size, end) == size:
            end, size = end - size, 1
        elif text[end - 1] < 0x80:
            break
        else:
            size += 1
    return end


@njit(**_OPTIONS)
def _blank(text, at, end):  # type: ignore[no-untyped-def]
    """Return how many bytes the blank character at `at` has, 0 where none stands there."""
    if at >= end:
        return 0
    byte = text[at]
    if byte < 0x80:
        return 1 if byte == _SPACE or 9 <= byte <= 13 or 28 <= byte <= 31 else 0
    if byte == 0xC2:
        return 2 if at + 1 < end and (text[at + 1] == 0x85 or text[at + 1] == 0xA0) else 0
    if not 0xE1 <= byte <= 0xE3 or at + 2 >= end:
        return 0
    character = np.int64(byte & 0x0F) << 12 | np.int64(text[at + 1] & 0x3F) << 6 | np.int64(text[at + 2] & 0x3F)
    return 3 if 0x2000 <= character <= 0x200A or character in (0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) else 0

"""The lines of docstrings and comments without their marks: not imported but loaded, see `machine_code`.

Text is characters here (UTF-32), so that a place in it is a place in the string. `\\s` of `re` is what `str.isspace` says.
"""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
SIGNATURES = {"shear": "void(u4[::1], i8[:, ::1], u1[::1], i8[:, ::1], i8[::1])"}
_LF, _TAB, _SPACE, _BANG, _STAR, _SLASH, _LESS, _QUOTE, _APOSTROPHE = 10, 9, 32, 33, 42, 47, 60, 34, 39


@njit(**_OPTIONS)
def shear(text, spans, is_python, lines, stops):  # type: ignore[no-untyped-def]
    """Fill `lines` with the [start, end) of what each line of each span says, from the span's start, and `stops` with how many there are
    up to the end of each span.

    `lines` has as many rows as there are spans and newlines. A docstring loses its quotes, a comment the marks of each line; then both
    lose blanks at the ends of lines and the indentation that their lines have in common.
    """
    count = 0
    for place in range(len(spans)):
        start, end = spans[place, 0], spans[place, 1]
        if is_python[place]:
            start, end = _between_quotes(text, start, end)
        first, at = count, start
        while at <= end:
            stop = at
            while stop < end and text[stop] != _LF:
                stop += 1
            lines[count, 0], lines[count, 1] = (at, stop) if is_python[place] else _unmarked(text, at, stop)
            lines[count, 1] = _stripped(text, lines[count, 0], lines[count, 1])
            count, at = count + 1, stop + 1
        _dedent(text, lines, first, count, is_python[place])
        for line in range(first, count):
            lines[line, 0], lines[line, 1] = lines[line, 0] - spans[place, 0], lines[line, 1] - spans[place, 0]
        stops[place] = count


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
def _dedent(text, lines, first, last, is_python):  # type: ignore[no-untyped-def]
    """Take away what indentation the lines have in common; the first line of a docstring loses its own.

    Text right after `/**` says nothing about the indentation of the lines below.
    """
    own = _indentation(text, lines, first)
    common, n_filled = -1, 0
    for line in range(first + 1, last):
        if lines[line, 0] < lines[line, 1]:
            indentation = _indentation(text, lines, line)
            common = indentation if n_filled == 0 else min(common, indentation)
            n_filled += 1
    if not is_python and lines[first, 0] < lines[first, 1] and not (n_filled and own < common):
        common = min(common, own) if n_filled else own
    for line in range(first, last):
        indentation = _indentation(text, lines, line)
        lines[line, 0] += indentation if is_python and line == first else min(indentation, max(common, 0))


@njit(**_OPTIONS)
def _indentation(text, lines, line):  # type: ignore[no-untyped-def]
    at = lines[line, 0]
    while at < lines[line, 1] and _is_space(text[at]):
        at += 1
    return at - lines[line, 0]


@njit(**_OPTIONS)
def _stripped(text, start, end):  # type: ignore[no-untyped-def]
    while end > start and _is_space(text[end - 1]):
        end -= 1
    return end


@njit(**_OPTIONS)
def _is_space(character):  # type: ignore[no-untyped-def]
    if character < 128:
        return character == _SPACE or 9 <= character <= 13 or 28 <= character <= 31
    if character < 0x1680:
        return character == 0x85 or character == 0xA0
    return 0x2000 <= character <= 0x200A or character in (0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)

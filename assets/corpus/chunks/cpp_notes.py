"""What the forms of a C++ file declare, as a table and names: not imported but loaded, see `machine_code`."""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"note": "i8(u1[::1], u1[::1], i4[:, ::1], i4[:, ::1], i8, i8[:, ::1], i8[:, ::1], u1[:, ::1], i8[::1], i8)"}
_A_FUNCTION, _A_PROTOTYPE, _A_CLASS, _A_NAMESPACE, _A_VARIABLE = range(5)  # kinds of forms, and their columns, as in `cpp_walk`
_KIND, _FIRST, _LAST, _NAME, _NAME_END, _HEAD, _TAIL, _BEFORE, _FLOOR, _AROUND, _IS_SURE = range(11)
_FUNCTION, _METHOD, _CLASS = range(3)  # as in `declared`
_TOKEN_START, _TOKEN_END, _COMMENT_START, _COMMENT_END = 0, 1, 5, 6  # of a row of tokens, as in `brace_tokens`
_PARENT, _PREFIX, _PREFIX_END = range(2, 5)  # of what stands in a form: the class around it, and what its names begin with
_LF, _CR, _TAB, _SPACE, _STROKE, _SEMICOLON, _COLON = 10, 13, 9, 32, 47, 59, 58
_MOST_BLANKS = 400  # before a declaration on its line, as in `declarations.line_start`
_ROOM = 16  # bytes that a name takes besides those in the file
_ANONYMOUS = np.frombuffer(b"anonymous", np.uint8)
_NAMES, _PREFIXES = range(2)  # in names and lengths


@njit(**_OPTIONS)
def note(source, parsed, rows, forms, count, table, spans, names, lengths, is_free):  # type: ignore[no-untyped-def]
    """Fill `table` as `declared` says, `spans` with first and last tokens, and the first of `names`, each with a line feed.

    Returns how many declarations there are, -1 when names are too long or, without `is_free`, when it is not certain; `lengths` begins
    with that of the names. The other columns of `spans` are room, and so is the second of `names`: of each form what is around it, see
    `_PARENT`.
    """
    declared, lengths[_NAMES], lengths[_PREFIXES] = 0, 0, 0
    for place in range(count):
        kind, container, first = forms[place, _KIND], forms[place, _AROUND], forms[place, _FIRST]
        parent, prefix, prefix_end = np.int64(-1), np.int64(0), np.int64(0)
        if container >= 0:
            parent, prefix, prefix_end = spans[container, _PARENT], spans[container, _PREFIX], spans[container, _PREFIX_END]
        spans[place, _PARENT] = parent
        doc, doc_end = np.int64(-1), np.int64(-1)
        start, head = np.int64(rows[first, _TOKEN_START]), np.int64(forms[place, _HEAD])
        if kind != _A_NAMESPACE:
            doc, doc_end = _comment_above(source, rows, np.int64(forms[place, _BEFORE]), start, np.int64(forms[place, _FLOOR]))
            if doc >= 0 and not is_free and (kind == _A_VARIABLE or forms[place, _IS_SURE] != 1):
                return -1  # may be one of two functions, or its name may stand in brackets
            if kind == _A_VARIABLE or (doc < 0 and kind != _A_FUNCTION and kind != _A_CLASS):
                continue
        name = lengths[_NAMES]
        own = _write_name(parsed, rows, forms, place, prefix, prefix_end, names, lengths)
        if own < 0:
            return -1
        if kind in (_A_NAMESPACE, _A_CLASS):  # noqa: SIM102 - it writes
            if not _write_prefix(names, name, lengths, spans, place):
                return -1
        if kind == _A_NAMESPACE:
            lengths[_NAMES] = name
            continue
        spans[place, _PARENT] = declared
        is_method = parent >= 0 or _has_colons(names, own, lengths[_NAMES])
        table[declared, 0] = _CLASS if kind == _A_CLASS else _METHOD if is_method else _FUNCTION
        table[declared, 1] = _line_start(parsed, start if doc < 0 else doc)
        table[declared, 2], table[declared, 3] = start, head
        table[declared, 4] = _declaration_end(source, start, np.int64(forms[place, _TAIL]))
        table[declared, 5], table[declared, 6], table[declared, 7] = doc, doc_end, parent
        spans[declared, 0], spans[declared, 1] = first, forms[place, _LAST]
        names[_NAMES, lengths[_NAMES]] = _LF
        lengths[_NAMES] += 1
        declared += 1
    return declared


@njit(**_OPTIONS)
def _comment_above(source, rows, before, start, floor):  # type: ignore[no-untyped-def]
    """Return the bytes of the comment directly above what starts at `start`, when what stands before it ends at `before`, -1 for nothing.

    (-1, -1) for none: comments before `floor`, where the block begins, do not count. Line comments on consecutive lines are one; one on
    the line on which the code before ends is not above anything.
    """
    begin, place = max(before, floor), _comments_before(rows, start) - 1
    if place < 0 or rows[place, _COMMENT_START] < begin:
        return np.int64(-1), np.int64(-1)
    first, last = np.int64(rows[place, _COMMENT_START]), np.int64(rows[place, _COMMENT_END])
    line = np.int64(0)  # where the line ends on which the code before does
    if before >= 0:
        line = before - 1 if before > 0 and source[before - 1] == _LF else before
        while line < first and source[line] != _LF:
            line += 1
    if (line >= first and before >= 0) or _has_blank_line(source, last, start):
        return np.int64(-1), np.int64(-1)
    while place > 0 and rows[place - 1, _COMMENT_START] >= begin and (before < 0 or line < rows[place - 1, _COMMENT_START]):
        if not _joins(source, rows, place):
            break
        place -= 1
        first = np.int64(rows[place, _COMMENT_START])
    return first, last


@njit(**_OPTIONS)
def _comments_before(rows, start):  # type: ignore[no-untyped-def]
    """Return how many comments begin before byte `start`."""
    low, high = np.int64(0), np.int64(rows[len(rows) - 1, _TOKEN_START])
    while low < high:
        middle = (low + high) // 2
        if rows[middle, _COMMENT_START] < start:
            low = middle + 1
        else:
            high = middle
    return low


@njit(**_OPTIONS)
def _has_blank_line(source, start, end):  # type: ignore[no-untyped-def]
    is_blank = False
    for place in range(start, end):
        if source[place] == _LF:
            if is_blank:
                return True
            is_blank = True
        elif source[place] != _SPACE and source[place] != _TAB:
            is_blank = False
    return False


@njit(**_OPTIONS)
def _joins(source, rows, place):  # type: ignore[no-untyped-def]
    """Tell whether a comment and that before it are line comments on consecutive lines."""
    above, stop, start = rows[place - 1, _COMMENT_START], rows[place - 1, _COMMENT_END], rows[place, _COMMENT_START]
    if source[above + 1] != _STROKE or source[start + 1] != _STROKE:
        return False
    lines = 0
    for index in range(stop, start):
        lines += source[index] == _LF
    return lines == 1


@njit(**_OPTIONS)
def _write_name(parsed, rows, forms, place, prefix, prefix_end, names, lengths):  # type: ignore[no-untyped-def]
    """Write the prefix and the name of a form behind the names; return where it begins without the prefix, -1 when there is no room."""
    at, first, end = lengths[_NAMES], forms[place, _NAME], forms[place, _NAME_END]
    start, stop = (rows[first, _TOKEN_START], rows[end - 1, _TOKEN_END]) if end > first else (0, 0)
    if at + (prefix_end - prefix) + (stop - start) + _ROOM > names.shape[1]:
        return np.int64(-1)
    for index in range(prefix, prefix_end):
        names[_NAMES, at] = names[_PREFIXES, index]
        at += 1
    own, is_open = at, False
    if end <= first:
        for index in range(len(_ANONYMOUS)):
            names[_NAMES, at + index] = _ANONYMOUS[index]
        at += len(_ANONYMOUS)
    while start < stop:  # a blank for whatever blanks stand in it
        blank = _blank(parsed, start, stop)
        if blank == 0:
            if is_open and at > own:
                names[_NAMES, at] = _SPACE
                at += 1
            names[_NAMES, at] = parsed[start]
            at += 1
        is_open = blank > 0
        start += max(blank, 1)
    lengths[_NAMES] = at
    return own


@njit(**_OPTIONS)
def _write_prefix(names, name, lengths, spans, place):  # type: ignore[no-untyped-def]
    """Write what the names in a form begin with, which is the last name and `::`; tell whether there is room."""
    at = lengths[_PREFIXES]
    if at + lengths[_NAMES] - name + 2 > names.shape[1]:
        return False
    spans[place, _PREFIX] = at
    for index in range(name, lengths[_NAMES]):
        names[_PREFIXES, at] = names[_NAMES, index]
        at += 1
    names[_PREFIXES, at] = names[_PREFIXES, at + 1] = _COLON
    spans[place, _PREFIX_END] = lengths[_PREFIXES] = at + 2
    return True


@njit(**_OPTIONS)
def _blank(text, at, stop):  # type: ignore[no-untyped-def]
    """Return how many bytes the blank at `at` takes, 0 when there is none: what `str.split` splits at."""
    byte = text[at]
    if byte == _SPACE or _TAB <= byte <= _CR or 28 <= byte <= 31:
        return 1
    if byte < 0xC2 or at + 1 >= stop:
        return 0
    if byte == 0xC2:
        return 2 if text[at + 1] in (0x85, 0xA0) else 0
    if at + 2 >= stop:
        return 0
    code = np.int64(text[at + 1]) << 8 | np.int64(text[at + 2])
    is_general = byte == 0xE2 and (0x8080 <= code <= 0x808A or code in (0x80A8, 0x80A9, 0x80AF, 0x819F))
    return 3 if is_general or (byte == 0xE1 and code == 0x9A80) or (byte == 0xE3 and code == 0x8080) else 0


@njit(**_OPTIONS)
def _has_colons(names, start, end):  # type: ignore[no-untyped-def]
    for place in range(start, end - 1):  # noqa: SIM110
        if names[_NAMES, place] == _COLON and names[_NAMES, place + 1] == _COLON:
            return True
    return False


@njit(**_OPTIONS)
def _line_start(source, start):  # type: ignore[no-untyped-def]
    """Return the start of the line when only blanks precede `start` on it."""
    line = start
    while line > 0 and (source[line - 1] == _SPACE or source[line - 1] == _TAB):
        line -= 1
    return line if start - line <= _MOST_BLANKS and (line == 0 or source[line - 1] == _LF) else start


@njit(**_OPTIONS)
def _declaration_end(source, start, end):  # type: ignore[no-untyped-def]
    """Return the end of a declaration, without blanks and with a semicolon: as `declarations.declaration_end`."""
    while end > start and (source[end - 1] == _SPACE or _TAB <= source[end - 1] <= _CR):
        end -= 1
    return end + 1 if end < len(source) and source[end] == _SEMICOLON else end

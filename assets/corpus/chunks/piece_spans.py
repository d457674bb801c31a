"""Where the pieces of a file start and end, in bytes of its UTF-8: not imported but loaded, see `machine_code`."""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "exclusive": "i8(u1[::1], i8[:, ::1], i8[:, ::1], i8[:, ::1])",
    "whole": "i8(u1[::1], i8[:, ::1])",
    "cut": "i8(u1[::1], i8[:, ::1], i8[::1], i8[:, ::1])",
}
_START, _END, _PARENT = 1, 4, 7  # columns of `declared.Declared.table`
_YES, _NO, _OTHER = 1, 0, 2  # whether a piece has members; _OTHER where that depends on letters other than ASCII's
_LF, _TAB, _SPACE, _HASH, _SLASH, _STAR, _UNDERLINE = 10, 9, 32, 35, 47, 42, 95
_WORDS = np.frombuffer(b"public private protected pass ", np.uint8)  # each with a blank after it


@njit(**_OPTIONS)
def whole(source, found):  # type: ignore[no-untyped-def]
    """Fill `found` (1, 4) with (-1, start, end, 0) of what is not blank around the file; return the number of rows, 0 for a blank file."""
    start, end = _trim(source, 0, len(source))
    found[0, 0], found[0, 1], found[0, 2], found[0, 3] = -1, start, end, 0
    return 1 if start < end else 0


@njit(**_OPTIONS)
def exclusive(source, declared, state, found):  # type: ignore[no-untyped-def]
    """Fill `found` (2n, 4) with (declaration, start, end, is open) of what belongs to each of n declarations and to nothing inside it.

    By declaration and start; returns the number of rows. What stands after the first thing inside is left out when it has no members;
    "is open" is 1 where only Python can tell, and state[0, 0] is the number of those. `declared` is `Declared.table`; `state` (2, n + 1) is
    what is used on the way.
    """
    reached, places, count = state[0], state[1], len(declared)
    for order in range(count):
        reached[order], places[order] = declared[order, _START], 1  # one after all that is inside
    for order in range(count):
        outer = declared[order, _PARENT]
        if 0 <= outer < count:
            places[outer] += 1
    total = 0
    for order in range(count):
        places[order], total = total, total + places[order]
    for order in range(count):
        outer = declared[order, _PARENT]
        if 0 <= outer < count:
            _note(found, places, outer, reached[outer], declared[order, _START])
            reached[outer] = max(reached[outer], declared[order, _END])
    for order in range(count):
        _note(found, places, order, reached[order], declared[order, _END])
    return _kept(source, declared, found, total, state)


@njit(**_OPTIONS)
def cut(source, pieces, borders, found):  # type: ignore[no-untyped-def]
    """Fill `found` (as many as there can be, 3) with spans of at most n characters of each of `pieces`; return how many.

    `pieces` has (order, start, end, n, low, high), `found` (order, start, end). A piece is best cut at borders[low:high], ascending. A
    span has over a third of the characters that it may have, or is the last of its piece; blank lines at its ends are left out, and
    all of it if it is blank.
    """
    count = 0
    for piece in range(len(pieces)):
        start, end, most = pieces[piece, 1], pieces[piece, 2], max(pieces[piece, 3], 1)
        while start < end:
            stop = _stop(source, start, end, borders, pieces[piece, 4], pieces[piece, 5], most)
            first, last = _trim(source, start, stop)
            if first < last and count < len(found):
                found[count, 0], found[count, 1], found[count, 2] = pieces[piece, 0], first, last
                count += 1
            start = stop
    return count


@njit(**_OPTIONS)
def _stop(source, start, end, borders, low, high, most):  # type: ignore[no-untyped-def]
    """Return where to cut: the last border that leaves a piece not too small, else a line end, else after `most` characters."""
    enough = _forward(source, start, end, most // 3)
    limit = _forward(source, enough, end, most - most // 3)
    if limit >= end:
        return end
    first = low
    while low < high:  # after the last border up to the limit
        middle = (low + high) // 2
        if borders[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    at = _character(source, borders[low - 1]) if low > first else start
    if at > enough:
        line = at
        while line > start and (source[line - 1] == _SPACE or source[line - 1] == _TAB):
            line -= 1
        at = line if line == start or source[line - 1] == _LF else at
        if at > enough:
            return at
    line = limit
    while line > enough and source[line - 1] != _LF:
        line -= 1
    return line if line > enough else limit


@njit(**_OPTIONS)
def _forward(source, at, end, characters):  # type: ignore[no-untyped-def]
    """Return the place that many characters after `at`, `end` at most."""
    while characters > 0 and at < end:
        at = _character(source, at + 1)
        characters -= 1
    return at


@njit(**_OPTIONS)
def _note(found, places, order, start, end):  # type: ignore[no-untyped-def]
    row = places[order]
    found[row, 0], found[row, 1], found[row, 2] = order, start, end
    places[order] += 1


@njit(**_OPTIONS)
def _kept(source, declared, found, total, state):  # type: ignore[no-untyped-def]
    """Trim the spans, and close up those that say something."""
    kept, state[0, 0] = 0, 0
    for row in range(total):
        order, at, stop = found[row, 0], found[row, 1], found[row, 2]
        if at < stop:
            start, end = _trim(source, _character(source, at), _character(source, stop))
            answer = _YES if at == declared[order, _START] else _has_members(source, start, end)
            if start < end and answer != _NO:
                found[kept, 0], found[kept, 1], found[kept, 2], found[kept, 3] = order, start, end, answer == _OTHER
                kept += 1
                state[0, 0] += answer == _OTHER
    return kept


@njit(**_OPTIONS)
def _character(source, at):  # type: ignore[no-untyped-def]
    """Return `at`, or where the next character starts when it is inside of one."""
    at = max(0, min(at, len(source)))
    while at < len(source) and source[at] & 0xC0 == 0x80:
        at += 1
    return at


@njit(**_OPTIONS)
def _trim(source, start, end):  # type: ignore[no-untyped-def]
    """Return the span without blank lines before it (indentation stays) and without whitespace after it."""
    while start < end:
        last = end - 1
        while last > start and source[last] & 0xC0 == 0x80:
            last -= 1
        if not _is_space(source, last):
            break
        end = last
    at = first = start
    while at < end and _is_space(source, at):
        if source[at] == _LF:
            first = at + 1
        at = _character(source, at + 1)
    return first, end


@njit(**_OPTIONS)
def _is_space(source, at):  # type: ignore[no-untyped-def]
    """Tell whether the character that starts at `at` is one for str.isspace."""
    byte = source[at]
    if byte < 0x80:
        return 9 <= byte <= 13 or 28 <= byte <= 32
    second = source[at + 1] if at + 1 < len(source) else 0
    if byte == 0xC2:
        return second == 0x85 or second == 0xA0
    third = source[at + 2] if at + 2 < len(source) else 0
    if byte == 0xE2:
        general = second == 0x80 and (0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF)
        return general or (second == 0x81 and third == 0x9F)
    return (byte == 0xE1 and second == 0x9A and third == 0x80) or (byte == 0xE3 and second == 0x80 and third == 0x80)


@njit(**_OPTIONS)
def _has_members(source, start, end):  # type: ignore[no-untyped-def]
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    at = start
    while at < end:
        byte, here = source[at], at
        following = source[at + 1] if at + 1 < end else 0
        if byte >= 0x80:
            return _OTHER
        if byte == _SLASH and following == _STAR:
            at = _comment_end(source, at + 2, end)
        elif (byte == _SLASH and following == _SLASH) or (byte == _HASH and _is_first(source, at, start)):
            while at < end and source[at] != _LF:
                at += 1
        else:
            while at < end and _is_word(source[at]):
                at += 1
            if here < at < end and source[at] >= 0x80:
                return _OTHER
            if here < at and not _is_access(source, here, at):
                return _YES
            at = max(at, here + 1)
    return _NO


@njit(**_OPTIONS)
def _comment_end(source, at, end):  # type: ignore[no-untyped-def]
    while at + 1 < end and not (source[at] == _STAR and source[at + 1] == _SLASH):
        at += 1
    return at + 2


@njit(**_OPTIONS)
def _is_first(source, at, start):  # type: ignore[no-untyped-def]
    """Tell whether only blanks stand before `at` on its line."""
    while at > start and (source[at - 1] == _SPACE or source[at - 1] == _TAB):
        at -= 1
    return at == start or source[at - 1] == _LF


@njit(**_OPTIONS)
def _is_word(byte):  # type: ignore[no-untyped-def]
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == _UNDERLINE


@njit(**_OPTIONS)
def _is_access(source, start, end):  # type: ignore[no-untyped-def]
    """Tell whether a word is one of `_WORDS`."""
    first, length = 0, end - start
    for blank in range(len(_WORDS)):
        if _WORDS[blank] == _SPACE:
            at = 0
            while at < length and at < blank - first and source[start + at] == _WORDS[first + at]:
                at += 1
            if at == length and at == blank - first:
                return True
            first = blank + 1
    return False

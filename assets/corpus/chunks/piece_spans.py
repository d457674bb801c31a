"""Where the pieces of files start and end: not imported but loaded, see `machine_code`.

The text is the UTF-8 of many files, one behind the other, and all places are bytes of it.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "find": "i8(u1[::1], i8[:, ::1], i8[:, ::1], i8[:, ::1], i8[:, ::1])",
    "cut": "i8(u1[::1], i8[:, ::1], i8[::1], i8[:, ::1])",
}
_START, _END, _DOC_END, _PARENT = 1, 4, 6, 7  # columns of `declared.Declared.table`
_YES, _NO, _OTHER = 1, 0, 2  # whether a piece has members; _OTHER where that depends on letters other than ASCII's
_LF, _TAB, _SPACE, _HASH, _SLASH, _STAR, _UNDERLINE = 10, 9, 32, 35, 47, 42, 95
_WORDS = np.frombuffer(b"public private protected pass ", np.uint8)  # each with a blank after it


@njit(**_OPTIONS)
def find(text, files, declared, state, found):  # type: ignore[no-untyped-def]
    """Fill `found` (2n + files, 5) with (file, order, start, end, is open) of the pieces of files with n declarations; return how many.

    `files` has (start, end, number of declarations) of each, `declared` is `Declared.table` of all, which begins as bytes of the file
    and becomes bytes of the text. What belongs to a declaration and to nothing inside it is a piece, by declaration and start; what stands
    after the first thing inside is left out when it has no members, "is open" is 1 where only Python can tell. A file without
    declarations is one piece of order -1, without blanks around it, or none. `state` (2, n + 1) is what is used on the way.
    """
    count = first = 0
    for file in range(len(files)):
        start, last = files[file, 0], first + files[file, 2]
        if first < last:
            _place(declared, first, last, start)
            count = _exclusive(text, file, declared, first, last, state, found, count)
        else:
            start, end = _trim(text, start, files[file, 1])
            if start < end:
                found[count, 0], found[count, 1], found[count, 2], found[count, 3], found[count, 4] = file, -1, start, end, 0
                count += 1
        first = last
    return count


@njit(**_OPTIONS)
def _place(declared, first, last, start):  # type: ignore[no-untyped-def]
    """Make bytes of a file bytes of the text."""
    for order in range(first, last):
        for column in range(_START, _DOC_END + 1):
            if declared[order, column] >= 0:
                declared[order, column] += start


@njit(**_OPTIONS)
def _exclusive(text, file, declared, first, last, state, found, count):  # type: ignore[no-untyped-def]
    """Add the pieces of a file to the first `count` of `found`; return how many there are then."""
    reached, places, total = state[0], state[1], count
    for order in range(first, last):
        reached[order], places[order] = declared[order, _START], 1  # one after all that is inside
    for order in range(first, last):
        outer = first + declared[order, _PARENT]
        if first <= outer < last:
            places[outer] += 1
    for order in range(first, last):
        places[order], total = total, total + places[order]
    for order in range(first, last):
        outer = first + declared[order, _PARENT]
        if first <= outer < last:
            _note(found, places, file, outer, reached[outer], declared[order, _START])
            reached[outer] = max(reached[outer], declared[order, _END])
    for order in range(first, last):
        _note(found, places, file, order, reached[order], declared[order, _END])
    return _kept(text, declared, found, count, total)


@njit(**_OPTIONS)
def cut(text, pieces, borders, found):  # type: ignore[no-untyped-def]
    """Fill `found` (as many as there can be, 4) with spans of at most n characters of each of `pieces`; return how many.

    `pieces` has (file, order, start, end, n, low, high, base), `found` (file, order, start, end). A piece is best cut at borders[low:high],
    ascending bytes from `base` on, or after blank lines where low is below 0. A span has over a third of the characters that it may
    have, or is the last of its piece; blank lines at its ends are left out, and all of it if it is blank.
    """
    count = 0
    for piece in range(len(pieces)):
        start, end, most = pieces[piece, 2], pieces[piece, 3], max(pieces[piece, 4], 1)
        while start < end:
            stop = _stop(text, start, end, borders, pieces, piece, most)
            first, last = _trim(text, start, stop)
            if first < last and count < len(found):
                found[count, 0], found[count, 1], found[count, 2], found[count, 3] = pieces[piece, 0], pieces[piece, 1], first, last
                count += 1
            start = stop
    return count


@njit(**_OPTIONS)
def _stop(text, start, end, borders, pieces, piece, most):  # type: ignore[no-untyped-def]
    """Return where to cut: the last border that leaves a piece not too small, else a line end, else after `most` characters."""
    enough = _forward(text, start, end, most // 3)
    limit = _forward(text, enough, end, most - most // 3)
    if limit >= end:
        return end
    low, high, base = pieces[piece, 5], pieces[piece, 6], pieces[piece, 7]
    at = _last_border(text, borders, low, high, base, limit) if low >= 0 else _last_paragraph(text, base, enough, limit)
    if at > enough:
        line = at
        while line > start and (text[line - 1] == _SPACE or text[line - 1] == _TAB):
            line -= 1
        at = line if line == start or text[line - 1] == _LF else at
        if at > enough:
            return at
    line = limit
    while line > enough and text[line - 1] != _LF:
        line -= 1
    return line if line > enough else limit


@njit(**_OPTIONS)
def _last_border(text, borders, low, high, base, limit):  # type: ignore[no-untyped-def]
    """Return the last of borders[low:high] up to the limit, -1 for none."""
    first = low
    while low < high:
        middle = (low + high) // 2
        if base + borders[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return _character(text, base + borders[low - 1]) if low > first else -1


@njit(**_OPTIONS)
def _last_paragraph(text, base, enough, limit):  # type: ignore[no-untyped-def]
    """Return the last place up to the limit that stands after a blank line of a file that starts at `base`; `enough` for none behind it."""
    at = limit
    while at > enough and (at < base + 2 or text[at - 1] != _LF or text[at - 2] != _LF):
        at -= 1
    return at


@njit(**_OPTIONS)
def _forward(text, at, end, characters):  # type: ignore[no-untyped-def]
    """Return the place that many characters after `at`, `end` at most."""
    while characters > 0 and at < end:
        at = _character(text, at + 1)
        characters -= 1
    return at


@njit(**_OPTIONS)
def _note(found, places, file, order, start, end):  # type: ignore[no-untyped-def]
    row = places[order]
    found[row, 0], found[row, 1], found[row, 2], found[row, 3] = file, order, start, end
    places[order] += 1


@njit(**_OPTIONS)
def _kept(text, declared, found, kept, total):  # type: ignore[no-untyped-def]
    """Trim the spans of a file, which are found[kept:total], and close up those that say something; return where the last of them ends."""
    for row in range(kept, total):
        file, order, at, stop = found[row, 0], found[row, 1], found[row, 2], found[row, 3]
        if at < stop:
            start, end = _trim(text, _character(text, at), _character(text, stop))
            answer = _YES if at == declared[order, _START] else _has_members(text, start, end)
            if start < end and answer != _NO:
                found[kept, 0], found[kept, 1], found[kept, 2], found[kept, 3] = file, order, start, end
                found[kept, 4] = answer == _OTHER
                kept += 1
    return kept


@njit(**_OPTIONS)
def _character(text, at):  # type: ignore[no-untyped-def]
    """Return `at`, or where the next character starts when it is inside of one."""
    at = max(0, min(at, len(text)))
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    return at


@njit(**_OPTIONS)
def _trim(text, start, end):  # type: ignore[no-untyped-def]
    """Return the span without blank lines before it (indentation stays) and without whitespace after it."""
    while start < end:
        last = end - 1
        while last > start and text[last] & 0xC0 == 0x80:
            last -= 1
        if not _is_space(text, last):
            break
        end = last
    at = first = start
    while at < end and _is_space(text, at):
        if text[at] == _LF:
            first = at + 1
        at = _character(text, at + 1)
    return first, end


@njit(**_OPTIONS)
def _is_space(text, at):  # type: ignore[no-untyped-def]
    """Tell whether the character that starts at `at` is one for str.isspace."""
    byte = text[at]
    if byte < 0x80:
        return 9 <= byte <= 13 or 28 <= byte <= 32
    second = text[at + 1] if at + 1 < len(text) else 0
    if byte == 0xC2:
        return second == 0x85 or second == 0xA0
    third = text[at + 2] if at + 2 < len(text) else 0
    if byte == 0xE2:
        general = second == 0x80 and (0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF)
        return general or (second == 0x81 and third == 0x9F)
    return (byte == 0xE1 and second == 0x9A and third == 0x80) or (byte == 0xE3 and second == 0x80 and third == 0x80)


@njit(**_OPTIONS)
def _has_members(text, start, end):  # type: ignore[no-untyped-def]
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    at = start
    while at < end:
        byte, here = text[at], at
        following = text[at + 1] if at + 1 < end else 0
        if byte >= 0x80:
            return _OTHER
        if byte == _SLASH and following == _STAR:
            at = _comment_end(text, at + 2, end)
        elif (byte == _SLASH and following == _SLASH) or (byte == _HASH and _is_first(text, at, start)):
            while at < end and text[at] != _LF:
                at += 1
        else:
            while at < end and _is_word(text[at]):
                at += 1
            if here < at < end and text[at] >= 0x80:
                return _OTHER
            if here < at and not _is_access(text, here, at):
                return _YES
            at = max(at, here + 1)
    return _NO


@njit(**_OPTIONS)
def _comment_end(text, at, end):  # type: ignore[no-untyped-def]
    while at + 1 < end and not (text[at] == _STAR and text[at + 1] == _SLASH):
        at += 1
    return at + 2


@njit(**_OPTIONS)
def _is_first(text, at, start):  # type: ignore[no-untyped-def]
    """Tell whether only blanks stand before `at` on its line."""
    while at > start and (text[at - 1] == _SPACE or text[at - 1] == _TAB):
        at -= 1
    return at == start or text[at - 1] == _LF


@njit(**_OPTIONS)
def _is_word(byte):  # type: ignore[no-untyped-def]
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == _UNDERLINE


@njit(**_OPTIONS)
def _is_access(text, start, end):  # type: ignore[no-untyped-def]
    """Tell whether a word is one of `_WORDS`."""
    first, length = 0, end - start
    for blank in range(len(_WORDS)):
        if _WORDS[blank] == _SPACE:
            at = 0
            while at < length and at < blank - first and text[start + at] == _WORDS[first + at]:
                at += 1
            if at == length and at == blank - first:
                return True
            first = blank + 1
    return False

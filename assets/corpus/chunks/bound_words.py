"""Which import statements texts need, by the names that stand in them as words: not imported but loaded, see `machine_code`.

Names are sorted and sought by halving, so that no choice of names makes the search slow.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
_NAMES, _STATEMENTS = "u1[::1], i8[::1]", "i8[::1], i8[::1], i8[:, ::1], i8[::1]"
SIGNATURES = {"need": f"i8(u1[::1], i8[:, ::1], u1[::1], {_NAMES}, {_STATEMENTS}, i8[::1], u4[::1], i8, i8[::1], i8[::1])"}
FILE, START, END, IS_ASCII = range(4)  # columns of `spans`: bytes, and whether there are no others than ASCII's
_WORD = 1  # what `kinds` says of a character that a word may begin with; more for those that one may go on with, 0 for others


@njit(**_OPTIONS)
def need(text, spans, kinds, names, name_ends, bound, bound_ends, files, others, seen, lengths, most, found, ends):  # type: ignore[no-untyped-def]
    """Fill `found` with the first `most` statements that each of `spans` needs, ascending, and `ends` with where each one's end there.

    `text` is UTF-8, `spans` of it are by file, `kinds` says of each character whether it is part of a word. For each file `files` has
    the [first, last) of its names, which are sorted and joined in `names`, and of the statements in `others` that each of its texts
    needs. The statements that bind name p are in `bound` up to `bound_ends[p]`. `seen` has -1 for each statement, `lengths` is for 256
    bytes. `found` has room for `most` or all statements of its file for each of `spans`.
    """
    size = 0
    for row in range(len(spans)):
        file, begin = spans[row, FILE], size
        low, high = files[file, 0], files[file, 1]
        if row == 0 or file != spans[row - 1, FILE]:
            _note_lengths(names, name_ends, low, high, kinds, lengths)
        for place in range(files[file, 2], files[file, 3]):
            size = _add(others[place], row, seen, begin, size, most, found)
        at, end = spans[row, START], spans[row, END] if low < high else spans[row, START]
        while at < end:
            start, at = _ascii_word(text, at, end, lengths) if spans[row, IS_ASCII] else _word(text, at, end, kinds)
            if start < at and lengths[text[start]] >> np.uint32(min(at - start, 31)) & np.uint32(1):
                name = _name(text, start, at, names, name_ends, low, high)
                if name >= 0:
                    for place in range(bound_ends[name - 1] if name > 0 else 0, bound_ends[name]):
                        size = _add(bound[place], row, seen, begin, size, most, found)
        ends[row] = size
    return size


@njit(**_OPTIONS)
def _add(statement, row, seen, begin, size, most, found):  # type: ignore[no-untyped-def]
    """Put a statement where it belongs in found[begin:size] unless it is there; of more than `most` the last is dropped."""
    if seen[statement] == row or most == 0:
        return size
    seen[statement] = row
    at = size
    if size - begin == most:
        at = size - 1
        if found[at] < statement:
            return size
    else:
        size += 1
    while at > begin and found[at - 1] > statement:
        found[at] = found[at - 1]
        at -= 1
    found[at] = statement
    return size


@njit(**_OPTIONS)
def _ascii_word(text, at, end, lengths):  # type: ignore[no-untyped-def]
    """Return [start, end) of the next word, digits before it included, that begins as a name does; an empty one at the end of the text."""
    before = np.uint32(0)
    while at < end:
        here = lengths[text[at]]
        if here > 1 and before == 0:
            break
        before = here
        at += 1
    start = at
    while at < end and lengths[text[at]]:
        at += 1
    return start, at


@njit(**_OPTIONS)
def _word(text, at, end, kinds):  # type: ignore[no-untyped-def]
    """Return [start, end) of the next word without digits before it; an empty one at the end of the text."""
    kind, size = _kind(text, at, end, kinds)
    while at < end and kind != _WORD:
        at += size
        kind, size = _kind(text, at, end, kinds)
    start = at
    while at < end and kind != 0:
        at += size
        kind, size = _kind(text, at, end, kinds)
    return start, at


@njit(**_OPTIONS)
def _kind(text, at, end, kinds):  # type: ignore[no-untyped-def]
    """Return what the character at `at` is and how many bytes it has; half a character and what is behind the end is part of no word."""
    byte = np.int64(text[at]) if at < end else 0
    if byte < 0x80:
        return kinds[byte], 1
    size = 2 + (byte >= 0xE0) + (byte >= 0xF0)
    if byte < 0xC0 or at + size > end:
        return np.uint8(0), 1
    character = byte & (0x7F >> size)
    for place in range(at + 1, at + size):
        character = character << 6 | (np.int64(text[place]) & 0x3F)
    return kinds[character] if character < len(kinds) else np.uint8(0), size


@njit(**_OPTIONS)
def _note_lengths(names, name_ends, low, high, kinds, lengths):  # type: ignore[no-untyped-def]
    """Note for each byte which lengths the names have that begin with it: bit 31 is 31 bytes and more, bit 0 that ASCII's words have it."""
    for byte in range(256):
        lengths[byte] = 1 if byte < 128 and kinds[byte] else 0
    for place in range(low, high):
        start, end = name_ends[place - 1] if place > 0 else 0, name_ends[place]
        if start < end:
            lengths[names[start]] |= np.uint32(1) << np.uint32(min(end - start, 31))


@njit(**_OPTIONS)
def _name(text, start, end, names, name_ends, low, high):  # type: ignore[no-untyped-def]
    """Return which of the names `low` to `high` the word [start, end) is, -1 for none."""
    while low < high:
        middle = (low + high) // 2
        first = name_ends[middle - 1] if middle > 0 else 0
        order = _compared(text, start, end, names, first, name_ends[middle])
        if order == 0:
            return middle
        if order < 0:
            high = middle
        else:
            low = middle + 1
    return -1


@njit(**_OPTIONS)
def _compared(text, start, end, names, first, last):  # type: ignore[no-untyped-def]
    """Return a number below 0 where the word stands before the name, above 0 where it stands after it."""
    for index in range(min(end - start, last - first)):
        difference = np.int64(text[start + index]) - np.int64(names[first + index])
        if difference != 0:
            return difference
    return (end - start) - (last - first)

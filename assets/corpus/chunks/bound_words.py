"""Which bound names stand in texts as words: not imported but loaded, see `machine_code`.

Names are sorted and sought by halving, so that no choice of names makes the search slow.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
SIGNATURES = {"find": "i8(u1[::1], i8[::1], i8[::1], u1[::1], i8[::1], i8[::1], i8[::1], u4[::1], i8[:, ::1])"}


@njit(**_OPTIONS)
def find(text, ends, owners, names, name_ends, stops, seen, lengths, found):  # type: ignore[no-untyped-def]
    """Fill `found` with (text, name) once for each name of its file that is a word of a text, by text; return how many there are.

    Texts and names are ASCII and joined, each ending where `ends` and `name_ends` say. The names of a file, which `owners` has for each
    text, are sorted and end before name `stops`. `seen` holds -1 for each name, `lengths` is for 256 bytes. `found` has as many rows as
    there may be words, or names in texts.
    """
    count, at, low, high = 0, 0, 0, 0
    for place in range(len(ends)):
        owner = owners[place]
        if place == 0 or owner != owners[place - 1]:
            low, high = stops[owner - 1] if owner > 0 else 0, stops[owner]
            _note_lengths(names, name_ends, low, high, lengths)
        end = ends[place]
        while at < end and low < high:
            if not _is_word(text[at]):
                at += 1
                continue
            start = at
            while at < end and _is_word(text[at]):
                at += 1
            if lengths[text[start]] >> np.uint32(min(at - start, 31)) & np.uint32(1):
                name = _name(text, start, at, names, name_ends, low, high)
                if name >= 0 and seen[name] != place:
                    seen[name] = place
                    found[count, 0], found[count, 1] = place, name
                    count += 1
        at = end
    return count


@njit(**_OPTIONS)
def _note_lengths(names, name_ends, low, high, lengths):  # type: ignore[no-untyped-def]
    """Note for each byte which lengths the names have that begin with it: bit 31 is 31 bytes and more."""
    for byte in range(256):
        lengths[byte] = 0
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


@njit(**_OPTIONS)
def _is_word(byte):  # type: ignore[no-untyped-def]
    return 97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte == 95

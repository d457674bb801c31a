"""Where macros stand before names in C++, as in `class ARROW_EXPORT Table`: not imported but loaded, see `machine_code`.

Libraries put them there; they are not in the grammar, which then reads a class as a function.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"blank": "i8(u1[::1], u1[::1])"}
_LETTER, _DIGIT, _CAPITAL, _COLON, _BLANK, _AFTER_NAME = 1, 2, 4, 8, 16, 32  # classes of bytes, as bits
_LF, _SPACE, _TAB, _HASH, _LEFT, _RIGHT = 10, 32, 9, 35, 40, 41
_FEWEST_LETTERS = 3  # of a macro between `class` and a name


def _classes() -> npt.NDArray[np.uint8]:
    out = np.zeros(256, np.uint8)
    out[list(b"abcdefghijklmnopqrstuvwxyz_")] = _LETTER
    out[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] = _LETTER | _CAPITAL
    out[list(b"0123456789")] = _DIGIT
    out[list(b" \t\n\r\f\v")] = _BLANK
    out[list(b"{<;")] = _AFTER_NAME
    out[ord(":")] = _AFTER_NAME | _COLON
    return out


def _words(text: str) -> npt.NDArray[np.uint8]:
    """Return words as rows: their length, then their letters."""
    return np.array([[len(word), *word.encode().ljust(10, b"\0")] for word in text.split()], np.uint8)


_CLASSES = _classes()
_KEYS, _FINAL = _words("class struct union"), _words("final")
_ENDS = _words("EXPORT _API _DECL VISIBILITY _INLINE NODISCARD NORETURN DEPRECATED")


@njit(**_OPTIONS)
def blank(source, out):  # type: ignore[no-untyped-def]
    """Put blanks for macros into `out`, a copy of `source`; return how many. Lines of the preprocessor stay as they are.

    A macro is a word in capitals between `class`, `struct` or `union` and a name, or one that ends as those words do.
    """
    at, found, is_fresh = 0, 0, True
    while at < len(source):
        class_ = _CLASSES[source[at]]
        if is_fresh and source[at] == _HASH:
            while at < len(source) and source[at] != _LF:
                at += 1
        elif class_ & (_LETTER | _DIGIT):
            end = _word_end(source, at)
            start = _blanks_end(source, end) if _is_one_of(source, at, end, _KEYS) else at
            if start != at:
                stop = _macro_after_key(source, start) if start > end else start
            else:
                stop = _macro_end(source, end) if class_ & _CAPITAL and _ends(source, at, end) else start
            for place in range(start, stop):
                out[place] = _SPACE
            found += stop > start
            at = stop if stop > start else end
            is_fresh = False
        else:
            is_fresh = source[at] == _LF or (is_fresh and (source[at] == _SPACE or source[at] == _TAB))
            at += 1
    return found


@njit(**_OPTIONS)
def _macro_after_key(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the macro at `at`, `at` when there is none with the name of a class behind it."""
    name, count = at, 0
    if at >= len(source) or not _CLASSES[source[at]] & _CAPITAL:
        return at
    while name < len(source) and _is_in_capitals(source[name]):
        name, count = name + 1, count + 1
    end = _macro_end(source, name)
    start = _blanks_end(source, end)
    if count < _FEWEST_LETTERS or start == end or start >= len(source) or not _CLASSES[source[start]] & _LETTER:
        return at
    place = start
    while place < len(source) and _CLASSES[source[place]] & (_LETTER | _DIGIT | _COLON):
        if place > start and _CLASSES[source[place]] & _COLON:
            return end
        place += 1
    place = _blanks_end(source, place)
    word_end = min(place + _FINAL[0, 0], len(source))
    place = _blanks_end(source, word_end) if _is_one_of(source, place, word_end, _FINAL) else place
    return end if place < len(source) and _CLASSES[source[place]] & _AFTER_NAME else at


@njit(**_OPTIONS)
def _macro_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of a macro's arguments, which stand on a line and have no brackets in them, `at` when it has none."""
    if at >= len(source) or source[at] != _LEFT:
        return at
    end = at + 1
    while end < len(source) and source[end] != _LF and source[end] != _LEFT and source[end] != _RIGHT:
        end += 1
    return end + 1 if end < len(source) and source[end] == _RIGHT else at


@njit(**_OPTIONS)
def _ends(source, start, end):  # type: ignore[no-untyped-def]
    """Tell whether a word is in capitals and ends as macros do, but is not only that end."""
    for place in range(start, end):
        if not _is_in_capitals(source[place]):
            return False
    for row in range(len(_ENDS)):
        size = _ENDS[row, 0]
        if end - start > size and _is(source, end - size, _ENDS, row):
            return True
    return False


@njit(**_OPTIONS)
def _is_one_of(source, start, end, words):  # type: ignore[no-untyped-def]
    for row in range(len(words)):  # noqa: SIM110
        if end - start == words[row, 0] and _is(source, start, words, row):
            return True
    return False


@njit(**_OPTIONS)
def _is(source, start, words, row):  # type: ignore[no-untyped-def]
    for index in range(words[row, 0]):  # noqa: SIM110
        if source[start + index] != words[row, 1 + index]:
            return False
    return True


@njit(**_OPTIONS)
def _is_in_capitals(byte):  # type: ignore[no-untyped-def]
    return _CLASSES[byte] & (_CAPITAL | _DIGIT) or byte == 95


@njit(**_OPTIONS)
def _word_end(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and _CLASSES[source[at]] & (_LETTER | _DIGIT):
        at += 1
    return at


@njit(**_OPTIONS)
def _blanks_end(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and _CLASSES[source[at]] & _BLANK:
        at += 1
    return at

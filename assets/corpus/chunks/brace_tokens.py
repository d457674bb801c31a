"""The tokens of a file in a language with braces: not imported but loaded, see `machine_code`. `outline` says what they are for."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from numba.cpython.unsafe.numbers import trailing_zeros

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SIGNATURES = {"read": "i8(u1[::1], u1[::1], i8, u8[:, ::1], i4[:, ::1], u1[::1])"}
START, END, PARTNER, DEPTH, FRESH, COMMENT_START, COMMENT_END = range(7)  # of a row: the last two are of a comment, the others of a token
WORD, NUMBER, LITERAL, DIRECTIVE = 97, 48, 34, 35  # shapes; a keyword has its own letter, a sign is its own byte
MAX_DEPTH = 256  # of brackets, as in `lexing`
LOW, HIGH, LETTER = range(3)  # of a row of the table of keywords: a word's first eight bytes, the next eight, and its shape
_CODE, _COMMENT_MARK, _COMMENT, _FIELD = 0, 1, 2, 6  # as in `lexing`: a kernel uses nothing of another module
_SPACE, _LF, _CR, _HASH, _DOLLAR, _SINGLE, _STAR, _DOT, _STROKE, _BACKSLASH = 32, 10, 13, 35, 36, 39, 42, 46, 47, 92
_LEFT, _RIGHT = 40, 41
_SIGN, _BLANK, _OPENING, _CLOSING, _LETTER, _DIGIT = range(6)  # classes of bytes: those of words come last
_MOST_LETTERS = 16  # of a keyword
_U = np.uint64
_ONES, _LOW_BITS, _HIGH_BITS = _U(0x0101010101010101), _U(0x7F7F7F7F7F7F7F7F), _U(0x8080808080808080)  # of eight bytes
_COMMENTS = _ONES * _U(_COMMENT)
_STARS = _ONES * _U(_STAR)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hashing


def _classes() -> npt.NDArray[np.uint8]:
    out = np.full(256, _SIGN, np.uint8)
    out[: _SPACE + 1] = out[_BACKSLASH] = _BLANK
    out[128:] = out[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$")] = _LETTER
    out[list(b"0123456789")], out[list(b"([{")], out[list(b")]}")] = _DIGIT, _OPENING, _CLOSING
    return out


_CLASSES = _classes()


@njit(**_OPTIONS)
def read(source, kinds, has_directives, keywords, rows, shape):  # type: ignore[no-untyped-def]
    """Fill a row and a shape for each token and note the comments; return the number of tokens, -1 when brackets do not match.

    `rows` are one more than bytes in `source`: the first number of the last is how many comments there are. `keywords` are as
    `outline` puts them. With `has_directives`, a line that begins with # is one token.
    """
    at, count, noted, depth, opened, fresh, after_dot = np.int64(0), 0, 0, 0, -1, 1, np.False_
    while at < len(source):
        byte, kind = source[at], kinds[at]
        if kind == _CODE and byte == _SPACE:
            at += 1
            while at < len(source) and source[at] == _SPACE:
                at += 1
            continue
        if kind == _CODE and _CLASSES[byte] == _BLANK:
            fresh = 1 if byte in (_LF, _CR) else fresh
            at += _continuation(source, at) if byte == _BACKSLASH else 1
            continue
        if kind in (_COMMENT_MARK, _COMMENT):
            end = _comment_end(source, kinds, at)
            rows[noted, COMMENT_START], rows[noted, COMMENT_END] = at, end
            fresh = 1 if fresh or _has_line_end(source, at, end) else 0
            at, noted = end, noted + 1
            continue
        if has_directives and fresh and byte == _HASH:
            end, letter = _directive_end(source, kinds, at), DIRECTIVE
        else:
            end, letter = _token(source, kinds, at, keywords, after_dot)
        partner, turn = -1, _CLASSES[letter]
        if turn == _CLOSING:  # until it is closed, the partner of an opening bracket is the one around it
            if opened < 0 or letter != shape[opened] + (1 if letter == _RIGHT else 2):
                return -1
            partner, opened, depth = opened, rows[opened, PARTNER], depth - 1
            rows[partner, PARTNER] = count
        rows[count, START], rows[count, END], rows[count, PARTNER], rows[count, DEPTH], rows[count, FRESH] = at, end, partner, depth, fresh
        shape[count] = letter
        if turn == _OPENING:
            if depth == MAX_DEPTH:
                return -1
            rows[count, PARTNER], opened, depth = opened, count, depth + 1
        after_dot = letter == _DOT and not (count > 0 and shape[count - 1] == _DOT)  # what `...` precedes is no member
        at, count, fresh = end, count + 1, 0
    rows[len(source), START] = noted
    return count if depth == 0 else -1


@njit(**_OPTIONS)
def _token(source, kinds, at, keywords, is_member):  # type: ignore[no-untyped-def]
    """Return (end, shape) of the token at `at`; after a dot, a word is no keyword."""
    byte, kind = source[at], kinds[at]
    if kind == _FIELD:
        return (at + 2, _LEFT) if byte == _DOLLAR else (at + 1, _RIGHT)
    end, class_ = at + 1, _CLASSES[byte]
    if kind != _CODE:  # literals that touch are one token
        while end < len(source) and kinds[end] > _COMMENT and kinds[end] != _FIELD:
            end += 1
        return end, LITERAL
    if class_ == _LETTER or byte == _HASH:
        end = _word_end(source, end)
        return end, WORD if is_member or end - at > _MOST_LETTERS else _letter(source, at, end, keywords)
    if class_ == _DIGIT:
        while end < len(source) and kinds[end] == _CODE and _is_in_number(source[end]):
            end += 1
        return end, NUMBER
    return end, np.int64(byte)


@njit(**_OPTIONS)
def _word_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the word that holds `at`, or ends there."""
    while at + 8 <= len(source):
        others = _word_bytes(_eight(source, at)) ^ _HIGH_BITS
        at += _first(others) if others else 8
        if others and source[at] != _DOLLAR:
            return at
        at += others > 0
    while at < len(source) and _CLASSES[source[at]] >= _LETTER:
        at += 1
    return at


@njit(**_OPTIONS)
def _letter(source, start, end, keywords):  # type: ignore[no-untyped-def]
    """Return the shape of a word: the keyword's that is found from the place on where its first eight bytes lead to, up to a gap."""
    low, high = _packed(source, start, min(end, start + 8)), _packed(source, start + 8, end)
    place = np.int64((low * _SPREAD) >> np.uint64(56))
    while keywords[place, LETTER]:
        if keywords[place, LOW] == low and keywords[place, HIGH] == high:
            return np.int64(keywords[place, LETTER])
        place = (place + 1) & 255
    return WORD


@njit(**_OPTIONS)
def _packed(source, start, end):  # type: ignore[no-untyped-def]
    """Return up to eight bytes as a little-endian number."""
    out, size = np.uint64(0), max(end - start, 0)
    if start + 8 > len(source):
        for index in range(start, end):
            out |= np.uint64(source[index]) << np.uint64(8 * (index - start))
        return out
    out = _eight(source, start)
    return out if size == 8 else out & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))


@njit(**_OPTIONS)
def _eight(source, at):  # type: ignore[no-untyped-def]
    """Return the eight bytes at `at` as a little-endian number; the loop of fixed length is one load."""
    out, begin = _U(0), _U(at)
    for index in range(8):
        out |= _U(source[begin + _U(index)]) << _U(8 * index)
    return out


@njit(**_OPTIONS)
def _word_bytes(eight):  # type: ignore[no-untyped-def]
    """Return the high bits of those of eight bytes that are letters, digits, _ or beyond ASCII.

    As Lamport's "Multiple byte processing with full-word instructions" (1975): a byte below 128 is at least n where adding 128 - n
    carries into its high bit.
    """
    low = eight & _LOW_BITS
    folded = low | _ONES * _U(32)
    letters = (folded + _ONES * _U(128 - 97)) & ~(folded + _ONES * _U(128 - 123))
    digits = (low + _ONES * _U(128 - 48)) & ~(low + _ONES * _U(128 - 58))
    return (eight | letters | digits | ~((low ^ _ONES * _U(95)) + _LOW_BITS)) & _HIGH_BITS


@njit(**_OPTIONS)
def _first(marks):  # type: ignore[no-untyped-def]
    """Return which of eight bytes is the first whose high bit is set."""
    return np.int64(trailing_zeros(marks)) >> 3


@njit(**_OPTIONS)
def _zeros(eight):  # type: ignore[no-untyped-def]
    """Return marks of which the lowest is the high bit of the first of eight bytes that is 0."""
    return (eight - _ONES) & ~eight & _HIGH_BITS


@njit(**_OPTIONS)
def _is_in_number(byte):  # type: ignore[no-untyped-def]
    return _CLASSES[byte] == _LETTER or _CLASSES[byte] == _DIGIT or byte in (_DOT, _SINGLE)


@njit(**_OPTIONS)
def _comment_end(source, kinds, at):  # type: ignore[no-untyped-def]
    """Return the end of the comment at `at`: comments may touch."""
    end = at + 2
    if at + 1 < len(source) and source[at + 1] == _STAR:
        while end + 1 < len(source) and not (source[end] == _STAR and source[end + 1] == _STROKE):
            stars = _zeros(_eight(source, end + 1) ^ _STARS) if end + 9 <= len(source) else _HIGH_BITS
            end += 1 + (_first(stars) if stars else 8)
        return min(end + 2, len(source))
    while end + 8 <= len(source) and _eight(kinds, end) == _COMMENTS:
        end += 8
    while end < len(source) and (kinds[end] == _COMMENT_MARK or kinds[end] == _COMMENT):
        end += 1
    return min(end, len(source))


@njit(**_OPTIONS)
def _has_line_end(source, start, end):  # type: ignore[no-untyped-def]
    for index in range(start, end):  # noqa: SIM110
        if source[index] == _LF or source[index] == _CR:
            return True
    return False


@njit(**_OPTIONS)
def _continuation(source, at):  # type: ignore[no-untyped-def]
    """Return how many bytes a backslash and the line end that it escapes take."""
    after = source[at + 1] if at + 1 < len(source) else 0
    return 3 if after == _CR and at + 2 < len(source) and source[at + 2] == _LF else 2 if after in (_LF, _CR) else 1


@njit(**_OPTIONS)
def _directive_end(source, kinds, at):  # type: ignore[no-untyped-def]
    """Return the end of the preprocessor's line at `at`: before a line comment, after comments of many lines and escaped line ends."""
    while at < len(source):
        if kinds[at] == _COMMENT_MARK and at + 1 < len(source) and source[at + 1] == _STROKE:
            return at
        if kinds[at] == _COMMENT_MARK:
            at = _comment_end(source, kinds, at)
        elif kinds[at] == _CODE and (source[at] == _LF or source[at] == _CR):
            return at
        else:
            at += _continuation(source, at) if source[at] == _BACKSLASH else 1
    return len(source)

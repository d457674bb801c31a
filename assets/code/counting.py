"""Counts over the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

One look at a text that stays in the processor's cache gives what polars would need a dozen passes and a list of lines for. The kernels
take UTF-8 and count characters by the bytes that begin one. Indices are unsigned: numba would else check each for being negative.
"""

from string import ascii_letters, digits, hexdigits, whitespace
from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
SIGNATURES = {
    "count_bytes": "void(u1[::1], i8[::1], i8[:, ::1])",
    "count_lines": "void(u1[::1], i8[::1], u1[::1], i8[:, ::1], u8[::1])",
}
_LETTERS, _DIGITS, _LINE_FEEDS, _EMPTY, _DISTINCT, _LONGEST, _COMMENTS, _LONG_RUNS, _PAIRS = range(9)  # columns: `signals` names them
_SLASHES, _HASH, _HASH_AND_DOCSTRING = 1, 2, 3  # how comments are opened: numbers of `signals`

_U = np.uint64
_SLASH, _STAR, _SHARP, _FEED, _BLANK, _TAB, _QUOTE, _TICK = (np.uint8(ord(sign)) for sign in "/*#\n \t\"'")
_MIX_1, _MIX_2 = _U(0xFF51AFD7ED558CCD), _U(0xC4CEB9FE1A85EC53)  # MurmurHash3's finaliser
_ONES, _HIGHS = _U(0x0101010101010101), _U(0x8080808080808080)
# Base64 of 64 signs; eight pairs of hexadecimal digits with a byte between them, which eight \\u escapes are as well.
_RUN_BASE64, _RUN_PAIRS, _HEXADECIMAL = _U(64), _U(23), _U(16)
_BASE64, _PAIR, _DIGIT = np.uint8(1), np.uint8(2), np.uint8(4)
_CLASSES = np.zeros(256, np.uint8)
_CLASSES[list((ascii_letters + digits + "+/\n=").encode())] += _BASE64
_CLASSES[[*(hexdigits + whitespace + "xu\\,").encode(), *range(0x80, 0x100)]] += _PAIR
_CLASSES[list(hexdigits.encode())] += _DIGIT


@njit(**_OPTIONS)
def count_bytes(data, offsets, counts):  # type: ignore[no-untyped-def]
    """Fill ASCII's letters, its digits and the line feeds of each text data[offsets[i]:offsets[i + 1]] into counts[i].

    A loop without a branch, which the compiler turns into vector instructions.
    """
    for text in range(len(counts)):
        letters = digits = feeds = 0
        for index in range(_U(offsets[text]), _U(offsets[text + 1])):
            byte = data[index]
            letters += np.uint8(np.uint8(byte | np.uint8(32)) - np.uint8(97)) < np.uint8(26)
            digits += np.uint8(byte - np.uint8(48)) < np.uint8(10)
            feeds += byte == _FEED
        counts[text, _LETTERS], counts[text, _DIGITS], counts[text, _LINE_FEEDS] = letters, digits, feeds


@njit(**_OPTIONS)
def count_lines(data, offsets, styles, counts, table):  # type: ignore[no-untyped-def]
    """Fill the other columns of counts[i], of which `count_bytes` has filled its own; styles[i] tells how comments are opened.

    Lines are what line feeds part; distinct lines are those that are not empty, by 64-bit hashes. Long runs are 1 where 64 signs of
    base64 stand together, pairs are 0 where eight pairs of hexadecimal digits do not. `table` is scratch: a power of two at least twice
    the lines of the longest text.
    """
    for text in range(len(counts)):
        part, row = data[offsets[text] : offsets[text + 1]], counts[text]
        _count_lines(part, table[: _slots(row[_LINE_FEEDS] + 1)], row)
        row[_COMMENTS] = _comment_chars(part, styles[text])
        row[_LONG_RUNS] = _has_run(part, _BASE64, _RUN_BASE64, _U(0))
        row[_PAIRS] = _has_run(part, _PAIR, _RUN_PAIRS, _HEXADECIMAL)


@njit(**_OPTIONS)
def _count_lines(text, table, row):  # type: ignore[no-untyped-def]
    for slot in range(len(table)):
        table[slot] = _U(0)
    start, size = _U(0), _U(len(text))
    empty = distinct = longest = 0
    while start <= size:
        end = _find(text, _FEED, start)
        if end == start:
            empty += 1
        else:
            distinct += _is_new(table, _hash(text, start, end))
            if end - start > _U(longest):  # else its characters, which are not more than its bytes, are not either
                longest = max(longest, _chars(text, start, end))
        start = end + _U(1)
    row[_EMPTY], row[_DISTINCT], row[_LONGEST] = empty, distinct, longest


@njit(inline="always", **_OPTIONS)
def _find(text, wanted, start):  # type: ignore[no-untyped-def]
    """Return the first place of the byte `wanted` from `start` on, the length of the text when there is none.

    Eight bytes at a time: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
    """
    while start + _U(8) <= _U(len(text)):
        word = _eight(text, start) ^ (_U(wanted) * _ONES)
        if (word - _ONES) & ~word & _HIGHS:
            break
        start += _U(8)
    while start < _U(len(text)) and text[start] != wanted:
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _chars(text, start, end):  # type: ignore[no-untyped-def]
    found = 0
    for index in range(start, end):
        found += (text[index] & np.uint8(0xC0)) != np.uint8(0x80)
    return found


@njit(inline="always", **_OPTIONS)
def _hash(text, start, end):  # type: ignore[no-untyped-def]
    """Return the 64-bit hash of text[start:end], never 0, which marks a free slot."""
    value = (end - start) * _MIX_1
    while start + _U(8) <= end:
        value = (value ^ _eight(text, start)) * _MIX_2
        value ^= value >> _U(32)
        start += _U(8)
    rest = _U(0)
    while start < end:
        rest = rest << _U(8) | _U(text[start])
        start += _U(1)
    value = (value ^ rest) * _MIX_1
    value = (value ^ (value >> _U(33))) * _MIX_2
    return max(value ^ (value >> _U(33)), _U(1))


@njit(inline="always", **_OPTIONS)
def _eight(text, at):  # type: ignore[no-untyped-def]
    """Return text[at:at + 8] as a little-endian number on every machine; the compiler makes one load of it."""
    value = _U(text[at]) | _U(text[at + _U(1)]) << _U(8) | _U(text[at + _U(2)]) << _U(16) | _U(text[at + _U(3)]) << _U(24)
    value = value | _U(text[at + _U(4)]) << _U(32) | _U(text[at + _U(5)]) << _U(40)
    return value | _U(text[at + _U(6)]) << _U(48) | _U(text[at + _U(7)]) << _U(56)


@njit(inline="always", **_OPTIONS)
def _is_new(table, value):  # type: ignore[no-untyped-def]
    """Put `value` into `table`, whose length is a power of two; tell whether it was not there. There is always a free slot."""
    last = _U(len(table) - 1)
    slot = value & last
    while table[slot] != _U(0) and table[slot] != value:
        slot = (slot + _U(1)) & last
    new = table[slot] == _U(0)
    table[slot] = value
    return new


@njit(inline="always", **_OPTIONS)
def _slots(count):  # type: ignore[no-untyped-def]
    """Return the smallest power of two that is at least twice `count`."""
    slots = 2
    while slots < 2 * count:
        slots *= 2
    return slots


@njit(**_OPTIONS)
def _comment_chars(text, style):  # type: ignore[no-untyped-def]
    """Return the characters in comments and docstrings, by what opens them: a string literal can deceive it."""
    if style == _SLASHES:
        return _chars_after_slashes(text)
    if style == _HASH:
        return _chars_after_hashes(text)
    return _chars_in_python(text) if style == _HASH_AND_DOCSTRING else 0


@njit(**_OPTIONS)
def _chars_after_slashes(text):  # type: ignore[no-untyped-def]
    """`/\\*(?s:.*?)\\*/|//[^\\n]*`"""
    at, size, found = _find(text, _SLASH, _U(0)), _U(len(text)), 0
    closes = _last_close(text)
    while at + _U(1) < size:
        end = at + _U(1)
        if text[end] == _SLASH:
            end = _find(text, _FEED, end)
            found += _chars(text, at, end)
        elif text[end] == _STAR and end < closes:
            end = _find(text, _STAR, end + _U(1))
            while text[end + _U(1)] != _SLASH:
                end = _find(text, _STAR, end + _U(1))
            end += _U(2)
            found += _chars(text, at, end)
        at = _find(text, _SLASH, end)
    return found


@njit(inline="always", **_OPTIONS)
def _last_close(text):  # type: ignore[no-untyped-def]
    """Return the place of the last */, 0 when there is none."""
    at = _U(max(len(text), 2) - 2)
    while at > _U(0) and (text[at] != _STAR or text[at + _U(1)] != _SLASH):
        at -= _U(1)
    return at


@njit(**_OPTIONS)
def _chars_after_hashes(text):  # type: ignore[no-untyped-def]
    """`(?m)(?:^|[ \\t])#[^\\n]*`"""
    at, size, found = _find(text, _SHARP, _U(0)), _U(len(text)), 0
    while at < size:
        end = at + _U(1)
        before = text[at - _U(1)] if at > _U(0) else _FEED
        if before in (_FEED, _BLANK, _TAB):
            end = _find(text, _FEED, end)
            found += _chars(text, at, end) + (before != _FEED)
        at = _find(text, _SHARP, end)
    return found


@njit(**_OPTIONS)
def _chars_in_python(text):  # type: ignore[no-untyped-def]
    """`#[^\\n]*|"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}`; at most three openings of a kind have no end, so that this takes linear time."""
    at, size, found = _U(0), _U(len(text)), 0
    while at < size:
        byte, end = text[at], at
        if byte == _SHARP:
            end = _find(text, _FEED, at)
            found += _chars(text, at, end)
        elif byte in (_QUOTE, _TICK) and _are_three(text, at, byte):
            end = at + _U(3)
            while end < size and not _are_three(text, end, byte):
                end += _U(1)
            end = end + _U(3) if end < size else at
            found += _chars(text, at, end)
        at = max(end, at + _U(1))
    return found


@njit(inline="always", **_OPTIONS)
def _are_three(text, at, byte):  # type: ignore[no-untyped-def]
    return at + _U(2) < _U(len(text)) and text[at] == byte and text[at + _U(1)] == byte and text[at + _U(2)] == byte


@njit(**_OPTIONS)
def _has_run(text, kind, length, digits):  # type: ignore[no-untyped-def]
    """Tell whether `text` has a run of at least `length` bytes of the class `kind`, with at least `digits` hexadecimal digits in it.

    A window as long as the shortest run is searched from its end: what does not belong lets the next window begin behind it.
    """
    at, size = _U(0), _U(len(text))
    while at + length <= size:
        behind = at + length
        while behind > at and _CLASSES[text[behind - _U(1)]] & kind:
            behind -= _U(1)
        if behind == at:
            found = _U(0)
            while found < digits and behind < size and _CLASSES[text[behind]] & kind:
                found += _U(_CLASSES[text[behind]] & _DIGIT != 0)
                behind += _U(1)
            if found >= digits:
                return True
        at = behind
    return False

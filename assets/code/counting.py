"""Counts over the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

One look at a text that stays in the processor's cache gives what polars would need a dozen passes and a list of lines for. The kernels
take UTF-8 and count characters by the bytes that begin one. Indices are unsigned: numba would else check each for being negative.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "count_bytes": "void(u1[::1], i8[::1], i8[:, ::1])",
    "count_lines": "void(u1[::1], i8[::1], u1[::1], i8[:, ::1], u8[::1])",
}
_LETTERS, _DIGITS, _LINE_FEEDS, _CHARS, _EMPTY, _DISTINCT, _LONGEST, _COMMENTS = range(8)  # columns: `signals` names them
_SLASHES, _HASH, _HASH_AND_DOCSTRING = 1, 2, 3  # how comments are opened: numbers of `signals`

_U = np.uint64
_SLASH, _STAR, _SHARP, _FEED, _BLANK, _TAB, _QUOTE, _TICK = (np.uint8(ord(sign)) for sign in "/*#\n \t\"'")
_MIX_1, _MIX_2 = _U(0xFF51AFD7ED558CCD), _U(0xC4CEB9FE1A85EC53)  # MurmurHash3's finaliser
_ONES, _HIGHS = _U(0x0101010101010101), _U(0x8080808080808080)
_BLOCK = _U(192)  # bytes of which an eight-bit counter counts all


@njit(**_OPTIONS)
def count_bytes(data, offsets, counts):  # type: ignore[no-untyped-def]
    """Fill ASCII's letters, its digits, line feeds and characters of each text data[offsets[i]:offsets[i + 1]] into counts[i].

    A loop without a branch whose counters are as wide as a byte is what the compiler turns into vector instructions best.
    """
    for text in range(len(counts)):
        at, end, row = _U(offsets[text]), _U(offsets[text + 1]), counts[text]
        row[_LETTERS] = row[_DIGITS] = row[_LINE_FEEDS] = row[_CHARS] = 0
        while at < end:
            letters = digits = feeds = chars = np.uint8(0)
            for index in range(at, min(at + _BLOCK, end)):
                byte = data[index]
                letters = np.uint8(letters + (np.uint8((byte | np.uint8(32)) - np.uint8(97)) < np.uint8(26)))
                digits = np.uint8(digits + (np.uint8(byte - np.uint8(48)) < np.uint8(10)))
                feeds = np.uint8(feeds + (byte == _FEED))
                chars = np.uint8(chars + ((byte & np.uint8(0xC0)) != np.uint8(0x80)))
            row[_LETTERS], row[_DIGITS] = row[_LETTERS] + letters, row[_DIGITS] + digits
            row[_LINE_FEEDS], row[_CHARS] = row[_LINE_FEEDS] + feeds, row[_CHARS] + chars
            at += _BLOCK


@njit(**_OPTIONS)
def count_lines(data, offsets, styles, counts, table):  # type: ignore[no-untyped-def]
    """Fill the other columns of counts[i], of which `count_bytes` has filled its own; styles[i] tells how comments are opened.

    Distinct lines are those that are not empty, by 64-bit hashes. `table` is scratch: a power of two at least twice the most lines.
    """
    for text in range(len(counts)):
        part, row = data[offsets[text] : offsets[text + 1]], counts[text]
        _count_lines(part, table[: _slots(row[_LINE_FEEDS] + 1)], row)
        row[_COMMENTS] = _comment_chars(part, styles[text])


@njit(**_OPTIONS)
def _count_lines(text, table, row):  # type: ignore[no-untyped-def]
    table[:] = _U(0)
    start, size = _U(0), _U(len(text))
    empty = distinct = longest = 0
    while start <= size:
        end, value = _hash_line(text, start)
        if end == start:
            empty += 1
        else:
            distinct += _is_new(table, value)
            if end - start > _U(longest):  # else its characters, which are not more than its bytes, are not either
                longest = max(longest, _chars(text, start, end))
        start = end + _U(1)
    row[_EMPTY], row[_DISTINCT], row[_LONGEST] = empty, distinct, longest


@njit(inline="always", **_OPTIONS)
def _hash_line(text, at):  # type: ignore[no-untyped-def]
    """Return where the line that begins at `at` ends, and its 64-bit hash, never 0, which marks a free slot."""
    value, rest, bits = _MIX_1, _U(0), _U(0)
    while at + _U(8) <= _U(len(text)):
        rest = _eight(text, at)
        feeds = _zeros(rest ^ (_U(_FEED) * _ONES))
        if feeds:
            bits = _first(feeds) * _U(8)
            rest &= (_U(1) << bits) - _U(1)
            break
        value = (value ^ rest) * _MIX_2
        value ^= value >> _U(32)
        at, rest = at + _U(8), _U(0)
    else:
        while at + bits // _U(8) < _U(len(text)) and text[at + bits // _U(8)] != _FEED:
            rest |= _U(text[at + bits // _U(8)]) << bits
            bits += _U(8)
    value = (value ^ rest ^ bits << _U(56)) * _MIX_1
    value = (value ^ (value >> _U(33))) * _MIX_2
    return at + bits // _U(8), max(value ^ (value >> _U(33)), _U(1))


@njit(inline="always", **_OPTIONS)
def _find(text, wanted, start):  # type: ignore[no-untyped-def]
    """Return the first place of the byte `wanted` from `start` on, the length of the text when there is none."""
    while start + _U(8) <= _U(len(text)):
        found = _zeros(_eight(text, start) ^ (_U(wanted) * _ONES))
        if found:
            return start + _first(found)
        start += _U(8)
    while start < _U(len(text)) and text[start] != wanted:
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _zeros(word):  # type: ignore[no-untyped-def]
    """Return the highest bits of the bytes of `word` that are 0."""
    # Above the first one also those of a 1: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
    return (word - _ONES) & ~word & _HIGHS


@njit(inline="always", **_OPTIONS)
def _first(marks):  # type: ignore[no-untyped-def]
    """Return the number of the lowest byte whose highest bit is set: how many bytes lie below it."""
    return ((((marks & (~marks + _U(1))) >> _U(7)) - _U(1) & _ONES) * _ONES) >> _U(56)


@njit(inline="always", **_OPTIONS)
def _chars(text, start, end):  # type: ignore[no-untyped-def]
    found = 0
    for index in range(start, end):
        found += (text[index] & np.uint8(0xC0)) != np.uint8(0x80)
    return found


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
    new, table[slot] = table[slot] == _U(0), value
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
    at, size, found = _skip_plain(text, _U(0)), _U(len(text)), 0
    while at < size:
        byte, end = text[at], at
        if byte == _SHARP:
            end = _find(text, _FEED, at)
            found += _chars(text, at, end)
        elif byte in (_QUOTE, _TICK) and _are_three(text, at, byte):
            end = _find(text, byte, at + _U(3))
            while end < size and not _are_three(text, end, byte):
                end = _find(text, byte, end + _U(1))
            end = end + _U(3) if end < size else at
            found += _chars(text, at, end)
        at = _skip_plain(text, max(end, at + _U(1)))
    return found


@njit(inline="always", **_OPTIONS)
def _skip_plain(text, start):  # type: ignore[no-untyped-def]
    """Return a place from `start` on before which neither # nor three quotes begin: of three, two stand in one word of eight bytes."""
    at = start
    while at + _U(8) <= _U(len(text)):
        word = _eight(text, at)
        quotes, ticks = _zeros(word ^ (_U(_QUOTE) * _ONES)), _zeros(word ^ (_U(_TICK) * _ONES))
        if _zeros(word ^ (_U(_SHARP) * _ONES)) | quotes & (quotes >> _U(8)) | ticks & (ticks >> _U(8)):
            break
        at += _U(8)
    return max(start, at - min(at, _U(1)))  # the first of three may be the last byte of the word before


@njit(inline="always", **_OPTIONS)
def _are_three(text, at, byte):  # type: ignore[no-untyped-def]
    return at + _U(2) < _U(len(text)) and text[at] == byte and text[at + _U(1)] == byte and text[at + _U(2)] == byte

"""Counts over the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

One look at a text that stays in the processor's cache gives what polars would need a dozen passes and a list of lines for. The kernels
take UTF-8 and count characters by the bytes that begin one. Indices are unsigned: numba would else check each for being negative.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "count_bytes": "void(u1[::1], i8[:, ::1], i8[:, ::1])",
    "count_lines": "void(u1[::1], i8[:, ::1], u1[::1], i8[:, ::1], u8[::1])",
}
_LETTERS, _DIGITS, _LINE_FEEDS, _CHARS, _EMPTY, _DISTINCT, _LONGEST, _COMMENTS, _DECLARATIONS = range(9)  # columns: `signals` names them
_SLASHES, _HASH, _HASH_AND_DOCSTRING = 1, 2, 3  # how comments are opened: numbers of `signals`

_U = np.uint64
_SLASH, _STAR, _SHARP, _FEED, _BLANK, _TAB, _QUOTE, _TICK = (np.uint8(ord(sign)) for sign in "/*#\n \t\"'")
_MIX_1, _MIX_2 = _U(0xFF51AFD7ED558CCD), _U(0xC4CEB9FE1A85EC53)  # MurmurHash3's finaliser
_BITS = _U(64)  # bytes of which a word has a bit for each
_LANES = ir.VectorType(ir.IntType(8), 64)
_XML, _XML_CHARS = np.frombuffer(b"<?xml version=", np.uint8), 100  # where The Stack's filter looks for the declaration
_BLOCK = _U(192)  # bytes of which an eight-bit counter counts all


@intrinsic
def _equal(typing_context, text, at, sign):  # type: ignore[no-untyped-def]
    """Return a bit for each of text[at:at + 64], the lowest for the first: whether it is the byte `sign`."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array, at, sign = arguments
        data = context.make_array(signature.args[0])(context, builder, array).data
        block = builder.load(builder.bitcast(builder.gep(data, [at]), _LANES.as_pointer()), align=1)
        nothing, first = ir.Constant(_LANES, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
        signs = builder.shuffle_vector(builder.insert_element(nothing, sign, ir.IntType(32)(0)), nothing, first)
        return builder.bitcast(builder.icmp_unsigned("==", block, signs), ir.IntType(64))

    return types.uint64(text, types.uint64, types.uint8), generate


@intrinsic
def _zeros_below(typing_context, bits):  # type: ignore[no-untyped-def]
    """Return how many zeros lie below the lowest bit that is set; 64 when none is."""
    return types.uint64(types.uint64), lambda context, builder, signature, values: builder.cttz(values[0], ir.IntType(1)(0))


@njit(**_OPTIONS)
def count_bytes(data, bounds, counts):  # type: ignore[no-untyped-def]
    """Fill ASCII's letters, its digits, line feeds, characters and XML declarations into counts[i] of each text, which is
    data[bounds[i, 0]:bounds[i, 1]].

    A loop without a branch whose counters are as wide as a byte is what the compiler turns into vector instructions best.
    """
    for text in range(len(counts)):
        at, end, row = _U(bounds[text, 0]), _U(bounds[text, 1]), counts[text]
        row[_LETTERS] = row[_DIGITS] = row[_LINE_FEEDS] = row[_CHARS] = 0
        row[_DECLARATIONS] = _declares_xml(data, at, end)
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
def _declares_xml(data, at, end):  # type: ignore[no-untyped-def]
    """Tell (1 or 0) whether the first characters hold the declaration."""
    chars, size = 0, _U(len(_XML))
    while at + size <= end and chars + len(_XML) <= _XML_CHARS:
        same = _U(0)
        while same < size and data[at + same] == _XML[same]:
            same += _U(1)
        if same == size:
            return 1
        at += _U(1)
        while at < end and (data[at] & np.uint8(0xC0)) == np.uint8(0x80):
            at += _U(1)
        chars += 1
    return 0


@njit(**_OPTIONS)
def count_lines(data, bounds, styles, counts, table):  # type: ignore[no-untyped-def]
    """Fill the other columns of counts[i], of which `count_bytes` has filled its own; styles[i] tells how comments are opened.

    Distinct lines are those that are not empty, by 64-bit hashes. `table` is scratch: a power of two at least twice the most lines.
    """
    for text in range(len(counts)):
        part, row = data[bounds[text, 0] : bounds[text, 1]], counts[text]
        is_wide = row[_CHARS] < len(part)
        _count_lines(part, is_wide, table[: _slots(row[_LINE_FEEDS] + 1)], row)
        row[_COMMENTS] = _comment_chars(part, is_wide, styles[text])


@njit(**_OPTIONS)
def _count_lines(text, is_wide, table, row):  # type: ignore[no-untyped-def]
    table[:] = _U(0)
    start, size, at = _U(0), _U(len(text)), _U(0)
    row[_EMPTY] = row[_DISTINCT] = row[_LONGEST] = 0
    while at + _BITS <= size:
        feeds = _equal(text, at, _FEED)
        while feeds:
            end = at + _zeros_below(feeds)
            _count_line(text, is_wide, start, end, table, row)
            start, feeds = end + _U(1), feeds & (feeds - _U(1))
        at += _BITS
    for index in range(at, size):
        if text[index] == _FEED:
            _count_line(text, is_wide, start, index, table, row)
            start = index + _U(1)
    _count_line(text, is_wide, start, size, table, row)


@njit(inline="always", **_OPTIONS)
def _count_line(text, is_wide, start, end, table, row):  # type: ignore[no-untyped-def]
    if start == end:
        row[_EMPTY] += 1
        return
    row[_DISTINCT] += _is_new(table, _hash(text, start, end))
    if end - start > _U(row[_LONGEST]):  # else its characters, which are not more than its bytes, are not either
        row[_LONGEST] = max(row[_LONGEST], _chars(text, is_wide, start, end))


@njit(inline="always", **_OPTIONS)
def _hash(text, start, end):  # type: ignore[no-untyped-def]
    """Return the 64-bit hash of text[start:end], never 0, which marks a free slot."""
    value, at, rest = _MIX_1 ^ (end - start), start, _U(0)
    while at + _U(8) <= end:
        value = (value ^ _eight(text, at)) * _MIX_2
        value ^= value >> _U(32)
        at += _U(8)
    if at + _U(8) <= _U(len(text)):
        rest = _eight(text, at) & ((_U(1) << ((end - at) * _U(8))) - _U(1))
    else:
        for index in range(at, end):
            rest |= _U(text[index]) << ((index - at) * _U(8))
    value = (value ^ rest) * _MIX_1
    value = (value ^ (value >> _U(33))) * _MIX_2
    return max(value ^ (value >> _U(33)), _U(1))


@njit(inline="always", **_OPTIONS)
def _find(text, wanted, start):  # type: ignore[no-untyped-def]
    """Return the first place of the byte `wanted` from `start` on, the length of the text when there is none."""
    while start + _BITS <= _U(len(text)):
        found = _equal(text, start, wanted)
        if found:
            return start + _zeros_below(found)
        start += _BITS
    while start < _U(len(text)) and text[start] != wanted:
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _chars(text, is_wide, start, end):  # type: ignore[no-untyped-def]
    if not is_wide:
        return np.int64(end - start)
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
def _comment_chars(text, is_wide, style):  # type: ignore[no-untyped-def]
    """Return the characters in comments and docstrings, by what opens them: a string literal can deceive it."""
    if style == _SLASHES:
        return _chars_after_slashes(text, is_wide)
    if style == _HASH:
        return _chars_after_hashes(text, is_wide)
    return _chars_in_python(text, is_wide) if style == _HASH_AND_DOCSTRING else 0


@njit(**_OPTIONS)
def _chars_after_slashes(text, is_wide):  # type: ignore[no-untyped-def]
    """`/\\*(?s:.*?)\\*/|//[^\\n]*`"""
    at, size, found = _find_opening(text, _U(0)), _U(len(text)), 0
    closes = _last_close(text)
    while at < size:
        end = at + _U(1)
        if text[end] == _SLASH:
            end = _find(text, _FEED, end)
            found += _chars(text, is_wide, at, end)
        elif end < closes:
            end = _find_close(text, end + _U(1)) + _U(2)
            found += _chars(text, is_wide, at, end)
        at = _find_opening(text, end)
    return found


@njit(inline="always", **_OPTIONS)
def _find_opening(text, start):  # type: ignore[no-untyped-def]
    """Return the first place of // or /* from `start` on, the length of the text when there is none."""
    while start + _BITS < _U(len(text)):
        behind = start + _U(1)
        found = _equal(text, start, _SLASH) & (_equal(text, behind, _SLASH) | _equal(text, behind, _STAR))
        if found:
            return start + _zeros_below(found)
        start += _BITS
    while start + _U(1) < _U(len(text)):
        if text[start] == _SLASH and (text[start + _U(1)] == _SLASH or text[start + _U(1)] == _STAR):
            return start
        start += _U(1)
    return _U(len(text))


@njit(inline="always", **_OPTIONS)
def _find_close(text, start):  # type: ignore[no-untyped-def]
    """Return the first place of */ from `start` on; there is one."""
    while start + _BITS < _U(len(text)):
        found = _equal(text, start, _STAR) & _equal(text, start + _U(1), _SLASH)
        if found:
            return start + _zeros_below(found)
        start += _BITS
    while start + _U(2) < _U(len(text)) and (text[start] != _STAR or text[start + _U(1)] != _SLASH):
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _last_close(text):  # type: ignore[no-untyped-def]
    """Return the place of the last */, 0 when there is none."""
    at = _U(max(len(text), 2) - 2)
    while at > _U(0) and (text[at] != _STAR or text[at + _U(1)] != _SLASH):
        at -= _U(1)
    return at


@njit(**_OPTIONS)
def _chars_after_hashes(text, is_wide):  # type: ignore[no-untyped-def]
    """`(?m)(?:^|[ \\t])#[^\\n]*`"""
    at, size, found = _find(text, _SHARP, _U(0)), _U(len(text)), 0
    while at < size:
        end = at + _U(1)
        before = text[at - _U(1)] if at > _U(0) else _FEED
        if before in (_FEED, _BLANK, _TAB):
            end = _find(text, _FEED, end)
            found += _chars(text, is_wide, at, end) + (before != _FEED)
        at = _find(text, _SHARP, end)
    return found


@njit(**_OPTIONS)
def _chars_in_python(text, is_wide):  # type: ignore[no-untyped-def]
    """`#[^\\n]*|"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}`; at most three openings of a kind have no end, so that this takes linear time."""
    at, size, found = _skip_plain(text, _U(0)), _U(len(text)), 0
    while at < size:
        byte, end = text[at], at
        if byte == _SHARP:
            end = _find(text, _FEED, at)
        else:
            end = _find_three(text, byte, at + _U(3))
            end = end + _U(3) if end < size else at
        found += _chars(text, is_wide, at, end)
        at = _skip_plain(text, max(end, at + _U(1)))
    return found


@njit(inline="always", **_OPTIONS)
def _skip_plain(text, start):  # type: ignore[no-untyped-def]
    """Return the first place of #, three quotes or three ticks from `start` on, the length of the text when there is none."""
    while start + _BITS + _U(1) < _U(len(text)):
        found = _equal(text, start, _SHARP) | _three(text, start, _QUOTE) | _three(text, start, _TICK)
        if found:
            return start + _zeros_below(found)
        start += _BITS
    while start < _U(len(text)):
        if text[start] == _SHARP or _are_three(text, start, _QUOTE) or _are_three(text, start, _TICK):
            return start
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _find_three(text, sign, start):  # type: ignore[no-untyped-def]
    """Return the first place of three times `sign` from `start` on, the length of the text when there is none."""
    while start + _BITS + _U(1) < _U(len(text)):
        found = _three(text, start, sign)
        if found:
            return start + _zeros_below(found)
        start += _BITS
    while start < _U(len(text)) and not _are_three(text, start, sign):
        start += _U(1)
    return start


@njit(inline="always", **_OPTIONS)
def _three(text, at, sign):  # type: ignore[no-untyped-def]
    return _equal(text, at, sign) & _equal(text, at + _U(1), sign) & _equal(text, at + _U(2), sign)


@njit(inline="always", **_OPTIONS)
def _are_three(text, at, sign):  # type: ignore[no-untyped-def]
    return at + _U(2) < _U(len(text)) and text[at] == sign and text[at + _U(1)] == sign and text[at + _U(2)] == sign

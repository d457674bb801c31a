"""Tokens, shingles and MinHash signatures of bytes, compiled by numba: not imported but loaded, see `machine_code`.

A **token** is a run of ASCII letters, digits, `_` and bytes from 0x80 on, or any other single byte that is not ASCII white space
(`[A-Za-z0-9_\\x80-\\xff]+|[^ \\t\\n\\r\\f\\v]` over the UTF-8 bytes): layout does not count. A **shingle** is `WIDTH` consecutive
tokens, hashed to 64 bits: among a million shingles, two share a hash with a probability of 3e-8.

The kernels release the GIL and write to arrays that they are given, so that threads can share the work; no result depends on how it
is shared, nor on the machine. A file is worked on in chunks that stay in the first-level cache, so scratch does not grow with it.
All arithmetic is unsigned: numba would else turn it into floats, and check each index for being negative.
"""

from typing import Any

import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros

WIDTH = 5  # tokens of a shingle
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
_TEXTS = "u1[::1], i8[::1], i8[::1], i8[::1]"  # data, files, starts, ends
_SCRATCH = "u1[:, ::1], u8[::1]"  # flags of each byte of a chunk, hashes of its tokens
SIGNATURES = {
    "signatures": f"void({_TEXTS}, u4[::1], u4[::1], u4[:, ::1], u8[:, ::1], i8[::1], {_SCRATCH}, u4[::1], u4[::1])",
    "shingle_sets": f"void({_TEXTS}, u8[::1], i8[::1], i8[::1], u8[::1], {_SCRATCH})",
}
_U = np.uint64
_BLOCK = _U(64)  # bytes of which a flag each fits into a number
_SPACE, _ZERO, _A, _LINE, _TAB, _CASE = (np.uint8(code) for code in (32, 48, 97, 95, 9, 32))
_GATHER = _U(0x0102040810204080)  # times eight bytes of 0 or 1 has these in its highest byte, the first as the lowest bit
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(9)], _U)
# MurmurHash3's finalisers and xxHash's primes: odd constants that spread well.
_MIX_1, _MIX_2 = _U(0xFF51AFD7ED558CCD), _U(0xC4CEB9FE1A85EC53)
_P0, _P1, _P2 = _U(0x9E3779B185EBCA87), _U(0xC2B2AE3D27D4EB4F), _U(0x165667B19E3779F9)
_P3, _P4 = _U(0x85EBCA77C2B2AE63), _U(0x27D4EB2F165667C5)
_FMIX_1, _FMIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


@njit(**_OPTIONS)
def signatures(data, files, starts, ends, a, b, signature, digest, n_tokens, flags, tokens, hashes, seen):  # type: ignore[no-untyped-def]
    """Fill signature (n, permutations), digest (n, 2) and n_tokens (n,) at `files`: numbers i of texts data[starts[i]:ends[i]].

    A signature is MinHash by datasketch's scheme affine32: min over the shingles of a * fmix32(hash) + b modulo 2^32, where the hash
    is the upper half of the shingle's. The digest is of the sequence of all tokens. The last four are scratch; `seen` has 2^k slots.
    """
    chunk = _U(flags.shape[1]) - _BLOCK  # bytes that the scratch is for
    for file in files:
        begin, end = _U(starts[file]), _U(ends[file])
        position, start, have, count = begin, begin, _U(0), _U(0)
        one, other = _P3, _P4
        signature[file, :] = np.uint32(0xFFFFFFFF)
        seen[:] = np.uint32(0)
        seen[0] = np.uint32(1)  # belongs to another slot: no hash is seen yet, nor is 0
        while position < end:
            stop = min(position + chunk, end)
            last, start = _tokens(data, begin, end, position, stop, start, flags, tokens, have)
            for index in range(have, last):
                one = ((one ^ tokens[index]) * _MIX_1) ^ (one >> _U(29))
                other = ((other + tokens[index]) * _P1) ^ (other >> _U(31))
            _minimise(hashes[: _hash32(tokens, last, hashes, seen)], a, b, signature[file])
            count += last - have
            have = _carry(tokens, last)
            position = stop
        digest[file, 0], digest[file, 1] = _mixed(one ^ count), _mixed(other + count)
        n_tokens[file] = count


@njit(**_OPTIONS)
def shingle_sets(data, files, starts, ends, sets, places, sizes, table, flags, tokens):  # type: ignore[no-untyped-def]
    """Write the distinct shingle hashes of each of `files` to sets[places[i]:][:sizes[i]], in the order of the text.

    `places` holds the place of the first file when called; the others follow without a gap, and memory behind them stays untouched.
    `sizes` holds the room of each: its number of shingles, repeated ones included. More are not written. The last three are scratch;
    `table` has at least two slots, and four for each hash that the largest room is for.
    """
    chunk = _U(flags.shape[1]) - _BLOCK  # bytes that the scratch is for
    place = _U(places[files[0]])
    for file in files:
        begin, end = _U(starts[file]), _U(ends[file])
        position, start, have = begin, begin, _U(0)
        size, room, places[file] = _U(0), _U(sizes[file]), place
        slots = _slots(room)
        table[:slots] = _U(0)
        while position < end:
            stop = min(position + chunk, end)
            last, start = _tokens(data, begin, end, position, stop, start, flags, tokens, have)
            count = min(max(last, _U(4)) - _U(4), room - size)
            for index in range(count):  # all at once and only then the table: its misses of the cache overlap
                tokens[index] = _shingle(tokens, index)
            for index in range(count):
                value = tokens[index]
                slot = value & (slots - _U(1))
                while (table[slot] != _U(0)) & (table[slot] != value):
                    slot = (slot + _U(1)) & (slots - _U(1))
                sets[place + size] = value  # repeated or not is as good as random: no branch
                size += _U(table[slot] != value)
                table[slot] = value
            have = _carry(tokens, last)
            position = stop
        sizes[file], place = size, place + size


@njit(**_OPTIONS)
def _tokens(data, begin, end, position, stop, start, flags, tokens, have):  # type: ignore[no-untyped-def]
    """Hash the tokens that end in data[position:stop] to tokens[have:]; return (where they end there, start).

    `start` is where the word began that goes on at `position`, at or behind it when none does; what is returned likewise. The places
    are taken from the bits of a block, because code changes between words and signs too often to be predicted.
    """
    opens, closes, count = flags[1], flags[2], stop - position
    before = _word(data[position - _U(1)]) if position > begin else np.uint8(0)
    after = _word(data[stop]) if stop < end else np.uint8(0)
    _classify(data[position:stop], before, after, flags[0], opens, closes)
    for index in range(count, count + _BLOCK):
        opens[index] = closes[index] = np.uint8(0)
    for block in range(_U(0), count, _BLOCK):
        at = position + block
        first, last = _bits(opens, block), _bits(closes, block)
        if start >= at:
            start, first = at + _U(trailing_zeros(first)), first & (first - _U(1))  # _BLOCK of none
        while last != _U(0):
            tokens[have] = _token(data, start, at + _U(trailing_zeros(last)) + _U(1))
            have, last = have + _U(1), last & (last - _U(1))
            start, first = at + _U(trailing_zeros(first)), first & (first - _U(1))
    return have, start


@njit(**_OPTIONS, inline="always")
def _bits(flags, at):  # type: ignore[no-untyped-def]
    """Return flags[at:at + 64], each 0 or 1, as the bits of a number, the first as the lowest."""
    bits = _U(0)
    for byte in range(_U(0), _BLOCK, _U(8)):
        bits |= ((_eight(flags, at + byte) * _GATHER) >> _U(56)) << byte
    return bits


@njit(**_OPTIONS)
def _classify(chunk, before, after, words, opens, closes):  # type: ignore[no-untyped-def]
    """Tell of each byte whether it opens and whether it closes a token; `before` and `after` tell whether the neighbours are words.

    Loops without a branch over plain indices, which the compiler turns into vector instructions.
    """
    words[0], words[len(chunk) + 1] = before, after
    for index in range(len(chunk)):
        byte = chunk[index]
        words[index + 1] = _word(byte)
        opens[index] = np.uint8(byte == _SPACE) | np.uint8(np.uint8(byte - _TAB) < np.uint8(5))
    for index in range(len(chunk)):
        sign = np.uint8(1) ^ (opens[index] | words[index + 1])
        opens[index] = sign | (words[index + 1] & (np.uint8(1) ^ words[index]))
        closes[index] = sign | (words[index + 1] & (np.uint8(1) ^ words[index + 2]))


@njit(**_OPTIONS, inline="always")
def _word(byte):  # type: ignore[no-untyped-def]
    letter = np.uint8(np.uint8(byte | _CASE) - _A) < np.uint8(26)
    return np.uint8(letter | (np.uint8(byte - _ZERO) < np.uint8(10)) | (byte == _LINE) | (byte >= np.uint8(128)))


@njit(**_OPTIONS, inline="always")
def _token(data, first, end):  # type: ignore[no-untyped-def]
    """Return the 64-bit hash of data[first:end], taken eight bytes at a time."""
    length = end - first
    value = length * _P0
    while end - first > _U(8):
        value = (value ^ _eight(data, first)) * _MIX_2
        value ^= value >> _U(32)
        first += _U(8)
    if first + _U(8) <= _U(len(data)):
        value ^= _eight(data, first) & _MASKS[end - first]
    else:
        for index in range(end - first):
            value ^= _U(data[first + index]) << (_U(8) * index)
    return _mixed(value * _P1)


@njit(**_OPTIONS, inline="always")
def _eight(data, at):  # type: ignore[no-untyped-def]
    """Return data[at:at + 8] as a little-endian number on every machine; the compiler makes one load of it."""
    value = _U(data[at]) | _U(data[at + _U(1)]) << _U(8) | _U(data[at + _U(2)]) << _U(16) | _U(data[at + _U(3)]) << _U(24)
    value = value | _U(data[at + _U(4)]) << _U(32) | _U(data[at + _U(5)]) << _U(40)
    return value | _U(data[at + _U(6)]) << _U(48) | _U(data[at + _U(7)]) << _U(56)


@njit(**_OPTIONS, inline="always")
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _U(33))) * _MIX_2
    return value ^ (value >> _U(33))


@njit(**_OPTIONS, inline="always")
def _shingle(tokens, at):  # type: ignore[no-untyped-def]
    """Return the 64-bit hash of the tokens at, ..., at + 4; never 0, which marks a free slot."""
    value = tokens[at] * _P0 + tokens[at + _U(1)] * _P1 + tokens[at + _U(2)] * _P2 + tokens[at + _U(3)] * _P3 + tokens[at + _U(4)] * _P4
    value = (value ^ (value >> _U(32))) * _MIX_1
    return max(value ^ (value >> _U(32)), _U(1))


@njit(**_OPTIONS)
def _hash32(tokens, count, hashes, seen):  # type: ignore[no-untyped-def]
    """Write fmix32 of the upper halves of the shingles of tokens[:count] and return how many: a multiple of 8, which suits vectors.

    Two of five shingles of a file repeat: the ones that are still in their slot of `seen` are left out, the last is repeated instead.
    """
    n_shingles, kept = max(count, _U(4)) - _U(4), _U(0)
    for index in range(n_shingles):
        value = np.uint32(_shingle(tokens, index) >> _U(32))
        value = np.uint32((value ^ (value >> np.uint32(16))) * _FMIX_1)
        value = np.uint32((value ^ (value >> np.uint32(13))) * _FMIX_2)
        hashes[index] = value ^ (value >> np.uint32(16))
    for index in range(n_shingles):
        value = hashes[index]
        slot = _U(value) & (_U(len(seen)) - _U(1))
        hashes[kept] = value
        kept += _U(seen[slot] != value)
        seen[slot] = value
    while kept & _U(7) != _U(0):
        hashes[kept] = hashes[kept - _U(1)]
        kept += _U(1)
    return kept


@njit(**_OPTIONS)
def _minimise(hashes, a, b, row):  # type: ignore[no-untyped-def]
    """Lower row[k] to the minimum of a[k] * hash + b[k]: four permutations at a time, so that each hash is loaded once for them."""
    for k in range(0, len(a), 4):
        a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
        b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
        r0, r1, r2, r3 = row[k], row[k + 1], row[k + 2], row[k + 3]
        for index in range(len(hashes)):
            value = hashes[index]
            r0 = min(r0, np.uint32(np.uint32(a0 * value) + b0))
            r1 = min(r1, np.uint32(np.uint32(a1 * value) + b1))
            r2 = min(r2, np.uint32(np.uint32(a2 * value) + b2))
            r3 = min(r3, np.uint32(np.uint32(a3 * value) + b3))
        row[k], row[k + 1], row[k + 2], row[k + 3] = r0, r1, r2, r3


@njit(**_OPTIONS, inline="always")
def _carry(tokens, count):  # type: ignore[no-untyped-def]
    """Move the last four of tokens[:count] to the front, where the next chunk goes on; return how many there are."""
    kept = min(count, _U(4))
    for index in range(kept):
        tokens[index] = tokens[count - kept + index]
    return kept


@njit(**_OPTIONS, inline="always")
def _slots(count):  # type: ignore[no-untyped-def]
    """Return a power of two that is two to four times `count`: few hashes meet then."""
    return _U(2) << (_U(64) - _U(leading_zeros(count)))

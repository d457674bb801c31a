"""Where digits and @ lie in the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

Eight bytes are looked at as one word, and several words as one vector, which is the compiler's doing.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"mark": "void(u8[::1], u1[::1], u1[::1], u1[::1])"}

_B, _U = np.uint8, np.uint64
_WORDS, _BYTES = 4, 32  # of a block
_ONES = _U(0x0101010101010101)  # times a byte: a word of eight of it
_HIGH, _LOW = _U(0x80) * _ONES, _U(0x7F) * _ONES
_ZERO, _AT, _BLANK, _TEN = (_B(ord(sign)) for sign in "0@ \n")
_ZEROS, _ATS, _ABOVE_NINE = _U(_ZERO) * _ONES, _U(_AT) * _ONES, _U(0x80 - 10) * _ONES
_TOP = _U(56)


@njit(**_OPTIONS)
def mark(words, data, digits, signed):  # type: ignore[no-untyped-def]
    """Fill digits[i] with how many bytes of block i are digits, signed[i] with 1 where one is an @ that no blank stands before, else 0.

    A block is 32 bytes of `data`, of which `words` are those of whole blocks; the last one may be shorter.
    """
    blocks = min(len(words) // _WORDS, len(data) // _BYTES, len(digits), len(signed))
    for block in range(blocks):
        others, ats = _U(0), _U(0)
        for word in range(_WORDS):
            text = words[block * _WORDS + word]
            value = text ^ _ZEROS  # below ten in the bytes of digits: what is added makes it no negative number
            others += ((((value & _LOW) + _ABOVE_NINE) | value) & _HIGH) >> _U(7)
            difference = text ^ _ATS  # a byte of it is zero: only then one is below zero when it is one less
            ats |= (difference - _ONES) & ~difference & _HIGH
        digits[block] = _B(_BYTES) - _B((others * _ONES) >> _TOP)
        signed[block] = _B(ats != _U(0))
    for block in range(blocks):
        if signed[block]:
            signed[block] = _is_signed(data, block * _BYTES, (block + 1) * _BYTES)
    if len(data) > blocks * _BYTES and blocks < min(len(digits), len(signed)):
        digits[blocks] = 0
        for at in range(blocks * _BYTES, len(data)):
            digits[blocks] += _B(_B(data[at] - _ZERO) < _TEN)
        signed[blocks] = _is_signed(data, blocks * _BYTES, len(data))


@njit(inline="always", **_OPTIONS)
def _is_signed(data, start, stop):  # type: ignore[no-untyped-def]
    """Tell (1 or 0) whether one of data[start:stop] is an @ with more than a blank, or nothing, before it."""
    found = _B(0)
    for at in range(start, stop):
        found |= _B((data[at] == _AT) & ((at == 0) or (data[max(at, 1) - 1] > _BLANK)))
    return found

"""Where a text has numbers and mail addresses: to find that costs a fraction of what a search for patterns does."""

import numpy as np

from assets import machine_code

_BLOCK = 32  # bytes: a number that is no longer lies in two blocks
_MIN_DIGITS = 7  # of a number
_BEFORE, _AFTER = 3, 3  # blocks that belong to the window of one

Windows = tuple[np.ndarray, np.ndarray]


def windows(data: np.ndarray) -> dict[str, Windows]:
    """Return the begins and ends (bytes, Int64) of windows of `data` (UInt8), by what they are around.

    "digits" are seven digits that lie within 32 bytes, "at" is an @ with another sign before it.
    """
    blocks = -(-data.size // _BLOCK)
    digits, signed = np.zeros(1 + blocks, np.uint8), np.zeros(blocks, np.uint8)  # before the first block are no digits
    words = data[: data.size // _BLOCK * _BLOCK].view(np.uint64)
    machine_code.load("assets.redaction.blocks").mark(words, data, digits[1:], signed)
    numbers = np.flatnonzero(digits[:-1] + digits[1:] >= _MIN_DIGITS) - 1
    return {"digits": _around(numbers, data.size), "at": _around(np.flatnonzero(signed.view(np.bool_)), data.size)}


def _around(blocks: np.ndarray, size: int) -> Windows:
    """Return the windows around `blocks`, ascending numbers; those that touch are one."""
    apart = _BEFORE + _AFTER + 1
    first = blocks[np.diff(blocks, prepend=-apart - _BEFORE) > apart]
    last = blocks[np.diff(blocks, append=size + apart) > apart]
    return np.maximum(first - _BEFORE, 0) * _BLOCK, np.minimum((last + 1 + _AFTER) * _BLOCK, size)

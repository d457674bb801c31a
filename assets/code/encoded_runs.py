"""Runs of inline data in the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

A window as long as the shortest run is looked at from its end: what does not belong lets the next window begin behind it, so that of
most texts few bytes are read.
"""

from string import ascii_letters, digits, hexdigits, whitespace
from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"find_runs": "void(u1[::1], i8[::1], i8[:, ::1])"}
_LONGEST, _CHARS, _PAIRS = range(3)  # columns: `signals` names them

_U = np.uint64
# Base64 of 64 signs; eight pairs of hexadecimal digits with a byte between them, which eight \\u escapes are as well.
_RUN_BASE64, _RUN_PAIRS, _LEAST_PAIRS = _U(64), _U(23), 8
_BASE64, _PAIR, _DIGIT = np.uint8(1), np.uint8(2), np.uint8(4)
_CLASSES = np.zeros(256, np.uint8)
_CLASSES[list((ascii_letters + digits + "+/\n=").encode())] += _BASE64
_CLASSES[[*(hexdigits + whitespace + "xu\\,").encode(), *range(0x80, 0x100)]] += _PAIR
_CLASSES[list(hexdigits.encode())] += _DIGIT


@njit(**_OPTIONS)
def find_runs(data, offsets, found):  # type: ignore[no-untyped-def]
    """Fill found[i] of each text data[offsets[i]:offsets[i + 1]]: signs of the longest run of base64, signs of all such runs, and
    whether there may be pairs, which is 0 where eight pairs of hexadecimal digits do not stand together.
    """
    for text in range(len(found)):
        part = data[offsets[text] : offsets[text + 1]]
        longest = total = at = behind = _U(0)
        while at < _U(len(part)):
            at = _next_run(part, behind, _BASE64, _RUN_BASE64)
            behind = _behind(part, at, _BASE64)
            longest, total = max(longest, behind - at), total + behind - at
        found[text, _LONGEST], found[text, _CHARS], found[text, _PAIRS] = longest, total, _may_be_pairs(part)


@njit(inline="always", **_OPTIONS)
def _next_run(text, at, kind, length):  # type: ignore[no-untyped-def]
    """Return where the next run of at least `length` bytes of the class `kind` begins, at or behind a byte that is not of it.

    The length of the text when there is none.
    """
    while at + length <= _U(len(text)):
        behind = at + length
        while behind > at and _CLASSES[text[behind - _U(1)]] & kind:
            behind -= _U(1)
        if behind == at:
            return at
        at = behind
    return _U(len(text))


@njit(inline="always", **_OPTIONS)
def _behind(text, at, kind):  # type: ignore[no-untyped-def]
    while at < _U(len(text)) and _CLASSES[text[at]] & kind:
        at += _U(1)
    return at


@njit(**_OPTIONS)
def _may_be_pairs(text):  # type: ignore[no-untyped-def]
    """Tell whether a run has eight groups of hexadecimal digits as they stand in it: of two, or of four where an escape ends it."""
    at = _next_run(text, _U(0), _PAIR, _RUN_PAIRS)
    while at < _U(len(text)):
        groups, together = 0, 0
        while at < _U(len(text)) and _CLASSES[text[at]] & _PAIR:
            if _CLASSES[text[at]] & _DIGIT:
                together += 1
            else:
                groups, together = groups + (together == 2 or together >= 4), 0
            at += _U(1)
        if groups + (together == 2 or together >= 4) >= _LEAST_PAIRS:
            return 1
        at = _next_run(text, at, _PAIR, _RUN_PAIRS)
    return 0

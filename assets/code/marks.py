"""Where a generator may have said that it wrote a file, compiled by numba: not imported but loaded, see `machine_code`.

Few files have such a mark: one look, which the compiler turns into vector instructions, tells which ones may.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"look": "void(u1[::1], i8[:, ::1], u1[:, ::1])"}
_GENERATED, _SOURCE_MAP = range(2)  # columns: `kinds` names them

_B, _U = np.uint8, np.uint64
_HEAD_LINES, _HEAD_BYTES, _TAIL_BYTES = 40, _U(4 * 8_192), _U(4 * 400)  # a character has at most four bytes
_BLOCK, _AHEAD = _U(128), _U(8)  # bytes at a time, and how far behind each is looked


@njit(**_OPTIONS)
def look(data, bounds, found):  # type: ignore[no-untyped-def]
    """Fill found[i] of each text data[bounds[i, 0]:bounds[i, 1]] with 1 or 0, 0 only where nothing can be.

    In the first forty lines the word "generated" or "- it is machine", in the last characters "URL=".
    """
    for text in range(len(found)):
        start, end = _U(bounds[text, 0]), _U(bounds[text, 1])
        found[text, _GENERATED] = _is_marked(data, start, min(end, start + _HEAD_BYTES))
        found[text, _SOURCE_MAP] = _has_address(data, max(start + _TAIL_BYTES, end) - _TAIL_BYTES, end)


@njit(inline="always", **_OPTIONS)
def _is_marked(data, at, end):  # type: ignore[no-untyped-def]
    feeds = 0
    while at + _AHEAD < end and feeds < _HEAD_LINES:
        stop, lines, hit = min(at + _BLOCK, end - _AHEAD), _B(0), _B(0)
        for index in range(at, stop):
            third, sixth = data[index + _U(2)], data[index + _U(6)]
            word = _is(data[index], 103) & _is(third, 110) & _is(sixth, 116) & _is(data[index + _U(8)], 100)  # g.n...t.d
            machine = _B(data[index] == _B(45)) & _B(third == _B(105)) & _B(sixth == _B(115))  # "- it is"
            hit = _B(hit | word | machine)
            lines = _B(lines + _B(data[index] == _B(10)))
        if hit:
            return 1
        at, feeds = stop, feeds + lines
    return 0


@njit(inline="always", **_OPTIONS)
def _has_address(data, at, end):  # type: ignore[no-untyped-def]
    hit = _B(0)
    for index in range(at, max(end, at + _U(3)) - _U(3)):
        hit = _B(hit | (_B(data[index] == _B(85)) & _B(data[index + _U(2)] == _B(76)) & _B(data[index + _U(3)] == _B(61))))
    return hit


@njit(inline="always", **_OPTIONS)
def _is(byte, letter):  # type: ignore[no-untyped-def]
    """Tell (1 or 0) whether `byte` is `letter` in either case."""
    return _B((byte | _B(32)) == _B(letter))

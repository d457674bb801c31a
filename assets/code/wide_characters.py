"""The characters beyond ASCII in texts, compiled by numba: not imported but loaded, see `machine_code`."""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {
    "mark": "i8(u1[::1], i8[:, ::1], u1[::1], i8[::1], i8)",
    "count": "void(u1[::1], i8[:, ::1], u1[::1], i8[:, ::1])",
}

_U = np.uint64
_LEAD, _CONTINUATION = np.uint8(0xC0), np.uint64(0x3F)
_LENGTHS = (0xE0, 0xF0)  # leads of three and of four bytes; the others are of two


@njit(**_OPTIONS)
def mark(data, bounds, seen, points, many):  # type: ignore[no-untyped-def]
    """Add the distinct code points beyond ASCII of the texts data[bounds[i, 0]:bounds[i, 1]], which are UTF-8, to the `many` in `points`.

    Returns how many there are then. seen[code point] is 1 for those that are there; both arrays have a place for each of Unicode.
    """
    for text in range(len(bounds)):
        start, end = _U(bounds[text, 0]), _U(bounds[text, 1])
        for index in range(start, end):
            if data[index] >= _LEAD:
                point = _code_point(data, index, end)
                if not seen[point]:
                    seen[point], points[many] = 1, point
                    many += 1
    return many


@njit(**_OPTIONS)
def count(data, bounds, classes, counts):  # type: ignore[no-untyped-def]
    """Fill counts[i, c] with how many characters beyond ASCII of text i are of class c, which classes[code point] names."""
    for text in range(len(bounds)):
        counts[text, :] = 0
        start, end = _U(bounds[text, 0]), _U(bounds[text, 1])
        for index in range(start, end):
            if data[index] >= _LEAD:
                counts[text, min(_U(classes[_code_point(data, index, end)]), _U(counts.shape[1] - 1))] += 1


@njit(inline="always", **_OPTIONS)
def _code_point(data, at, end):  # type: ignore[no-untyped-def]
    """Return the code point of the character that begins at `at`, below 0x110000 in UTF-8."""
    lead, point = _U(data[at]), _U(0)
    follow = _U(1) + _U(lead >= _U(_LENGTHS[0])) + _U(lead >= _U(_LENGTHS[1]))
    point = lead & (_CONTINUATION >> follow)
    for index in range(at + _U(1), min(at + _U(1) + follow, end)):
        point = point << _U(6) | _U(data[index]) & _CONTINUATION
    return min(point, _U(0x10FFFF))

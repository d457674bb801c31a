"""Loops over pairs of signatures and of shingle sets, compiled by numba: not imported but loaded, see `machine_code`."""

from typing import Any

import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import leading_zeros

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
_PAIRS = "i8[::1], i8[::1]"  # left, right
_U = np.uint64
_PRIME = _U(0x9E3779B185EBCA87)
SIGNATURES = {
    "bucket_hashes": "void(u4[:, ::1], i8, i8, u8[:, ::1])",
    "agreements": f"void(u4[:, ::1], {_PAIRS}, i8[::1])",
    "jaccards": f"void(u8[::1], i8[::1], i8[::1], {_PAIRS}, i8[::1], u8[::1])",
    "unite": f"void(i8[::1], {_PAIRS})",
    "spanning_forest": f"void(i8[::1], {_PAIRS}, u1[::1])",
    "crossings": "i8(u4[:, ::1], i8[::1], i8[::1], i8[::1], i8, i8[::1], i8[:, ::1])",
}


@njit(**_OPTIONS)
def bucket_hashes(signature, width, bits, hashes):  # type: ignore[no-untyped-def]
    """Fill hashes[band, row] with the hash of `width` columns of the row of `signature`, the row's number in the low `bits`."""
    low = (_U(1) << _U(bits)) - _U(1)
    for row in range(len(signature)):
        for band in range(len(hashes)):
            value = _U(band + 1)
            for column in range(band * width, (band + 1) * width):
                value = (value ^ signature[row, column]) * _PRIME
                value ^= value >> _U(32)
            hashes[band, row] = value & ~low | _U(row)


@njit(**_OPTIONS)
def agreements(signature, left, right, agreeing):  # type: ignore[no-untyped-def]
    """Fill agreeing[i] with the number of permutations for which the rows left[i] and right[i] of `signature` have the same minimum."""
    for pair in range(len(left)):
        agreeing[pair] = _agreement(signature[left[pair]], signature[right[pair]])


@njit(**_OPTIONS)
def jaccards(sets, places, sizes, left, right, shared, table):  # type: ignore[no-untyped-def]
    """Fill shared[i] with the number of hashes that the sets left[i] and right[i] have in common.

    A set on the left becomes a hash table once for all pairs that follow with the same one. `table` is scratch: at least four slots,
    and eight for each hash of the largest set on the left.
    """
    slots, held = _U(1), -1
    for pair in range(len(left)):
        if left[pair] != held:
            held = left[pair]
            first, size = _U(places[held]), _U(sizes[held])
            slots = _slots(size)
            table[:slots] = _U(0)
            for index in range(first, first + size):
                slot = sets[index] & (slots - _U(1))
                while table[slot] != _U(0):
                    slot = (slot + _U(1)) & (slots - _U(1))
                table[slot] = sets[index]
        first, size = _U(places[right[pair]]), _U(sizes[right[pair]])
        count = _U(0)
        for index in range(first, first + size):
            value = sets[index]
            slot = value & (slots - _U(1))
            while (table[slot] != _U(0)) & (table[slot] != value):
                slot = (slot + _U(1)) & (slots - _U(1))
            count += _U(table[slot] == value)
        shared[pair] = count


@njit(**_OPTIONS)
def unite(component, left, right):  # type: ignore[no-untyped-def]
    """Unite the sets of `component` (row -> a row of its set) along pairs. Afterwards each row points to the smallest row of its set."""
    for pair in range(len(left)):
        _join(component, left[pair], right[pair])
    for row in range(len(component)):
        component[row] = root_of(component, row)


@njit(**_OPTIONS)
def spanning_forest(component, left, right, joins):  # type: ignore[no-untyped-def]
    """Unite the sets of `component` along pairs in order; `joins` (uint8) says of each whether it joined two sets."""
    for pair in range(len(left)):
        joins[pair] = _join(component, left[pair], right[pair])


@njit(**_OPTIONS)
def crossings(signature, rows, bounds, component, least, run, pairs):  # type: ignore[no-untyped-def]
    """Write the pairs of one bucket that lie in different components and agree in at least `least` permutations.

    Buckets are rows[bounds[i]:bounds[i + 1]]. Begins at position `run` = (bucket, member), stops before `pairs` (n, 2) could
    overflow, and leaves there where to go on; returns the number of pairs. `pairs` holds at least the largest bucket.
    """
    count = 0
    while run[0] < len(bounds) - 1:
        end = bounds[run[0] + 1]
        while bounds[run[0]] + run[1] < end:
            position = bounds[run[0]] + run[1]
            if count + end - position > len(pairs):
                return count
            row = rows[position]
            for other in rows[position + 1 : end]:
                if component[row] != component[other] and _agreement(signature[row], signature[other]) >= least:
                    pairs[count, 0], pairs[count, 1] = min(row, other), max(row, other)
                    count += 1
            run[1] += 1
        run[0], run[1] = run[0] + 1, 0
    return count


@njit(**_OPTIONS, inline="always")
def _agreement(one, other):  # type: ignore[no-untyped-def]
    count = np.uint32(0)
    for index in range(len(one)):
        count += np.uint32(one[index] == other[index])
    return np.int64(count)


@njit(**_OPTIONS, inline="always")
def _join(component, one, other):  # type: ignore[no-untyped-def]
    one, other = root_of(component, one), root_of(component, other)
    component[max(one, other)] = min(one, other)
    return one != other


@njit(**_OPTIONS, inline="always")
def root_of(component, row):  # type: ignore[no-untyped-def]
    """Return the row that stands for the component of `row`, and shorten the way to it."""
    while component[row] != row:
        component[row] = component[component[row]]
        row = component[row]
    return row


@njit(**_OPTIONS, inline="always")
def _slots(count):  # type: ignore[no-untyped-def]
    """Return a power of two that is four to eight times `count`: few hashes meet then, and what a set lacks is soon known."""
    return _U(4) << (_U(64) - _U(leading_zeros(count)))

"""Loops over pairs of signatures, compiled by numba: import this module inside the function that needs it."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def agreements(signature, left, right, agreeing):  # type: ignore[no-untyped-def]
    """Fill agreeing[i] with the number of permutations for which the rows left[i] and right[i] of `signature` have the same minimum."""
    for pair in range(len(left)):
        agreeing[pair] = _agreement(signature[left[pair]], signature[right[pair]])


@njit(cache=True, nogil=True)
def unite(component, left, right):  # type: ignore[no-untyped-def]
    """Unite the sets of `component` (row -> a row of its set) along pairs in order; return which of them joined two sets.

    Afterwards each row points to the smallest row of its set.
    """
    joins = np.zeros(len(left), np.bool_)
    for pair in range(len(left)):
        one, other = root_of(component, left[pair]), root_of(component, right[pair])
        joins[pair] = one != other
        component[max(one, other)] = min(one, other)
    for row in range(len(component)):
        component[row] = root_of(component, row)
    return joins


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True, inline="always")
def _agreement(one, other):  # type: ignore[no-untyped-def]
    count = np.uint32(0)
    for index in range(len(one)):
        count += np.uint32(one[index] == other[index])
    return np.int64(count)


@njit(cache=True, nogil=True, inline="always")
def root_of(component, row):  # type: ignore[no-untyped-def]
    """Return the row that stands for the component of `row`, and shorten the way to it."""
    while component[row] != row:
        component[row] = component[component[row]]
        row = component[row]
    return row

"""The loop over pairs of alike sets, compiled by numba: import this module inside the function that needs it."""

import numpy as np
from numba import njit

from assets.code.linking import root_of


@njit(cache=True, nogil=True)
def unite_alike(rows, bounds, elements, starts, threshold, component):  # type: ignore[no-untyped-def]
    """Unite the sets of `component` (row -> a row of its set) for each pair in one bucket with a Jaccard index of `threshold` or more.

    Buckets are rows[bounds[i]:bounds[i + 1]]; the set of a row is elements[starts[row]:starts[row + 1]], sorted. Pairs whose rows are
    united already are not compared: that changes no component. Afterwards each row points to the smallest row of its component.
    """
    for bucket in range(len(bounds) - 1):
        for at in range(bounds[bucket], bounds[bucket + 1]):
            row = rows[at]
            root = root_of(component, row)
            for after in range(at + 1, bounds[bucket + 1]):
                other = root_of(component, rows[after])
                if root != other and _alike(elements, starts, row, rows[after], threshold):
                    component[max(root, other)] = min(root, other)
                    root = min(root, other)
    for row in range(len(component)):
        component[row] = root_of(component, row)


@njit(cache=True, nogil=True, inline="always")
def _alike(elements, starts, one, other, threshold):  # type: ignore[no-untyped-def]
    left, left_end, right, right_end = starts[one], starts[one + 1], starts[other], starts[other + 1]
    total = left_end - left + right_end - right
    needed = np.int64(np.ceil(threshold / (1.0 + threshold) * total - 1e-9))  # shared / (total - shared) >= threshold
    shared = np.int64(0)
    if min(left_end - left, right_end - right) < needed:
        return False
    while left < left_end and right < right_end:
        if shared + min(left_end - left, right_end - right) < needed:
            return False
        one_hash, other_hash = elements[left], elements[right]
        shared += one_hash == other_hash
        left += one_hash <= other_hash
        right += other_hash <= one_hash
    return shared >= needed

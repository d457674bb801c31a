"""The search for alike sets, compiled by numba: import this module inside the function that needs it.

Sets are sorted runs of 64-bit numbers: set i is elements[starts[i]:starts[i + 1]].
"""

import numpy as np
from numba import njit

_U = np.uint64
_MOST = np.uint16(65535)


@njit(cache=True, nogil=True)
def frequencies(elements, starts, rows, counts):  # type: ignore[no-untyped-def]
    """Add to counts[element % len(counts)] how many of the sets `rows` hold it; len(counts) is a power of two."""
    mask = _U(len(counts) - 1)
    for row in rows:
        for at in range(starts[row], starts[row + 1]):
            slot = elements[at] & mask
            counts[slot] = min(counts[slot], _MOST - np.uint16(1)) + np.uint16(1)


@njit(cache=True, nogil=True)
def prefix_length(size, threshold):  # type: ignore[no-untyped-def]
    """Return how many of its first elements a set must be looked up by: two alike sets share one of them. Rounding must not lose one."""
    return size - np.int64(np.ceil(size * threshold - 1e-9)) + 1 if size else 0


@njit(cache=True, nogil=True)
def index(elements, starts, rows, counts, threshold, heads, following, keys, owners):  # type: ignore[no-untyped-def]
    """Index the prefix of each of the sets `rows`; return how many entries that makes.

    Entry e is element keys[e] of set rows[owners[e]]; following[e] is the next entry of its slot, heads[slot] the first, -1 ends a list.
    """
    mask, used = _U(len(heads) - 1), 0
    for number in range(len(rows)):
        found = elements[starts[rows[number]] : starts[rows[number] + 1]]
        order = _by_frequency(found, counts)
        for at in range(prefix_length(len(found), threshold)):
            key = found[order[at]]
            keys[used], owners[used], following[used] = key, number, heads[key & mask]
            heads[key & mask] = used
            used += 1
    return used


@njit(cache=True, nogil=True, inline="always")
def _by_frequency(found, counts):  # type: ignore[no-untyped-def]
    """Return the places of the elements of a set from the rarest to the most frequent, of equal ones the smaller first."""
    often = np.empty(len(found), np.uint16)
    for at in range(len(found)):
        often[at] = counts[found[at] & _U(len(counts) - 1)]
    return np.argsort(often, kind="mergesort")  # stable, and the elements are sorted


@njit(cache=True, nogil=True)
def closest(elements, starts, rows, counts, threshold, most, held, heads, following, keys, owners, best, score):  # type: ignore[no-untyped-def]
    """Find for each of the sets `rows` the most alike one of the indexed `held`: its number in best[i] (-1: none), the index in score[i].

    No more than `most` alike ones are compared for a row; of equally alike ones the first found stays.
    """
    mask = _U(len(heads) - 1)
    seen = np.full(len(held), -1, np.int64)
    for number in range(len(rows)):
        best[number], score[number] = -1, 0.0
        mine = elements[starts[rows[number]] : starts[rows[number] + 1]]
        length, alike = prefix_length(len(mine), threshold), 0
        if _unknown(mine, counts, length) >= length:  # elements that no held set has come first in the order
            continue
        order = _by_frequency(mine, counts)
        for at in range(length):
            key = mine[order[at]]
            entry = heads[key & mask] if alike < most else -1
            while entry >= 0 and alike < most:
                owner = owners[entry]
                if keys[entry] == key and seen[owner] != number:
                    seen[owner] = number
                    other = elements[starts[held[owner]] : starts[held[owner] + 1]]
                    found = jaccard(mine, other, threshold)
                    if found >= threshold:
                        alike += 1
                        if found > score[number]:
                            best[number], score[number] = owner, found
                entry = following[entry]


@njit(cache=True, nogil=True, inline="always")
def _unknown(found, counts, enough):  # type: ignore[no-untyped-def]
    """Return how many elements of a set no held set has; no more than `enough` are counted."""
    count = 0
    for at in range(len(found)):
        count += counts[found[at] & _U(len(counts) - 1)] == 0
        if count >= enough:
            break
    return count


@njit(cache=True, nogil=True)
def jaccard(one, other, threshold):  # type: ignore[no-untyped-def]
    """Return the Jaccard index of two sorted sets, or 0 as soon as it is certain to be below `threshold`."""
    least = np.int64(np.ceil((len(one) + len(other)) * threshold / (1 + threshold) - 1e-9))
    spare = len(one) + len(other) - 2 * least  # so many elements may stand in one of the two only
    left, right, shared = 0, 0, 0
    if abs(len(one) - len(other)) > spare:
        return 0.0
    while left < len(one) and right < len(other):
        if one[left] == other[right]:
            shared, left, right = shared + 1, left + 1, right + 1
        elif one[left] < other[right]:
            left, spare = left + 1, spare - 1
        else:
            right, spare = right + 1, spare - 1
        if spare < 0:
            return 0.0
    return shared / (len(one) + len(other) - shared)


@njit(cache=True, nogil=True)
def unite_alike(rows, bounds, elements, starts, threshold, component):  # type: ignore[no-untyped-def]
    """Unite the sets of `component` (row -> a row of its set) for each pair in one bucket with a Jaccard index of `threshold` or more.

    Buckets are rows[bounds[i]:bounds[i + 1]]. Pairs whose rows are united already are not compared: that changes no component.
    Afterwards each row points to the smallest row of its component.
    """
    for bucket in range(len(bounds) - 1):
        for at in range(bounds[bucket], bounds[bucket + 1]):
            row = rows[at]
            root, mine = _root(component, row), elements[starts[row] : starts[row + 1]]
            for after in range(at + 1, bounds[bucket + 1]):
                theirs = rows[after]
                other = _root(component, theirs)
                if root != other and jaccard(mine, elements[starts[theirs] : starts[theirs + 1]], threshold) >= threshold:
                    component[max(root, other)] = min(root, other)
                    root = min(root, other)
    for row in range(len(component)):
        component[row] = _root(component, row)


@njit(cache=True, nogil=True, inline="always")
def _root(component, row):  # type: ignore[no-untyped-def]
    """Return the row that stands for the component of `row`, and shorten the way to it.

    `linking` has the same: a kernel must not call another module's (see tests/test_kernels.py).
    """
    while component[row] != row:
        component[row] = component[component[row]]
        row = component[row]
    return row

"""For each of many sets of shingles the most alike one of a few held-out sets: exact, over flat arrays.

Prefix filtering (Chaudhuri et al. 2006, Bayardo et al. 2007): with elements ordered from rare to frequent, two sets can only reach the
threshold t if they share one among their first n - ceil(t * n) + 1. So only rare elements are looked up, and no pair is missed, unlike
with MinHash. Rare is what few held-out sets hold: most sets have enough elements that none holds, and are done without a look-up.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

Array = np.ndarray[Any, Any]
MOST = 64  # alike held-out sets that a set is compared with: thousands say no more, and families of copies would take forever


class Sets(NamedTuple):
    """Set i is elements[starts[i]:starts[i + 1]], sorted."""

    elements: Array  # uint64
    starts: Array  # int64, one more than there are sets


def sets_of(shingles: pl.Series) -> Sets:
    """Return the sets of a column of List(UInt64), each sorted, without a copy where it is one chunk."""
    if not len(shingles):
        return Sets(np.empty(0, np.uint64), np.zeros(1, np.int64))
    listed = shingles.rechunk().to_arrow()
    return Sets(listed.values.to_numpy(zero_copy_only=False), listed.offsets.to_numpy())


def closest(sets: Sets, held_out: Array, others: Array, threshold: float) -> tuple[Array, Array]:
    """Return for each of `others` (numbers of sets) the number of the most alike one of `held_out`, and their Jaccard index.

    -1 and 0.0 where none reaches `threshold`. Of more than MOST that do, the most alike of MOST is returned.
    """
    from assets.corpus.splits import set_search

    elements, starts = sets
    held = np.asarray(held_out, np.int64)
    sizes = (starts[held + 1] - starts[held]).astype(np.int64)
    counts = np.zeros(_slots(8 * int(sizes.sum())), np.uint16)
    set_search.frequencies(elements, starts, held, counts)
    room = int(np.ceil(sizes * (1 - threshold) + 1).sum()) + 1
    heads, following = np.full(_slots(2 * room), -1, np.int32), np.empty(room, np.int32)
    keys, owners = np.empty(room, np.uint64), np.empty(room, np.int32)
    set_search.index(elements, starts, held, counts, threshold, heads, following, keys, owners)
    best, score = np.empty(len(others), np.int64), np.empty(len(others), np.float64)
    rows, lists = np.asarray(others, np.int64), (heads, following, keys, owners)
    set_search.closest(elements, starts, rows, counts, threshold, MOST, held, *lists, best, score)
    return np.where(best < 0, -1, held[best]) if len(held) else best, score


def _slots(count: int) -> int:
    """Return a power of two of at least `count`, within what memory is for: fewer slots cost time, not pairs."""
    return 1 << min(max(count - 1, 1).bit_length(), 27)

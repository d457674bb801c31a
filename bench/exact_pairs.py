"""The truth about near-duplicates: components of the graph of all pairs whose shingle sets reach a Jaccard index, without any hashing luck.

Prefix filtering (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007): two sets that reach the threshold t share one of their
n - ceil(t n) + 1 first elements in any common order; the rarest come first here. Import it inside a function: it needs numba.
"""

import numpy as np
import polars as pl
from numba import njit

from assets.code import linking, shingling, signing
from assets.code.signing import Array

_COUNTERS = 1 << 24


def components(texts: pl.Series, threshold: float, min_tokens: int) -> Array:
    """Return for each text the smallest number of a text of its component."""
    shingles = np.maximum(0, signing.signatures(texts, 16, 1)[2] - shingling.WIDTH + 1)
    shingles[shingles < min_tokens - shingling.WIDTH + 1] = 0  # too small to be anybody's near-duplicate
    sizes, sets = shingles, np.empty(int(shingles.sum()), np.uint64)
    places = signing.shingle_sets(texts, sets, 0, sizes)
    frequency = np.zeros(_COUNTERS, np.int64)
    lengths = np.where(sizes > 0, sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1, 0)
    starts = np.cumsum(lengths) - lengths
    keys, owners = np.empty(int(lengths.sum()), np.uint64), np.empty(int(lengths.sum()), np.int64)
    _prefixes(sets, places, sizes, frequency, lengths, starts, keys, owners)
    order = np.argsort(keys, kind="stable")
    component = np.arange(len(texts))
    _link(sets, places, sizes, keys[order], owners[order], keys, lengths, starts, threshold, component, signing.hash_table(sizes))
    return component


@njit(cache=True)
def _prefixes(sets, places, sizes, frequency, lengths, starts, keys, owners):  # type: ignore[no-untyped-def]
    """Write the rarest elements of each set: estimated frequency in the high bits, hash in the low ones."""
    for file in range(len(sizes)):
        for value in sets[places[file] : places[file] + sizes[file]]:
            frequency[value % np.uint64(_COUNTERS)] += 1
    for file in range(len(sizes)):
        ordered = sets[places[file] : places[file] + sizes[file]].copy()
        for index in range(len(ordered)):
            often = min(frequency[ordered[index] % np.uint64(_COUNTERS)], (1 << 20) - 1)
            ordered[index] = np.uint64(often) << np.uint64(44) | ordered[index] >> np.uint64(20)
        ordered.sort()
        keys[starts[file] : starts[file] + lengths[file]] = ordered[: lengths[file]]
        owners[starts[file] : starts[file] + lengths[file]] = file


@njit(cache=True)
def _link(sets, places, sizes, sorted_keys, owners, keys, lengths, starts, threshold, component, table):  # type: ignore[no-untyped-def]
    """Unite the files of each pair that reaches `threshold`; pairs in one component already are not compared."""
    seen = np.full(len(sizes), -1, np.int64)
    pair, shared = np.empty(1, np.int64), np.empty(1, np.int64)
    for file in range(len(sizes)):
        pair[0] = file
        for key in keys[starts[file] : starts[file] + lengths[file]]:
            at = np.searchsorted(sorted_keys, key)
            while at < len(sorted_keys) and sorted_keys[at] == key and owners[at] < file:
                other = owners[at]
                at += 1
                if seen[other] == file or min(sizes[other], sizes[file]) < threshold * max(sizes[other], sizes[file]):
                    continue
                seen[other] = file
                one, two = _root(component, file), _root(component, other)
                if one == two:
                    continue
                linking.jaccards(sets, places, sizes, pair, owners[at - 1 : at], shared, table)
                if shared[0] >= threshold * (sizes[file] + sizes[other] - shared[0]):
                    component[max(one, two)] = min(one, two)
    for file in range(len(sizes)):
        component[file] = _root(component, file)


@njit(cache=True)
def _root(component, file):  # type: ignore[no-untyped-def]
    while component[file] != file:
        file = component[file]
    return file

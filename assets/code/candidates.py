"""Candidates for near-duplicates: locality-sensitive hashing of MinHash signatures.

Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, chapter 3. Texts whose signatures agree in all rows of one band are
candidates, unless the signatures as a whole make it all but impossible that they reach the threshold.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from assets import machine_code
from assets.code import signing
from assets.code.signing import Array

_DEVIATIONS = 3  # standard deviations of an estimate below the threshold: one of 700 pairs that just reach it is estimated lower
_BATCH_PAIRS = 1 << 20
_PARTS = 8  # of a band, which threads share


@lru_cache(maxsize=64)
def bands(threshold: float, n_permutations: int, recall_weight: float) -> tuple[int, int]:
    """Return (bands, rows of a band) that minimise the weighted areas of false positives and negatives around `threshold`.

    The same as datasketch's MinHashLSH with weights (1 - recall_weight, recall_weight): of 128 permutations and a weight of .99,
    25 x 5 at .7 and 14 x 9 at .85. The areas are integrals of polynomials of a degree up to `n_permutations`, which Fejér's first rule
    gives exactly. No linear algebra: its threads, once used, go on spinning for longer than all of this takes.
    """
    angles = (np.arange(n_permutations + 1) + 0.5) * np.pi / (n_permutations + 1)
    orders = np.arange(1, n_permutations // 2 + 1)[:, None]
    nodes = np.cos(angles)
    weights = 2 / len(nodes) * (1 - 2 * (np.cos(2 * orders * angles) / (4 * orders**2 - 1)).sum(0))
    below, above = (nodes + 1) / 2 * threshold, threshold + (nodes + 1) / 2 * (1 - threshold)
    chosen, least = (1, 1), float("inf")
    for b in range(1, n_permutations + 1):
        rows = np.arange(1, n_permutations // b + 1)[:, None]
        positives = threshold / 2 * ((1 - (1 - below**rows) ** b) * weights).sum(1)
        negatives = (1 - threshold) / 2 * ((1 - above**rows) ** b * weights).sum(1)
        errors = (1 - recall_weight) * positives + recall_weight * negatives
        best = int(errors.argmin())
        chosen, least = ((b, best + 1), errors[best]) if errors[best] < least else (chosen, least)
    return chosen


def least_agreement(threshold: float, n_permutations: int) -> int:
    """Return in how many permutations the signatures of a candidate must agree: `_DEVIATIONS` below what `threshold` makes expect."""
    deviation = (n_permutations * threshold * (1 - threshold)) ** 0.5
    return max(0, int(n_permutations * threshold - _DEVIATIONS * deviation))


class Candidates:
    """The candidates among n signatures, an array (n, permutations) of uint32; a pair is two rows, the smaller first."""

    def __init__(self, signature: Array, threshold: float, recall_weight: float) -> None:
        """Choose bands and rows for `threshold`."""
        self.signature = signature
        self.bands, self.rows = bands(threshold, signature.shape[1], recall_weight)
        self.least = least_agreement(threshold, signature.shape[1])
        self.bits = max(1, len(signature) - 1).bit_length()
        self.hashes = np.empty((self.bands, len(signature)), np.uint64)
        machine_code.load("assets.code.linking").bucket_hashes(signature, self.rows, self.bits, self.hashes)
        signing.each(np.ndarray.sort, ((band,) for band in self.hashes))

    def forest(self) -> Array:
        """Return the candidates (m, 2) that promise most: of all neighbours in buckets a spanning forest of the greatest agreement.

        The most alike come first; ties are decided by row, so that there is only one such forest.
        """
        linking = machine_code.load("assets.code.linking")
        found = [np.empty((0, 2), np.int64)] * self.bands
        signing.each(lambda band: found.__setitem__(band, self._neighbours(band)), ((band,) for band in range(self.bands)))
        pairs = distinct(np.concatenate(found), len(self.signature))
        agreeing = self.agreement(pairs)
        pairs, agreeing = pairs[agreeing >= self.least], agreeing[agreeing >= self.least]
        pairs = pairs[np.argsort(-agreeing, kind="stable")]
        joins = np.empty(len(pairs), np.uint8)
        linking.spanning_forest(np.arange(len(self.signature)), *np.ascontiguousarray(pairs.T), joins)
        return pairs[joins.astype(np.bool_)]

    def between(self, component: Array) -> Iterator[Array]:
        """Yield all candidates (m, 2) whose rows lie in different components, about a million at a time; none comes twice in one array.

        The caller may unite components in place meanwhile. A pair comes again when it shares a band that was not looked at yet.
        """
        rooms = [np.empty((max(_BATCH_PAIRS, len(component)), 2), np.int64) for _ in range(_PARTS)]
        waiting = [rooms[0][:0]]
        for rows, same in signing.ahead(map(self._bucketed, range(self.bands))):
            bounds = np.flatnonzero(np.concatenate([[len(rows) > 0], ~same, [True]]))
            edges = np.searchsorted(bounds, np.linspace(0, len(rows), _PARTS + 1))
            parts = [
                (bounds[first : last + 1], np.zeros(2, np.int64), room)
                for (first, last), room in zip(pairwise(edges), rooms, strict=True)
                if first < last
            ]
            while parts:
                found = self._crossings(rows, parts, component)
                parts = [part for part, pairs in zip(parts, found, strict=True) if len(pairs)]
                waiting += found
                if sum(map(len, waiting)) >= _BATCH_PAIRS:
                    yield _crossing(waiting, component)
                    waiting = [rooms[0][:0]]
        yield _crossing(waiting, component)

    def _crossings(self, rows: Array, parts: Sequence[tuple[Array, Array, Array]], component: Array) -> list[Array]:
        """Return the pairs that were found in each of `parts` (bounds of buckets, where to go on, room): none where one is done."""
        linking, found = machine_code.load("assets.code.linking"), [rows] * len(parts)

        def cross(part: int) -> None:
            bounds, place, room = parts[part]
            count = linking.crossings(self.signature, rows, bounds, component, self.least, place, room)
            found[part] = distinct(room[:count], len(component))

        signing.each(cross, ((part,) for part in range(len(parts))))
        return found

    def agreement(self, pairs: Array) -> Array:
        """Return in how many permutations each of `pairs` (m, 2) agrees."""
        linking = machine_code.load("assets.code.linking")
        agreeing = np.empty(len(pairs), np.int64)
        pieces = (slice(start, start + _BATCH_PAIRS // 64) for start in range(0, len(pairs), _BATCH_PAIRS // 64))
        left, right = np.ascontiguousarray(pairs.T)
        signing.each(lambda at: linking.agreements(self.signature, left[at], right[at], agreeing[at]), ((piece,) for piece in pieces))
        return agreeing

    def _neighbours(self, band: int) -> Array:
        rows, same = self._bucketed(band)
        return np.stack([rows[:-1][same], rows[1:][same]], 1)

    def _bucketed(self, band: int) -> tuple[Array, Array]:
        """Return (rows, bucket by bucket, in ascending order; whether each is in one bucket with the next).

        The row stands in the low bits of its hash: one sort of plain numbers does both. What is left of the hash tells buckets apart
        well enough, and a pair that it brings together by mistake fails the test of agreement.
        """
        hashes, low = self.hashes[band], np.uint64((1 << self.bits) - 1)
        buckets = hashes & ~low
        return (hashes & low).astype(np.int64), buckets[1:] == buckets[:-1]


def distinct(pairs: Array, count: int) -> Array:
    """Return the distinct `pairs` (m, 2) of `count` rows, sorted."""
    codes = unique(pairs[:, 0] * count + pairs[:, 1])
    return np.stack([codes // max(1, count), codes % max(1, count)], 1)


def unique(numbers: Array) -> Array:
    """Return the distinct `numbers`, sorted: ten times as fast as numpy.unique, which hashes them first."""
    ordered = np.sort(numbers, axis=None)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]]


def _crossing(waiting: list[Array], component: Array) -> Array:
    pairs = distinct(np.concatenate(waiting), len(component))
    return pairs[component[pairs[:, 0]] != component[pairs[:, 1]]]

"""Near-duplicates: texts that share most of their shingles. MinHash proposes them, the exact Jaccard index decides.

A cluster is a connected component of the graph of the pairs whose shingle sets reach the threshold. A pair whose texts are in one
component already is not verified: it could not change the components. So a giant cluster costs about as many verifications as it has
members, and the result is the same. Which pairs are verified depends on the texts alone, not on their order nor on what is known
from an earlier run: what is known only saves work.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import polars as pl

from assets import machine_code
from assets.code import signing
from assets.code.candidates import Candidates, distinct, unique
from assets.code.signing import Array

PAIRS = {"a": pl.String, "b": pl.String, "jaccard": pl.Float64}  # a < b are normalised hashes: true of the texts wherever they stand
Reader = Callable[[Sequence[str]], Iterable[pl.DataFrame]]
"""Yields frames (id, content) that together hold the rows with the ids it is given, some at a time; other rows are ignored."""


class Verification:
    """Exact Jaccard indices of pairs of nodes, which are remembered, and of all the pairs that were asked for.

    Memory: the shingle sets of the nodes of as many pairs as fit into `max_bytes` (8 bytes for a shingle, which is about 2 for a byte
    of source), two frames of `read`, and narrow columns. If they do not all fit, contents are read once for each batch that does.
    """

    def __init__(self, nodes: pl.DataFrame, read: Reader, known: pl.DataFrame, max_bytes: int) -> None:
        """`nodes` (key, id of a text to read, n_shingles with repetitions) are sorted by key; a pair is two of their rows."""
        self.nodes, self.read = nodes, read
        self.room = nodes["n_shingles"].to_numpy().astype(np.int64)
        self.capacity = max(max_bytes // 8, 2 * int(self.room.max(initial=0)))
        self.sets = np.empty(min(self.capacity, int(self.room.sum())), np.uint64)  # memory that is not written to costs nothing
        self.places, self.sizes, self.used = np.full(nodes.height, -1, np.int64), self.room.copy(), 0
        self.codes, self.values = self._recall(known)
        self.asked: list[Array] = []

    def jaccard(self, pairs: Array) -> Array:
        """Return the Jaccard index of each of `pairs` (m, 2). Raises ValueError when the text of one cannot be read."""
        ordered = np.sort(pairs, axis=1)
        codes = ordered[:, 0] * self.nodes.height + ordered[:, 1]
        self.asked.append(codes)
        at = np.searchsorted(self.codes, codes)
        is_known = np.append(self.codes, -1)[at] == codes
        new = distinct(ordered[~is_known], self.nodes.height)
        for batch in self._batches(new):
            self._learn(batch)
        return self.values[np.searchsorted(self.codes, codes)]

    def pairs(self) -> pl.DataFrame:
        """Return PAIRS that were asked for, sorted: what the next run needs to know."""
        codes = unique(np.concatenate([np.empty(0, np.int64), *self.asked]))
        key, count = self.nodes["key"], max(1, self.nodes.height)
        values = pl.Series("jaccard", self.values[np.searchsorted(self.codes, codes)], dtype=pl.Float64)
        return pl.DataFrame([key[codes // count].alias("a"), key[codes % count].alias("b"), values])

    def _recall(self, known: pl.DataFrame) -> tuple[Array, Array]:
        rows = self.nodes.select("key", row=pl.int_range(pl.len(), dtype=pl.Int64))
        found = known.join(rows, left_on="a", right_on="key").join(rows, left_on="b", right_on="key", suffix="_b")
        found = found.select(code=pl.col("row") * self.nodes.height + pl.col("row_b"), jaccard="jaccard").unique("code").sort("code")
        return found["code"].to_numpy(), found["jaccard"].to_numpy()

    def _batches(self, pairs: Array) -> Iterable[Array]:
        """Cut `pairs` so that the sets of each batch fit; the pairs of a component stay together, so that few are read twice."""
        if self.room[unique(pairs)].sum() <= self.capacity:
            return [pairs] if len(pairs) else []
        component = np.arange(self.nodes.height)
        machine_code.load("assets.code.linking").unite(component, *np.ascontiguousarray(pairs.T))
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], component[pairs[:, 0]]))]
        cuts, held, size = [], set[int](), 0
        for index, pair in enumerate(pairs.tolist()):
            more = sum(int(self.room[row]) for row in pair if row not in held)
            if size + more > self.capacity:
                cuts.append(index)
                held, size, more = set(), 0, int(self.room[pair].sum())
            held.update(pair)
            size += more
        return np.split(pairs, cuts)

    def _learn(self, pairs: Array) -> None:
        """Compute the indices of `pairs`, whose sets fit, and keep them. The set of more pairs is the hash table of all of them."""
        jaccards = machine_code.load("assets.code.linking").jaccards
        self._load(unique(pairs))
        often = np.bincount(pairs.ravel())
        turned = np.where((often[pairs[:, 0]] < often[pairs[:, 1]])[:, None], pairs[:, ::-1], pairs)
        turned = turned[np.argsort(turned[:, 0], kind="stable")]
        left, right, shared = turned[:, 0].copy(), turned[:, 1].copy(), np.empty(len(turned), np.int64)
        pieces = ((part,) for part in np.array_split(np.arange(len(left)), max(1, min(8, len(left) // 256))))

        def count(at: Array, table: Array) -> None:
            jaccards(self.sets, self.places, self.sizes, left[at], right[at], shared[at[0] : at[-1] + 1], table)

        signing.each(count, pieces, lambda: (signing.hash_table(self.sizes[left]),))
        values = shared / np.maximum(1, self.sizes[left] + self.sizes[right] - shared)
        codes = np.concatenate([self.codes, np.minimum(left, right) * self.nodes.height + np.maximum(left, right)])
        order = np.argsort(codes, kind="stable")
        self.codes, self.values = codes[order], np.concatenate([self.values, values])[order]

    def _load(self, rows: Array) -> None:
        """Have the shingle sets of `rows` in memory; those that are there stay if there is room for all."""
        missing = rows[self.places[rows] < 0]
        if self.used + self.room[missing].sum() > len(self.sets):
            self.places[:], self.sizes[:], self.used, missing = -1, self.room, 0, rows
        if not len(missing):
            return
        waiting = dict(zip(self.nodes["id"].gather(missing).to_list(), missing.tolist(), strict=True))
        for frame in signing.ahead(self.read(list(waiting))):
            found = np.array([waiting.pop(name, -1) for name in frame["id"].to_list()], np.int64)
            texts, found = frame["content"].filter(pl.Series(found >= 0, dtype=pl.Boolean)), found[found >= 0]
            sizes = self.room[found]
            self.places[found] = signing.shingle_sets(texts, self.sets, self.used, sizes)
            self.sizes[found] = sizes
            self.used += int(self.room[found].sum())
        if waiting:
            raise ValueError(f"the contents of {len(waiting)} of {len(missing)} files could not be read")


def components(candidates: Candidates, verification: Verification, rows: Array, threshold: float) -> Array:
    """Return for each signature of `candidates` (which are those of `rows` of `verification`) the smallest member of its component."""
    linking = machine_code.load("assets.code.linking")
    component = np.arange(len(rows))

    def unite(pairs: Array) -> None:
        near = pairs[verification.jaccard(rows[pairs]) >= threshold]
        linking.unite(component, *np.ascontiguousarray(near.T))

    unite(candidates.forest())
    for pairs in candidates.between(component):
        unite(pairs)
    return component

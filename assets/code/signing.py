"""From texts to MinHash signatures and shingle sets: the kernels of `shingling` over Arrow buffers, in threads, without a copy."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import polars as pl

from assets import machine_code

_TASK_BYTES = 4_000_000
_CHUNK_BYTES = 4096  # what the kernels use for it stays in the first-level cache
_SEEN = 4096  # hashes of a file that are remembered
_INLINE_BYTES = 12  # Arrow keeps a shorter string inside its view

Array = np.ndarray[Any, Any]
Item = TypeVar("Item")


def permutations(count: int, seed: int) -> tuple[Array, Array]:
    """Return the factors (odd) and summands of `count` permutations of 32-bit numbers: those of datasketch's MinHash(count, seed)."""
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, generator.randint(0, 1 << 32, count, dtype=np.uint32)


def signatures(texts: pl.Series, count: int, seed: int) -> tuple[Array, Array, Array]:
    """Return (signatures (n, count) uint32, digests (n, 2) uint64, number of tokens (n,) int64) of n texts without null."""
    shingling = machine_code.load("assets.code.shingling")
    a, b = permutations(count, seed)
    signature, digest = np.empty((len(texts), count), np.uint32), np.empty((len(texts), 2), np.uint64)
    n_tokens = np.empty(len(texts), np.int64)

    def work(data: Array, files: Array, starts: Array, ends: Array, *scratch: Array) -> None:
        shingling.signatures(data, files, starts, ends, a, b, signature, digest, n_tokens, *scratch)

    each(work, _pieces(texts), lambda: (*_scratch(), np.empty(_CHUNK_BYTES + 8, np.uint32), np.empty(_SEEN, np.uint32)))
    return signature, digest, n_tokens


def shingle_sets(texts: pl.Series, sets: Array, free: int, sizes: Array) -> Array:
    """Write the shingle set of each text to sets[free:], return their places (n,); sizes[i] is the room when called, then the size."""
    shingling = machine_code.load("assets.code.shingling")
    places = np.empty(len(texts), np.int64)

    def laid_out() -> Iterator[tuple[Array, Array, Array, Array]]:
        behind = free
        for data, files, starts, ends in _pieces(texts):
            places[files[0]], behind = behind, behind + sizes[files].sum()
            yield data, files, starts, ends

    def work(data: Array, files: Array, starts: Array, ends: Array, *scratch: Array) -> None:
        shingling.shingle_sets(data, files, starts, ends, sets, places, sizes, *scratch)

    each(work, laid_out(), lambda: (hash_table(sizes), *_scratch()))
    return places


def hash_table(sizes: Array) -> Array:
    """Return the room for a hash table of the largest of `sizes`, at most a quarter full."""
    return np.empty(max(4, 8 * int(sizes.max(initial=0))), np.uint64)


def _scratch() -> tuple[Array, Array]:
    """Return what the kernels use for a chunk: three flags of each byte and of a block behind, hashes of tokens, four carried over."""
    return np.empty((3, _CHUNK_BYTES + 64), np.uint8), np.empty(_CHUNK_BYTES + 4, np.uint64)


def each(work: Callable[..., object], pieces: Iterable[tuple[Any, ...]], scratch: Callable[[], tuple[Array, ...]] = tuple) -> None:
    """Call work(*piece, *scratch()) for each of `pieces`, in as many threads as polars may use in this process.

    Each thread makes its scratch once: fresh memory for each piece costs as much as many a piece.
    """
    own = threading.local()

    def run(*piece: Any) -> None:
        own.scratch = own.scratch if hasattr(own, "scratch") else scratch()
        work(*piece, *own.scratch)

    with ThreadPoolExecutor(min(pl.thread_pool_size(), os.cpu_count() or 1)) as threads:
        for done in [threads.submit(run, *piece) for piece in pieces]:
            done.result()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`, none of which is None: the next is made in a thread while one is worked on."""
    rest = iter(items)
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, rest, None)
        while (item := following.result()) is not None:
            following = thread.submit(next, rest, None)
            yield item


def _pieces(texts: pl.Series) -> Iterator[tuple[Array, Array, Array, Array]]:
    """Yield (bytes, numbers of texts, starts, ends): the texts that stand in one buffer, some megabytes at a time.

    Arrow's string views are four 32-bit numbers: length, the first bytes, number of the buffer, offset; or length and the bytes.
    """
    if not len(texts):
        return
    strings = texts.to_arrow(compat_level=pl.CompatLevel.newest())
    _, raw, *buffers = strings.buffers()
    views = np.frombuffer(raw, np.uint8)
    fields = np.frombuffer(raw, np.int32).reshape(-1, 4)[strings.offset : strings.offset + len(strings)]
    length = fields[:, 0].astype(np.int64)
    inline = length <= _INLINE_BYTES
    buffer = np.where(inline, -1, fields[:, 2])
    starts = np.where(inline, 16 * (strings.offset + np.arange(len(strings))) + 4, fields[:, 3])
    ends = starts + length
    order = np.argsort(buffer, kind="stable")
    for files in np.split(order, np.flatnonzero(np.diff(buffer[order])) + 1):
        number = buffer[files[0]]
        data = views if number < 0 else np.frombuffer(buffers[number], np.uint8)
        cuts = np.flatnonzero(np.diff(np.cumsum(length[files]) // _TASK_BYTES)) + 1
        for piece in np.split(files, cuts):
            yield data, piece, starts, ends

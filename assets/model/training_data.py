"""Which examples a training sees, in which order, and how long each may be."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

WINDOW_BATCHES = 8  # sorted by length together: less padding, while batches stay mixed


def read_split(files: Sequence[Path], split: str, max_tokens: int) -> pl.DataFrame:
    """Return `id, messages, weight, n_tokens` of a split, by id whatever the shards, without the rows that do not fit.

    A row fits when its prompt leaves room for some of the answer in `max_tokens`. Raises ValueError when no row does.
    """
    rows = (
        pl.scan_parquet([str(file) for file in files])
        .filter(pl.col("split") == split, pl.col("n_tokens") - pl.col("n_answer_tokens") < max_tokens)
        .select("id", "messages", "weight", "n_tokens")
        .collect()
        .sort("id")
    )
    if rows.is_empty():
        raise ValueError(f"chatml_splits has no {split} example whose prompt is shorter than {max_tokens} tokens")
    return rows


def order(weights: Sequence[float], lengths: Sequence[int], n_examples: int, batch_size: int, seed: int) -> list[int]:
    """Return `n_examples` indices, batch after batch: the whole training, fixed by its seed before it starts.

    That makes resuming a matter of counting. An example of twice the mean weight comes up twice an epoch on average.
    """
    generator = np.random.default_rng(seed)
    drawn: list[int] = []
    while len(drawn) < n_examples:
        drawn.extend(_epoch(np.asarray(weights, dtype=np.float64), generator))
    window = WINDOW_BATCHES * batch_size
    ordered: list[int] = []
    for start in range(0, n_examples, window):
        ordered.extend(_bucket(drawn[start : min(start + window, n_examples)], lengths, batch_size, generator))
    return ordered


def _epoch(weights: np.ndarray, generator: np.random.Generator) -> list[int]:
    # Rounded up with the probability of the fraction: equal weights give each example exactly once.
    expected = weights / weights.mean()
    counts = np.floor(expected + 1e-9 + generator.random(weights.size) * (expected % 1 > 1e-9)).astype(np.int64)
    indices = np.repeat(np.arange(weights.size), counts)
    return generator.permutation(indices).tolist()


def _bucket(indices: Sequence[int], lengths: Sequence[int], batch_size: int, generator: np.random.Generator) -> list[int]:
    by_length = sorted(indices, key=lambda index: (lengths[index], index))
    batches = [by_length[start : start + batch_size] for start in range(0, len(by_length), batch_size)]
    # A short last batch stays last: the trainer cuts the order every batch_size.
    full = [batch for batch in batches if len(batch) == batch_size]
    shuffled = [full[position] for position in generator.permutation(len(full))]
    return [index for batch in [*shuffled, *batches[len(full) :]] for index in batch]

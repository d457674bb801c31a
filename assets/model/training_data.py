"""Which examples a training sees, in which order, and how long each may be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assets.corpus.template.rendering import Form
from assets.model import chat_template

WINDOW_BATCHES = 8  # sorted by length together: less padding, while batches stay mixed


def read_split(files: Sequence[Path], split: str, max_tokens: int) -> pl.DataFrame:
    """Return `id, messages, tools, weight, n_tokens` of a split, by id whatever the shards, without the rows that do not fit.

    A row fits when its prompts leave room for some of its answers in `max_tokens`. Raises ValueError when no row does.
    """
    rows = (
        pl.scan_parquet([str(file) for file in files])
        .filter(pl.col("split") == split, pl.col("n_tokens") - pl.col("n_answer_tokens") < max_tokens, pl.col("n_answer_tokens") > 0)
        .select("id", "messages", "tools", "weight", "n_tokens")
        .collect()
        .sort("id")
    )
    if rows.is_empty():
        raise ValueError(f"chatml_splits has no {split} example whose prompt is shorter than {max_tokens} tokens")
    return rows


def n_examples(files: Sequence[Path], split: str) -> int:
    """Return how many rows a split has, whatever their length."""
    return int(pl.scan_parquet([str(file) for file in files]).filter(pl.col("split") == split).select(pl.len()).collect().item())


def whole(rows: pl.DataFrame, split: str, max_tokens: int) -> pl.DataFrame:
    """Return the rows of `read_split` that `max_tokens` hold whole. Raises ValueError when there is none."""
    fitting = rows.filter(pl.col("n_tokens") <= max_tokens)
    if fitting.is_empty():
        raise ValueError(f"chatml_splits has no {split} example of at most {max_tokens} tokens")
    return fitting


def encoded(rows: pl.DataFrame, tokenizer: Any, form: Form, max_tokens: int) -> list[tuple[list[int], list[int]]]:
    """Return token ids and labels of each row (see `chat_template.encode`)."""
    chats = zip(rows["messages"].to_list(), rows["tools"].to_list(), strict=True)
    return [chat_template.encode(tokenizer, form, messages, tools, max_tokens) for messages, tools in chats]


def trainable(rows: pl.DataFrame, tokenizer: Any, form: Form, max_tokens: int) -> pl.DataFrame:
    """Return `rows` without those that have no whole answer in `max_tokens`. Raises ValueError when none is left."""
    long = rows.filter(pl.col("n_tokens") > max_tokens)
    lost = [row for row, (ids, _) in zip(long["id"], encoded(long, tokenizer, form, max_tokens), strict=True) if not ids]
    left = rows.filter(~pl.col("id").is_in(lost))
    if left.is_empty():
        raise ValueError(f"chatml_splits has no train example with a whole answer in {max_tokens} tokens")
    return left


def dataset(rows: pl.DataFrame, tokenizer: Any, form: Form, max_tokens: int, order: Sequence[int] | None = None) -> Any:
    """Return the trainer's dataset of `rows`, or of those at the indices `order`, each encoded once."""
    from datasets import Dataset

    used = sorted(set(order)) if order is not None else range(rows.height)
    known = encoded(rows[list(used)], tokenizer, form, max_tokens)
    columns = {"input_ids": [ids for ids, _ in known], "labels": [labels for _, labels in known]}
    place = {index: position for position, index in enumerate(used)}
    made = Dataset.from_dict(columns)
    return made if order is None else made.select([place[index] for index in order])


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

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model.training_data import order, read_split


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(5, 300), min_size=1, max_size=40), st.integers(1, 5), st.integers(1, 60))
def test_equal_weights_show_every_example_equally_often(lengths: list[int], batch_size: int, n_examples: int) -> None:
    drawn = order([0.7] * len(lengths), lengths, n_examples, batch_size, seed=3)
    counts = Counter(drawn)
    assert len(drawn) == n_examples
    assert max(counts[index] for index in range(len(lengths))) - min(counts[index] for index in range(len(lengths))) <= 1
    assert drawn == order([0.7] * len(lengths), lengths, n_examples, batch_size, seed=3)


def test_weight_is_a_frequency() -> None:
    counts = Counter(order([1.0, 3.0, 0.5], [10, 10, 10], 30_000, 4, seed=0))
    assert counts[1] / counts[0] == pytest.approx(3, rel=0.05)
    assert counts[2] / counts[0] == pytest.approx(0.5, rel=0.05)


def test_batches_hold_like_lengths() -> None:
    lengths = [(index * 37) % 101 for index in range(64)]
    drawn = order([1.0] * 64, lengths, 64, 4, seed=0)
    padding = sum(4 * max(lengths[i] for i in drawn[s : s + 4]) for s in range(0, 64, 4)) - sum(lengths)
    unsorted = sum(4 * max(lengths[s : s + 4]) for s in range(0, 64, 4)) - sum(lengths)
    assert padding < unsorted / 3


def test_rows_do_not_depend_on_shards(splits_file: Path, tmp_path: Path) -> None:
    rows = pl.read_parquet(splits_file)
    parts = [tmp_path / "b.parquet", tmp_path / "a.parquet"]
    rows[30:].write_parquet(parts[0])
    rows[:30].write_parquet(parts[1])
    assert read_split(parts, "train", 100).equals(read_split([splits_file], "train", 100))


def test_empty_split_is_named(splits_file: Path) -> None:
    with pytest.raises(ValueError, match="no validation example whose prompt is shorter than 10"):
        read_split([splits_file], "validation", 10)

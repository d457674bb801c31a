from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.template.rendering import Form
from assets.model.training_data import dataset, order, read_split, trainable, whole


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


def chats(rows: dict[str, list[tuple[str, str]]], n_tokens: int) -> pl.DataFrame:
    messages = [[{"role": role, "content": text} for role, text in chat] for chat in rows.values()]
    return pl.DataFrame({"id": list(rows), "messages": messages, "tools": "[]", "n_tokens": n_tokens})


def test_chat_without_a_whole_answer_is_left_out(tokenizer: Any, form: Form) -> None:
    long = "word " * 200
    rows = chats(
        {
            "cut": [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", long)],
            "lost": [("user", "a"), ("assistant", long)],
            "whole": [("user", "a"), ("assistant", "b"), ("user", long)],
        },
        n_tokens=300,
    )
    kept = trainable(rows, tokenizer, form, 100)
    assert kept["id"].to_list() == ["cut", "whole"]
    made = dataset(kept, tokenizer, form, 100, order=[1, 0, 1])
    assert [tokenizer.decode([label for label in row if label >= 0]) for row in made["labels"]] == ["b<|im_end|>"] * 3
    with pytest.raises(ValueError, match="whole answer in 100 tokens"):
        trainable(rows.filter(pl.col("id") == "lost"), tokenizer, form, 100)
    assert trainable(rows.with_columns(n_tokens=100), tokenizer, form, 100).height == 3


def test_validation_is_on_whole_chats() -> None:
    rows = pl.DataFrame({"id": ["a", "b"], "n_tokens": [100, 101]})
    assert whole(rows, "validation", 100)["id"].to_list() == ["a"]
    with pytest.raises(ValueError, match="no validation example of at most 99 tokens"):
        whole(rows, "validation", 99)

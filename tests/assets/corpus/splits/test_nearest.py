import random

import numpy as np
import polars as pl
import pytest

from assets.corpus.splits import nearest


def jaccard(one: list[int], other: list[int]) -> float:
    return len(set(one) & set(other)) / max(1, len(set(one) | set(other)))


def column(sets: list[list[int]]) -> nearest.Sets:
    return nearest.sets_of(pl.Series(sets, dtype=pl.List(pl.UInt64)))


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_no_pair_is_missed_and_the_most_alike_is_found(threshold: float) -> None:
    chosen = random.Random(threshold)
    sets = [sorted(chosen.sample(range(40), chosen.randint(0, 14))) for _ in range(160)]
    sets += [sorted({*sets[at], 99}) for at in range(40)]
    held_out, others = np.arange(100), np.arange(100, 200)
    found, scores = nearest.closest(column(sets), held_out, others, threshold)
    for other, row, score in zip(others, found, scores, strict=True):
        best = max(jaccard(sets[other], sets[one]) for one in held_out)
        assert score == (best if best >= threshold else 0) and (row < 0 if best < threshold else jaccard(sets[row], sets[other]) == best)


def test_families_of_copies_do_not_take_forever() -> None:
    sets = [list(range(50)) for _ in range(20_000)]
    found, scores = nearest.closest(column(sets), np.arange(10_000), np.arange(10_000, 20_000), 0.7)
    assert set(scores) == {1.0} and found.max() < 10_000


def test_nothing_is_like_nothing() -> None:
    nothing, some = column([]), column([[], [1, 2], []])
    assert [list(part) for part in nearest.closest(nothing, np.arange(0), np.arange(0), 0.7)] == [[], []]
    assert nearest.closest(some, np.arange(0), np.arange(3), 0.7)[0].tolist() == [-1, -1, -1]
    assert nearest.closest(some, np.array([0, 1]), np.array([2]), 0.7)[0].tolist() == [-1], "empty sets are told by their content"
    parts = pl.concat([pl.Series([[1, 2]], dtype=pl.List(pl.UInt64)), pl.Series([[], [1, 2]], dtype=pl.List(pl.UInt64))], rechunk=False)
    assert nearest.closest(nearest.sets_of(parts), np.array([0]), np.array([1, 2]), 0.7)[0].tolist() == [-1, 0]

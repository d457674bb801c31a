"""How sure a difference is: percentile bootstrap intervals.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval); Koehn, Statistical
Significance Tests for Machine Translation Evaluation, EMNLP 2004 (paired: both systems are resampled on the same examples).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BLOCK_VALUES = 4_000_000  # drawn at once: 32 MB of indices


class Interval(NamedTuple):
    """A mean over `n` examples and its interval."""

    mean: float
    low: float
    high: float
    n: int


class PairedInterval(NamedTuple):
    """Means of base and tuned on the same `n` examples, and the interval of tuned minus base."""

    base: float
    tuned: float
    difference: float
    low: float
    high: float
    n: int


def mean_interval(values: Sequence[float], *, seed: int = 0, resamples: int = 10_000, confidence: float = 0.95) -> Interval:
    """Return the mean of `values` with its percentile bootstrap interval; raise ValueError without a value."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError("a bootstrap needs at least one value, and finite ones")
    means = _resampled_means(array, seed, resamples)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(array.mean()), float(low), float(high), array.size)


def paired(
    base: Sequence[float], tuned: Sequence[float], *, seed: int = 0, resamples: int = 10_000, confidence: float = 0.95
) -> PairedInterval:
    """Return the mean difference tuned - base of paired scores with its interval; raise ValueError when lengths differ."""
    if len(base) != len(tuned):
        raise ValueError(f"scores are not paired: {len(base)} of base, {len(tuned)} of tuned")
    first, second = np.asarray(base, dtype=np.float64), np.asarray(tuned, dtype=np.float64)
    difference = mean_interval((second - first).tolist(), seed=seed, resamples=resamples, confidence=confidence)
    return PairedInterval(float(first.mean()), float(second.mean()), *difference)


def _resampled_means(values: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    block = max(1, BLOCK_VALUES // values.size)
    parts = [
        values[generator.integers(0, values.size, size=(min(block, resamples - done), values.size))].mean(axis=1)
        for done in range(0, resamples, block)
    ]
    return np.concatenate(parts)

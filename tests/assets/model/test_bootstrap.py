import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model.bootstrap import mean_interval, paired

scores = st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=30)


@settings(deadline=None, max_examples=30)
@given(scores)
def test_interval_holds_the_difference_and_turns_with_its_sign(pairs: list[tuple[float, float]]) -> None:
    base, tuned = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    result = paired(base, tuned, resamples=500)
    differences = [second - first for first, second in pairs]
    assert min(differences) - 1e-9 <= result.low <= result.high <= max(differences) + 1e-9
    assert result.difference == pytest.approx(result.tuned - result.base, abs=1e-9)
    mirrored = paired(tuned, base, resamples=500)
    assert (mirrored.low, mirrored.high) == pytest.approx((-result.high, -result.low))


def test_interval_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(1).normal(0.3, 0.1, 400)
    result = mean_interval(values.tolist())
    half = 1.96 * values.std() / 20
    assert (result.low, result.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=1e-3)


def test_pairing_is_used() -> None:
    """Scores vary far more than differences: an unpaired interval would hold 0."""
    base = np.linspace(0, 0.9, 40)
    assert paired(base.tolist(), (base + 0.05).tolist()).low > 0.04


def test_same_seed_same_interval_across_blocks() -> None:
    values = np.random.default_rng(2).random(3_000).tolist()
    assert mean_interval(values, seed=5) == mean_interval(values, seed=5) != mean_interval(values, seed=6)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="not paired"):
        paired([0.1], [0.1, 0.2])
    with pytest.raises(ValueError, match="at least one"):
        paired([], [])
    with pytest.raises(ValueError, match="finite"):
        mean_interval([float("nan")])

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.candidates import Candidates, bands, distinct, least_agreement

THRESHOLD, WIDTH = 0.5, 16


@pytest.mark.parametrize("permutations", [16, 128, 256])
@pytest.mark.parametrize("weight", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.85, 1.0])
def test_bands_are_those_of_datasketch(threshold: float, weight: float, permutations: int) -> None:
    from datasketch.lsh import _optimal_param

    assert bands(threshold, permutations, weight) == _optimal_param(threshold, permutations, 1 - weight, weight)


def test_published_parameters() -> None:
    assert bands(0.7, 128, 0.99) == (25, 5)
    assert least_agreement(0.7, 128) == 74


def signatures(seed: int, count: int, kinds: int) -> np.ndarray:
    """Rows that agree in whole bands, in single values, or not at all: values are drawn from few, so that buckets are crowded."""
    random = np.random.default_rng(seed)
    originals = random.integers(0, 2**32, (kinds, WIDTH), dtype=np.uint32)
    rows = originals[random.integers(0, kinds, count)]
    changed = random.random((count, WIDTH)) < random.choice([0.0, 0.1, 0.4], (count, 1))
    return np.where(changed, random.integers(0, 2**32, (count, WIDTH), dtype=np.uint32), rows)


def by_definition(candidates: Candidates) -> set[tuple[int, int]]:
    signature, b, r = candidates.signature, candidates.bands, candidates.rows
    equal = signature[:, None, :] == signature[None, :, :]
    in_band = np.stack([equal[:, :, band * r : (band + 1) * r].all(axis=2) for band in range(b)]).any(axis=0)
    alike = in_band & (equal.sum(axis=2) >= candidates.least)
    return {(int(one), int(other)) for one, other in zip(*np.nonzero(np.triu(alike, 1)), strict=True)}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 8))
def test_between_yields_the_candidates_of_the_definition(seed: int, count: int, kinds: int) -> None:
    candidates = Candidates(signatures(seed, count, kinds), THRESHOLD, 0.9)
    expected = by_definition(candidates)
    component = np.arange(count)
    assert {(one, other) for pairs in candidates.between(component) for one, other in pairs.tolist()} == expected
    component = np.random.default_rng(seed).integers(0, 3, count)
    found = {(one, other) for pairs in candidates.between(component) for one, other in pairs.tolist()}
    assert found == {(one, other) for one, other in expected if component[one] != component[other]}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 8))
def test_the_forest_has_candidates_and_no_circle(seed: int, count: int, kinds: int) -> None:
    candidates = Candidates(signatures(seed, count, kinds), THRESHOLD, 0.9)
    forest = candidates.forest()
    assert {(one, other) for one, other in forest.tolist()} <= by_definition(candidates)
    parent = list(range(count))
    for one, other in forest.tolist():
        assert parent[one] != parent[other]
        parent = [parent[one] if root == parent[other] else root for root in parent]
    agreement = candidates.agreement(forest)
    assert (np.diff(agreement) <= 0).all()


def test_a_crowded_bucket_is_yielded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = np.random.default_rng(1).integers(0, 2**32, (1, WIDTH), dtype=np.uint32).repeat(70, axis=0)
    monkeypatch.setattr("assets.code.candidates._BATCH_PAIRS", 100)
    candidates = Candidates(signature, THRESHOLD, 0.9)
    parts = list(candidates.between(np.arange(70)))
    assert len(parts) > 20
    assert len(distinct(np.concatenate(parts), 70)) == 70 * 69 // 2


def test_united_meanwhile() -> None:
    signature = np.random.default_rng(1).integers(0, 2**32, (1, WIDTH), dtype=np.uint32).repeat(70, axis=0)
    assert len(Candidates(signature, THRESHOLD, 0.9).forest()) == 69
    assert not sum(len(pairs) for pairs in Candidates(signature, THRESHOLD, 0.9).between(np.zeros(70, np.int64)))

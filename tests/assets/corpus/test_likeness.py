import random

import polars as pl
import pytest

from assets.corpus.likeness import pairs


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_prefix_filter_misses_no_pair(threshold):
    chosen = random.Random(threshold)
    sets = [sorted(chosen.sample(range(40), chosen.randint(1, 14))) for _ in range(160)]
    sets += [sorted(set(sets[at]) | {99}) for at in range(40)]
    frame = pl.DataFrame({"id": [str(at) for at in range(200)], "shingles": sets}, schema={"id": pl.String, "shingles": pl.List(pl.UInt64)})
    left, right = frame[:100], frame[100:]

    def jaccard(a: int, b: int) -> float:
        return len(set(sets[a]) & set(sets[b])) / len(set(sets[a]) | set(sets[b]))

    expected = {(str(a), str(b)) for a in range(100) for b in range(100, 200) if jaccard(a, b) >= threshold}
    found = pairs(left, right, threshold)
    assert set(found.select("held_out", "other").iter_rows()) == expected and found.height == len(expected)

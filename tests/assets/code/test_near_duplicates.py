import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assets.code import signing
from assets.code.candidates import Candidates
from assets.code.near_duplicates import PAIRS, Verification, components

THRESHOLD = 0.7
NOTHING = pl.DataFrame(schema=PAIRS)


class Corpus:
    """Texts with keys and signatures, and a reader that counts what it hands out."""

    def __init__(self, texts: Sequence[str], frame_rows: int = 3) -> None:
        keys = [f"{number:04d}" for number in range(len(texts))]
        self.texts = pl.DataFrame({"id": keys, "content": list(texts)}, schema={"id": pl.String, "content": pl.String})
        self.signature, _, n_tokens = signing.signatures(self.texts["content"], 128, 1)
        self.nodes = self.texts.select("id", key="id").with_columns(n_shingles=pl.Series(np.maximum(0, n_tokens - 4)))
        self.frame_rows, self.read_rows = frame_rows, 0

    def read(self, ids: Sequence[str]) -> Iterator[pl.DataFrame]:
        wanted = self.texts.filter(pl.col("id").is_in(list(ids)))
        self.read_rows += wanted.height
        for start in range(0, wanted.height, self.frame_rows):
            yield wanted[start : start + self.frame_rows]

    def verification(self, known: pl.DataFrame = NOTHING, max_bytes: int = 1_000_000) -> Verification:
        return Verification(self.nodes, self.read, known, max_bytes)

    def components(self, verification: Verification) -> list[int]:
        candidates = Candidates(self.signature, THRESHOLD, 0.99)
        return list(components(candidates, verification, np.arange(len(self.signature)), THRESHOLD))


def shingles(text: str) -> set[tuple[str, ...]]:
    found = re.findall(r"[A-Za-z0-9_\x80-\U0010ffff]+|[^ \t\n\r\f\v]", text)
    return set(zip(*(found[start:] for start in range(5)), strict=False))


def by_definition(texts: Sequence[str]) -> np.ndarray:
    """Label each text by its component, from all pairs: intersections are one sparse product."""
    sets = [shingles(text) for text in texts]
    numbers: dict[tuple[str, ...], int] = {}
    columns = [numbers.setdefault(shingle, len(numbers)) for found in sets for shingle in sorted(found)]
    ends = np.cumsum([0, *map(len, sets)])
    matrix = csr_array((np.ones(len(columns), np.int32), columns, ends), shape=(len(sets), max(1, len(numbers))))
    shared = (matrix @ matrix.T).tocoo()
    sizes = np.diff(ends)
    near = shared.data >= THRESHOLD * (sizes[shared.coords[0]] + sizes[shared.coords[1]] - shared.data)
    graph = csr_array((np.ones(near.sum()), (shared.coords[0][near], shared.coords[1][near])), shape=(len(sets), len(sets)))
    return connected_components(graph, directed=False)[1]


def removed(labels: Sequence[int] | np.ndarray) -> set[int]:
    first: dict[int, int] = {}
    return {index for index, label in enumerate(labels) if first.setdefault(int(label), index) != index}


@st.composite
def families(draw: st.DrawFn) -> list[str]:
    """Texts of 60 to 90 words, most of them another one with some words changed at one place."""
    texts: list[list[str]] = []
    for number in range(draw(st.integers(0, 14))):
        if texts and draw(st.booleans()):
            words = list(draw(st.sampled_from(texts)))
            start, count = draw(st.integers(0, 50)), draw(st.integers(0, 12))
            words[start : start + count] = [f"new{number}_{index}" for index in range(count)]
        else:
            words = [f"w{number}_{index}" for index in range(draw(st.integers(60, 90)))]
        texts.append(words)
    return [" ".join(words) for words in texts]


@settings(deadline=None, max_examples=60)
@given(families())
def test_clusters_are_those_of_all_pairs(texts: list[str]) -> None:
    corpus = Corpus(texts)
    verification = corpus.verification()
    found = corpus.components(verification)
    for one, other, jaccard in verification.pairs().iter_rows():
        first, second = shingles(texts[int(one)]), shingles(texts[int(other)])
        assert jaccard == len(first & second) / len(first | second)
    labels = by_definition(texts)
    for index, component in enumerate(found):  # never more than the truth; the rare miss of a pair at the threshold is measured below
        assert labels[component] == labels[index]


@settings(deadline=None, max_examples=40)
@given(families(), st.integers(0, 14))
def test_what_is_known_changes_nothing_but_the_work(texts: list[str], count: int) -> None:
    corpus = Corpus(texts)
    whole = corpus.verification()
    expected = corpus.components(whole)
    again = corpus.verification(whole.pairs())
    corpus.read_rows = 0
    assert corpus.components(again) == expected
    assert again.pairs().equals(whole.pairs())
    assert corpus.read_rows == 0
    part = Corpus(texts[:count])
    earlier = part.verification()
    part.components(earlier)
    later = corpus.verification(earlier.pairs())
    assert corpus.components(later) == expected
    assert later.pairs().equals(whole.pairs())


@settings(deadline=None, max_examples=40)
@given(families())
def test_little_memory_changes_nothing_but_the_work(texts: list[str]) -> None:
    corpus = Corpus(texts)
    whole, tight = corpus.verification(), corpus.verification(max_bytes=1)
    assert corpus.components(tight) == corpus.components(whole)
    assert tight.pairs().equals(whole.pairs())
    assert len(tight.sets) <= 2 * max([*corpus.nodes["n_shingles"], 0])


def test_a_giant_cluster_is_cheap() -> None:
    words = [f"w{index}" for index in range(100)]
    texts = [" ".join([*words[:50], f"x{number}", *words[50:]]) for number in range(600)]
    corpus = Corpus(texts)
    verification = corpus.verification()
    assert set(corpus.components(verification)) == {0}
    assert verification.pairs().height < 2 * len(texts)


def test_a_chain_is_one_cluster() -> None:
    words = [f"w{index}" for index in range(400)]
    texts = [" ".join(words[start : start + 100]) for start in range(0, 300, 10)]
    corpus = Corpus(texts)
    verification = corpus.verification()
    assert set(corpus.components(verification)) == {0}
    assert verification.jaccard(np.array([[0, 29], [29, 29]])).tolist() == [0.0, 1.0]


def test_a_text_that_cannot_be_read() -> None:
    corpus = Corpus(["a " * 30 + "b", "a " * 30 + "b c"])
    verification = Verification(corpus.nodes, lambda ids: [corpus.texts[:1]], NOTHING, 1_000_000)
    with pytest.raises(ValueError, match="the contents of 1 of 2 files could not be read"):
        verification.jaccard(np.array([[0, 1]]))


def test_nothing() -> None:
    corpus = Corpus([])
    verification = corpus.verification()
    assert corpus.components(verification) == []
    assert verification.pairs().schema == pl.Schema(PAIRS)


def test_recall_and_precision_on_real_code() -> None:
    """pip carries older or newer copies of packages that are installed beside it: real near-duplicates, of all degrees."""
    pip = pytest.importorskip("pip")
    site = Path(pip.__file__).parent.parent
    twins = ["idna", "requests", "urllib3", "certifi", "packaging", "platformdirs", "rich", "pyparsing", "tenacity", "msgpack"]
    folders = [folder for name in twins for folder in (site / "pip" / "_vendor" / name, site / name) if folder.is_dir()]
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.rglob("*.py"))]
    texts = [text for text in dict.fromkeys(texts) if len(shingles(text)) > 16]
    corpus = Corpus(texts, frame_rows=50)
    found, truth = removed(corpus.components(corpus.verification(max_bytes=64_000_000))), removed(by_definition(texts))
    assert len(texts) > 200
    assert len(truth) > 40
    assert len(found & truth) >= 0.999 * len(truth)
    assert found <= truth

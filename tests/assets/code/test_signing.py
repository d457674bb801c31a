import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import signing

TOKEN = re.compile(rb"[A-Za-z0-9_\x80-\xff]+|[^ \t\n\r\f\v]")
WORDS = st.sampled_from(
    ["a", "_b1", "été", "变量", "longer_than_eight_bytes", "x" * 5000, "(", "):", "->", "+=", " ", "\n\t ", "\x00", "  "]
)
TEXTS = st.lists(st.lists(WORDS, max_size=60).map("".join) | st.text(max_size=40), max_size=6)


def tokens(text: str) -> list[bytes]:
    return TOKEN.findall(text.encode())


def shingles(text: str) -> set[tuple[bytes, ...]]:
    found = tokens(text)
    return {tuple(found[index : index + 5]) for index in range(len(found) - 4)}


def sets_of(texts: list[str]) -> list[np.ndarray]:
    sizes = np.array([max(0, len(tokens(text)) - 4) for text in texts], np.int64)
    sets = np.zeros(sizes.sum(), np.uint64)
    places = signing.shingle_sets(pl.Series(texts, dtype=pl.String), sets, 0, sizes)
    return [sets[place : place + size] for place, size in zip(places, sizes, strict=True)]


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_tokens_and_shingles_are_those_of_the_definition(texts: list[str]) -> None:
    _, digest, n_tokens = signing.signatures(pl.Series(texts, dtype=pl.String), 16, 1)
    assert n_tokens.tolist() == [len(tokens(text)) for text in texts]
    hashes: dict[bytes, tuple[int, ...]] = {}
    for text, row in zip(texts, digest.tolist(), strict=True):  # one digest for each sequence of tokens, and the other way round
        assert hashes.setdefault(b"\n".join(tokens(text)), tuple(row)) == tuple(row)
    assert len(set(hashes.values())) == len(hashes)
    for text, found in zip(texts, sets_of(texts), strict=True):
        assert len(set(found.tolist())) == len(found) == len(shingles(text))


@settings(deadline=None, max_examples=40)
@given(TEXTS.filter(lambda texts: len(texts) > 1))
def test_jaccard_is_that_of_sets(texts: list[str]) -> None:
    sets = sets_of(texts)
    sizes = np.array([len(found) for found in sets], np.int64)
    places = np.cumsum(sizes) - sizes
    left, right = (side.copy() for side in np.triu_indices(len(texts)))
    shared = np.zeros(len(left), np.int64)
    kernels = machine_code.load("assets.code.linking")
    kernels.jaccards(np.concatenate(sets), places, sizes, left, right, shared, signing.hash_table(sizes))
    expected = [len(shingles(texts[one]) & shingles(texts[other])) for one, other in zip(left, right, strict=True)]
    assert shared.tolist() == expected


def test_signatures_are_those_of_datasketch() -> None:
    from datasketch import MinHash

    texts = ["def f(a, b):\n    return a + b\n" * 3, "int main() { return 0; }", "x = 1; " * 4000 + "y", "z " * 30]
    signature, _, _ = signing.signatures(pl.Series(texts), 128, 7)
    for row, found in zip(signature, sets_of(texts), strict=True):
        oracle = MinHash(128, seed=7, hashfunc=int)
        oracle.update_batch([int(value) >> 32 for value in found])
        assert np.array_equal(row, oracle.hashvalues)


def test_estimates_are_near_the_jaccard_index() -> None:
    pairs = 200
    texts = [" ".join(f"w{pair}_{index}" for index in range(start, start + 104)) for pair in range(pairs) for start in (0, 25)]
    signature, _, _ = signing.signatures(pl.Series(texts), 128, 1)
    agreeing = np.zeros(pairs, np.int64)
    machine_code.load("assets.code.linking").agreements(signature, np.arange(0, 2 * pairs, 2), np.arange(1, 2 * pairs, 2), agreeing)
    deviation = (0.6 * 0.4 / 128) ** 0.5  # 75 of 125 shingles are shared
    assert abs(agreeing.mean() / 128 - 0.6) < 4 * deviation / pairs**0.5
    assert 0.8 < agreeing.std() / 128 / deviation < 1.25


@pytest.mark.parametrize("length", [4095, 4096, 4097, 8191, 8192, 12_288, 12_289])
def test_where_a_file_is_cut_does_not_matter(length: int) -> None:
    for text in ("a" * length, "+" * length, ("ab " * length)[:length], "x" + " " * (length - 2) + "y", "é" * (length // 2)):
        _, _, n_tokens = signing.signatures(pl.Series([text + " b c d e f"]), 16, 1)
        assert n_tokens.tolist() == [len(tokens(text)) + 5]
        assert len(sets_of([text + " b c d e f"])[0]) == len(shingles(text + " b c d e f"))


def test_where_texts_stand_in_memory_does_not_matter() -> None:
    texts = pl.Series([("short" if index % 3 else f"a much longer text {index} ") * (index % 40) for index in range(500)])
    whole = signing.signatures(texts, 16, 1)
    for other in (
        pl.concat([texts[:7], texts[7:]], rechunk=False),
        pl.concat([pl.Series(["x"]), texts])[1:],
        texts.cast(pl.Binary).cast(pl.String),
    ):
        assert all(np.array_equal(one, two) for one, two in zip(whole, signing.signatures(other, 16, 1), strict=True))


def test_a_text_that_grew_meanwhile_stays_in_its_room() -> None:
    sets, sizes = np.zeros(10, np.uint64), np.array([3], np.int64)
    places = signing.shingle_sets(pl.Series(["a b c d e f g h i j k l m n"]), sets, 2, sizes)
    assert places.tolist() == [2]
    assert sizes.tolist() == [3]
    assert np.flatnonzero(sets).tolist() == [2, 3, 4]


def test_sets_of_files_that_repeat_themselves_leave_no_gaps() -> None:
    texts = pl.Series([f"{name} b c d e " * 50 for name in "pqrs"])
    sets, sizes = np.zeros(4 * 246, np.uint64), np.full(4, 246)
    assert signing.shingle_sets(texts, sets, 0, sizes).tolist() == [0, 5, 10, 15]
    assert sets[:20].all()
    assert len(set(sets[:20].tolist())) == 20
    assert not sets[21:].any()  # one behind the last may have been tried


def test_tokens_may_end_anywhere_in_a_block() -> None:
    texts = [" " * before + "word" * length + " + " + "y" * length for before in range(70) for length in (1, 16, 17)]
    _, digest, n_tokens = signing.signatures(pl.Series(texts), 16, 1)
    assert n_tokens.tolist() == [3] * len(texts)
    assert len({tuple(row) for row in digest.tolist()}) == 3

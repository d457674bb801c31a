import random
from typing import Any

import polars as pl
import pytest

from assets.conversations.canonical import MESSAGE
from assets.corpus.splits import fingerprints, likeness
from assets.corpus.splits.assignment import SplitSettings, assign
from assets.corpus.splits.likeness import LEAKS, SAID, leaks
from tests.assets.corpus.splits.definition import runs, spoken

LIMITS: dict[str, Any] = {"threshold": 0.7, "shingle_words": 5, "equal_answer_words": 12}
NOTHING = dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name"))
RANKS = {"test": 0, "validation": 1, "train": 2}


def splits(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    """Return rows of splits from (split, question, answer)."""
    made = [
        {
            "id": f"{number:03}",
            "split": split,
            "messages": [
                NOTHING | {"role": role, "content": text} for role, text in (("system", "S"), ("user", asked), ("assistant", said))
            ],
        }
        for number, (split, asked, said) in enumerate(rows)
    ]
    return pl.DataFrame(made, schema={"id": pl.String, "split": pl.String, "messages": pl.List(MESSAGE)})


def drawn(count: int, seed: int = 5) -> pl.DataFrame:
    """Rows of a few letters, most of them changed copies of others, in splits at random."""
    draw, found = random.Random(seed), []
    base = [[draw.choice("abcdÉfgh") for _ in range(draw.randint(0, 25))] for _ in range(count // 6)]
    for _ in range(count):
        words = list(draw.choice(base))
        for _ in range(draw.randint(0, 4) if words else 0):
            words[draw.randrange(len(words))] = draw.choice("abcdÉfgh")
        cut = draw.randint(0, len(words))
        found.append((draw.choice(["test", "validation", "train", "train"]), " ".join(words[:cut]), " ".join(words[cut:])))
    return splits(found)


@pytest.mark.parametrize("threshold", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("n_words", [1, 2, 5])
def test_near_duplicates_are_exactly_those_that_brute_force_finds(threshold: float, n_words: int) -> None:
    rows = drawn(150)
    found = leaks(rows, threshold=threshold, shingle_words=n_words, equal_answer_words=3).filter(rule="near_duplicate")
    sets = [runs(spoken(messages), n_words) for messages in rows["messages"].to_list()]
    expected = {}
    for one, first in zip(rows.iter_rows(), sets, strict=True):
        for other, second in zip(rows.iter_rows(), sets, strict=True):
            if RANKS[one[1]] < RANKS[other[1]] and first and second and len(first & second) >= threshold * len(first | second):
                expected[one[0], other[0]] = len(first & second) / len(first | second)
    assert {(one, other): index for one, other, index in found.select("held_out", "other", "jaccard").rows()} == expected
    assert found.height == len(expected) > 8


def test_what_is_equal_is_found_whatever_its_marks() -> None:
    answer = " ".join(f"w{number}" for number in range(12))
    rows = splits([
        ("test", "What? É", "Yes."), ("train", "what -- é!", "YES"),
        ("validation", "Why so", answer), ("train", "And how", answer.upper() + "!"),
        ("train", "Or else", "Yes."), ("test", "!", "."), ("train", "", "…"),
    ])  # fmt: skip
    found = leaks(rows, **LIMITS).select("held_out_split", "held_out", "other", "rule").rows()
    assert found == [
        ("test", "000", "001", "equal_content"), ("test", "000", "001", "near_duplicate"), ("validation", "002", "003", "equal_answer"),
        ("test", "005", "006", "equal_content"),
    ]  # fmt: skip


def test_a_split_by_the_search_holds_and_one_by_random_rows_does_not() -> None:
    chosen, rows = SplitSettings(equal_answer_words=6), drawn(240)
    limits = LIMITS | {"equal_answer_words": 6}
    assert leaks(rows, **limits)["other"].n_unique() > 30, "random rows leak"
    groups = pl.concat_list(pl.format("k:{}", pl.int_range(pl.len())))
    examples = rows.drop("split").with_columns(group_keys=groups, source=pl.lit("s"), language=pl.lit(None, pl.String))
    prints = fingerprints.fingerprint(examples, chosen.shingle_words, [(5, 1)] * rows.height)
    found = assign(prints, chosen)
    assert found.filter(pl.col("reason").str.starts_with("leaks")).height > 10
    kept = rows.drop("split").join(found.drop_nulls("split").select("id", "split"), on="id")
    assert set(kept["split"]) == set(RANKS) and leaks(kept, **limits).is_empty()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = drawn(200)
    expected = leaks(rows, **LIMITS)
    monkeypatch.setattr(likeness, "_BLOCK_CHATS", 7)
    monkeypatch.setattr(likeness, "_BLOCK_RUNS", 50)
    assert leaks(rows, **LIMITS).equals(expected) and expected.height > 10
    monkeypatch.setattr(likeness, "MOST", 3)
    assert 0 < leaks(rows, **LIMITS).filter(rule="near_duplicate").height <= 6


def test_shards_are_read_alone() -> None:
    rows, chosen = drawn(60), SplitSettings(equal_answer_words=3)
    parts = [likeness.what_is_said(part, chosen) for part in (rows[:20], rows[20:], rows[:0])]
    assert all(part.schema == SAID and told.is_empty() for part, told in parts)
    joined = likeness.leaks_among(pl.concat([part for part, _ in parts]), 0.7)
    assert joined.equals(leaks(rows, threshold=0.7, shingle_words=5, equal_answer_words=3))
    assert leaks(rows.clear(), **LIMITS).schema == LEAKS and leaks(rows.clear(), **LIMITS).is_empty()

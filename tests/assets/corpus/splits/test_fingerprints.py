from itertools import combinations
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conversations.canonical import MESSAGE
from assets.corpus.splits import fingerprints
from tests.assets.corpus.splits.definition import runs, spoken

PIECES = [
    "foo",
    "Bar_x",
    "É clair",
    "\ufb01ne",
    "Straße",
    "日本語",
    "don't",
    "1.5",
    "İ",
    "a\u0301b",
    "٣٤",
    "\x1f",
    "_",
    "\x00",
    " ",
    "\n",
    "-",
    "²",
    "🙂",
]
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map(" ".join) | st.text(max_size=30)
MESSAGES = st.lists(
    st.fixed_dictionaries({
        "role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.none() | TEXT,
        "tool_calls": st.none() | TEXT, "tool_call_id": st.none(), "name": st.none(),
    }),
    max_size=4,
)  # fmt: skip


def column(chats: list[Any]) -> pl.Series:
    return pl.Series("messages", chats, dtype=pl.List(MESSAGE))


def classes(keys: list[Any]) -> list[int]:
    """Return for each key the number of the first that equals it."""
    first: dict[Any, int] = {}
    return [first.setdefault(key, len(first)) for key in keys]


@settings(deadline=None, max_examples=60)
@given(st.lists(MESSAGES, min_size=1, max_size=6), st.integers(1, 4))
def test_kernels_see_the_words_that_the_definition_names(chats: list[Any], n_words: int) -> None:
    found = fingerprints.word_sets_of(column(chats), n_words)
    said = [spoken(chat) for chat in chats]
    answers = [spoken(chat, "assistant") for chat in chats]
    assert found["n_answer_words"].to_list() == [len(words) for words in answers]
    assert classes(found["content_key"].to_list()) == classes([tuple(words) for words in said])
    assert classes(found["answer_key"].to_list()) == classes([tuple(words) for words in answers])
    exact = [runs(words, n_words) for words in said]
    sets = [set(hashes) for hashes in found["shingles"].to_list()]
    assert list(map(len, sets)) == list(map(len, exact))
    for (one, first), (other, second) in combinations(zip(exact, sets, strict=True), 2):
        assert len(one & other) == len(first & second)
    assert found["shingles"].list.sort().equals(found["shingles"])


def test_fingerprints_do_not_depend_on_the_shard() -> None:
    chats = column([[{"role": "user", "content": f"Häuser {number} and more of it"}] for number in range(9)])
    whole = fingerprints.word_sets_of(chats, 2)
    assert whole.equals(pl.concat([fingerprints.word_sets_of(part, 2) for part in (chats[:4], chats[4:], chats[:0])]))
    assert whole["shingles"].to_list()[0][:1] == [4760531130159600382], "hashes are kept: another value needs another stage version"

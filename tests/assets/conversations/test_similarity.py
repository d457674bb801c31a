"""Clusters of alike conversations, against a definition that compares every pair."""

import random

import polars as pl
import pytest

from assets.conversations.similarity import CLUSTERS, NARROW, SimilaritySettings, clusters, fingerprint_conversations
from tests.assets.conversations.test_conversion import SETTINGS, asks, raw, to_tool_conversations, user

WORDS = [*"abcdefghijklmnopqrstuvwxyz"]


def narrow(sets: list[set[int]]) -> pl.DataFrame:
    keys = [hash(frozenset(members)) & 0xFFFFFFFF if members else at for at, members in enumerate(sets)]
    rows = [(f"id{at}", keys[at], sorted(members)) for at, members in enumerate(sets)]
    return pl.DataFrame(rows, schema=NARROW, orient="row")


def expected(sets: list[set[int]], threshold: float) -> set[frozenset[int]]:
    groups = [{at} for at in range(len(sets))]
    for one in range(len(sets)):
        for other in range(one):
            union = sets[one] | sets[other]
            if union and len(sets[one] & sets[other]) / len(union) >= threshold and groups[one] is not groups[other]:
                groups[one] |= groups[other]
                for member in groups[other]:
                    groups[member] = groups[one]
    return {frozenset(group) for group in groups}


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_every_pair_and_no_other(threshold: float, seed: int) -> None:
    draw = random.Random(seed)
    templates = [draw.sample(range(60), 20) for _ in range(5)]
    sets = [{member if draw.random() < 0.85 else draw.randrange(60) for member in draw.choice(templates)} for _ in range(80)] + [
        set(),
        set(),
    ]
    prints = narrow(sets)
    settings = SimilaritySettings(threshold=threshold)
    found = clusters(prints, settings)
    groups = found.group_by("cluster_id").agg("id")["id"].to_list()
    assert {frozenset(int(name[2:]) for name in group) for group in groups} == expected(sets, threshold)
    assert clusters(prints.sample(fraction=1, shuffle=True, seed=seed), settings).equals(found)


def test_what_is_said_counts_and_what_the_system_says_does_not() -> None:
    changed = [*WORDS[:-1], "me"]
    texts = [WORDS, changed, list(reversed(WORDS))]
    chats = [{"messages": [{"role": "system", "content": f"S {at} " * 40}, user(" ".join(text))]} for at, text in enumerate(texts)]
    calls = [{"messages": [user("x"), asks({"a": text})]} for text in (" ".join(WORDS), "else " * 20)]
    kept, _ = to_tool_conversations(raw(*chats, *calls), SETTINGS)
    prints, notes = fingerprint_conversations(kept, SimilaritySettings())
    assert prints.schema == NARROW and notes.height == 0 and prints["id"].to_list() == kept["id"].to_list()
    found = dict(clusters(prints, SimilaritySettings()).iter_rows())
    named = [found[name] for name in kept["id"]]
    assert named[0] == named[1] == named[3] and len(set(named)) == 3  # arguments are said too


def test_nothing_in_nothing_out() -> None:
    empty = pl.DataFrame(schema=NARROW)
    assert clusters(empty, SimilaritySettings()).schema == CLUSTERS
    prints, _ = fingerprint_conversations(to_tool_conversations(raw(), SETTINGS)[0], SimilaritySettings())
    assert prints.equals(empty)

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.repeats import DECISIONS, NARROW, RepeatSettings, drop_repeats, narrow, repeats, tokens

SETTINGS = RepeatSettings()
LONG = "Please remove the trailing white space on this line of the file, it makes the change harder to read"
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def frame(*said: tuple[str, str, int], repository: str = "o/n") -> pl.DataFrame:
    """Return comments of (id, body, second)."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [(name, "h", repository, int(name), start + timedelta(seconds=second), body) for name, body, second in said]
    schema = {"id": pl.String, "host": pl.String, "repository": pl.String, "comment_id": pl.Int64, "created_at": NARROW["created_at"]}
    return pl.DataFrame(rows, schema=schema | {"body": pl.String}, orient="row")


def decided(comments: pl.DataFrame, chosen: RepeatSettings = SETTINGS) -> list[tuple[str, str, float]]:
    rows, _ = narrow(comments, chosen)
    assert rows.schema == pl.Schema(NARROW)
    return repeats(rows, chosen).rows()


def test_the_first_is_kept_and_the_nearest_is_the_survivor() -> None:
    other = LONG.replace("line", "row")
    comments = frame(
        ("1", LONG.upper() + "\r\n", 5), ("2", LONG, 1), ("3", other, 2), ("4", LONG + "s", 3), ("5", "Use a set instead of this list", 4)
    )
    assert [(name, survivor) for name, survivor, _ in decided(comments)] == [("1", "2"), ("3", "2"), ("4", "2")]
    assert {name: score for name, _, score in decided(comments)}["1"] == 1.0


def test_short_remarks_are_no_repeats() -> None:
    assert decided(frame(("1", "nit", 1), ("2", "nit", 2), ("3", "Unused import.", 3), ("4", "Unused import.", 4))) == []
    deletions = frame(("1", "Same here\n```suggestion\n```", 1), ("2", "Same here\n```suggestion\n```", 2))
    assert decided(deletions) == [] and len(decided(deletions, RepeatSettings(min_words=1))) == 1


def test_other_code_or_signs_in_a_short_body_are_another_remark() -> None:
    assert decided(frame(("1", "Please use `&&` here instead", 1), ("2", "Please use `||` here instead", 2))) == []
    block = "This should be\n```suggestion\n{}\n```"
    assert decided(frame(("1", block.format("a = one(b)"), 1), ("2", block.format("x += two[y]"), 2))) == []


def test_repositories_are_apart() -> None:
    assert decided(pl.concat([frame(("1", LONG, 1)), frame(("2", LONG, 2), repository="o/m")])) == []


def test_tokens_count_how_often() -> None:
    assert len(tokens("no no No")) == 3 and tokens("ﬁne  X") == tokens("Fine x") and tokens("") == []


def test_the_stage_drops_with_score_and_survivor() -> None:
    comments = frame(("1", LONG, 1), ("2", LONG, 2))
    rows, ledger = narrow(comments, SETTINGS)
    kept, dropped = drop_repeats(comments, SETTINGS, repeats(rows, SETTINGS))
    assert kept.equals(comments.head(1)) and ledger.is_empty()
    assert dropped.rows() == [("2", "repeated_body", "dropped", 1.0, SETTINGS.threshold, "repeats 1")]
    none, empty = drop_repeats(comments.clear(), SETTINGS, pl.DataFrame(schema=DECISIONS))
    assert none.schema == comments.schema and empty.is_empty()
    assert repeats(rows.clear(), SETTINGS).schema == pl.Schema(DECISIONS)


def similarity(one: str, other: str) -> float:
    left, right = Counter(one.split()), Counter(other.split())
    return (left & right).total() / (left | right).total()


def by_hand(said: list[tuple[str, str, int]], threshold: float) -> dict[str, float]:
    kept: list[str] = []
    found = {}
    for name, body, _ in sorted(said, key=lambda row: (row[2], int(row[0]))):
        best = max((similarity(body, other) for other in kept), default=0.0)
        if best >= threshold:
            found[name] = best
        else:
            kept.append(body)
    return found


BODIES = st.lists(st.lists(st.sampled_from(WORDS), min_size=4, max_size=9).map(" ".join), max_size=14)


@given(BODIES, st.sampled_from([0.5, 0.7, 0.85, 1.0]), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_no_pair_is_missed_and_order_does_not_matter(bodies: list[str], threshold: float, seed: int) -> None:
    chosen = RepeatSettings(threshold=threshold)
    said = [(str(number), body, number * 7 % 5) for number, body in enumerate(bodies)]
    found = decided(frame(*said), chosen)
    assert {name: score for name, _, score in found} == by_hand(said, threshold)
    random.Random(seed).shuffle(said)
    assert decided(frame(*said), chosen) == found


def test_templates_by_the_thousand_take_little_time() -> None:
    said = [(str(number), f"{LONG} number {number} of this long list", number) for number in range(1500)]
    begun = time.process_time()
    assert len(decided(frame(*said))) == 1499
    assert time.process_time() - begun < 4

import random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.schema import SilverReviewComments
from assets.pull_requests.silver import claims as silver_claims
from assets.pull_requests.silver.comments import comment_ids
from tests.assets.pull_requests.silver.silvered import DIFF, HEAD, HUNK, LINES, SHA, bronze, bundle, comment, silver

KINDS = {
    "plain": {},
    "bot": {"user": {"login": "dependabot[bot]", "type": "Bot"}},
    "deleted": {"user": None},
    "empty": {"body": ""},
    "elsewhere": {"path": "src/B.java"},
    "reply": {"in_reply_to_id": 3},
    "wrong": {"diff_hunk": "@@ -1 +1 @@\n+no"},
    "repeated": {"body": "Use the constant that is defined above for this"},
    "mention": {"body": "I agree with @reviewer-1 and @someone-else about this, they said `@Override`"},
}


PULLS = st.lists(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(LINES))), max_size=6), min_size=1, max_size=4)


@given(PULLS, st.integers(0, 1000), st.integers(1, 4))
@settings(deadline=None, max_examples=15)
def test_every_comment_is_kept_or_dropped_once_whatever_the_order_and_the_shards(
    pulls: list[list[tuple[str, int]]], seed: int, shards: int
) -> None:
    bundles = []
    for index, kinds in enumerate(pulls):
        said = [
            comment(1 + number + 10 * index, position, **({"body": f"Rename number {index} {number} to say what it holds"} | KINDS[kind]))
            for number, (kind, position) in enumerate(kinds)
        ]
        bundles.append(bundle(index + 1, said))
    source = bronze(*bundles)
    kept, ledger = silver(source)
    lost = ledger.filter(pl.col("action") == "dropped")["row_id"].to_list()
    assert sorted([*kept["id"], *lost]) == sorted(comment_ids(source)[0]["id"]) and kept["id"].is_unique().all()
    assert silver_claims.not_on_their_line(kept)[0].is_empty() and silver_claims.unthreaded(kept)[0].is_empty()
    assert silver_claims.names_left(kept, None, source)[0].is_empty()
    order = list(range(source.height))
    random.Random(seed).shuffle(order)
    shuffled = source[order]
    other, other_ledger = silver(*(shuffled.gather_every(shards, at) for at in range(min(shards, source.height))))
    assert other.sort("id").equals(kept.sort("id"))
    assert other_ledger.sort(pl.all()).equals(ledger.sort(pl.all()))
    assert silver(shuffled)[0].equals(kept)


NUMBERS = st.none() | st.integers(-3, 14) | st.sampled_from([0, 2**63 - 1, -(2**63)])


TEXTS = st.none() | st.sampled_from(["", "x", "src/A.java", "LEFT", "RIGHT", "file", "line", SHA, HEAD, "short", "@reviewer-1 `", "\n"])


HUNKS = st.none() | st.lists(
    st.sampled_from([*HUNK, "@@ -0,1 +0,1 @@", "@@ -1 +1 @@", "@@ -9999999999 +1,0 @@", "", "+", "-", "\\ x", "\r"]), max_size=6
).map("\n".join)


NUMBERED = ("original_line", "line", "start_line", "original_start_line", "position", "original_position", "in_reply_to_id")


ODD = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(NUMBERED, NUMBERS)
    | dict.fromkeys(("path", "body", "side", "start_side", "subject_type", "original_commit_id", "commit_id"), TEXTS)
    | {"diff_hunk": HUNKS, "user": st.none() | st.just({"login": "[x]"}) | st.just({"login": "a b"})},
)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(LINES)), ODD), max_size=5),
    st.sampled_from([DIFF, "", None, DIFF[:120], DIFF.replace("+10,4", "+0,4").replace("-10,3", "-0,3")]),
)
@settings(deadline=None, max_examples=25)
def test_whatever_a_comment_holds_it_is_accounted_for_and_keeps_the_contract(
    odd: list[tuple[int, dict[str, Any]]], diff: str | None
) -> None:
    said = [comment(number + 1, at, **({"body": f"Number {number} looks odd to me"} | fields)) for number, (at, fields) in enumerate(odd)]
    source = bronze(bundle(1, said, diff=diff, reviewed=[{"commit": SHA, "diff": diff}]))
    kept, ledger = silver(source)
    lost = ledger.filter(pl.col("action") == "dropped")["row_id"].to_list()
    assert sorted([*kept["id"], *lost]) == sorted(comment_ids(source)[0]["id"])
    assert silver_claims.not_on_their_line(kept)[0].is_empty() and silver_claims.names_left(kept, None, source)[0].is_empty()
    SilverReviewComments.validate(kept, lazy=True)

import random
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.bronze.payloads import SCHEMA, Bundle, PayloadSettings, rows
from assets.pull_requests.schema import SilverReviewComments
from assets.pull_requests.silver import bots, people, redacting, repeats, validity
from assets.pull_requests.silver import claims as silver_claims
from assets.pull_requests.silver.comments import ALIGNED, AlignSettings, align_comments, comment_ids, silver_id
from assets.redaction.redaction import RedactionSettings

HOST, REPOSITORY = "https://github.com", "example/project"
SHA, HEAD = "a" * 40, "b" * 40
HUNK = ["@@ -10,3 +10,4 @@ class A {", " one", "-two", "+2", "+3", " three"]
LINES = {
    1: (10, "RIGHT", "context"),
    2: (11, "LEFT", "removed"),
    3: (11, "RIGHT", "added"),
    4: (12, "RIGHT", "added"),
    5: (13, "RIGHT", "context"),
}
DIFF = "\n".join(["diff --git a/src/A.java b/src/A.java", "--- a/src/A.java", "+++ b/src/A.java", *HUNK, ""])


def comment(number: int, at: int = 4, body: str = "Please name this constant.", **fields: Any) -> dict[str, Any]:
    line, side, _ = LINES[at]
    return {
        "id": number,
        "user": {"login": "reviewer-1", "type": "User"},
        "body": body,
        "path": "src/A.java",
        "diff_hunk": "\n".join(HUNK[: at + 1]),
        "original_commit_id": SHA,
        "original_line": line,
        "side": side,
        "original_position": at,
        "created_at": f"2024-01-01T00:00:{number % 60:02d}Z",
        "html_url": f"{HOST}/{REPOSITORY}/pull/1#discussion_r{number}",
    } | fields


def bundle(number: int, comments: list[dict[str, Any]], **parts: Any) -> Bundle:
    pull = {
        "number": number,
        "user": {"login": "author-2", "type": "User"},
        "created_at": "2023-12-31T00:00:00Z",
        "base": {"sha": "c" * 40, "repo": {"license": {"spdx_id": "MIT"}}},
        "head": {"sha": HEAD},
    }
    for item in comments:
        item["html_url"] = f"{HOST}/{REPOSITORY}/pull/{number}#discussion_r{item['id']}"
    content = {"pull": pull, "diff": DIFF, "review_comments": comments, "reviewed": [{"commit": SHA, "diff": DIFF}]} | parts
    return Bundle("api", HOST, REPOSITORY, number, content)


def bronze(*bundles: Bundle) -> pl.DataFrame:
    return rows(bundles, PayloadSettings())[0]


def silver(*shards: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run all stages over `shards`, as the asset does."""
    made, ledgers = [], []
    for kept in shards:
        for stage, chosen in (
            (align_comments, AlignSettings()),
            (bots.keep_human, bots.HumanSettings()),
            (people.pseudonymise, people.PeopleSettings()),
            (redacting.redact_comments, RedactionSettings()),
            (validity.label, validity.ValiditySettings()),
        ):
            kept, ledger = stage(kept, chosen)
            ledgers.append(ledger)
        made.append(kept)
    chosen = repeats.RepeatSettings()
    decisions = repeats.repeats(pl.concat(repeats.narrow(kept, chosen)[0] for kept in made), chosen)
    last = [repeats.drop_repeats(kept, chosen, decisions) for kept in made]
    return pl.concat(kept for kept, _ in last), pl.concat([*ledgers, *(ledger for _, ledger in last)])


def test_a_comment_is_put_on_its_line() -> None:
    said = [comment(at, at, pull_request_review_id=9, commit_id=HEAD, line=LINES[at][0], position=at) for at in LINES]
    kept, ledger = align_comments(bronze(bundle(1, said, reviews=[{"id": 9, "state": "approved"}])), AlignSettings())
    assert [(row["line"], row["side"], row["line_kind"]) for row in kept.iter_rows(named=True)] == list(LINES.values())
    first = kept.row(0, named=True)
    assert first["id"] == silver_id(HOST, REPOSITORY, 1) and ledger.is_empty()
    told = {
        name: first[name] for name in ("original_commit_sha", "base_sha", "head_sha", "license", "language", "review_state", "current_line")
    }
    assert list(told.values()) == [SHA, "c" * 40, HEAD, "MIT", "Java", "APPROVED", 10]
    assert kept["participants"][0].to_list() == ["author-2", "reviewer-1"]


def test_what_is_not_proven_is_in_the_ledger_with_its_reason() -> None:
    wrong = "\n".join([*HUNK[:4], "+something else"])
    said = [
        comment(1, body=" \r\n "),
        comment(2, path="src/B.java"),
        comment(3, subject_type="file"),
        comment(4, diff_hunk=wrong),
        comment(5, original_commit_id=None),
        comment(6, diff_hunk=None),
        comment(7, path=None),
    ]
    kept, ledger = align_comments(bronze(bundle(12, said)), AlignSettings())
    rules = dict(zip(ledger["row_id"], ledger["rule"], strict=True))
    assert kept.is_empty() and kept.schema == pl.Schema(ALIGNED)
    named = [rules[silver_id(HOST, REPOSITORY, number)] for number in range(1, 8)]
    assert named[:3] == ["no_body", "file_not_in_diff", "file_comment"] and named[3].startswith("contradicts") and named[4] == "no_commit"
    assert "example/project#12 src/B.java comment 2" in ledger["detail"].to_list()


def test_no_file_has_a_line_0() -> None:
    zero = {"+10,4": "+0,4", "-10,3": "-0,3"}
    hunk, diff = "\n".join(HUNK[:2]), DIFF
    for old, new in zero.items():
        hunk, diff = hunk.replace(old, new), diff.replace(old, new)
    odd = bundle(1, [comment(1, 1, diff_hunk=hunk, original_line=None)], diff=diff, reviewed=[])
    kept, ledger = align_comments(bronze(odd), AlignSettings())
    assert kept.is_empty() and ledger["rule"].to_list() == ["malformed_hunk"]


def test_less_confidence_than_asked_for_is_unsure() -> None:
    gone = bundle(1, [comment(1)], reviewed=[], diff=DIFF.replace("+3", "+4"))
    assert align_comments(bronze(gone), AlignSettings())[0].height == 1
    kept, ledger = align_comments(bronze(gone), AlignSettings(min_confidence=0.99))
    assert kept.is_empty() and ledger.select("rule", "threshold").row(0) == ("unsure", 0.99) and ledger["score"][0] < 0.99


def test_threads_survive_what_is_dropped_from_them() -> None:
    said = [comment(1, path="away"), comment(2, in_reply_to_id=1), comment(3, in_reply_to_id=2), comment(4, in_reply_to_id=99), comment(5)]
    kept = align_comments(bronze(bundle(1, said)), AlignSettings())[0]
    ids = {number: silver_id(HOST, REPOSITORY, number) for number in (1, 2, 3, 5)}
    ids[99] = kept.filter(pl.col("comment_id") == 4)["thread_id"][0]
    assert ids[99] not in kept["id"]
    assert kept.sort("comment_id").select("thread_id", "in_reply_to").rows() == [
        (ids[1], ids[1]),
        (ids[1], ids[2]),
        (ids[99], ids[99]),
        (ids[5], None),
    ]
    assert kept["comment_id"].to_list() == [2, 3, 5, 4]  # thread by thread
    assert silver_claims.unthreaded(kept)[0].is_empty()
    moved = kept.with_columns(thread_id=pl.when(pl.col("comment_id") == 3).then(pl.lit(ids[5])).otherwise("thread_id"))
    assert silver_claims.unthreaded(moved)[0]["id"].to_list() == [ids[3]]


def test_the_author_of_the_pull_request_is_known() -> None:
    said = [comment(1, user={"login": "Author-2", "type": "User"}), comment(2), comment(3, user=None)]
    kept = align_comments(bronze(bundle(1, said)), AlignSettings())[0]
    assert kept["by_pull_author"].to_list() == [True, False, False]


def test_the_claims_see_what_is_wrong() -> None:
    source = bronze(bundle(1, [comment(position, position, body=f"Number {position} should be a constant") for position in LINES]))
    kept, _ = silver(source)
    assert silver_claims.not_on_their_line(kept)[0].is_empty() and silver_claims.names_left(kept, None, source)[0].is_empty()
    for change in (
        {"line": pl.col("line") + 1},
        {"side": pl.when(pl.col("side") == "LEFT").then(pl.lit("RIGHT")).otherwise(pl.lit("LEFT"))},
        {"line_kind": pl.col("line_kind").replace({"added": "context", "removed": "added", "context": "removed"})},
        {"diff_hunk": pl.col("diff_hunk").str.replace_all("\n[^\n]*$", "")},
        {"start_line": pl.col("line") + 5},
    ):
        found = silver_claims.not_on_their_line(kept.with_columns(**change))[0].height
        assert found >= kept.height - 2 * ("side" in change), change  # a context line is on both sides: here under one number only once
    for named in ({"author": pl.lit("reviewer-1")}, {"body": pl.lit("as @Reviewer-1 said")}, {"body": pl.lit(f"{HOST}/author-2/x")}):
        assert silver_claims.names_left(kept.with_columns(**named), None, source)[0].height == kept.height


def test_the_contract_and_the_columns_agree_also_without_rows() -> None:
    kept, _ = silver(bronze(bundle(1, [comment(1, body="Please remove @author-2's\r\n```suggestion\r\n3\r\n```")])))
    none, ledger = silver(pl.DataFrame(schema=SCHEMA))
    assert none.schema == kept.schema == pl.Schema(validity.SCHEMA) and ledger.is_empty()
    assert list(SilverReviewComments.to_schema().columns) == list(validity.SCHEMA)
    for frame in (kept, none):
        SilverReviewComments.validate(frame, lazy=True)
    with pytest.raises(pa.errors.SchemaErrors):
        SilverReviewComments.validate(kept.with_columns(author=pl.lit("reviewer-1")), lazy=True)
    assert kept["suggestion"].to_list() == ["3\n"]


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

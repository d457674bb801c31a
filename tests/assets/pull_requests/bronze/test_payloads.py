import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from assets import passport, validation
from assets.pull_requests.bronze import fields, github_fields, payloads
from assets.pull_requests.bronze.payloads import COMMENT, COMMIT, REVIEW, REVIEWED, SCHEMA
from tests.assets.pull_requests.bronze.payload_rows import LINE, PULL, comments, one, rows

CONTRACT = validation.settings_for("assets.pull_requests.schema:BronzePrs")


WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_pull_request() -> None:
    row, told = one({"pull": PULL, "diff": "diff --git a/a b/a\n", "review_comments": [LINE], "commits": None})
    assert validation.validate(rows({"pull": PULL, "review_comments": [LINE]})[0], CONTRACT)[0].is_empty()
    assert told == [] and row["id"] == passport.row_id("bronze_prs", "https://github.com", "team/tool", "12")
    assert (row["author"], row["labels"], row["license"], row["base_sha"], row["head_ref"]) == (
        "author-2",
        ["bug", "ui"],
        "MIT",
        "b" * 40,
        "fast",
    )
    assert (row["created_at"], row["merged_at"], row["draft"], row["additions"], row["deletions"]) == (WHEN, None, False, 3, None)
    (comment,) = row["review_comments"]
    assert (comment["review_id"], comment["author"], comment["line"], comment["start_line"], comment["created_at"]) == (
        5,
        "reviewer-1",
        1,
        None,
        WHEN,
    )
    assert json.loads(row["payload"]) == PULL and json.loads(comment["payload"]) == LINE


def test_nothing_is_known() -> None:
    row, told = one({"pull": None, "diff": None})
    assert validation.validate(rows({})[0], CONTRACT)[0].is_empty()
    lists = {"labels", "commits", "reviews", "review_comments", "reviewed", "parent_ids"}
    named = {"id", "source", "host", "repository", "pull_number"}
    assert told == [] and all(value == [] if name in lists else value is None for name, value in row.items() if name not in named)


def test_fields_are_the_columns() -> None:
    for dtype, known in ((COMMENT, github_fields.COMMENT), (REVIEW, github_fields.REVIEW), (COMMIT, github_fields.COMMIT)):
        assert {column.name for column in known} | {"payload"} == {column.name for column in dtype.fields}
    assert {column.name for column in github_fields.REVIEWED} == {column.name for column in REVIEWED.fields}
    assert {column.name for column in github_fields.PULL} <= set(SCHEMA)


def test_older_exports() -> None:
    (comment,), told = comments({"id": 7, "user_login": "reviewer-1", "created_at": "2024-05-06 07:08:09 UTC", "position": 3.0})
    assert told == [] and (comment["author"], comment["created_at"], comment["position"]) == ("reviewer-1", WHEN, 3)


@pytest.mark.parametrize("value", ["2024-05-06T07:08:09Z", "2024-05-06T09:08:09+02:00", "2024-05-06T07:08:09", 1714979289, 1714979289000])
def test_times(value: Any) -> None:
    assert fields.moment(value) == WHEN


@pytest.mark.parametrize("value", ["", "soon", True, -1, [], 10**30, "0001-01-01T00:00:00+14:00", float("nan"), "2024-13-01T00:00:00Z"])
def test_no_times(value: Any) -> None:
    assert fields.moment(value) is fields.WRONG


def test_deleted_users_and_empty_bodies_are_no_mistakes() -> None:
    (comment,), told = comments(LINE | {"user": None, "body": None})
    assert told == [] and comment["author"] is None and comment["author_type"] is None and comment["body"] is None


def test_comments_come_once_and_sorted() -> None:
    later = LINE | {"updated_at": "2025-01-01T00:00:00Z", "body": "Edited."}
    other, early = LINE | {"id": 3}, LINE | {"id": 9, "created_at": "2020-01-01T00:00:00Z"}
    for order in ([LINE, later, other, early], [other, early, later, LINE]):
        found, told = comments(*order)
        assert [(comment["id"], comment["body"]) for comment in found] == [(9, "Why?"), (3, "Why?"), (7, "Edited.")]
        assert [rule for rule, _ in told] == ["duplicate_comment"]


def test_comments_of_others() -> None:
    elsewhere = LINE | {"id": 1, "html_url": "https://github.com/team/tool/pull/13#discussion_r1"}
    stranger = LINE | {"id": 2, "html_url": None, "pull_request_url": "https://api.github.com/repos/team/other/pulls/12"}
    nameless = LINE | {"id": None}
    renamed = LINE | {"id": 4, "html_url": "https://github.com/Team/Tool/pull/12#discussion_r4"}
    found, told = comments(elsewhere, stranger, nameless, renamed)
    assert [comment["id"] for comment in found] == [4]
    assert [rule for rule, _ in told] == ["foreign_comment", "foreign_comment", "missing_id"]
    row, told = one({"pull": PULL | {"number": 13}})
    assert row["title"] is None and told == [("foreign_pull", "pull")]


def test_a_renamed_repository() -> None:
    pull = PULL | {"html_url": "https://github.com/new/name/pull/12"}
    row, told = one({"pull": pull, "review_comments": [LINE | {"html_url": "https://github.com/new/name/pull/12#discussion_r7"}]})
    assert told == [] and len(row["review_comments"]) == 1


def test_large_diffs() -> None:
    reviewed = [{"commit": letter * 40, "diff": "ä" * 60, "follow_up": "x" * 80, "problem": None} for letter in "cab"]
    row, told = one({"pull": PULL, "diff": "x" * 101, "reviewed": reviewed}, max_diff_bytes=100, max_pull_bytes=270)
    assert row["diff"] is None
    assert [(item["commit_sha"][0], item["follow_up"], item["problem"]) for item in row["reviewed"]] == [
        ("a", "x" * 80, "too_large"),
        ("b", "x" * 80, "too_large"),
        ("c", "x" * 80, "too_large"),
    ]
    assert told == [("over_size", place) for place in ("diff", "reviewed[1].diff", "reviewed[2].diff", "reviewed[0].diff")]
    kept, notes = rows({"pull": PULL}, left_out=(("diff", 999),), max_diff_bytes=100)
    assert kept["diff"][0] is None and notes.select("score", "threshold").rows() == [(999.0, 100.0)]


def test_one_pull_request_cannot_fill_the_memory() -> None:
    reviewed = [{"commit": f"{number:040}", "diff": "x" * 100, "problem": None} for number in range(10)]
    row, told = one({"reviewed": reviewed}, max_diff_bytes=100, max_pull_bytes=350)
    assert [item["problem"] for item in row["reviewed"]] == [None] * 3 + ["too_large"] * 7 and len(told) == 7


def test_reviewed_commits_come_once() -> None:
    full = {"commit": "c" * 40, "diff": "d", "follow_up": None, "problem": None}
    for order in ([full, {"commit": "c" * 40, "problem": "gone"}], [{"commit": "c" * 40, "problem": "gone"}, full]):
        row, told = one({"reviewed": [*order, {"diff": "no sha"}, {"commit": "a" * 40, "problem": "bored"}]})
        assert [(item["commit_sha"][0], item["diff"], item["problem"]) for item in row["reviewed"]] == [("a", None, None), ("c", "d", None)]
        assert told == [("missing_id", "reviewed[2]"), ("wrong_type", "reviewed[3].problem")]


def test_bytes_do_not_depend_on_the_order_of_arrival() -> None:
    items = [LINE | {"id": number, "created_at": f"2024-05-0{1 + number % 3}T00:00:00Z"} for number in range(9)]
    reviews = [{"id": number, "state": "approved", "submitted_at": None, "user": None} for number in range(5)]
    first, told = rows({"pull": PULL, "review_comments": items, "reviews": reviews})
    shuffled = random.Random(1)
    for items_now, reviews_now in ((shuffled.sample(items, 9), shuffled.sample(reviews, 5)),):
        backwards = [dict(reversed(item.items())) for item in items_now]
        again, _ = rows({"reviews": reviews_now, "review_comments": backwards, "pull": dict(reversed(PULL.items()))})
        assert again.equals(first) and told.is_empty()
    assert first["reviews"][0][0]["state"] == "APPROVED"


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [{"pull": None, "diff": "x" * number, "review_comments": [LINE | {"line": "no", "html_url": None}]} for number in range(7)]
    expected = rows(*contents)
    monkeypatch.setattr(payloads, "_BATCH_ROWS", 2)
    assert all(one.equals(other) for one, other in zip(rows(*contents), expected, strict=True))
    assert expected[1].height == 7


def test_no_bundle() -> None:
    none: list[Any] = [None, [], "x", 3]
    for junk in none:
        row, told = one(junk)
        assert row["payload"] is None and told == [("wrong_type", "bundle")]

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.bronze import github_fields
from tests.assets.pull_requests.bronze.payload_rows import LINE, PULL, comments, one, rows


@pytest.mark.parametrize("value", ["12", True, 1.5, float("nan"), float("inf"), 2**63, -(2**63) - 1, 10**400, [], {}])
def test_wrong_numbers(value: Any) -> None:
    (comment,), told = comments(LINE | {"line": value})
    assert comment["line"] is None and ("wrong_type", "review_comments[0].line") in told
    assert json.loads(comment["payload"])["new_field"] == LINE["new_field"]


def test_wrong_shapes_are_named() -> None:
    odd = {"user": [], "path": 3, "created_at": "x", "id": 8}
    found, told = comments("text", LINE, odd, None)
    assert [comment["id"] for comment in found] == [8, 7]
    places = ["[0]", "[2].created_at", "[2].path", "[2].user", "[3]"]
    assert sorted(told) == [("wrong_type", f"review_comments{place}") for place in places]
    row, told = one({"pull": PULL | {"labels": ["bug", 3, {"name": None}], "base": "main"}, "commits": {}, "diff": 5, "reviewed": 1})
    assert row["labels"] == ["bug"] and row["base_sha"] is None
    assert sorted(place for _, place in told) == ["commits", "diff", "pull.base", "pull.labels", "reviewed"]


def test_texts_that_utf8_cannot_hold() -> None:
    (comment,), told = comments(LINE | {"body": "a\ud800b\0", "\udfff": ["\ud83d\ude00"]})
    assert comment["body"] == "a\ufffdb\0" and json.loads(comment["payload"])["\ufffd"] == ["😀"]
    assert told == [("broken_text", "review_comments[0].body"), ("broken_text", "review_comments[0].payload")]


def test_deep_nesting() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    row, told = one({"pull": PULL | {"deep": deep}})
    assert row["title"] == "Faster" and row["payload"] is None and told == [("broken_text", "pull.payload")]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["2024-05-06T07:08:09Z", 2**63])
)


JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(st.characters(), max_size=2), inner, max_size=2),
    max_leaves=4,
)


def objects(known: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    keys = sorted({path[0] for column in known for path in column.paths})
    return st.dictionaries(
        st.sampled_from(keys), JUNK | st.dictionaries(st.sampled_from(["login", "sha", "ref", "repo"]), JUNK), max_size=6
    )


@settings(deadline=None, max_examples=40)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "pull": JUNK | objects(github_fields.PULL),
            "diff": JUNK,
            "head_sha": JUNK,
            "commits": JUNK | st.lists(objects(github_fields.COMMIT), max_size=3),
            "reviews": JUNK | st.lists(objects(github_fields.REVIEW), max_size=3),
            "review_comments": JUNK
            | st.lists(objects(github_fields.COMMENT) | st.builds(LINE.__or__, objects(github_fields.COMMENT)), max_size=3),
            "reviewed": JUNK | st.lists(objects(github_fields.REVIEWED), max_size=3),
        },
    )
    | JUNK
)
def test_junk_never_raises(content: Any) -> None:
    kept, told = rows(content)
    assert kept.height == 1 and not told["detail"].null_count()
    kept.write_parquet(BytesIO())

from typing import Any

import pytest

from assets.pull_requests.sources import facts
from assets.pull_requests.sources.github_settings import GithubSettings, is_wanted


@pytest.mark.parametrize(
    "item",
    [{}, {"number": True}, {"number": 2**70}, {"updated_at": "soon"}, {"created_at": None}, {"user": "x"}, {"labels": 3}, {"state": None}],
)
def test_facts_of_what_is_none(item: dict[str, Any]) -> None:
    whole = {"number": 1, "updated_at": "2024-01-01T00:00:00Z", "created_at": "2024-01-01T01:00:00+01:00", "state": "open", "user": None}
    known = facts.facts(whole)
    assert known
    assert (known["created_at"], known["author"]) == ("2024-01-01T00:00:00Z", None)
    assert facts.facts(whole | item if item else {}) is None or item == {"state": None}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, True),
        ({"state": "closed"}, True),
        ({"state": "open"}, False),
        ({"state": "merged"}, True),
        ({"authors": ("Author-1", "x")}, True),
        ({"authors": ("x",)}, False),
        ({"labels": ("Bug",)}, True),
        ({"labels": ("other",)}, False),
        ({"since": "2024-01-01T00:00:00"}, True),
        ({"since": "2024-01-01T00:00:01Z"}, False),
        ({"until": "2024-01-01T00:00:00Z"}, False),
        ({"min_review_comments": 3}, True),
        ({"min_review_comments": 4}, False),
    ],
)
def test_filters(fields: dict[str, Any], wanted: bool) -> None:
    item = {"state": "closed", "is_merged": True, "author": "author-1", "labels": ["bug"], "created_at": "2024-01-01T00:00:00Z"}
    assert is_wanted(item | {"review_comments": 3}, GithubSettings(**fields)) is wanted
    assert is_wanted(item, GithubSettings(min_review_comments=9))  # not known yet

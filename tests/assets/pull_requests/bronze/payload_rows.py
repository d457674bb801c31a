"""What several of these tests share."""

from typing import Any

import polars as pl

from assets import ledger
from assets.pull_requests.bronze import payloads
from assets.pull_requests.bronze.payloads import SCHEMA, Bundle, PayloadSettings

PULL = {
    "number": 12,
    "html_url": "https://github.com/team/tool/pull/12",
    "state": "closed",
    "title": "Faster",
    "body": None,
    "user": {"login": "author-2", "type": "User"},
    "labels": [{"name": "bug"}, {"name": "ui"}],
    "draft": False,
    "created_at": "2024-05-06T07:08:09Z",
    "merged_at": None,
    "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": "team/tool", "license": {"spdx_id": "MIT"}}},
    "head": {"ref": "fast", "sha": "a" * 40, "repo": None},
    "additions": 3,
    "commits": 2,
    "review_comments": 1,
}


LINE = {
    "id": 7,
    "pull_request_review_id": 5,
    "user": {"login": "reviewer-1", "type": "User"},
    "body": "Why?",
    "path": "a.py",
    "diff_hunk": "@@ -1 +1 @@\n-a\n+b",
    "original_commit_id": "c" * 40,
    "position": None,
    "original_position": 2,
    "line": 1,
    "start_line": None,
    "side": "RIGHT",
    "created_at": "2024-05-06T07:08:09+00:00",
    "updated_at": "2024-05-06T07:08:09Z",
    "html_url": "https://github.com/team/tool/pull/12#discussion_r7",
    "new_field": {"z": 1, "a": [True]},
}


def rows(*contents: Any, left_out: Any = (), **limits: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    bundles = [Bundle("api", "https://github.com", "team/tool", 12 + number, content, left_out) for number, content in enumerate(contents)]
    kept, told = payloads.rows(bundles, PayloadSettings(**limits))
    assert kept.schema == pl.Schema(SCHEMA) and told.schema == pl.Schema(ledger.SCHEMA)
    return kept, told


def one(content: Any, **limits: int) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    kept, told = rows(content, **limits)
    assert set(told["action"]) <= {"altered"} and set(told["row_id"]) <= {kept["id"][0]}
    return kept.row(0, named=True), told.select("rule", pl.col("detail").str.strip_prefix("team/tool#12 ")).rows()


def comments(*items: Any) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    row, told = one({"pull": PULL, "review_comments": list(items)})
    return row["review_comments"], told

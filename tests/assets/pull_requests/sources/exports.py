"""What several of these tests share."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import listing
from assets.pull_requests.sources.files import list_files

DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\r\n+b\r\n"


def comment(repository: str, number: int, identifier: int, **more: Any) -> dict[str, Any]:
    url = f"https://github.com/{repository}/pull/{number}#discussion_r{identifier}"
    return {"id": identifier, "path": "a.py", "diff_hunk": "@@", "body": f"body {identifier}", "html_url": url} | more


def without_urls(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "html_url"}


def jsonl(items: Iterable[Any]) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


def read(*patterns: Path | str, **limits: int) -> tuple[dict[tuple[str, int], dict[str, Any]], list[tuple[str, str]]]:
    """Return the rows by (repository, number), and (rule, detail) of the whole ledger."""
    listed, told = list_files(patterns)
    assert listed.schema == pl.Schema(listing.SCHEMA)
    kept, altered = read_pull_requests(listed, PullReadingSettings(**limits))
    rows = {(row["repository"], row["pull_number"]): row for row in kept.iter_rows(named=True)}
    assert len(rows) == kept.height
    return rows, pl.concat([told, altered]).select("rule", "detail").rows()


def ids(row: dict[str, Any]) -> list[int]:
    return [item["id"] for item in row["review_comments"]]


COMMENTS = [comment("team/tool", 12, 1), comment("team/tool", 3, 2), comment("a.b/c_d", 12, 3), comment("team/tool", 12, 4)]

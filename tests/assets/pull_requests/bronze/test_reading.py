import json
import pickle
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import ledger, passport
from assets.pull_requests.bronze import reading
from assets.pull_requests.bronze.payloads import SCHEMA
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import files, listing, store

HOST = "https://forge.example"
SETTINGS = PullReadingSettings()


def bundle(number: int, **more: Any) -> dict[str, Any]:
    pull = {"number": number, "title": f"title {number}", "base": {"sha": "b" * 40}, "head": {"sha": "a" * 40}}
    comment = {"id": 100 + number, "path": "a", "body": "Why?", "line": 3, "user": None}
    rest = {"commits": [], "reviews": [], "review_comments": [comment], "reviewed": []}
    return {"pull": pull, "diff": "diff --git a/a b/a\n"} | rest | more


def stored(folder: Path, *bundles: dict[str, Any]) -> pl.DataFrame:
    file = store.place(folder, HOST)
    with store.opened(file) as connection:
        for content in bundles:
            store.put(connection, "team/tool", {"number": content["pull"]["number"], "updated_at": "2024-01-01T00:00:00Z"}, content)
    return listing.of_store(pl.DataFrame(store.entries(file), schema=["repository", "pull_number", "digest"], orient="row"), HOST, file)


def test_what_the_store_holds(tmp_path: Path) -> None:
    entries = stored(tmp_path, *map(bundle, (3, 1, 2)))
    kept, told = read_pull_requests(entries, SETTINGS)
    assert told.is_empty() and kept.schema == pl.Schema(SCHEMA)
    assert kept.select("pull_number", "title", "source", "host").rows() == [(n, f"title {n}", "api", HOST) for n in (1, 2, 3)]
    assert kept["id"][1] == passport.row_id("bronze_prs", HOST, "team/tool", "2")
    assert kept["review_comments"][0][0]["line"] == 3 and kept["head_sha"][0] == "a" * 40


def test_sources_beside_one_another_keep_their_order(tmp_path: Path) -> None:
    file = tmp_path / "team_files_9.diff"
    file.write_text("diff")
    entries = pl.concat([stored(tmp_path / "store", bundle(1), bundle(2)), files.list_files([file])[0]])
    mixed = entries[[2, 0, 2, 1]].with_columns(pull_number=pl.Series([7, 1, 8, 2]))
    kept, _ = read_pull_requests(mixed, SETTINGS)
    assert kept.select("pull_number", "source").rows() == [(7, "files"), (1, "api"), (8, "files"), (2, "api")]


def test_shards_do_not_matter(tmp_path: Path) -> None:
    entries = stored(tmp_path, *map(bundle, range(1, 30)))
    whole = read_pull_requests(entries, SETTINGS)[0]
    parts = [read_pull_requests(rows, SETTINGS)[0] for _, rows in listing.shard_listing(entries, 8 * listing.USUAL_BYTES)]
    assert len(parts) == 4
    assert pl.concat(parts).sort("pull_number").equals(whole)


def test_what_was_fetched_again_since_it_was_listed(tmp_path: Path) -> None:
    entries = stored(tmp_path, bundle(1), bundle(2))
    stored(tmp_path, bundle(2, diff="other"))
    kept, told = read_pull_requests(entries, SETTINGS)
    assert kept["pull_number"].to_list() == [1]
    assert told.select("row_id", "rule", "action", "detail").rows() == [
        (passport.row_id("bronze_prs", HOST, "team/tool", "2"), "changed", "dropped", "team/tool#2")
    ]


def test_a_broken_store_is_no_drop(tmp_path: Path) -> None:
    entries = stored(tmp_path, bundle(1))
    with sqlite3.connect(entries["location"][0]) as connection:
        connection.execute("UPDATE bundles SET body = x'00'")
    with pytest.raises(store.StoreError, match="damaged"):
        read_pull_requests(entries, SETTINGS)
    connection.close()


def test_wrong_types_of_what_is_stored(tmp_path: Path) -> None:
    odd = bundle(1, review_comments=[{"id": 5, "line": "12", "unknown": [1]}], diff={"no": "text"})
    kept, told = read_pull_requests(stored(tmp_path, odd), SETTINGS)
    assert sorted(told.select("rule", "detail").rows()) == [
        ("wrong_type", "team/tool#1 diff"),
        ("wrong_type", "team/tool#1 review_comments[0].line"),
    ]
    assert json.loads(kept["review_comments"][0][0]["payload"])["unknown"] == [1]


def test_nothing(tmp_path: Path) -> None:
    kept, told = read_pull_requests(listing.frame([]), SETTINGS)
    assert kept.schema == pl.Schema(SCHEMA) and told.schema == pl.Schema(ledger.SCHEMA) and kept.is_empty() and told.is_empty()
    assert pickle.loads(pickle.dumps(reading.read_pull_requests)) is reading.read_pull_requests

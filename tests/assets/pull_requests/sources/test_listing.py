from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import passport
from assets.pull_requests.sources import listing


def row(number: int, **more: Any) -> dict[str, Any]:
    about = {"source": "api", "host": "https://api.github.com", "repository": "team/tool", "pull_number": number, "digest": f"d{number}"}
    return about | {"location": "x", "n_bytes": 100} | more


def test_the_api_is_preferred() -> None:
    git, files = {"source": "git", "host": "h"}, {"source": "files", "host": "https://github.com"}
    every = [row(1, **files), row(2, **git), row(1), row(2, **files, repository="Team/TOOL"), row(3, **files), row(1, **git)]
    for order in (every, every[::-1]):
        kept, told = listing.without_repeats(listing.frame(order))
        assert kept.select("pull_number", "source").rows() == [(1, "api"), (2, "git"), (3, "files")]
        assert kept.schema == pl.Schema(listing.SCHEMA)
        assert sorted(told.select("rule", "action", "detail").rows()) == [
            ("listed_twice", "dropped", "Team/TOOL#2: files"),
            ("listed_twice", "dropped", "team/tool#1: files"),
            ("listed_twice", "dropped", "team/tool#1: git"),
        ]
        assert passport.row_id("bronze_prs", "h", "team/tool", "1") in told["row_id"].to_list()


def test_hosts_are_different_places() -> None:
    kept, told = listing.without_repeats(listing.frame([row(1), row(1, host="https://forge.example/api/v3"), row(1, digest="other")]))
    assert kept.height == 2 and told.height == 1


def test_nothing() -> None:
    kept, told = listing.without_repeats(listing.frame([]))
    assert kept.is_empty() and told.is_empty() and listing.shard_listing(kept, 100) == []


@settings(deadline=None, max_examples=50)
@given(st.sets(st.integers(1, 10_000), min_size=2, max_size=60), st.integers(300, 3000))
def test_a_new_pull_request_changes_one_shard(numbers: set[int], shard_bytes: int) -> None:
    listed = sorted(numbers)
    other = [row(number, repository="team/other") for number in listed]
    before = dict(listing.shard_listing(listing.frame([*map(row, listed[1:]), *other]), shard_bytes))
    after = dict(listing.shard_listing(listing.frame([*map(row, listed), *other]), shard_bytes))
    assert pl.concat(after.values()).height == 2 * len(listed)
    if {label[-4:] for label in before} == {label[-4:] for label in after}:
        assert sum(label not in before or not shard.equals(before[label]) for label, shard in after.items()) == 1
        assert set(before) <= set(after)


def test_shards_are_cut_by_repository_and_files_are_not() -> None:
    api = listing.frame(row(number, repository=f"team/r{number % 3}") for number in range(1, 7))
    assert [shard.height for _, shard in listing.shard_listing(api, 1000)] == [2, 2, 2]
    files = api.with_columns(source=pl.lit("files"))
    ((label, shard),) = listing.shard_listing(files, 1000)
    assert shard.height == 6 and label.startswith("files-all-") and label.replace("-", "").isalnum()


def test_sizes_that_nobody_knows() -> None:
    unknown = listing.frame(row(number, n_bytes=None) for number in range(1, 9))
    assert len(listing.shard_listing(unknown, 4 * listing.USUAL_BYTES)) == 2

import re
from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.sources import listing

PATHS = st.lists(st.text("abcé/", min_size=1, max_size=12), min_size=1, max_size=60, unique=True)


def entries(paths: list[str], repository: str = "https://host/team/x.git", n_bytes: int = 100) -> pl.DataFrame:
    level = {"source": "git", "repository": repository, "revision": "c" * 40, "mode": "100644", "location": "/m"}
    return listing.frame([level | {"path": path, "n_bytes": n_bytes, "digest": f"d{path}", "blob": f"d{path}"} for path in paths])


@settings(deadline=None, max_examples=60)
@given(PATHS, st.integers(1, 3000))
def test_every_entry_is_in_one_shard(paths: list[str], shard_bytes: int) -> None:
    shards = listing.shard_listing(entries(paths), shard_bytes)
    assert sorted(path for _, shard in shards for path in shard["path"]) == sorted(paths)
    labels = [label for label, _ in shards]
    assert labels == sorted(set(labels))
    assert all(re.fullmatch(r"[a-z0-9-]+", label) for label in labels)


@settings(deadline=None, max_examples=60)
@given(PATHS, st.integers(500, 3000), st.randoms(use_true_random=False))
def test_the_order_of_the_listing_does_not_matter(paths: list[str], shard_bytes: int, random: object) -> None:
    shuffled = list(paths)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = listing.shard_listing(entries(paths), shard_bytes), listing.shard_listing(entries(shuffled), shard_bytes)
    assert [(label, shard.rows()) for label, shard in first] == [(label, shard.rows()) for label, shard in second]


@settings(deadline=None, max_examples=60)
@given(PATHS, st.integers(500, 3000))
def test_an_added_file_changes_one_shard(paths: list[str], shard_bytes: int) -> None:
    other = entries(["a.py"], repository="https://host/team/y.git")
    before = dict(listing.shard_listing(pl.concat([entries(paths[1:]), other]), shard_bytes))
    after = dict(listing.shard_listing(pl.concat([entries(paths), other]), shard_bytes))
    if listing.bucket_count(100 * len(paths), shard_bytes) != listing.bucket_count(100 * (len(paths) - 1), shard_bytes):
        return
    changed = [label for label, shard in after.items() if label not in before or not shard.equals(before[label])]
    assert len(changed) == 1
    assert set(before) <= set(after)


def test_bucket_counts() -> None:
    sizes = [0, 1, 64, 65, 128, 129, 256, 257]
    assert [listing.bucket_count(size, 64) for size in sizes] == [1, 1, 1, 2, 2, 4, 4, 8]


def test_files_that_are_not_read_weigh_nothing() -> None:
    assert len(listing.shard_listing(entries(["a", "b", "c", "d"], n_bytes=2_000_000), 64)) == 1


def test_two_refs_of_one_repository() -> None:
    old, new = entries(["a", "b"]), entries(["a", "b", "c"]).with_columns(revision=pl.lit("e" * 40))
    ((_, shard),) = listing.shard_listing(pl.concat([new, old]), 10_000)
    assert shard["path"].to_list() == ["a", "b", "c"]


def test_no_entries() -> None:
    assert listing.shard_listing(listing.frame([]), 64) == []


@settings(deadline=None, max_examples=100)
@given(st.binary(min_size=1, max_size=20))
def test_printable_paths_lead_back(path: bytes) -> None:
    text = listing.printable_path(path)
    text.encode()
    assert text.isprintable() or not text.isascii()
    assert listing.path_bytes(text) == path


@settings(deadline=None, max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=6).filter(lambda path: b"\0" not in path) | st.sampled_from([b"a", b"a/b.py"]), max_size=4))
def test_many_paths_are_made_printable_as_each(paths: list[bytes]) -> None:
    assert listing.printable_paths(paths) == [listing.printable_path(path) for path in paths]


def test_unsafe_paths() -> None:
    unsafe = ["/etc/x", "../x", "a/../x", "a/..", ".", "a//b", "a/", "", ".git/x", "a/.GIT"]
    safe = ["..x", "a..b/c", "a/...", ".github/x", ".gitignore", "a.git/x", "~/x", "c:/x"]
    found = pl.DataFrame({"path": unsafe + safe}).select(listing.is_unsafe(pl.col("path"))).to_series().to_list()
    assert found == [True] * len(unsafe) + [False] * len(safe)


def test_the_newest_commit_of_an_entry_counts() -> None:
    both = pl.concat([entries(["a"]), entries(["a"]).with_columns(revision=pl.lit("a" * 40))])
    when = pl.Series([datetime(2024, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)], dtype=listing.SCHEMA["committed_at"])
    for order in (both.with_columns(committed_at=when), both.with_columns(committed_at=when).reverse()):
        ((_, shard),) = listing.shard_listing(order, 10_000)
        assert shard["revision"].to_list() == ["c" * 40]


def test_software_heritage_is_cut_across_repositories() -> None:
    rows = [
        entries(["setup.py"], repository=f"https://host/team/{number}").with_columns(source=pl.lit("software_heritage"))
        for number in range(64)
    ]
    shards = listing.shard_listing(pl.concat(rows), 1600)
    assert len(shards) == 4
    assert sum(shard.height for _, shard in shards) == 64
    assert all(shard.schema == pl.Schema(listing.SCHEMA) for _, shard in shards)

import random
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.sources import store
from assets.pull_requests.sources.store import StoreError, Walk

ITEM: dict[str, Any] = {"number": 1, "updated_at": "2024-01-01T00:00:00Z", "created_at": "2024-01-01T00:00:00Z", "state": "open"}
LATER = ITEM | {"updated_at": "2024-01-02T00:00:00Z", "state": "closed"}
BUNDLE = {"pull": {"title": "é \ud800 \x00"}, "diff": "a\r\nb", "commits": [], "review_comments": [{"id": 1}], "reviewed": []}


def state(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return [(pull.number, pull.wanted[:10], pull.stored and pull.stored[:10], pull.is_current) for pull in store.known(connection, "o/n")]


def test_a_pull_request_becomes_current_and_due_again(tmp_path: Path) -> None:
    with store.opened(tmp_path / "a" / "s.sqlite") as connection:
        store.found(connection, "o/n", [ITEM])
        assert state(connection) == [(1, "2024-01-01", None, False)]
        store.put(connection, "o/n", ITEM, BUNDLE, [("rule", "detail")])
        assert state(connection) == [(1, "2024-01-01", "2024-01-01", True)]
        store.found(connection, "o/n", [LATER])
        assert state(connection) == [(1, "2024-01-02", "2024-01-01", False)]
        store.found(connection, "o/n", [ITEM])  # an index that lags behind
        (pull,) = store.known(connection, "o/n")
        assert (pull.wanted, pull.facts["state"], pull.notes) == (LATER["updated_at"], "closed", [("rule", "detail")])
        store.put(connection, "o/n", LATER, BUNDLE | {"diff": "other"})
        assert state(connection)[0][3]
        store.put(connection, "o/n", LATER, BUNDLE, newer="2024-01-03T00:00:00Z")
        assert not state(connection)[0][3]


def test_a_bundle_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    with store.opened(file) as connection:
        store.put(connection, "o/n", ITEM, BUNDLE)
        store.put(connection, "o/b", ITEM | {"number": 2}, BUNDLE | {"diff": None})
        store.put(connection, "o/b", ITEM | {"number": 3}, None)
        assert store.read(connection, "o/n", 1) == BUNDLE
        with pytest.raises(StoreError, match="o/b#3 is not stored"):
            store.read(connection, "o/b", 3)
    assert list(store.entries(file)) == [("o/b", 2, store.digest(BUNDLE | {"diff": None})), ("o/n", 1, store.digest(BUNDLE))]


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())), st.randoms())
def test_the_digest_knows_content_and_not_order(bundle: dict[str, Any], dice: random.Random) -> None:
    names = list(bundle)
    dice.shuffle(names)
    assert store.digest({name: bundle[name] for name in names}) == store.digest(bundle)
    assert store.digest(bundle | {"more": 1}) != store.digest(bundle | {"more": 2})


def test_what_breaks_half_way_leaves_nothing(tmp_path: Path) -> None:
    with store.opened(tmp_path / "s.sqlite") as connection:
        store.put(connection, "o/n", ITEM, BUNDLE)
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON bundles BEGIN SELECT raise(ABORT, 'disk full'); END")
        with pytest.raises(sqlite3.IntegrityError):
            store.put(connection, "o/n", LATER, BUNDLE | {"diff": "new"})
        assert state(connection) == [(1, "2024-01-01", "2024-01-01", True)]
        assert store.read(connection, "o/n", 1) == BUNDLE


def test_walks(tmp_path: Path) -> None:
    with store.opened(tmp_path / "s.sqlite") as connection:
        assert store.walk(connection, "o/n") is None
        for etag in ("a", "b"):
            store.walked(connection, "o/n", Walk("scope", "2024", etag))
        assert store.walk(connection, "o/n") == Walk("scope", "2024", "b")


def test_processes_that_make_it_at_once(tmp_path: Path) -> None:
    def work(number: int) -> None:
        with store.opened(tmp_path / "s.sqlite") as connection:
            store.put(connection, "o/n", ITEM | {"number": number}, BUNDLE)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(store.entries(tmp_path / "s.sqlite"))) == 8
    assert [file.name for file in tmp_path.iterdir() if "sqlite." in file.name] == []


def test_damage_is_named(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    with store.opened(file) as connection:
        store.put(connection, "o/n", ITEM, BUNDLE)
        connection.execute("UPDATE bundles SET body = x'00'")
        with pytest.raises(StoreError, match="o/n#1 is damaged"):
            store.read(connection, "o/n", 1)
    (tmp_path / "other").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="delete it"), store.opened(tmp_path / "other") as connection:
        store.walk(connection, "o/n")


def test_each_host_has_a_file_of_its_own(tmp_path: Path) -> None:
    hosts = ["https://api.github.com", "https://a/api/v3", "https://a-api/v3", "http://a/api/v3"]
    assert len({store.place(tmp_path, host).name for host in hosts}) == 4
    assert store.place(tmp_path, hosts[0]).name.startswith("api-github-com-")

"""What the ledger keeps, lists and forgets."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.llm import Client
from resources.llm.ledger import Entry, Ledger, opened_ledger, request_text, stored_request
from tests.resources.llm.chat_server import request, serving, settings

ASKED = [request(f"module {number}") for number in range(6)]


def quiet(_: str) -> None:
    return None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "completions.sqlite"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with opened_ledger(file) as ledger:
        yield ledger


def failed(key: str, error: str, request_key: str | None = None) -> Entry:
    return Entry(key, request_key or key, "failed", "first", "echo", error=error, request=request_text(request(key)))


def test_it_is_a_wal_file_and_the_first_writer_of_a_call_wins(ledger: Ledger, file: Path) -> None:
    first = Entry("k", "k", "done", "first", "echo", text='{"a": 1}', data='{"a": 1}', finish_reason="stop")
    assert ledger.write(first).completion.data == {"a": 1}
    with opened_ledger(file) as other:
        assert other.write(first._replace(data='{"a": 2}')).completion.data == {"a": 1}
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_failures_are_listed_with_their_requests_and_forgotten_by_reason(ledger: Ledger) -> None:
    ledger.write(Entry("done", "done", "done", "first", "echo", text="yes"))
    ledger.write(Entry("a0", "a0", "repeated", "first", "echo", text="no", problem="not JSON"))
    ledger.write(failed("a1", "invalid_json", "a0"))
    ledger.write(failed("b", "timeout"))
    ledger.write(failed("c", "refused"))
    assert ledger.reasons() == {"invalid_json": 1, "refused": 1, "timeout": 1}
    assert [(failure.request_key, failure.error, failure.request) for failure in ledger.failures()] == [
        ("a0", "invalid_json", request("a1")),
        ("b", "timeout", request("b")),
        ("c", "refused", request("c")),
    ]
    assert ledger.forget_failures(["invalid_json", "timeout", "no such reason"]) == 2
    assert ledger.reasons() == {"refused": 1}
    assert [ledger.get(key) is None for key in ("a0", "a1", "b", "c", "done")] == [True, True, True, False, False]
    assert ledger.forget_failures() == 1
    assert ledger.forget_failures() == 0


def test_a_request_survives_as_json() -> None:
    odd = request("half \ud800 \x00 'quoted'", schema=None)._replace(temperature=0.7, seed=9)
    assert stored_request(json.loads(request_text(odd))) == odd


def test_only_what_failed_is_tried_again(file: Path) -> None:
    with serving(special={"module 1": "prose", "module 4": "refusal", "module 5": "prose"}) as server:
        with Client(settings(server, max_repeats=1), file, quiet) as client:
            before = [completion.error for completion in client.complete(ASKED)]
        assert before == [None, "invalid_json", None, None, "refused", "invalid_json"]
        server.special.clear()
        with opened_ledger(file) as ledger:
            assert ledger.forget_failures(["invalid_json"]) == 2
        server.received.clear()
        with Client(settings(server, max_repeats=1), file, quiet) as client:
            after = [completion.error for completion in client.complete(ASKED)]
    assert after == [None, None, None, None, "refused", None]
    assert server.received == {"module 1": 1, "module 5": 1}
    assert (client.totals.remembered, client.totals.failed) == (4, 1)


def test_a_chain_of_repeats_goes_on_where_it_was_stopped(file: Path) -> None:
    with serving(special={"module 0": "prose"}) as server:
        with Client(settings(server, max_repeats=3, budget={"max_tokens_in": 40}), file, quiet) as client:
            assert client.complete(ASKED[:1])[0].error == "budget"
        server.special.clear()
        with Client(settings(server, max_repeats=3), file, quiet) as client:
            assert client.complete(ASKED[:1])[0].error is None
    assert [len(body["messages"]) for body in server.bodies] == [2, 4, 6]


def test_a_broken_file_is_an_error_that_names_no_content(file: Path) -> None:
    file.write_bytes(b"not a database, and long enough to be looked at" * 40)
    with pytest.raises(sqlite3.DatabaseError), Client(settings(), file, quiet) as client:
        client.complete(ASKED)

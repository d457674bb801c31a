"""A run stops cleanly when its budget is used up, and the next one goes on."""

from pathlib import Path

import pytest

from resources.llm import Client
from tests.resources.llm.chat_server import request, serving, settings

ASKED = [request(f"module {number}") for number in range(30)]
PRICES = {"price_in": 2.0, "price_out": 8.0}  # 120 millionths a call


def quiet(_: str) -> None:
    return None


@pytest.mark.parametrize("budget", [{"max_tokens_in": 200}, {"max_tokens_out": 100}, {"max_money": 0.0012}])
def test_a_budget_stops_a_run_keeps_what_is_done_and_blames_no_request(tmp_path: Path, budget: dict[str, float]) -> None:
    ledger = tmp_path / "completions.sqlite"
    lines: list[str] = []
    with serving(extra=PRICES) as server:
        for done_before in (0, server.calls):
            with Client(settings(server, budget=budget, concurrency=3), ledger, lines.append) as client:
                found = client.complete(ASKED)
                assert client.complete(ASKED) == found  # nothing more is begun
            done = sum(completion.error is None for completion in found)
            assert {completion.error for completion in found} == {None, "budget"}
            assert 10 <= client.totals.calls <= 10 + 3 - 1  # those under way are finished, and kept
            assert done == server.calls >= done_before + 10
            assert client.totals.failed == 0
            assert next(iter(budget)) in str(client.stopped)
        with Client(settings(server), ledger, quiet) as client:
            assert all(completion.error is None for completion in client.complete(ASKED))
        assert server.calls == 30
    assert sum("no more calls" in line for line in lines) == 2


def test_a_budget_of_nothing_makes_no_call_and_what_is_remembered_is_free(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving() as server:
        with Client(settings(server), ledger, quiet) as client:
            client.complete(ASKED[:5])
        with Client(settings(server, budget={"max_tokens_in": 0}), ledger, quiet) as client:
            found = client.complete(ASKED)
        assert [completion.error for completion in found] == [None] * 5 + ["budget"] * 25
        assert server.calls == 5


def test_answers_that_cannot_be_used_count_too(tmp_path: Path) -> None:
    with serving(always="prose", extra=PRICES) as server:
        with Client(settings(server, budget={"max_tokens_in": 100}, concurrency=1), tmp_path / "completions.sqlite", quiet) as client:
            client.complete(ASKED)
        assert client.totals.tokens_in == 100 == server.calls * 20


def test_a_server_that_counts_nothing_does_not_get_around_the_budget(tmp_path: Path) -> None:
    with serving(usage=False) as server:
        with Client(settings(server, budget={"max_tokens_in": 100}, concurrency=1), tmp_path / "completions.sqlite", quiet) as client:
            client.complete(ASKED)
        assert 5 <= server.calls <= 20

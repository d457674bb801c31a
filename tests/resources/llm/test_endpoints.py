"""Several endpoints in order of preference, and what each of them takes."""

import time
from itertools import count
from pathlib import Path

import pytest

from resources.llm import Client
from resources.llm.ledger import opened_ledger
from tests.resources.llm.chat_server import SCHEMA, request, serving, settings

PROMPTS = [f"module {number}" for number in range(20)]
ASKED = [request(prompt) for prompt in PROMPTS]


def quiet(_: str) -> None:
    return None


@pytest.mark.parametrize("always", ["500", "cut", "401", "404", "403"])
def test_what_the_first_endpoint_cannot_do_the_second_does_and_no_run_asks_it_again(tmp_path: Path, always: str) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving(always=always) as first, serving(name="second", model="other") as second:
        both = settings(first, second)
        with Client(both, ledger, quiet) as client:
            found = client.complete(ASKED)
        assert {completion.model for completion in found} == {"other"} and client.stopped is None
        assert set(second.delivered.values()) == {1}
        assert first.calls <= 5 + 4 - 1 + 3
        first.always, calls = None, first.calls
        with Client(both, ledger, quiet) as client:
            assert client.complete(ASKED) == found
        assert (first.calls, second.calls) == (calls, 20)


def test_the_first_endpoint_is_preferred_and_is_taken_up_again_when_it_is_back(tmp_path: Path) -> None:
    with serving(always="500") as first, serving(name="second", model="other", latency_s=0.02) as second:
        both = settings(first, second, concurrency=1, max_retries=1, breaker={"failures_in_a_row": 2, "cooldown_s": 0.1, "max_probes": 9})
        with Client(both, tmp_path / "completions.sqlite", quiet) as client:
            assert {completion.model for completion in client.complete(ASKED[:3])} == {"other"}
            first.always, later = None, (request(f"later {number}") for number in count())
            deadline = time.monotonic() + 20
            while (found := client.complete([next(later)])[0]).model != "echo":
                assert found.error is None and time.monotonic() < deadline


def test_a_limit_is_waited_for_and_moves_nothing_to_the_second(tmp_path: Path) -> None:
    with serving(share=0.5, kinds=("429",)) as first, serving(name="second", model="other") as second:
        with Client(settings(first, second), tmp_path / "completions.sqlite", quiet) as client:
            client.complete(ASKED)
        assert second.calls == 0


def test_the_failure_of_a_request_is_not_tried_elsewhere(tmp_path: Path) -> None:
    with serving(always="refusal") as first, serving(name="second", model="other") as second:
        with Client(settings(first, second), tmp_path / "completions.sqlite", quiet) as client:
            assert {completion.error for completion in client.complete(ASKED)} == {"refused"}
        assert second.calls == 0


def test_the_completion_of_the_preferred_model_counts_whatever_came_first(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving() as first, serving(name="second", model="other") as second:
        for alone in (second, first):
            with Client(settings(alone), ledger, quiet) as client:
                client.complete(ASKED)
        for order in ((second, first), (first, second)):
            with Client(settings(*order), ledger, quiet) as client:
                assert {completion.model for completion in client.complete(ASKED)} == {order[0].model}
        assert (first.calls, second.calls) == (20, 20)


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        ((), ["json_schema"]),
        (("json_schema",), ["json_schema", "json_object"]),
        (("json_schema", "json_object"), ["json_schema", "json_object", None]),
    ],
)
def test_json_is_asked_for_in_the_form_that_the_server_takes(tmp_path: Path, formats: tuple[str, ...], expected: list[str | None]) -> None:
    with serving(formats=formats) as server, Client(settings(server, concurrency=4), tmp_path / "completions.sqlite", quiet) as client:
        assert all(completion.error is None for completion in client.complete(ASKED))
    forms = [(body.get("response_format") or {}).get("type") for body in server.bodies]
    assert list(dict.fromkeys(forms)) == expected
    assert set(forms[12:]) == {expected[-1]}  # remembered for the run
    last = server.bodies[-1]
    assert (SCHEMA in last["messages"][-1]["content"]) == (expected[-1] != "json_schema")
    if expected[-1] == "json_schema":
        assert last["response_format"]["json_schema"]["strict"] is True


def test_a_form_that_was_set_is_the_only_one_that_is_tried(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with (
        serving(formats=("json_schema",), extra={"json_output": "json_schema"}) as server,
        Client(settings(server), ledger, quiet) as client,
    ):
        (found,) = client.complete(ASKED[:1])
    assert found.error == "http_400" and server.calls == 1


def test_what_a_server_does_not_take_is_left_out(tmp_path: Path) -> None:
    extra = {"leave_out": ["temperature", "seed"], "max_tokens_field": "max_completion_tokens"}
    with serving(extra=extra) as server, Client(settings(server), tmp_path / "completions.sqlite", quiet) as client:
        client.complete(ASKED[:1])
    assert server.bodies[0].keys() == {"model", "messages", "max_completion_tokens", "response_format"}


def test_the_ledger_says_what_a_completion_cost(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving(extra={"price_in": 2.0, "price_out": 8.0}) as server, Client(settings(server), ledger, quiet) as client:
        client.complete(ASKED)
    assert client.totals.money == pytest.approx(20 * (20 * 2 + 10 * 8) / 1e6)
    assert client.totals.by_endpoint["first"].calls == 20
    with opened_ledger(ledger) as kept:
        query = "SELECT sum(money), sum(tokens_in), sum(tokens_out), min(latency_s) > 0, min(counted) FROM completions"
        assert kept._connection.execute(query).fetchone() == (pytest.approx(client.totals.money), 400, 200, 1, 1)


def test_the_key_does_not_follow_a_redirect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUSMITH_LLM_KEY", "k" * 20)
    with serving() as elsewhere, serving(always="307", extra={"api_key_env": "CORPUSMITH_LLM_KEY"}) as server:
        server.location = f"{elsewhere.url}/chat/completions"
        with Client(settings(server), tmp_path / "completions.sqlite", quiet) as client:
            assert client.complete(ASKED[:1])[0].error == "unavailable"
        assert elsewhere.calls == 0 and client.stopped == "first: http_307"

"""What a caller sees of a client, where nothing goes wrong but the answers."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.corpus.generation.completions import Request
from resources.llm import Client
from resources.llm.ledger import opened_ledger
from resources.llm.settings import LlmSettings
from tests.resources.llm.chat_server import SCHEMA, ChatServer, request, serving, settings

PROMPTS = [f"module {number}" for number in range(12)]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as server:
        yield server


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "completions.sqlite"


def quiet(_: str) -> None:
    return None


def test_completions_come_in_order_and_duplicates_are_asked_once(server: ChatServer, ledger: Path) -> None:
    asked = [request(prompt) for prompt in (*PROMPTS, *reversed(PROMPTS))]
    with Client(settings(server), ledger, quiet) as client:
        found = client.complete(asked)
    assert [completion.data["question"] for completion in found] == [f"What is {asked_.messages[1][1]}?" for asked_ in asked]
    assert all(completion.error is None and completion.model == "echo" and completion.finish_reason == "stop" for completion in found)
    assert server.received == server.delivered == dict.fromkeys(PROMPTS, 1)
    assert (client.totals.requests, client.totals.calls, client.totals.tokens_in, client.totals.tokens_out) == (12, 12, 240, 120)
    assert client.stopped is None


def test_what_was_answered_is_never_asked_again_even_without_a_server(server: ChatServer, ledger: Path) -> None:
    with Client(settings(server), ledger, quiet) as client:
        first = client.complete([request(prompt) for prompt in PROMPTS])
    with Client(settings(server), ledger, quiet) as client:
        again = client.complete([request(prompt) for prompt in PROMPTS])
    assert again == first
    assert server.calls == 12
    assert (client.totals.remembered, client.totals.calls, client.totals.money) == (12, 0, 0)


@pytest.mark.parametrize(
    "changed", [{"temperature": 0.5}, {"seed": 1}, {"max_tokens": 65}, {"schema": None}, {"messages": (("user", "module 0"),)}]
)
def test_every_parameter_and_the_prompt_decide_the_key(server: ChatServer, ledger: Path, changed: dict[str, Any]) -> None:
    with Client(settings(server), ledger, quiet) as client:
        client.complete([request("module 0"), request("module 0")._replace(**changed)])
    assert server.calls == 2


def test_another_model_or_parameter_of_the_profile_is_another_key_and_another_address_is_not(server: ChatServer, ledger: Path) -> None:
    for extra in ({}, {"name": "renamed"}, {"json_output": "none"}, {"model": "other"}, {"parameters": {"top_p": 0.5}}):
        server.extra = extra
        with Client(settings(server), ledger, quiet) as client:
            client.complete([request("module 0")])
    assert [body["model"] for body in server.bodies] == ["echo", "other", "echo"]
    assert server.bodies[-1]["top_p"] == 0.5


def test_free_text_is_returned_as_it_came(server: ChatServer, ledger: Path) -> None:
    with Client(settings(server), ledger, quiet) as client:
        (found,) = client.complete([request("module 0", schema=None)])
    assert found.text == json.dumps({"question": "What is module 0?", "words": 2})
    assert found.data is None and found.error is None
    assert "response_format" not in server.bodies[0]


@pytest.mark.parametrize(
    ("fault", "error"), [("refusal", "refused"), ("length", "cut_off"), ("wrong_schema", "invalid_json"), ("prose", "invalid_json")]
)
def test_a_request_that_fails_for_good_is_kept_with_its_reason_and_not_asked_again(ledger: Path, fault: str, error: str) -> None:
    with serving(always=fault) as server:
        with Client(settings(server, max_repeats=1), ledger, quiet) as client:
            (found,) = client.complete([request("module 0")])
        calls = server.calls
        with Client(settings(server, max_repeats=1), ledger, quiet) as client:
            (again,) = client.complete([request("module 0")])
    assert (found.error, found.text, found.data) == (error, None, None) == (again.error, again.text, again.data)
    assert calls == server.calls == (2 if error == "invalid_json" else 1)
    with opened_ledger(ledger) as kept:
        assert kept.reasons() == {error: 1}
        assert [failure.request for failure in kept.failures()] == [request("module 0")]


def test_the_repeat_names_what_was_wrong(ledger: Path) -> None:
    with serving(always="wrong_schema") as server, Client(settings(server, max_repeats=1), ledger, quiet) as client:
        client.complete([request("module 0")])
    *before, answer, told = server.bodies[1]["messages"]
    assert before == server.bodies[0]["messages"]
    assert answer == {"role": "assistant", "content": '{"question": 3}'}
    assert "'words' is a required property" in told["content"] or "3 is not of type 'string'" in told["content"]
    assert SCHEMA in told["content"]


def test_no_more_calls_are_under_way_than_allowed(ledger: Path) -> None:
    with serving(latency_s=0.02) as server, Client(settings(server, concurrency=3), ledger, quiet) as client:
        client.complete([request(prompt) for prompt in PROMPTS])
    assert server.most_under_way == 3


def test_without_an_endpoint_nothing_is_asked_and_the_reason_is_said(ledger: Path) -> None:
    with Client(LlmSettings(), ledger, quiet) as client:
        (found,) = client.complete([request("module 0")])
        assert client.complete([]) == []
    assert found.error == "unavailable"
    assert client.stopped == "llm.endpoints is empty"


def test_a_text_that_cannot_be_sent_does_not_stop_the_others(server: ChatServer, ledger: Path) -> None:
    broken = Request((("user", "half \ud800"),), None, 8)
    with Client(settings(server), ledger, quiet) as client:
        found = client.complete([broken, request("module 0")])
    assert [completion.error for completion in found] == ["not_sendable", None]
    with opened_ledger(ledger) as kept:
        assert [failure.request for failure in kept.failures()] == [broken]


def test_the_key_reaches_its_endpoint_and_no_file_log_or_result(server: ChatServer, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "k" + os.urandom(12).hex()
    lines: list[str] = []
    monkeypatch.setenv("CORPUSMITH_LLM_KEY", f"{secret}\n")
    server.extra = {"api_key_env": "CORPUSMITH_LLM_KEY"}
    for always in (None, "500", "401"):
        server.always = always
        with Client(settings(server, max_retries=1), ledger, lines.append) as client:
            lines += [str(client.complete([request(f"module {always}")])), str(client.stopped)]
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {secret}"}
    assert secret not in "\n".join(lines)
    assert not any(secret.encode() in file.read_bytes() for file in ledger.parent.iterdir())


def test_a_key_that_is_not_set_is_named_and_what_is_remembered_needs_none(server: ChatServer, ledger: Path) -> None:
    with Client(settings(server), ledger, quiet) as client:
        client.complete([request("module 0")])
    server.extra = {"api_key_env": "CORPUSMITH_NO_SUCH_KEY"}
    with Client(settings(server), ledger, quiet) as client:
        found = client.complete([request("module 0"), request("module 1")])
    assert [completion.error for completion in found] == [None, "unavailable"]
    assert client.stopped == "first: CORPUSMITH_NO_SUCH_KEY is not set"
    assert server.calls == 1 and client.totals.calls == 0

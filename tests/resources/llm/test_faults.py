"""Faults of one endpoint: the same results as without them, no call after success, and no storm."""

import time
from pathlib import Path
from threading import Thread, Timer

import pytest

from resources.llm import Client
from tests.resources.llm.chat_server import KINDS, request, serving, settings, usable

PROMPTS = [f"module {number}" for number in range(120)]


def quiet(_: str) -> None:
    return None


@pytest.mark.parametrize("seed", [1, 2])
def test_faults_at_a_third_of_the_calls_change_no_result_and_repeat_no_success(tmp_path: Path, seed: int) -> None:
    asked = [request(prompt) for prompt in PROMPTS]
    with serving() as server, Client(settings(server), tmp_path / "without.sqlite", quiet) as client:
        expected = client.complete(asked)
    with serving(share=0.3, seed=seed) as server:
        patient = settings(server, timeout_s=8.0, concurrency=16, max_retries=8)
        with Client(patient, tmp_path / "with.sqlite", quiet) as client:
            found = client.complete(asked)
            assert client.complete(asked) == found
    assert usable(found) == usable(expected)
    assert client.stopped is None and client.totals.failed == 0
    assert set(server.delivered.values()) == {1}
    faults = server.calls - len(PROMPTS)
    assert 0.3 * server.calls * 0.4 < faults < 0.3 * server.calls * 1.6  # they did happen (fenced ones are no reason to ask again)
    assert client.totals.calls == server.calls


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_is_got_over(tmp_path: Path, kind: str) -> None:
    ledger = tmp_path / "completions.sqlite"
    timeout_s = 2.0 if kind == "stall" else 20.0  # what a busy machine takes longer for was delivered all the same
    with (
        serving(share=0.5, kinds=(kind,), seed=5) as server,
        Client(settings(server, timeout_s=timeout_s, max_repeats=8), ledger, quiet) as client,
    ):
        found = client.complete([request(prompt) for prompt in PROMPTS[:6]])
    assert [completion.error for completion in found] == [None] * 6
    assert server.calls > 6 or kind == "fenced"
    assert set(server.delivered.values()) == {1}


@pytest.mark.parametrize("always", ["500", "cut", "broken", "stall"])
def test_a_server_that_is_down_is_asked_a_bounded_number_of_times(tmp_path: Path, always: str) -> None:
    with serving(always=always) as server:
        down = settings(server, timeout_s=0.2, concurrency=8, max_retries=50)
        with Client(down, tmp_path / "completions.sqlite", quiet) as client:
            found = client.complete([request(prompt) for prompt in PROMPTS])
        breaker = down.breaker
        assert server.calls <= breaker.failures_in_a_row + down.concurrency - 1 + breaker.max_probes
        assert {completion.error for completion in found} == {"unavailable"}
        assert client.totals.unasked == len(PROMPTS) and client.totals.failed == 0
        assert client.stopped is not None and client.stopped.startswith("first: ")
        server.always = None
        with Client(down, tmp_path / "completions.sqlite", quiet) as client:  # nobody blames the requests for that
            assert all(completion.error is None for completion in client.complete([request(prompt) for prompt in PROMPTS[:3]]))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with serving() as server:
        gone = settings(server)
    with Client(gone, tmp_path / "completions.sqlite", quiet) as client:
        assert {completion.error for completion in client.complete([request(prompt) for prompt in PROMPTS])} == {"unavailable"}
    assert client.totals.calls <= 5 + 4 - 1 + 3
    assert client.stopped == "first: connection (it cannot be reached, or breaks off)"


def test_a_server_that_comes_back_is_used_again(tmp_path: Path) -> None:
    with serving(always="500") as server:
        patient = settings(server, breaker={"failures_in_a_row": 3, "cooldown_s": 0.2, "max_probes": 3})
        with Client(patient, tmp_path / "completions.sqlite", quiet) as client:
            Timer(0.15, setattr, (server, "always", None)).start()
            found = client.complete([request(prompt) for prompt in PROMPTS[:10]])
    assert all(completion.error is None for completion in found)


@pytest.mark.parametrize(("kind", "wait_s"), [("429-after", 1.0), ("429", 0.3)])
def test_a_limit_stops_all_workers_and_one_goes_first(tmp_path: Path, kind: str, wait_s: float) -> None:
    with serving(always=kind, retry_after="1") as server:
        limited = settings(server, first_backoff_s=0.3, max_backoff_s=0.3, concurrency=4, max_wait_s=60)

        def mend() -> None:
            while not server.calls:
                time.sleep(0.01)
            time.sleep(0.2)
            server.always = None

        Thread(target=mend).start()
        with Client(limited, tmp_path / "completions.sqlite", quiet) as client:
            found = client.complete([request(prompt) for prompt in PROMPTS[:8]])
    assert all(completion.error is None for completion in found)
    refused = [moment for moment in server.times if moment - server.times[0] < 0.2]
    assert len(refused) <= 4
    assert server.times[len(refused)] - server.times[0] >= wait_s
    assert server.calls == 8 + len(refused)


def test_a_limit_without_end_is_given_up(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving(always="429-after", retry_after="3600") as server, Client(settings(server), ledger, quiet) as client:
        found = client.complete([request(prompt) for prompt in PROMPTS[:8]])
    assert {completion.error for completion in found} == {"unavailable"}
    assert server.calls <= 4
    assert "max_wait_s" in str(client.stopped)


def test_a_request_is_blamed_only_where_the_endpoint_answers_others(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving(special={"poison": "500"}) as server, Client(settings(server, max_retries=3, concurrency=2), ledger, quiet) as client:
        (alone,) = client.complete([request("poison")])
        among, *others = client.complete([request(prompt) for prompt in ("poison", *PROMPTS)])
    assert alone.error == "unavailable"
    assert among.error == "http_500"
    assert all(completion.error is None for completion in others)


def test_a_prompt_that_is_forbidden_is_asked_once_and_a_key_that_is_costs_no_storm(tmp_path: Path) -> None:
    ledger, asked = tmp_path / "completions.sqlite", [request(prompt) for prompt in PROMPTS]
    with serving(special={"module 9": "403"}) as server, Client(settings(server, concurrency=1), ledger, quiet) as client:
        found = client.complete(asked[:12])
    assert [completion.error for completion in found if completion.error] == ["http_403"] and server.received["module 9"] == 1
    with serving(always="403") as server, Client(settings(server), tmp_path / "other.sqlite", quiet) as client:
        assert {completion.error for completion in client.complete(asked)} == {"unavailable"}
    assert server.calls <= 5 + 4 - 1 + 3


def test_a_request_that_its_limit_never_lets_in_is_blamed_while_others_are_answered(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    with serving(special={"huge": "429-after"}) as server, Client(settings(server, concurrency=2), ledger, quiet) as client:
        huge, *others = client.complete([request("huge"), *(request(prompt) for prompt in PROMPTS)])
    assert huge.error == "http_429" and server.received["huge"] == 20
    assert all(completion.error is None for completion in others)

"""A run that is killed makes no completed call again, wherever it is killed."""

import multiprocessing
import signal
import sqlite3
import time
from pathlib import Path

from resources.llm import Client
from resources.llm.settings import LlmSettings
from tests.resources.llm.chat_server import ChatServer, request, serving, settings

PROMPTS = [f"module {number}" for number in range(40)]
POINTS = (("received", 1), ("answered", 9), ("answering", 17), ("received", 26), ("answered", 40))
CONCURRENCY = 4


def ask(chosen: LlmSettings, ledger: Path) -> None:
    with Client(chosen, ledger, str) as client:
        found = client.complete([request(prompt) for prompt in PROMPTS])
    assert all(completion.error is None for completion in found)


def run(server: ChatServer, ledger: Path) -> int | None:
    """Ask everything in a process of its own, and return how that ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["openai", "resources.llm.client"])
    child = context.Process(target=ask, args=(settings(server, concurrency=CONCURRENCY, timeout_s=20), ledger))
    child.start()
    server.victim = child.pid or 0
    child.join(60)
    return child.exitcode


def kept(ledger: Path) -> int:
    with sqlite3.connect(ledger) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT count(*) FROM completions").fetchone()[0]


def test_kills_at_five_points_cost_only_the_calls_under_way(tmp_path: Path) -> None:
    ledger, under_way = tmp_path / "completions.sqlite", 0
    with serving(latency_s=0.01, share=0.2, kinds=("prose", "fenced")) as server:
        for point in POINTS:
            server.kill_at, before = point, server.calls
            assert run(server, ledger) == -signal.SIGKILL
            time.sleep(0.1)  # the server reads what still stands in its sockets
            in_ledger = kept(ledger)
            lost = server.calls - in_ledger - under_way  # received, and not in the ledger: they were under way at the kill
            assert 0 <= lost <= CONCURRENCY
            assert server.calls > before
            under_way += lost
        server.kill_at = None
        assert run(server, ledger) == 0
        assert run(server, ledger) == 0
        needed = kept(ledger)
        assert needed >= len(PROMPTS)
        assert server.calls == needed + under_way
        assert under_way <= CONCURRENCY * len(POINTS)


def test_two_processes_share_a_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    context = multiprocessing.get_context("forkserver")
    with serving(latency_s=0.005) as server:
        both = [context.Process(target=ask, args=(settings(server, concurrency=CONCURRENCY), ledger)) for _ in range(2)]
        for child in both:
            child.start()
        for child in both:
            child.join(60)
        assert [child.exitcode for child in both] == [0, 0]
        assert kept(ledger) == len(PROMPTS)
        assert server.calls <= 2 * len(PROMPTS)
        calls = server.calls
        assert run(server, ledger) == 0
        assert server.calls == calls

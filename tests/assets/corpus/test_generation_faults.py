"""Whatever befalls the server or the run, the same pairs come of it, and no call is made again that was answered."""

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import polars as pl
import pytest

from resources.llm.resource import LEDGER
from tests.assets.corpus.museum import Museum, failed, files, metadata, pages
from tests.assets.corpus.scripted_server import says
from tests.resources.llm.chat_server import ChatServer, serving

CONCURRENCY = 4
# All that a run imports: what has no threads yet may be forked.
PRELOADED = [
    "openai.resources.chat",
    "jsonschema",
    "alembic.command",
    "matplotlib.pyplot",
    "assets.corpus.schema",
    "tests.assets.corpus.museum",
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tokenizer: pl.DataFrame) -> tuple[str, int]:
    """The snapshot without faults, and the calls that it took."""
    made = museum(tmp_path_factory.mktemp("whole"), tokenizer)
    with serving(says=says) as server:
        assert made.ask(server).success
    return str(made.id), server.calls


def museum(root: Path, tokenizer: pl.DataFrame) -> Museum:
    made = Museum(root / "home", tokenizer, {"questions_per_chunk": 3})
    made.publish(files(), pages())
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_faults_at_a_third_of_the_calls_change_nothing(tmp_path: Path, tokenizer: pl.DataFrame, whole: tuple[str, int], seed: int) -> None:
    made, (expected, needed) = museum(tmp_path, tokenizer), whole
    with serving(says=says, share=0.3, seed=seed) as server:
        result = made.ask(server, timeout_s=8.0, max_retries=8, max_repeats=8)  # a busy machine stops for a second or two
        assert result.success and failed(result) == {}
        assert made.id == expected
        assert len(server.delivered) == needed and set(server.delivered.values()) == {1}
        assert 1.1 * needed < server.calls == metadata(result)["llm_calls"], "they did happen"
        calls = server.calls
        assert made.ask(server).success and server.calls == calls and made.id == expected


def ask(home: Path, server: ChatServer) -> None:
    """What the process does that is killed."""
    result = Museum(home, generation={"questions_per_chunk": 3}).ask(server, concurrency=CONCURRENCY)
    os._exit(0 if result.success else 3)


def run(home: Path, server: ChatServer) -> int | None:
    """Materialize in a process of its own, and return how that ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    address = ChatServer(url=server.url)
    child = context.Process(target=ask, args=(home, address))
    child.start()
    server.victim = child.pid or 0
    child.join(60)
    return child.exitcode


def kept(home: Path) -> int:
    if not (home / LEDGER).exists():
        return 0
    with sqlite3.connect(home / LEDGER) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM completions").fetchone()[0])


def test_kills_at_five_points_cost_only_the_calls_under_way(tmp_path: Path, tokenizer: pl.DataFrame, whole: tuple[str, int]) -> None:
    made, (expected, needed), under_way = museum(tmp_path, tokenizer), whole, 0
    points = (("received", 1), ("answered", 9), ("answering", 16), ("received", 25), ("answered", needed))
    with serving(says=says, latency_s=0.01) as server:
        for point in points:
            server.kill_at, before = point, server.calls
            assert run(made.home, server) == -signal.SIGKILL
            time.sleep(0.1)  # the server reads what still stands in its sockets
            assert server.calls > before and made.id is None, "it got further, and nobody reads half a dataset"
            lost = server.calls - kept(made.home) - under_way  # received, and not in the ledger: under way at the kill
            assert 0 <= lost <= CONCURRENCY
            under_way += lost
        server.kill_at = None
        assert run(made.home, server) == 0 and made.id == expected
    assert kept(made.home) == needed and server.calls == needed + under_way

"""Fetching from the forge, in a process that is killed and with faults: nothing is fetched twice, nothing is lost."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assets.pull_requests.sources import fetching, store
from assets.pull_requests.sources.fetching import Fetched
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.forge import SMALL, Faults, Forge, Size
from resources.github import GithubClient
from tests.github_server import Hours

ROOT = Path(__file__).resolve().parents[4]
KILLS = 10
LASTING = Size(pull_requests=40, comments=80)  # longer than ten kills let it come


@pytest.fixture(scope="module")
def forge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forge")


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def of_forge(forge: Forge, folder: Path, **fields: Any) -> Fetched:
    chosen = GithubSettings(**{"base_url": forge.base_url, "name": "forge", "repositories": forge.repositories, "backoff_s": 0.01} | fields)
    return fetching.fetch_all(GithubClient(chosen, os.environ, Hours()), folder, chosen)  # type: ignore[arg-type]


def test_the_forge_with_and_without_faults(forge_folder: Path, port: int, tmp_path: Path) -> None:
    with Forge.serve(forge_folder, size=SMALL, port=port) as forge:
        calm = of_forge(forge, tmp_path / "calm")
        awkward = of_forge(forge, tmp_path / "awkward", repositories=(forge.moved, forge.empty, forge.blocked, "corpusmith/none"))
    assert calm.entries.height == SMALL.pull_requests
    assert calm.counts["fetched"] == calm.counts["up_to_date"] == SMALL.pull_requests
    with store.opened(calm.file) as connection:
        bundles = [store.read(connection, *entry[:2]) for entry in calm.entries.rows()]
    assert sum(len(found["review_comments"]) for found in bundles) == SMALL.comments
    found = {(rule, detail.split(":")[0].split(" ")[0]) for rule, detail in awkward.problems.select("rule", "detail").iter_rows()}
    expected = {("moved", "corpusmith/nightshift"), ("blocked", "corpusmith/withdrawn"), ("gone", "corpusmith/none")}
    assert expected <= found
    assert awkward.entries.height == SMALL.pull_requests
    with Forge.serve(forge_folder, Faults(share=0.2, times=2, seed=3, slow_s=0.01), SMALL, port=port) as forge:
        stormy = of_forge(forge, tmp_path / "stormy")
        assert sum(asked.fault is not None for asked in forge.requests) > 20
    assert stormy.entries.equals(calm.entries)
    assert stormy.problems.equals(calm.problems)


CHILD = """
import sys
from pathlib import Path
from assets.pull_requests.sources import fetching
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
settings = GithubSettings.model_validate_json(sys.argv[2])
fetching.fetch_all(GithubClient(settings, {}), Path(sys.argv[1]), settings)
"""


@pytest.mark.slow
def test_killed_anywhere_nothing_is_fetched_twice_or_lost(forge_folder: Path, port: int, tmp_path: Path) -> None:
    with Forge.serve(forge_folder, Faults(latency_s=0.01), LASTING, port=port) as forge:
        calm = of_forge(forge, tmp_path / "calm")
        chosen = GithubSettings(base_url=forge.base_url, name="forge", repositories=forge.repositories, parallel_requests=2)
        forge.requests.clear()
        dice = random.Random(1)
        done: set[int] = set()
        for _ in range(KILLS):
            before = len(forge.requests)
            run = [sys.executable, "-c", CHILD, str(tmp_path / "killed"), chosen.model_dump_json()]
            child = subprocess.Popen(run, cwd=ROOT, start_new_session=True)
            after = dice.randrange(3, 40)
            while len(forge.requests) < before + after and child.poll() is None:
                time.sleep(0.002)
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            asked = Counter(request.path for request in forge.requests[before:])
            assert not any(asked[f"/repos/{forge.repositories[0]}/pulls/{number}"] for number in done), "a finished one was asked for again"
            file = store.place(tmp_path / "killed", "forge")
            done = {number for _, number, _ in store.entries(file)} if file.exists() else done
        assert 0 < len(done) < LASTING.pull_requests
        resumed = of_forge(forge, tmp_path / "killed")
    assert resumed.entries.equals(calm.entries)
    assert json.dumps(resumed.problems.to_dicts()) == json.dumps(calm.problems.to_dicts())

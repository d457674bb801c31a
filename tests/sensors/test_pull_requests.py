"""What asks for new pull requests, on the forge: a question costs nothing while nothing changes, and asks for a run when something does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from resources.forge import SMALL, Forge
from resources.lake import Lake
from resources.settings import Settings
from sensors import new_pull_requests


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    with Forge.serve(tmp_path / "forge", size=SMALL) as forge:
        yield forge


class Sensor:
    """The sensor with its cursor, ticked by hand."""

    def __init__(self, lake: Lake, **sources: Any) -> None:
        self.lake, self.cursor = lake, None
        self.settings = Settings.model_validate({"sources": {"pull_requests": sources}})

    def tick(self) -> Any:
        context = dg.build_sensor_context(cursor=self.cursor, resources={"lake": self.lake, "settings": self.settings})
        result = new_pull_requests(context)
        self.cursor = getattr(result, "cursor", self.cursor)
        return result


def test_a_run_is_asked_for_once_for_each_change(forge: Forge, lake: Lake) -> None:
    sensor = Sensor(lake, base_url=forge.base_url, repositories=list(forge.repositories))
    (first,) = sensor.tick().run_requests
    assert "nothing" not in first.run_key and sensor.tick().skip_reason.skip_message == "no repository has new pull requests"
    assert [asked.status for asked in forge.requests] == [200, 304], "the second question costs nothing of the limit"
    forge.update(3)
    (second,) = sensor.tick().run_requests
    assert second.run_key != first.run_key
    assert not sensor.tick().run_requests


def test_repositories_take_their_turns(forge: Forge, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.pull_requests.ASKED_PER_TICK", 1)
    (repository,) = forge.repositories
    sensor = Sensor(lake, base_url=forge.base_url, repositories=[repository, forge.empty])
    assert sensor.tick().run_requests and not sensor.tick().run_requests
    asked = [record.path for record in forge.requests]
    assert [repository in asked[0], forge.empty in asked[1]] == [True, True] and len(asked) == 2


def test_a_low_limit_is_left_to_others(tmp_path: Path, lake: Lake) -> None:
    """A tenth of the limit at most is left to others: of ten requests one."""
    with Forge.serve(tmp_path / "forge", size=SMALL, rate_limit=10) as forge:
        for _ in range(7):
            httpx.get(f"{forge.base_url}/repos/{forge.repositories[0]}")
        sensor = Sensor(lake, base_url=forge.base_url, repositories=[*forge.repositories, forge.empty], reserve_requests=50)
        assert sensor.tick().run_requests and len(forge.requests) == 9
        assert "reserved for others" in sensor.tick().skip_reason.skip_message


def test_a_host_that_is_away_is_said_and_asked_again(lake: Lake) -> None:
    sensor = Sensor(lake, base_url="http://127.0.0.1:9", repositories=["owner/name"], timeout_s=1)
    assert sensor.tick().skip_reason.skip_message
    assert json.loads(sensor.cursor or "{}")["etags"] == {}


def test_without_repositories_nothing_is_asked(lake: Lake) -> None:
    assert Sensor(lake).tick().skip_message == "sources.pull_requests names no repository"

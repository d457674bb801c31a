"""What asks to be materialized by itself, evaluated on the real condition and on the real graph."""

import dagster as dg
import pytest

from assets.automation import on_new_data
from sensors import automation

CONTENT = {"source": "1", "version": "1"}


@dg.asset
def source() -> dg.MaterializeResult:
    return dg.MaterializeResult(data_version=dg.DataVersion(CONTENT["source"]))


def derived(code_version: str) -> dg.AssetsDefinition:
    @dg.asset(name="derived", deps=[source], automation_condition=on_new_data, code_version=code_version)
    def _derived() -> dg.MaterializeResult:
        return dg.MaterializeResult(data_version=dg.DataVersion("d"))

    return _derived


class Graph:
    """A source and what is derived from it, ticked by hand."""

    def __init__(self) -> None:
        self.instance, self.cursor, self.code_version = dg.DagsterInstance.ephemeral(), None, "1"

    def tick(self) -> int:
        defs = dg.Definitions([source, derived(self.code_version)])
        result = dg.evaluate_automation_conditions(defs, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return result.total_requested

    def make(self, *names: str) -> None:
        chosen = [asset for asset in (source, derived(self.code_version)) if asset.key.path[-1] in names]
        assert dg.materialize([source, derived(self.code_version)], instance=self.instance, selection=chosen).success


@pytest.fixture
def graph() -> Graph:
    CONTENT["source"] = "1"
    graph = Graph()
    graph.tick()
    graph.make("source")
    assert graph.tick() == 1, "the source is there for the first time"
    graph.make("derived")
    assert graph.tick() == 0
    return graph


def test_new_content_asks_for_what_is_below(graph: Graph) -> None:
    CONTENT["source"] = "2"
    graph.make("source")
    assert graph.tick() == 1
    assert graph.tick() == 0, "it was asked for already"


def test_the_same_content_again_asks_for_nothing(graph: Graph) -> None:
    graph.make("source")
    assert graph.tick() == 0


def test_new_code_asks_for_the_asset_itself(graph: Graph) -> None:
    graph.code_version = "2"
    assert graph.tick() == 1


def test_nothing_is_asked_while_a_source_is_missing() -> None:
    assert Graph().tick() == 0


def test_the_sensor_runs_unless_it_is_stopped() -> None:
    assert automation.default_status is dg.DefaultSensorStatus.RUNNING

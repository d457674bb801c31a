"""What is not remembered, such as a look at the files of a source, is shared by the workers that are up."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.engine import EngineSettings, LocalEngine, Stage
from resources.lake import Lake
from tests.resources.engine import stages
from tests.resources.engine.test_local import shard


def started(lake: Lake) -> LocalEngine:
    engine = LocalEngine(lake, EngineSettings(workers=2, inline_max_bytes=0))
    engine.map(lake.draft("numbers"), [Stage(stages.double, "1")], [shard(lake, "a", 1)])
    return engine


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    engine = started(Lake.at(tmp_path_factory.mktemp("home")))
    yield engine
    engine.close()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(), max_size=40))
def test_all_items_are_looked_at_in_their_order(workers: LocalEngine, items: list[int]) -> None:
    found = workers.spread(stages.place, items)
    assert [item for _, some in found for item in some] == items
    assert len(found) <= 8 and (not items or os.getpid() not in [process for process, _ in found])


def test_no_workers_are_started_for_it(lake: Lake) -> None:
    assert LocalEngine(lake, EngineSettings(workers=2)).spread(stages.place, [1, 2]) == [(os.getpid(), [1, 2])]
    assert LocalEngine(lake, EngineSettings(workers=0)).spread(stages.place, []) == [(os.getpid(), [])]


def test_what_is_raised_is_raised_here(workers: LocalEngine) -> None:
    with pytest.raises(NotADirectoryError, match="-5 is below zero"):
        workers.spread(stages.fail_below_zero, [3, 4, -5, 6])
    assert workers.spread(stages.fail_below_zero, [1]) == [[1]]


def test_a_worker_that_dies_leaves_the_work_to_the_caller(lake: Lake) -> None:
    engine = started(lake)
    assert engine.spread(stages.die_in_a_worker, [1, 2, 3]) == [[1, 2, 3]]
    (result,) = engine.map(lake.draft("numbers"), [Stage(stages.double, "2")], [shard(lake, "a", 4)])
    assert engine.read([result])[0]["value"].to_list() == [8]
    engine.close()

"""What one shard costs when it is the only one: several workers share it."""

import os
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.engine import EngineError, EngineSettings, LocalEngine, Stage, Task, task
from resources.lake import Lake, Shard
from tests.resources.engine import stages

SMALL = Stage(stages.keep_small, "1", stages.Settings(), by_row=True)
DOUBLE = Stage(stages.double, "1", by_row=True)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    engine = LocalEngine(Lake.at(tmp_path_factory.mktemp("home")), EngineSettings(workers=2))
    yield engine
    engine.close()


def shard(lake: Lake, label: str, values: list[int], n_bytes: int) -> Shard:
    """Rows that stand for `n_bytes` each."""
    rows = {"id": [f"{label}{value}" for value in values], "value": values, "n_bytes": [n_bytes] * len(values)}
    return lake.put(pl.DataFrame(rows), label)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 5))
def test_parts_are_all_rows_in_their_order_and_of_about_one_weight(weights: list[int], count: int) -> None:
    frame = pl.DataFrame({"row": range(len(weights)), "n_bytes": weights}, schema={"row": pl.Int64, "n_bytes": pl.Int64})
    parts = task.parts(frame, count)
    assert len(parts) == count and pl.concat(parts).equals(frame)
    assert all(part["n_bytes"].sum() <= sum(weights) / count + max(weights, default=0) for part in parts)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 20), max_size=20), st.integers(1, 4))
def test_stages_by_row_make_the_same_bytes_of_the_parts(tmp_path_factory: pytest.TempPathFactory, values: list[int], count: int) -> None:
    whole, shared = (Lake.at(tmp_path_factory.mktemp("home")) for _ in range(2))
    given_ = pl.DataFrame({"id": [str(value) for value in values], "value": values}, schema={"id": pl.String, "value": pl.Int64})
    work = [Task("numbers", (SMALL, DOUBLE, SMALL), (lake.put(given_, "a"),)) for lake in (whole, shared)]
    outcomes = [task.compute(shared.storage, work[1], number, count) for number in range(count)]
    assert task.run(whole.storage, work[0]) == task.store(shared.storage, work[1], outcomes)


@pytest.mark.parametrize(
    ("by_row", "sizes", "given_"),
    [
        (True, {"a": 10}, [5] * 10),  # alone: a half for each
        (True, {"a": 10, "b": 10, "c": 10}, [5] * 30),  # else one would do two of them
        (True, dict.fromkeys("abcdefghi", 10), [10] * 90),  # enough for both without cutting
        (True, {"a": 20, "b": 2}, [10] * 20 + [2] * 2),  # the small one is no work for the second
        (False, {"a": 10}, [10] * 10),
    ],
)
def test_a_shard_is_shared_where_a_worker_would_be_idle(
    workers: LocalEngine, by_row: bool, sizes: dict[str, int], given_: list[int]
) -> None:
    stage = Stage(stages.count_rows, f"{by_row} {sizes}", by_row=by_row)
    results = workers.map(workers.lake.draft("numbers"), [stage], [shard(workers.lake, *each) for each in _shards(sizes)])
    assert pl.concat(workers.read(results))["given"].to_list() == given_


def _shards(sizes: dict[str, int]) -> list[tuple[str, list[int], int]]:
    return [(label, list(range(rows)), 400_000) for label, rows in sizes.items()]


def test_a_shared_shard_that_fails_is_named_with_its_row(workers: LocalEngine) -> None:
    stage = Stage(stages.fail_on_13, "1", by_row=True)
    with pytest.raises(EngineError, match=r"1 of 1 shards failed.*\n.*shard 'bad', row id bad13"):
        workers.map(workers.lake.draft("numbers"), [stage], [shard(workers.lake, "bad", list(range(20)), 400_000)])


def test_a_shared_shard_that_kills_its_worker_is_reported(workers: LocalEngine) -> None:
    stage = Stage(stages.die_on_13, "1", by_row=True)
    with pytest.raises(EngineError, match="the worker died twice on shard 'bad'"):
        workers.map(workers.lake.draft("numbers"), [stage], [shard(workers.lake, "bad", list(range(20)), 400_000)])


def test_small_work_goes_to_workers_that_are_up(workers: LocalEngine) -> None:
    for label, n_bytes in (("large", 10_000_000), ("small", 1)):
        stage = Stage(stages.count_rows, "1")
        results = workers.map(workers.lake.draft("numbers"), [stage], [shard(workers.lake, label, [1, 2], n_bytes)])
        assert os.getpid() not in workers.read(results)[0]["worker"].to_list(), label


def test_parts_of_a_frame_without_sizes() -> None:
    assert [part.height for part in task.parts(pl.DataFrame({"value": np.arange(10)}), 3)] == [4, 3, 3]

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from blake3 import blake3

from resources.engine import EngineError, EngineSettings, LocalEngine, Stage
from resources.lake import Lake, Shard
from tests.resources.engine import stages


@pytest.fixture
def workers(lake: Lake) -> Iterator[LocalEngine]:
    engine = LocalEngine(lake, EngineSettings(workers=2, inline_max_bytes=0))
    yield engine
    engine.close()


def shard(lake: Lake, label: str, *values: int) -> Shard:
    return lake.put(pl.DataFrame({"id": [f"{label}{value}" for value in values], "value": list(values)}), label)


SMALL = Stage(stages.keep_small, "1", stages.Settings())


def test_a_chain_is_fused_and_its_ledger_says_what_went(lake: Lake, engine: LocalEngine) -> None:
    draft = lake.draft("numbers")
    engine.build(draft, [SMALL, Stage(stages.double, "1")], [shard(lake, "a", 1, 20), shard(lake, "b", 3)])
    snapshot = lake.commit(draft)
    assert snapshot.scan().collect()["value"].to_list() == [2, 6]
    assert snapshot.ledger().collect().rows() == [("numbers", "a20", "too_large", "dropped", 20.0, 10.0, None)]
    assert snapshot.manifest.stages == [SMALL.identity, Stage(stages.double, "1").identity]


def test_what_is_known_is_not_computed_again(lake: Lake, engine: LocalEngine) -> None:
    inputs = [shard(lake, name, number) for number, name in enumerate("abc")]
    for expected, stage, used in [
        (2, SMALL, inputs[:2]),  # all new
        (2, SMALL, inputs[:2]),  # all known
        (3, SMALL, inputs),  # one shard added
        (6, Stage(stages.keep_small, "2", stages.Settings()), inputs),  # another version of the code
        (9, SMALL.bind(stages.Settings(limit=1)), inputs),  # other settings
    ]:
        engine.build(lake.draft("numbers"), [stage], used)
        assert engine.computed == expected


@pytest.mark.parametrize("name", ["part.parquet", "result.json"])
@pytest.mark.parametrize("left", [b"not what was written", b""])  # nothing: the power failed
def test_a_memo_entry_that_went_bad_is_computed_again(lake: Lake, engine: LocalEngine, name: str, left: bytes) -> None:
    (result,) = engine.map(lake.draft("numbers"), [SMALL], [shard(lake, "a", 1)])
    lake.storage.write(f"{Path(result.part.key).parent}/{name}", left)
    (again,) = engine.map(lake.draft("numbers"), [SMALL], [shard(lake, "a", 1)])
    assert engine.computed == 2 and engine.read([again])[0]["value"].to_list() == [1]


def test_side_inputs_reach_the_first_stage_and_are_part_of_the_key(lake: Lake, engine: LocalEngine) -> None:
    main = shard(lake, "a", 1)
    for offset in (10, 20):
        side = lake.put(pl.DataFrame({"offset": [offset]}), "side")
        (result,) = engine.map(lake.draft("numbers"), [Stage(stages.add_side, "1")], [(main, side)])
        assert engine.read([result])[0]["value"].to_list() == [1 + offset]


def test_one_worker_two_workers_and_none_make_the_same_snapshot(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = set()
    for count in (0, 1, 2):
        lake = Lake.at(tmp_path_factory.mktemp(f"workers{count}"))
        engine = LocalEngine(lake, EngineSettings(workers=count, inline_max_bytes=0))
        draft = lake.draft("numbers")
        engine.build(draft, [SMALL], [shard(lake, name, *range(number, 2000)) for number, name in enumerate("abcde")])
        engine.close()
        found.add(lake.commit(draft).id)
    assert len(found) == 1


def test_a_failing_shard_is_named_and_the_others_are_kept(lake: Lake, workers: LocalEngine) -> None:
    inputs = [shard(lake, "good", *range(10)), shard(lake, "bad", *range(5, 30)), shard(lake, "fine", 1)]
    with pytest.raises(EngineError) as caught:
        workers.build(lake.draft("numbers"), [Stage(stages.fail_on_13, "1")], inputs)
    message = str(caught.value)
    assert "1 of 3 shards failed" in message and "shard 'bad'" in message and "row id bad13" in message
    assert "hunter2" not in message, "an exception's text can hold what stood in the row"
    assert workers.computed == 2
    engine = LocalEngine(lake, EngineSettings(workers=0))
    engine.map(lake.draft("numbers"), [Stage(stages.fail_on_13, "1")], [inputs[0], inputs[2]])
    assert engine.computed == 0


def test_a_worker_that_dies_once_is_replaced(lake: Lake, workers: LocalEngine, tmp_path_factory: pytest.TempPathFactory) -> None:
    stage = Stage(stages.die_once, "1", stages.Settings(folder=str(tmp_path_factory.mktemp("mark"))))
    inputs = [shard(lake, name, value) for name, value in [("a", 1), ("b", 13), ("c", 2), ("d", 3), ("e", 4), ("f", 5)]]
    draft = lake.draft("numbers")
    workers.build(draft, [stage], inputs)
    assert lake.commit(draft).scan().collect()["value"].to_list() == [1, 13, 2, 3, 4, 5]


def test_a_shard_that_kills_its_worker_twice_is_reported(lake: Lake, workers: LocalEngine) -> None:
    inputs = [shard(lake, name, value) for name, value in [("a", 1), ("b", 2), ("c", 13), ("d", 3), ("e", 4), ("f", 5), ("g", 6), ("h", 7)]]
    with pytest.raises(EngineError, match=r"1 of 8 shards failed.*\n.*the worker died twice on shard 'c'"):
        workers.map(lake.draft("numbers"), [Stage(stages.die_on_13, "1")], inputs)
    assert workers.computed == 7


def test_an_input_that_does_not_match_its_digest_is_not_read(lake: Lake, engine: LocalEngine) -> None:
    bad = shard(lake, "a", 1)
    lake.storage.write(bad.key, b"something else")
    with pytest.raises(EngineError, match=r"shard 'a' of the input of numbers"):
        engine.map(lake.draft("numbers"), [SMALL], [bad])


@pytest.mark.parametrize("left", [b"something else", None])
def test_a_side_input_that_does_not_match_its_digest_is_not_read(lake: Lake, engine: LocalEngine, left: bytes | None) -> None:
    side = lake.put(pl.DataFrame({"offset": [1]}), "side")
    lake.storage.remove(side.key)
    if left is not None:
        lake.storage.write(side.key, left)
    found = "nothing, it is missing" if left is None else blake3(left).hexdigest()[:22]
    with pytest.raises(EngineError, match=rf"shard 'side' of the input of numbers\) hashes to {found}"):
        engine.map(lake.draft("numbers"), [Stage(stages.add_side, "1")], [(shard(lake, "a", 1), side)])


def test_empty_shards_are_left_out_but_never_all_of_them(lake: Lake, engine: LocalEngine) -> None:
    draft = lake.draft("numbers")
    engine.build(draft, [SMALL], [shard(lake, "a", 100), shard(lake, "b", 1), shard(lake, "c", 200)])
    assert [part.label for part in draft.parts] == ["b"]
    nothing = lake.draft("numbers")
    engine.build(nothing, [SMALL], [shard(lake, "a", 100), shard(lake, "c", 200)])
    assert lake.commit(nothing).scan().collect().schema == {"id": pl.String, "value": pl.Int64}


def test_shards_of_equal_content_keep_their_labels(lake: Lake, engine: LocalEngine) -> None:
    same = pl.DataFrame({"id": ["x"], "value": [1]})
    results = engine.map(lake.draft("numbers"), [SMALL], [lake.put(same, "a"), lake.put(same, "b")])
    assert [result.part.label for result in results] == ["a", "b"] and engine.computed == 1


def test_progress_says_shards_rows_rate_and_time(lake: Lake, engine: LocalEngine) -> None:
    lines: list[str] = []
    for one in (engine, engine, LocalEngine(lake, engine.settings)):
        one.map(lake.draft("numbers"), [SMALL], [shard(lake, "a", 1, 2), shard(lake, "b", 1)], lines.append)
    assert lines[0].startswith("numbers: keep_small: 2 of 2 shards, 3 rows, ") and "MB/s in" in lines[0]
    assert lines[1:] == ["numbers: keep_small: 2 shards, all remembered"], "whoever has just seen it made need not be told again"

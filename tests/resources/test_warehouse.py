"""The file: bound to snapshots, replaced in one step, or not at all. Without dbt: any transform does."""

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets import ledger
from resources.lake import Lake, Snapshot
from resources.lake.history import prune
from resources.lake.snapshot import CorruptShard
from resources.warehouse import Warehouse, WarehouseError

EMPTY = {"apples": pl.DataFrame(schema={"id": pl.String, "parent_ids": pl.List(pl.String)})}
LEDGER = pl.DataFrame(schema={"asset": pl.String, **ledger.SCHEMA})
RULES = pl.DataFrame({"asset": ["apples"], "rule": ["small"], "drops": ["below"], "keeps_scores": [True]})


def grow(lake: Lake, *ids: str) -> Snapshot:
    draft = lake.draft("apples")
    draft.parts = [lake.put(pl.DataFrame({"id": ids, "parent_ids": [[]] * len(ids)}, schema=EMPTY["apples"].schema), "all")]
    snapshot = lake.commit(draft)
    lake.publish(snapshot, draft.base)
    return snapshot


def show_apples(path: Path, _: object) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create view main.apples as select * from lake.apples")


def break_down(path: Path, _: object) -> None:
    raise RuntimeError("broken")


def ids(warehouse: Warehouse) -> list[str]:
    return warehouse.query("select id from apples order by id")["id"].to_list()


def test_a_dataset_without_a_snapshot_is_an_empty_table(lake: Lake) -> None:
    warehouse = Warehouse(lake)
    assert warehouse.build(EMPTY, LEDGER, RULES, show_apples) == {}
    assert warehouse.query("from apples").schema == EMPTY["apples"].schema
    assert warehouse.query("select rows, snapshot from lake.snapshots").rows() == [(0, None)]
    assert warehouse.query("from lake.ledger").columns == LEDGER.columns


def test_views_read_the_snapshot_that_was_published_when_the_warehouse_was_built(lake: Lake) -> None:
    warehouse, first = Warehouse(lake), grow(lake, "a", "b")
    assert warehouse.build(EMPTY, LEDGER, RULES, show_apples) == {"apples": first.id}
    second = grow(lake, "c")
    assert ids(warehouse) == ["a", "b"]
    assert lake.current("apples", "warehouse") == first.id
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    assert ids(warehouse) == ["c"]
    assert lake.current("apples", "warehouse") == second.id


def test_pruning_leaves_what_the_views_read(lake: Lake) -> None:
    warehouse = Warehouse(lake)
    grow(lake, "a")
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    for name in "bcd":
        grow(lake, name)
    assert prune(lake, keep=1)["snapshots"] == 2
    assert ids(warehouse) == ["a"]


def test_pruning_during_a_build_leaves_what_both_warehouses_read(lake: Lake) -> None:
    warehouse = Warehouse(lake)
    grow(lake, "a")
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    grow(lake, "b")

    def publish_and_prune(path: Path, bound: object) -> None:
        grow(lake, "c")
        prune(lake, keep=1)
        assert ids(warehouse) == ["a"]
        show_apples(path, bound)

    warehouse.build(EMPTY, LEDGER, RULES, publish_and_prune)
    assert ids(warehouse) == ["b"]
    assert lake.current("apples", "warehouse-next") is None


def test_a_failed_build_leaves_the_old_warehouse_and_nothing_else(lake: Lake) -> None:
    warehouse, first = Warehouse(lake), grow(lake, "a")
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    grow(lake, "b")
    with pytest.raises(RuntimeError, match="broken"):
        warehouse.build(EMPTY, LEDGER, RULES, break_down)
    assert ids(warehouse) == ["a"]
    assert lake.current("apples", "warehouse") == first.id
    assert not (lake.storage.root / "warehouse.next").exists()


def test_leftovers_of_a_killed_build_and_a_foreign_log_do_not_matter(lake: Lake) -> None:
    warehouse = Warehouse(lake)
    grow(lake, "a")
    lake.storage.write("warehouse.next/warehouse.duckdb", b"half of a file")
    lake.storage.write("warehouse.duckdb.wal", b"of another file")
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    assert ids(warehouse) == ["a"]


def test_a_bad_shard_stops_the_build_by_name(lake: Lake) -> None:
    snapshot = grow(lake, "a")
    Path(lake.storage.uri(snapshot.shards[0].key)).write_bytes(b"PAR1")
    with pytest.raises(CorruptShard, match=r"part-00000\.parquet"):
        Warehouse(lake).build(EMPTY, LEDGER, RULES, show_apples)
    assert not Warehouse(lake).path.exists()


def test_views_work_under_any_name_of_the_database(lake: Lake, tmp_path: Path) -> None:
    grow(lake, "a")
    Warehouse(lake).build(EMPTY, LEDGER, RULES, show_apples)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{Warehouse(lake).path}' as elsewhere (read_only)")
        assert connection.execute("select id from elsewhere.apples").fetchall() == [("a",)]


def test_a_reader_neither_blocks_a_build_nor_sees_it(lake: Lake) -> None:
    warehouse = Warehouse(lake)
    grow(lake, "a")
    warehouse.build(EMPTY, LEDGER, RULES, show_apples)
    reading = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin:\n    print(connection.execute('select id from apples').fetchall(), flush=True)\n"
    )
    command = [sys.executable, "-c", reading, str(warehouse.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin and reader.stdout
        answers = []
        for name in ("b", "c"):
            reader.stdin.write("\n")
            reader.stdin.flush()
            answers.append(reader.stdout.readline().strip())
            grow(lake, name)
            warehouse.build(EMPTY, LEDGER, RULES, show_apples)
        reader.stdin.close()
    assert answers == ["[('a',)]", "[('a',)]"]
    assert ids(warehouse) == ["c"]


def test_snapshots_tell_sizes_parents_and_folders(lake: Lake) -> None:
    apples = grow(lake, "a", "b")
    draft = lake.draft("model", [apples])
    draft.parts = [lake.put(pl.DataFrame({"x": [1]}), "weights")]
    model = lake.commit(draft)
    lake.publish(model, None)
    Warehouse(lake).build(EMPTY, LEDGER, RULES, show_apples)
    rows = Warehouse(lake).query("select step, asset, snapshot, rows_in, parents['apples'] as parent from lake.snapshots order by asset")
    assert rows.rows() == [(1, "apples", apples.id, 0, None), (None, "model", model.id, 2, apples.id)]


def test_no_warehouse_is_a_clear_error(lake: Lake) -> None:
    with pytest.raises(WarehouseError, match="materialize the group warehouse"):
        Warehouse(lake).query("select 1")

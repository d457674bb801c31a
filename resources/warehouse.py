"""The warehouse: one DuckDB file with a view on every dataset, and tables made from them.

A DuckDB file admits one writing process or many readers. So a new file is built beside the old one and renamed over it when
everything about it has passed: readers never block a build, and a build never blocks readers.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from resources.lake import Lake, LakeError, Snapshot

FILE = "warehouse.duckdb"
NEXT = "warehouse.next"  # the folder of the build that is going on
REF = "warehouse"  # what the views read: a ref, so that pruning the lake leaves it alone
NEXT_REF = "warehouse-next"
DECISIONS = ("near_duplicate_clusters", "benchmarks")  # say what becomes of rows; no row is made from theirs
SNAPSHOTS: dict[str, Any] = {
    "step": pl.Int64, "asset": pl.String, "snapshot": pl.String, "published": pl.String, "rows": pl.Int64, "bytes": pl.Int64,
    "content_bytes": pl.Int64, "shards": pl.Int64, "rows_in": pl.Int64, "folder": pl.String,
    "parents": pl.List(pl.Struct({"key": pl.String, "value": pl.String})),
}  # fmt: skip


class WarehouseError(Exception):
    """There is no warehouse to read."""


@dataclass(frozen=True)
class Warehouse:
    """The warehouse of the lake `lake`, in the same folder."""

    lake: Lake

    @property
    def path(self) -> Path:
        """The DuckDB file that readers open."""
        return Path(self.lake.storage.uri(FILE))

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Return the rows of `sql`. Raises WarehouseError, duckdb.Error."""
        import duckdb

        if not self.path.exists():
            raise WarehouseError(f"There is no {self.path}: materialize the group warehouse first.")
        with duckdb.connect(self.path, read_only=True) as connection:
            return connection.sql(sql, params=list(parameters)).pl()

    def build(
        self,
        tables: Mapping[str, pl.DataFrame],
        ledger: pl.DataFrame,
        rules: pl.DataFrame,
        transform: Callable[[Path, Mapping[str, str]], object],
    ) -> dict[str, str]:
        """Build a new warehouse and swap it in; return {dataset: id of the snapshot that its view reads}.

        `tables` are the datasets in the order they are made in, each with an empty frame that stands in where nothing is published;
        `ledger` is an empty ledger, `rules` a table as it is. `transform` gets the new file, with the datasets bound in its schema
        `lake`, and the ids; when it raises, readers keep the old warehouse. Builds wait for each other. Raises LakeError, CorruptShard.
        """
        storage = self.lake.storage
        with storage.lock(f"{FILE}.lock"):
            storage.remove(NEXT)  # what a killed build left
            try:
                bound = self._hold(tables)
                path = Path(storage.uri(f"{NEXT}/{FILE}"))
                self._bind(path, tables, ledger, rules, bound)
                transform(path, bound)
                self._swap(path, bound)
            finally:
                storage.remove(NEXT)
                for asset in tables:
                    storage.remove(f"lake/{asset}/refs/{NEXT_REF}")
        return bound

    def _hold(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
        """Return what is published, and keep it from being pruned while the build goes on."""
        bound = {asset: snapshot for asset in tables if (snapshot := self.lake.current(asset))}
        for asset, snapshot in bound.items():
            self.lake.storage.write(f"lake/{asset}/refs/{NEXT_REF}", (snapshot + "\n").encode())
            self.lake.snapshot(asset, snapshot).verify()
        return bound

    def _bind(
        self, path: Path, tables: Mapping[str, pl.DataFrame], ledger: pl.DataFrame, rules: pl.DataFrame, bound: Mapping[str, str]
    ) -> None:
        """Create the file with the schema `lake`: a view per dataset, `ledger`, and the tables `rules` and `snapshots`."""
        import duckdb

        snapshots = {asset: self.lake.snapshot(asset, snapshot) for asset, snapshot in bound.items()}
        path.parent.mkdir(parents=True)
        with duckdb.connect(path) as connection:
            connection.execute("create schema lake")
            for asset, empty in tables.items():
                files = [f"{snapshots[asset].folder}/part-*.parquet"] if asset in snapshots and snapshots[asset].manifest.parts else []
                _create(connection, asset, files, empty)
            ledgers = [f"{snapshot.folder}/ledger-*.parquet" for snapshot in snapshots.values() if snapshot.manifest.ledgers]
            _create(connection, "ledger", ledgers, ledger)
            _create(connection, "rules", [], rules)
            connection.register("listed", self._snapshots(list(tables), snapshots))
            connection.execute(
                "create table lake.snapshots as "
                "select * replace (map_from_entries(parents) as parents, published::timestamptz as published) from listed"
            )

    def _snapshots(self, tables: Sequence[str], bound: Mapping[str, Snapshot]) -> pl.DataFrame:
        """Return a row per dataset, published or not, and per published folder (a model)."""
        folders = {asset: self.lake.snapshot(asset) for asset in self.lake.assets() if asset not in tables and self.lake.current(asset)}
        rows = [self._row(asset, bound.get(asset), step) for step, asset in enumerate(tables, start=1)]
        rows += [self._row(asset, snapshot, None) for asset, snapshot in folders.items()]
        return pl.DataFrame(rows, schema=SNAPSHOTS)

    def _row(self, asset: str, snapshot: Snapshot | None, step: int | None) -> dict[str, Any]:
        if snapshot is None:
            return {"step": step, "asset": asset, "rows": 0, "bytes": 0, "content_bytes": 0, "shards": 0, "rows_in": 0, "parents": []}
        manifest = snapshot.manifest
        times = [entry["time"] for entry in self.lake.log(asset) if entry["snapshot"] == snapshot.id]
        return {
            "step": step, "asset": asset, "snapshot": snapshot.id, "published": times[-1] if times else None,
            "rows": manifest.rows, "bytes": manifest.n_bytes, "content_bytes": sum(part.content_bytes for part in manifest.parts),
            "shards": len(manifest.parts), "rows_in": self._rows_above(manifest.parents), "folder": str(snapshot.folder),
            "parents": [{"key": key, "value": value} for key, value in sorted(manifest.parents.items())],
        }  # fmt: skip

    def _rows_above(self, parents: Mapping[str, str]) -> int | None:
        """Return the rows of the snapshots that a dataset's rows were made from; None when one of them is gone."""
        try:
            return sum(self.lake.snapshot(asset, snapshot).manifest.rows for asset, snapshot in parents.items() if asset not in DECISIONS)
        except LakeError:
            return None

    def _swap(self, path: Path, bound: Mapping[str, str]) -> None:
        import duckdb

        storage = self.lake.storage
        with duckdb.connect(path) as connection:
            connection.execute("checkpoint")  # everything into the file: the rename leaves a write-ahead log behind
        storage.remove(f"{FILE}.wal")  # of someone who opened the old file for writing; DuckDB would replay it into the new one
        storage.write_with(FILE, lambda target: os.replace(path, target))
        for asset, snapshot in bound.items():
            storage.write(f"lake/{asset}/refs/{REF}", (snapshot + "\n").encode())


def _create(connection: Any, name: str, files: Sequence[str], empty: pl.DataFrame) -> None:
    """Create lake.<name>: a view on the Parquet `files` (patterns), or an empty table when there are none."""
    if not files:
        connection.register("empty_frame", empty)
        connection.execute(f'create table lake."{name}" as select * from empty_frame')
        connection.unregister("empty_frame")
        return
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(f'create view lake."{name}" as select * from read_parquet([{listed}])')

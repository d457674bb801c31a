"""Parquet in Hugging Face's dataset layout: files of about one size and row groups of one size, however the rows come in."""

import math
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.corpus.exports.formats import PARQUET_FEATURES, Feature
from assets.corpus.exports.writing import File, described

ROW_GROUP_ROWS = 8_192
_TYPES = {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64()}


def _type(feature: Feature) -> pa.DataType:
    if "list" not in feature:
        return _TYPES[feature["dtype"]]
    inner = feature["list"]
    return pa.list_(_TYPES[inner] if isinstance(inner, str) else pa.struct([(part["name"], _type(part)) for part in inner]))


SCHEMA = pa.schema([(feature["name"], _type(feature)) for feature in PARQUET_FEATURES])


class Shards:
    """Parquet files `data/<split>-00000-of-0000N.parquet` of frames, for a number of rows that is known beforehand."""

    def __init__(self, folder: Path, split: str, rows: int, max_rows_per_file: int) -> None:
        self._folder, self._split = folder, split
        self._count = math.ceil(rows / max_rows_per_file)
        self._rows_per_file = math.ceil(rows / self._count) if self._count else 0
        self._files: list[File] = []
        self._waiting: list[pl.DataFrame] = []
        self._writer: pq.ParquetWriter | None = None
        self._written = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows: to this file, and the rest to the next one."""
        while frame.height:
            room = self._rows_per_file - self._written - sum(part.height for part in self._waiting)
            self._waiting.append(frame.head(room))
            frame = frame.slice(room)
            self._flush(is_full=frame.height > 0)

    def _flush(self, is_full: bool = False) -> None:
        """Write what waits in row groups of one size, and all of it where the file is full."""
        waiting = pl.concat(self._waiting)
        ready = waiting.height if is_full else waiting.height // ROW_GROUP_ROWS * ROW_GROUP_ROWS
        if ready:
            self._write(waiting.head(ready))
        self._waiting = [waiting.slice(ready)]
        if is_full:
            self._finish()

    def _write(self, frame: pl.DataFrame) -> None:
        if self._writer is None:
            (self._folder / "data").mkdir(exist_ok=True)
            self._writer = pq.ParquetWriter(self._folder / self._name, SCHEMA, compression="zstd", compression_level=3)
        table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).cast(SCHEMA)
        self._writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
        self._written += frame.height

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._files.append(described(self._folder, self._name, self._split, self._written))
        self._writer, self._written = None, 0

    @property
    def _name(self) -> str:
        return f"data/{self._split}-{len(self._files):05d}-of-{self._count:05d}.parquet"

    def close(self) -> list[File]:
        """Finish the last file."""
        if self._waiting:
            self._flush(is_full=True)
        return self._files

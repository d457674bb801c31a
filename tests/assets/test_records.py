import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import records
from assets.records import Broken, Record

VALUES: list[dict[str, Any]] = [{"number": number, "body": "x\u00e9" * number} for number in range(40)]


def written(path: Path, values: list[Any]) -> Path:
    if path.suffix == ".parquet":
        pl.DataFrame(values).write_parquet(path, row_group_size=10)
        return path
    data = (json.dumps(values) if ".json" in path.suffixes else "".join(json.dumps(value) + "\n" for value in values)).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson.gz", "a.json", "a.json.gz", "a.parquet"])
def test_records_are_found_again_by_their_places(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, VALUES)
    found = [record for record in records.stream(path, 10_000) if isinstance(record, Record)]
    assert [json.loads(record.data) for record in found] == VALUES and [record.line for record in found] == list(range(1, 41))
    wanted = {record.at: len(record.data) for record in found[3::7]}
    assert dict(records.fetch(path, wanted)) == {record.at: record.data for record in found[3::7]}
    assert records.is_known(path) and records.is_document(path) == (".json" in path.suffixes)


def test_lines_that_are_called_json(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", VALUES).rename(tmp_path / "a.json")
    assert not records.is_document(path) and len(list(records.stream(path, 10_000))) == 40


def test_what_is_too_large_is_one_broken_record(tmp_path: Path) -> None:
    found = list(records.stream(written(tmp_path / "a.jsonl", [{"a": "x" * 3_000_000}, {"b": 1}]), 100))
    assert found[0] == Broken(1, "over_size") and isinstance(found[1], Record) and found[1].at == 3_000_000 + len('{"a": ""}\n')
    assert list(records.stream(written(tmp_path / "b.json", [{"a": "x" * 3_000_000}]), 2_000_000)) == [Broken(1, "over_size")]
    assert next(records.stream(written(tmp_path / "c.parquet", [{"a": "x" * 300}, {"a": "y"}]), 100)) == Broken(1, "over_size")


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz", "a.parquet"])
def test_damage_ends_a_file_and_is_told(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, VALUES)
    path.write_bytes(path.read_bytes()[:-200])
    *_, last = records.stream(path, 10_000)
    assert isinstance(last, Broken) and last.rule == "unreadable"


def test_parquet_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    pl.DataFrame({"id": range(3000), "body": "x" * 50}).write_parquet(path, row_group_size=500)
    found = list(records.fetch(path, {1: 0, 2999: 0}))
    assert [(at, json.loads(data)["id"]) for at, data in found] == [(1, 1), (2999, 2999)]

import json
import re
from typing import Any

import polars as pl
import pytest

from assets.corpus.exports.exporting import Outcome


@pytest.fixture
def metadata(exported: dict[str, Outcome]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((exported["parquet"].folder / "croissant.json").read_text())
    return found


def test_required_properties_and_references(metadata: dict[str, Any], exported: dict[str, Outcome]) -> None:
    """The specification's required properties, but for the date; every reference leads somewhere; every column and file is described."""
    assert metadata["@type"] == "sc:Dataset" and metadata["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert {"@context", "name", "description", "license", "url", "creator", "distribution", "recordSet"} <= set(metadata)
    ids = re.findall(r'"@type": "cr:\w+",\s*"@id": "([^"]+)"', json.dumps(metadata))
    assert len(ids) == len(set(ids))
    for _, reference in re.findall(r'"(fileSet|field|key)": \{"@id": "([^"]+)"\}', json.dumps(metadata)):
        assert reference in ids
    files = {part["@id"]: part["sha256"] for part in metadata["distribution"] if part["@type"] == "cr:FileObject"}
    assert files == {file.name: file.sha256 for file in exported["parquet"].manifest.files if file.split}
    (chats,) = (part for part in metadata["recordSet"] if part["@id"] == "chats")
    columns = pl.read_parquet_schema(exported["parquet"].folder / "data" / "train-00000-of-00001.parquet").names()
    assert [field["name"] for field in chats["field"]] == ["split", *columns]


def test_the_reference_implementation_reads_it(exported: dict[str, Outcome], rows: pl.DataFrame) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="validated by the test above alone")
    dataset = mlcroissant.Dataset(jsonld=exported["parquet"].folder / "croissant.json")
    found = {record["chats/id"].decode(): record["chats/split"].decode() for record in dataset.records("chats")}
    assert found == dict(rows.select("id", "split").iter_rows())
    assert [record["splits/name"] for record in dataset.records("splits")] == ["train", "validation", "test"]

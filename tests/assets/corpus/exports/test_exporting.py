import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from assets.corpus.exports import arranging, exporting
from assets.corpus.exports.exporting import ExportError, Outcome, export
from assets.corpus.exports.settings import FORMATS, ExportSettings
from tests.assets.corpus.exports.examples import CONVERSATIONS, frame, write

ROOT = Path(__file__).parents[4]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_manifest_accounts_for_every_row(exported: dict[str, Outcome], rows: pl.DataFrame) -> None:
    expected = dict(rows.group_by("split").len().iter_rows()) | {"test": 0}
    assert set(exported) == set(FORMATS)
    for outcome in exported.values():
        counts = outcome.manifest.splits
        assert {split: part.rows + part.left_out.total() for split, part in counts.items()} == expected
        assert outcome.manifest.differences(outcome.folder) == []
        listed = {file.name for file in outcome.manifest.files} | {"export.json"}
        assert listed == set(contents(outcome.folder))
        written = json.loads((outcome.folder / "export.json").read_text())
        assert (written["snapshot"], written["format_version"]) == ("abc123", 1)
    assert exported["gemma"].manifest.splits["train"].left_out == {"tools": 6, "turns_do_not_alternate": 2}
    assert exported["mistral"].manifest.splits["train"].altered == {"control_tokens": 2}


def test_the_ids_of_openai_rows_stand_beside_them(exported: dict[str, Outcome]) -> None:
    folders = exported["openai-jsonl"].folder, exported["chatml-jsonl"].folder
    rows = [[json.loads(line) for line in (folder / "train.jsonl").read_text().split("\n")[:-1]] for folder in folders]
    assert (folders[0] / "train.ids.txt").read_text().split() == [row["id"] for row in rows[1]]
    assert [row["messages"][0]["role"] for row in rows[0]] == [row["messages"][0]["role"] for row in rows[1]]


def test_equal_rows_make_equal_bytes_however_they_are_cut(
    exported: dict[str, Outcome], rows: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arranging, "BUCKET_ROWS", 7)
    monkeypatch.setattr(exporting, "_SLICE_ROWS", 4)
    files = write(rows.sort("group_id", "id"), tmp_path / "lake", n_files=5)
    export(files, "abc123", tmp_path / "exports", FORMATS, ExportSettings())
    assert contents(tmp_path / "exports" / "abc123") == contents(exported["csv"].folder.parent)


def test_the_same_again_writes_nothing(rows: pl.DataFrame, tmp_path: Path) -> None:
    files = write(rows, tmp_path / "lake")
    first = export(files, "abc", tmp_path / "x", ["csv", "llama3"], ExportSettings())
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "x" / "abc").rglob("*")}
    second = export(files, "abc", tmp_path / "x", ["csv", "llama3", "gemma"], ExportSettings())
    assert [outcome.is_new for outcome in (*first, *second)] == [True, True, False, False, True]
    assert [outcome.manifest for outcome in second[:2]] == [outcome.manifest for outcome in first]
    assert {path: path.stat().st_mtime_ns for path in stamps} | stamps == stamps
    export(files, "def", tmp_path / "x", ["csv"], ExportSettings())
    assert sorted(path.name for path in (tmp_path / "x").iterdir() if path.is_dir()) == ["abc", "def"]


def test_what_is_in_the_way_is_left_alone(rows: pl.DataFrame, tmp_path: Path) -> None:
    files = write(rows, tmp_path / "lake")
    export(files, "abc", tmp_path, ["gemma"], ExportSettings())
    before = contents(tmp_path / "abc")
    with pytest.raises(ExportError, match=r"another export of this snapshot .*with_bos.*give another folder"):
        export(files, "abc", tmp_path, ["gemma"], ExportSettings(with_bos=True))
    with pytest.raises(ExportError, match="another export"):
        export(files, "abc", tmp_path, ["gemma"], ExportSettings(splits=("train",)))
    (tmp_path / "abc" / "csv").mkdir()
    with pytest.raises(ExportError, match="holds no export"):
        export(files, "abc", tmp_path, ["csv"], ExportSettings())
    assert contents(tmp_path / "abc") == before
    (tmp_path / "abc" / "gemma" / "train.jsonl").open("a").write(" ")
    with pytest.raises(ExportError, match=re.escape("was changed after the export (train.jsonl)")):
        export(files, "abc", tmp_path, ["gemma"], ExportSettings())


def test_splits_and_large_splits(rows: pl.DataFrame, tmp_path: Path) -> None:
    settings = ExportSettings(splits=("train",), max_rows_per_file=9)
    (outcome,) = export(write(rows, tmp_path / "lake"), "abc", tmp_path, ["parquet"], settings)
    files = sorted((outcome.folder / "data").iterdir())
    assert [file.name for file in files] == [f"train-{number:05d}-of-00003.parquet" for number in range(3)]
    assert [pl.read_parquet(file).height for file in files] == [7, 7, 6]
    expected = rows.filter(pl.col("split") == "train").sort("id").drop("split")
    assert pl.read_parquet(files).select(expected.columns).equals(expected)


def test_an_empty_snapshot_has_cards_and_no_data(tmp_path: Path) -> None:
    files = write(frame(CONVERSATIONS).clear(), tmp_path / "lake", n_files=1)
    outcomes = export(files, "abc", tmp_path, FORMATS, ExportSettings())
    assert {outcome.manifest.rows for outcome in outcomes} == {0}
    assert not [path for path in (tmp_path / "abc").rglob("*") if path.suffix in (".jsonl", ".csv", ".parquet")]


CHILD = """
import sys
from pathlib import Path
from assets.corpus.exports import exporting
from assets.corpus.exports.settings import FORMATS, ExportSettings
files = sorted(Path(sys.argv[1]).glob("*.parquet"))
exporting.export(files, "abc", Path(sys.argv[2]), FORMATS, ExportSettings())
"""


def test_a_killed_export_leaves_nothing_half(tmp_path: Path) -> None:
    files = write(frame(CONVERSATIONS, copies=400), tmp_path / "lake")
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path / "lake"), str(tmp_path / "x")], cwd=ROOT)
    begun = tmp_path / "x" / ".partial" / "mistral" / "train.jsonl"
    while not (begun.exists() and begun.stat().st_size) and child.poll() is None:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (tmp_path / "x" / "abc").exists()
    (tmp_path / "x" / ".partial" / "stale").touch()
    outcomes = export(files, "abc", tmp_path / "x", ["csv", "parquet"], ExportSettings())
    assert all(outcome.is_new and not outcome.manifest.differences(outcome.folder) for outcome in outcomes)
    assert not (tmp_path / "x" / ".partial").exists()

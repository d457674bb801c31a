"""Every dataset of the warehouse has its contract's columns when it is empty, and is a source of the dbt project."""

import polars as pl
import yaml

from assets.conversations.canonical import MESSAGE
from assets.warehouse import datasets, project


def test_empty_tables_have_the_columns_of_the_contracts() -> None:
    tables = datasets.empty_tables()
    assert list(tables) == list(datasets.SCHEMAS)
    assert all(frame.is_empty() and frame.columns[:2] == ["id", "parent_ids"] for frame in tables.values())
    assert tables["raw_code"].schema["content"] == pl.Binary
    assert tables["chatml_splits"].schema["messages"] == pl.List(MESSAGE)
    metrics = {"bertscore", "rouge_l", "token_f1", "rouge_1", "combined"}
    assert metrics <= set(tables["baseline_eval"].columns)
    assert {f"{model}_{metric}" for model in ("base", "tuned") for metric in metrics} <= set(tables["eval_report"].columns)


def test_the_project_has_a_source_and_a_view_for_each_dataset() -> None:
    (source,) = yaml.safe_load((project.FOLDER / "models/sources.yml").read_text())["sources"]
    assert [table["name"] for table in source["tables"]] == list(datasets.SCHEMAS)
    assert [table["config"]["meta"]["dagster"]["asset_key"] for table in source["tables"]] == [[name] for name in datasets.SCHEMAS]
    assert all((project.FOLDER / f"models/staging/stg_{name}.sql").exists() for name in datasets.SCHEMAS)

"""The contract of a dataset, checked row by row as a stage: it runs in the workers and an unchanged shard is checked once."""

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets import ledger

VIOLATIONS = {"row_id": pl.String, "column": pl.String, "check": pl.String}


class ValidationSettings(BaseModel, frozen=True, extra="forbid"):
    """Which schema a shard is checked against. The hash makes a changed schema a new check."""

    model: str = Field(description="module:class of a pandera DataFrameModel")
    source_hash: str = Field(description="hash of the module's source")


def settings_for(model: str) -> ValidationSettings:
    """Return the settings that name the schema `model` ("module:class"), without importing it."""
    spec = find_spec(model.split(":")[0])
    assert spec and spec.origin, f"no module for {model}"
    return ValidationSettings(model=model, source_hash=blake3(Path(spec.origin).read_bytes()).hexdigest(length=8))


def schema_of(model: str) -> Any:
    """Return the pandera schema of `model` ("module:class"), which allows no column that it does not name."""
    module, name = model.split(":")
    schema = getattr(importlib.import_module(module), name).to_schema()
    schema.strict = True
    return schema


def validate(frame: pl.DataFrame, settings: ValidationSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {row_id, column, check} for each violation, and an empty ledger. Values that failed are not repeated."""
    from pandera.errors import SchemaErrors

    try:
        schema_of(settings.model).validate(frame, lazy=True)
    except SchemaErrors as error:
        return _violations(frame, error.failure_cases), ledger.empty()
    return pl.DataFrame(schema=VIOLATIONS), ledger.empty()


def _violations(frame: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Name the rows of pandera's failure cases; a case about a whole column has no row."""
    ids = frame["id"] if "id" in frame.columns else pl.Series("id", [], dtype=pl.String)
    rows = [
        (ids[index] if index is not None and index < len(ids) else None, column or failed, check)
        for index, column, check, failed in cases.select("index", "column", "check", pl.col("failure_case").cast(pl.String)).rows()
    ]
    return pl.DataFrame(rows, schema=VIOLATIONS, orient="row")

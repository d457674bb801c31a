"""The dbt models as assets: built together into a new file, shown to readers together."""

import json
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata as distributions
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
from blake3 import blake3
from dagster_dbt import DbtCliInvocation, dbt_assets
from packaging.version import Version

from assets.warehouse import datasets, pictures, project
from assets.warehouse.translator import Translator
from resources.warehouse import Warehouse

PICTURES: dict[str, Callable[[pl.DataFrame], str]] = {
    "funnel": pictures.funnel, "token_histogram": pictures.token_histogram, "eval_scores": pictures.eval_scores,
}  # fmt: skip
MANIFEST = project.manifest()


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator(), name="warehouse_models", required_resource_keys={"warehouse"})
def warehouse_models(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Build the whole warehouse, whatever part of it was asked for, and report what was asked for once it is swapped in."""
    warehouse: Warehouse = context.resources.warehouse
    build = _Build(context, home=warehouse.path.parent)
    try:
        warehouse.build(datasets.empty_tables(), datasets.empty_ledger(), datasets.rules(), build.run)
    except dg.Failure:
        yield from build.checks
        raise
    yield from build.models
    yield from build.checks


class _Build:
    """One dbt process, and what it reported: Dagster hears of it only when readers see the same."""

    def __init__(self, context: dg.AssetExecutionContext, home: Path) -> None:
        self.context = context
        self.home = home
        self.target = home / "dbt"  # one for all builds, which wait for each other: dbt's parse cache, compiled SQL, results
        self.models: list[dg.MaterializeResult] = []
        self.checks: list[dg.AssetCheckResult] = []

    def run(self, path: Path, bound: Mapping[str, str]) -> None:
        """Let dbt fill the warehouse at `path`. Raises dagster.Failure when a model or a test of error severity fails."""
        dbt = self._start()
        events = list(dbt.stream())
        self.checks = [event for event in events if isinstance(event, dg.AssetCheckResult)]
        if dbt.process.wait():
            raise self._failure()
        wanted = self.context.op_execution_context.selected_output_names
        outputs = [event for event in events if isinstance(event, dg.Output) and event.output_name in wanted]
        self.models = self._described(outputs, dbt.manifest, path, bound)

    def _start(self) -> DbtCliInvocation:
        """Start dbt. Not by DbtCliResource: that asks the package index for newer versions, and would select a part of the models."""
        (self.target / "run_results.json").unlink(missing_ok=True)
        return DbtCliInvocation.run(
            args=project.command("build"), env=project.environment(self.home, self.target), manifest=json.loads(MANIFEST.read_bytes()),
            dagster_dbt_translator=Translator(), project_dir=project.FOLDER, target_path=self.target, raise_on_error=False,
            context=self.context, adapter=None, cli_version=Version(distributions.version("dbt-core")),
        )  # fmt: skip

    def _described(
        self, outputs: list[dg.Output[Any]], manifest: Mapping[str, Any], path: Path, bound: Mapping[str, str]
    ) -> list[dg.MaterializeResult]:
        """Add what is in each table, and the data version that follows from the snapshots it was made from."""
        import duckdb

        described: list[dg.MaterializeResult] = []
        with duckdb.connect(path, read_only=True) as connection:
            for output in outputs:
                node = manifest["nodes"][output.metadata["unique_id"].value]
                version = _version(_sources(manifest, node["unique_id"]), bound)
                described.append(
                    dg.MaterializeResult(
                        asset_key=self.context.asset_key_for_output(output.output_name), data_version=dg.DataVersion(version),
                        metadata={**output.metadata, **_contents(connection, node["alias"])},
                    )
                )  # fmt: skip
        return described

    def _failure(self) -> dg.Failure:
        """Name what failed, without dbt's messages: they may quote rows."""
        report = self.target / "run_results.json"
        results = json.loads(report.read_bytes())["results"] if report.exists() else []
        bad = [result for result in results if result["status"] in ("error", "fail")]
        reasons = [f"{result['unique_id'].split('.')[2]} ({result['status']}, {result['failures'] or 0} rows)" for result in bad]
        return dg.Failure(
            f"The warehouse is not replaced, readers keep the old one: {'; '.join(reasons) or 'dbt did not run'}. "
            f"What dbt says is in the output of this step and in {self.target}.",
            allow_retries=False,
        )


def _contents(connection: Any, table: str) -> dict[str, Any]:
    columns = connection.sql(f'describe "{table}"').fetchall()
    rows = connection.sql(f'select count(*) from "{table}"').fetchall()[0][0]
    shown: dict[str, Any] = {
        "dagster/row_count": rows,
        "dagster/column_schema": dg.TableSchema([dg.TableColumn(name, kind) for name, kind, *_ in columns]),
    }
    if table in PICTURES and rows:
        shown["picture"] = dg.MetadataValue.md(PICTURES[table](connection.sql(f'from "{table}"').pl()))
    return shown


def _sources(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    """Return the datasets that a model is made from."""
    if unique_id in manifest["sources"]:
        return {manifest["sources"][unique_id]["name"]}
    return {name for parent in manifest["parent_map"][unique_id] for name in _sources(manifest, parent)}


def _version(sources: set[str], bound: Mapping[str, str]) -> str:
    """Return the snapshot id of the one dataset, or a hash over those of several."""
    ids = [bound.get(source, "nothing") for source in sorted(sources)]
    return ids[0] if len(ids) == 1 else blake3("\n".join(ids).encode()).hexdigest(length=8)

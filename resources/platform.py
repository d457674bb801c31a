"""The resources as Dagster hands them to assets: one of each per run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from resources.engine import LocalEngine
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings, load
from resources.warehouse import Warehouse


@dataclass(frozen=True)
class Platform:
    """What every asset works with."""

    settings: Settings
    lake: Lake
    engine: LocalEngine
    child: dg.PipesSubprocessClient


def home() -> Path:
    """Return the folder that everything is kept in: CORPUSMITH_HOME, default ./data."""
    return Path(os.environ.get("CORPUSMITH_HOME") or "data").resolve()


@dg.resource(description="The profile named by CORPUSMITH_PROFILE, validated.")
def settings_resource(_: dg.InitResourceContext) -> Settings:
    """Return the settings. Raises SettingsError naming file, key and remedy."""
    return load()


@dg.resource(description="Datasets as content-addressed Parquet snapshots under CORPUSMITH_HOME.")
def lake_resource(_: dg.InitResourceContext) -> Lake:
    """Return the lake."""
    return Lake.at(home())


@dg.resource(required_resource_keys={"lake", "settings"}, description="Worker processes that map stages over shards and remember.")
def engine_resource(context: dg.InitResourceContext) -> Iterator[LocalEngine]:
    """Yield the engine, and end its workers with the run."""
    engine = LocalEngine(context.resources.lake, context.resources.settings.engine)
    try:
        yield engine
    finally:
        engine.close()
        if context.log:
            context.log.info(f"engine: {engine.computed} shards computed, {engine.remembered} remembered")


@dg.resource(required_resource_keys={"lake"}, description="The DuckDB file with a view on every dataset.")
def warehouse_resource(context: dg.InitResourceContext) -> Warehouse:
    """Return the warehouse of the lake."""
    return Warehouse(context.resources.lake)


@dg.io_manager(required_resource_keys={"lake"}, description="Publishes drafts that passed their audit; loads published snapshots.")
def lake_io_manager(context: dg.InitResourceContext) -> LakeIOManager:
    """Return the IO manager of the lake."""
    return LakeIOManager(context.resources.lake)


@dg.resource(required_resource_keys={"settings", "lake", "engine", "child"}, description="Settings, lake, engine and child processes.")
def platform_resource(context: dg.InitResourceContext) -> Platform:
    """Return the resources that every asset works with."""
    found = context.resources
    return Platform(found.settings, found.lake, found.engine, found.child)

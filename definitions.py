"""The one code location: gathers assets, resources, jobs, schedules and sensors."""

import re

import dagster as dg

import assets.code.assets
import assets.conversations.assets
import assets.corpus.assets
import assets.documents.assets
import assets.model.assets
import assets.pull_requests.assets
import assets.warehouse.assets
import jobs
import sensors
from jobs.run import terminal_logger
from resources import platform
from resources.llm.resource import llm_resource
from resources.settings import SettingsError, load

GROUPS = {
    "code": assets.code.assets,
    "pull_requests": assets.pull_requests.assets,
    "documents": assets.documents.assets,
    "conversations": assets.conversations.assets,
    "corpus": assets.corpus.assets,
    "model": assets.model.assets,
    "warehouse": assets.warehouse.assets,
}


def registered_sets() -> list[dg.AssetSpec]:
    """Return the evaluation sets that the profile registers, as assets of others: lineage shows what the splits were checked against."""
    try:
        sources = load().corpus.benchmarks.sources
    except SettingsError:
        return []  # each run says what is wrong with the profile
    about = "An evaluation set of others, registered in the profile: nothing that holds one of its problems is trained on."
    names = {re.sub(r"\W", "_", source.name): None for source in sources}  # a dict: "a-b" and "a.b" are one key, in their order
    return [dg.AssetSpec(["evaluation_sets", name], group_name="corpus", description=about) for name in names]


def _made() -> list[dg.AssetsDefinition]:
    """Return the assets of all groups; `benchmarks` is made from the registered sets."""
    found = [
        asset
        for group, module in GROUPS.items()
        for asset in dg.load_assets_from_modules([module], group_name=group)
        if isinstance(asset, dg.AssetsDefinition)
    ]
    return list(dg.map_asset_specs(_from_sets, found))


def _from_sets(spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec.merge_attributes(deps=registered_sets()) if spec.key == dg.AssetKey("benchmarks") else spec


defs = dg.Definitions(
    assets=[*_made(), *registered_sets()],
    jobs=[
        jobs.build_everything,
        jobs.export_splits,
        jobs.prune_lake,
        jobs.refresh_corpus,
        jobs.refresh_pull_requests,
        jobs.retry_failed_generations,
        jobs.train_adapter,
    ],
    schedules=[jobs.nightly_refresh, jobs.daily_pull_requests],
    sensors=[sensors.automation, sensors.new_pull_requests, sensors.retrain_on_change, sensors.report_failure],
    resources={
        "settings": platform.settings_resource,
        "lake": platform.lake_resource,
        "engine": platform.engine_resource,
        "platform": platform.platform_resource,
        "warehouse": platform.warehouse_resource,
        "io_manager": platform.lake_io_manager,
        "llm": llm_resource,
        "child": dg.PipesSubprocessClient(),
    },
    loggers={"terminal": terminal_logger},
    executor=dg.in_process_executor,
)

"""The one code location: gathers assets, resources, jobs, schedules and sensors."""

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

GROUPS = {
    "code": assets.code.assets,
    "pull_requests": assets.pull_requests.assets,
    "documents": assets.documents.assets,
    "conversations": assets.conversations.assets,
    "corpus": assets.corpus.assets,
    "model": assets.model.assets,
    "warehouse": assets.warehouse.assets,
}

defs = dg.Definitions(
    assets=[asset for group, module in GROUPS.items() for asset in dg.load_assets_from_modules([module], group_name=group)],
    jobs=[jobs.refresh_corpus, jobs.refresh_pull_requests, jobs.train_adapter, jobs.build_everything, jobs.prune_lake],
    schedules=[jobs.nightly_refresh, jobs.daily_pull_requests],
    sensors=[sensors.automation, sensors.new_pull_requests, sensors.retrain_on_change, sensors.report_failure],
    resources={
        "settings": platform.settings_resource,
        "lake": platform.lake_resource,
        "engine": platform.engine_resource,
        "platform": platform.platform_resource,
        "warehouse": platform.warehouse_resource,
        "io_manager": platform.lake_io_manager,
        "child": dg.PipesSubprocessClient(),
    },
    loggers={"terminal": terminal_logger},
    executor=dg.in_process_executor,
)

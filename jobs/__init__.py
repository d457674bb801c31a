"""What runs together, and when."""

import dagster as dg

from jobs.export import export_splits
from jobs.prune import prune_lake
from jobs.retry_failed_generations import retry_failed_generations

# One process for the whole run: a step costs 0.03 s there and 3.3 s in a process of its own, and the work that needs
# processes (the engine's shards, training, evaluation) starts them itself.
_MODEL = dg.AssetSelection.groups("model")

refresh_corpus = dg.define_asset_job(
    "refresh_corpus",
    # The base model belongs to the corpus as well: chunks are counted in its tokens.
    selection=dg.AssetSelection.groups("code", "pull_requests", "documents", "conversations", "corpus", "warehouse")
    | dg.AssetSelection.assets("base_model"),
    description="Everything but the model: sources to splits, and the warehouse.",
    executor_def=dg.in_process_executor,
)

refresh_pull_requests = dg.define_asset_job(
    "refresh_pull_requests",
    selection=dg.AssetSelection.groups("pull_requests", "warehouse"),
    description="What is new in pull requests, to review tasks, and the warehouse; what is made from them follows by itself.",
    executor_def=dg.in_process_executor,
)

train_adapter = dg.define_asset_job(
    "train_adapter",
    selection=_MODEL | dg.AssetSelection.groups("warehouse"),
    description="The adapter on the published splits, its evaluation, and the warehouse.",
    executor_def=dg.in_process_executor,
)

build_everything = dg.define_asset_job(
    "build_everything",
    selection=dg.AssetSelection.all(),
    description="The whole graph.",
    executor_def=dg.in_process_executor,
)

__all__ = [
    "build_everything", "daily_pull_requests", "export_splits", "nightly_refresh", "prune_lake", "refresh_corpus", "refresh_pull_requests",
    "retry_failed_generations", "train_adapter",
]  # fmt: skip

nightly_refresh = dg.ScheduleDefinition(
    name="nightly_refresh",
    job=refresh_corpus,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    description="Reads every source again at 02:00 UTC; what did not change costs nothing.",
)

daily_pull_requests = dg.ScheduleDefinition(
    name="daily_pull_requests",
    job=refresh_pull_requests,
    cron_schedule="0 1 * * *",
    execution_timezone="UTC",
    description="Asks every repository for new pull requests at 01:00 UTC; those that did not change are not fetched again.",
)

"""Removes old snapshots, and what the engine remembers of them."""

import dagster as dg

from resources.lake import Lake, history


class PruneConfig(dg.Config):
    """What stays."""

    keep: int = 5


@dg.op
def prune(context: dg.OpExecutionContext, config: PruneConfig, lake: dg.ResourceParam[Lake]) -> None:
    """Keep the newest `keep` published snapshots of each dataset, and what they and the warehouse refer to."""
    removed = history.prune(lake, config.keep)
    context.log.info(f"removed {removed['snapshots']} snapshots and {removed['memo_entries']} memo entries")


@dg.job(executor_def=dg.in_process_executor, description="Removes all but the newest snapshots of each dataset.")
def prune_lake() -> None:
    """Prune every dataset of the lake."""
    prune()

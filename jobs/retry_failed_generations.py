"""Asks language models again for what failed for good, and makes anew what is made from the answers."""

import dagster as dg

# The failures are forgotten when the run opens its client: in the launchpad, `reasons` under resources > llm narrows which.
retry_failed_generations = dg.define_asset_job(
    "retry_failed_generations",
    selection=dg.AssetSelection.assets("qa_pairs").downstream() & dg.AssetSelection.groups("corpus", "warehouse"),
    config={"resources": {"llm": {"config": {"retry_failed": True, "reasons": []}}}},
    description="Questions and answers that failed, tried again; what was answered is remembered, so nothing else is asked.",
    executor_def=dg.in_process_executor,
)

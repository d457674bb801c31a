"""Materializes what has new data above it."""

import dagster as dg

automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,  # stopped is Dagster's default, and a graph that refreshes itself is why people use one
    minimum_interval_seconds=30,
    description="Materializes assets whose inputs have new content.",
)

"""Asks for a new adapter when the splits really changed."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from jobs import train_adapter
from resources.lake import Lake, history
from resources.settings import Settings


@dg.sensor(job=train_adapter, minimum_interval_seconds=300, description="Retrains when enough rows of chatml_splits changed.")
def retrain_on_change(
    context: dg.SensorEvaluationContext, lake: dg.ResourceParam[Lake], settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for one run per snapshot of chatml_splits, once enough rows differ from what the adapter was trained on."""
    rule = settings.retraining
    snapshot = lake.current("chatml_splits")
    if snapshot is None:
        return dg.SkipReason("chatml_splits was never published")
    changed = changed_rows(lake, snapshot)
    if changed < rule.min_new_rows:
        return dg.SkipReason(f"{changed} rows changed since the adapter was trained, {rule.min_new_rows} are needed")
    ready = ready_at(lake, timedelta(hours=rule.cooldown_hours))
    if ready and datetime.now(UTC) < ready:
        return dg.SkipReason(f"{changed} rows changed; the cool-down ends at {ready:%Y-%m-%d %H:%M} UTC")
    return dg.RunRequest(run_key=f"chatml_splits-{snapshot}", tags={"corpusmith/chatml_splits": snapshot})


def changed_rows(lake: Lake, snapshot: str) -> int:
    """Return how many rows of chatml_splits differ between `snapshot` and what the adapter was trained on."""
    if lake.current("lora_adapter") is None:
        return lake.snapshot("chatml_splits", snapshot).manifest.rows
    trained_on = lake.snapshot("lora_adapter").manifest.parents["chatml_splits"]
    return history.diff(lake, "chatml_splits", trained_on, snapshot).height


def ready_at(lake: Lake, cooldown: timedelta) -> datetime | None:
    """Return when the cool-down since the last published adapter ends, None when there is none."""
    published = [entry["time"] for entry in lake.log("lora_adapter") if entry["ref"] == "main"]
    return datetime.fromisoformat(published[-1]) + cooldown if published else None

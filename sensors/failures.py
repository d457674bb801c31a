"""Keeps a record of failed runs where people and other programs find it."""

import json

import dagster as dg

from resources.platform import home


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING, description="Writes failed runs to failures.jsonl under CORPUSMITH_HOME."
)
def report_failure(context: dg.RunFailureSensorContext) -> None:
    """Append one line per failed run: run id, job, failed steps and their messages."""
    steps = {str(event.step_key): _message(event) for event in context.get_step_failure_events()}
    entry = {"run_id": context.dagster_run.run_id, "job": context.dagster_run.job_name, "steps": steps}
    path = home() / "failures.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry, sort_keys=True) + "\n")
    context.log.error(f"{context.dagster_run.job_name} failed at {', '.join(steps) or 'start'}: see {path}")


def _message(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    return error.message.strip() if error else ""

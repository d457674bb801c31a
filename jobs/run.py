"""Runs a job in this terminal: `python -m jobs.run build_everything`. The run is on record: `make dev` shows it in the UI."""

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import dagster as dg

from jobs import report
from resources.lake.storage import is_alive
from resources.platform import home
from resources.settings import SettingsError, load, profile_path

PID_TAG = "corpusmith/pid"
OUTPUT = "last_run.txt"  # what tools print that assets call (dbt, a line per model and test)


class _OwnMessages(logging.Filter):
    """Lets through what assets say and what goes wrong; the event log keeps the rest."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            return True
        return getattr(record, "dagster_event", None) is None and "[pipes]" not in record.getMessage()


@dg.logger({}, description="What assets say, one short line each, with the seconds since the start.")
def terminal_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger of runs in a terminal."""
    logger = logging.Logger("corpusmith")
    handler = logging.StreamHandler(sys.__stdout__)
    handler.addFilter(_OwnMessages())
    handler.setFormatter(_Elapsed())
    logger.addHandler(handler)
    return logger


class _Elapsed(logging.Formatter):
    """Seconds since the start, then the message as the asset wrote it."""

    def __init__(self) -> None:
        super().__init__()
        self.started = time.monotonic()

    def format(self, record: logging.LogRecord) -> str:
        message = (getattr(record, "dagster_meta", None) or {}).get("orig_message") or record.getMessage()
        return f"{time.monotonic() - self.started:6.1f} s  {message}"


def main(job: str) -> int:
    """Run `job` to its end, print what was made, and return the exit status."""
    try:
        load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    profile = profile_path(os.environ.get("CORPUSMITH_PROFILE") or "default")
    print(f"{job} with {profile.name}, in {home()}", flush=True)
    from definitions import defs

    warnings.simplefilter("ignore", dg.PreviewWarning)
    home().mkdir(parents=True, exist_ok=True)
    with _instance() as instance, (home() / OUTPUT).open("w", encoding="utf-8") as output, redirect_stdout(output):
        config: dict[str, Any] = {"loggers": {"terminal": {"config": {}}}}
        result = defs.resolve_job_def(job).execute_in_process(
            run_config=config, instance=instance, raise_on_error=False, tags={PID_TAG: str(os.getpid())}
        )
        stats = instance.get_run_step_stats(result.run_id)
    failed = [event for event in result.all_events if event.is_step_failure]
    print(report.build(home(), {stat.step_key: (stat.end_time or 0) - (stat.start_time or 0) for stat in stats}))
    for event in failed:
        print(f"\n{event.step_key} failed: {report.innermost(event.step_failure_data.error)}", file=sys.stderr)
    return 0 if result.success else 1


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance at DAGSTER_HOME, and close the records of runs here whose process was killed."""
    with dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
            pid = run.tags.get(PID_TAG)
            if pid and not is_alive(int(pid)):
                instance.report_run_failed(run, f"Its process {pid} is gone.")
        yield instance


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))

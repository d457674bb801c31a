import json
from pathlib import Path

import dagster as dg
import pytest

from sensors import report_failure


@dg.op
def breaks() -> None:
    raise dg.Failure("the disk is full")


@dg.job
def broken() -> None:
    breaks()


def test_a_failed_run_is_recorded_with_its_step_and_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUSMITH_HOME", str(tmp_path))
    instance = dg.DagsterInstance.ephemeral()
    result = broken.execute_in_process(instance=instance, raise_on_error=False)
    with dg.build_run_status_sensor_context(
        "report_failure", result.get_run_failure_event(), instance, result.dagster_run
    ).for_run_failure() as context:
        report_failure(context)
    (entry,) = [json.loads(line) for line in (tmp_path / "failures.jsonl").read_text().splitlines()]
    assert entry["run_id"] == result.run_id and entry["job"] == "broken"
    assert "the disk is full" in entry["steps"]["breaks"]

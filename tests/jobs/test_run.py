import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from jobs import run


def test_a_profile_that_is_wrong_stops_everything_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.yaml").write_text("engine: {wrkers: 2}", encoding="utf-8")
    monkeypatch.setenv("CORPUSMITH_PROFILE", str(tmp_path / "mine.yaml"))
    monkeypatch.setenv("CORPUSMITH_HOME", str(tmp_path / "home"))
    assert run.main("build_everything") == 2
    assert "mine.yaml: engine.wrkers: unknown key" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_not_there_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    for name, value in {"CORPUSMITH_HOME": tmp_path / "new" / "home", "DAGSTER_HOME": tmp_path, "CORPUSMITH_PROFILE": "demo"}.items():
        monkeypatch.setenv(name, str(value))
    assert run.main("prune_lake") == 0
    assert "Where to look next" in capsys.readouterr().out


def test_a_run_whose_process_was_killed_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with dg.DagsterInstance.get() as instance:
        ids = [_started(instance, pid) for pid in (dead.pid, 1)]
    with run._instance() as instance:
        states = [instance.get_run_by_id(run_id).status for run_id in ids]  # type: ignore[union-attr]
    assert states == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED]


def _started(instance: dg.DagsterInstance, pid: int) -> str:
    @dg.op
    def nothing() -> None: ...

    @dg.job(name="some_job")
    def some_job() -> None:
        nothing()

    created = instance.create_run_for_job(some_job, status=dg.DagsterRunStatus.STARTED, tags={run.PID_TAG: str(pid)})
    return created.run_id

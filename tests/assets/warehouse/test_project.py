"""The manifest is parsed when it is missing or old, and only then."""

import os
import subprocess
from pathlib import Path

import pytest

from assets.warehouse import project


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A project with one model; dbt itself is not run, what it would write is written."""
    for name in ("models", "macros", "tests"):
        (tmp_path / name).mkdir()
    for name in ("dbt_project.yml", "profiles.yml", "models/funnel.sql"):
        (tmp_path / name).write_text("")
    called: list[list[str]] = []

    def parse(line: list[str], variables: dict[str, str]) -> None:
        called.append(line[4:])
        for name in ("manifest.json", "partial_parse.msgpack"):
            (Path(variables["DBT_TARGET_PATH"]) / name).write_text("{}")

    monkeypatch.setattr(project, "FOLDER", tmp_path)
    monkeypatch.setattr(project, "TARGET", tmp_path / "target")
    monkeypatch.setattr(project, "_call", parse)
    return called


def test_a_missing_manifest_is_parsed_once(calls: list[list[str]]) -> None:
    path = project.manifest()
    assert path.exists()
    assert project.manifest() == path
    assert calls == [["parse", "--quiet"]]
    assert sorted(entry.name for entry in project.TARGET.iterdir()) == ["manifest.json", "partial_parse.msgpack"]


def test_a_changed_and_a_removed_model_are_parsed_again(calls: list[list[str]]) -> None:
    written = project.manifest().stat().st_mtime
    os.utime(project.FOLDER / "models/funnel.sql", (written + 5, written + 5))
    project.manifest()
    assert len(calls) == 2
    os.utime(project.FOLDER / "models/funnel.sql", (written - 5, written - 5))
    os.utime(project.FOLDER / "models", (written + 5, written + 5))  # what removing a file does
    project.manifest()
    assert len(calls) == 3


def test_a_project_that_does_not_parse_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "FOLDER", tmp_path)
    with pytest.raises(project.DbtProjectError, match="dbt parse"):
        project._call(project.command("parse"), project.environment(tmp_path, tmp_path / "target"))


def test_dbt_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    line = project.command("parse")
    line[3] = str(os.getppid())  # whose child it is not: as if its parent had died and it had been adopted
    done = subprocess.run(line, cwd=project.FOLDER, env=project.environment(tmp_path, tmp_path / "target"), check=False)
    assert done.returncode == 1
    assert not (tmp_path / "target" / "manifest.json").exists()

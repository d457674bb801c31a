"""The dbt project: where it is, how dbt is called, and its manifest, from which Dagster knows the models."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "dbt_project"
TARGET = FOLDER / "target"
CHILD = Path(__file__).with_name("child.py")


class DbtProjectError(Exception):
    """The dbt project does not parse."""


def command(*arguments: str) -> list[str]:
    """Return the command line of dbt with `arguments`, as a child of this process."""
    return [sys.executable, "-P", str(CHILD), str(os.getpid()), *arguments]


def environment(home: Path, target: Path) -> dict[str, str]:
    """Return the environment of a dbt process that builds the warehouse of `home` and writes its logs and artifacts to `target`."""
    return os.environ | {
        "CORPUSMITH_HOME": str(home),
        "DBT_PROJECT_DIR": str(FOLDER),
        "DBT_PROFILES_DIR": str(FOLDER),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_LOG_FORMAT": "json",
        "DBT_LOG_LEVEL_FILE": "error",  # the whole debug log costs a second of every build
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONUNBUFFERED": "1",
    }


def manifest() -> Path:
    """Return the manifest of the project, parsing the project when a file of it is newer (some seconds, otherwise none).

    Raises DbtProjectError with what dbt says.
    """
    path = TARGET / "manifest.json"
    if not path.exists() or path.stat().st_mtime < _changed():
        home = Path(os.environ.get("CORPUSMITH_HOME") or "data").resolve()
        _parse(home)
    return path


def _changed() -> float:
    """Return when a file of the project was last written, added or removed."""
    folders = [FOLDER / name for name in ("models", "macros", "tests")]
    files = [FOLDER / "dbt_project.yml", FOLDER / "profiles.yml", *folders]
    return max(path.stat().st_mtime for path in [*files, *(path for folder in folders for path in folder.rglob("*"))])


def _parse(home: Path) -> None:
    """Write the manifest and dbt's parse cache in one step each: another process may be doing the same."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="parse-") as scratch:
        cache = TARGET / "partial_parse.msgpack"
        if cache.exists():
            shutil.copy(cache, scratch)
        _call(command("parse", "--quiet"), environment(home, Path(scratch)) | {"DBT_LOG_FORMAT": "text"})
        for name in ("partial_parse.msgpack", "manifest.json"):
            os.replace(Path(scratch) / name, TARGET / name)


def _call(line: list[str], variables: Mapping[str, str]) -> None:
    done = subprocess.run(line, cwd=FOLDER, env=dict(variables), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DbtProjectError(f"dbt {' '.join(line[4:])} in {FOLDER} failed:\n{done.stdout}{done.stderr}")

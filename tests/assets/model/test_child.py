import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from assets.model.evaluation import ANSWERS

CHILD = """
import os, time
from assets.model.child import die_with_parent
die_with_parent(os.getppid())
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {CHILD!r}])
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_child_dies_with_its_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)


def run(command: str, request: dict[str, object], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "request.json"
    path.write_text(json.dumps(request))
    return subprocess.run([sys.executable, "-m", "assets.model.child", command, str(path)], capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_evaluation_in_a_child(tiny_base: Path, splits_file: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "answers.parquet"
    request = {
        "settings": {"max_examples": 3, "generation": {"max_new_tokens": 4}},
        "base_folder": str(tiny_base),
        "adapter_folder": None,
        "splits_files": [str(splits_file)],
        "output_file": str(output),
        "parent_pid": os.getpid(),
    }
    done = run("evaluate", request, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["evaluation: loading the base model", "evaluation: 3 of 3 answered"]
    assert pl.read_parquet(output).schema == pl.Schema(ANSWERS)
    assert [path.name for path in output.parent.iterdir()] == ["answers.parquet"]


def test_bad_request_fails_with_the_reason(tmp_path: Path) -> None:
    done = run("convert", {"settings": {"name": "wheel:no-such-distribution"}, "folder": str(tmp_path / "base")}, tmp_path)
    assert done.returncode == 1
    assert "no such distribution is installed" in done.stderr


def test_unknown_command_is_refused() -> None:
    done = subprocess.run([sys.executable, "-m", "assets.model.child", "dance"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "convert|train|evaluate" in done.stderr

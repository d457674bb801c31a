import subprocess
import sys
from pathlib import Path

import pytest

from assets.model import work_folder

HOLD = """
import sys, time
from pathlib import Path
from assets.model import work_folder
with work_folder.exclusive(Path(sys.argv[1]), 0):
    print("held", flush=True)
    time.sleep(60)
"""


def checkpoint(folder: Path, step: int) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    for name in ("weights", "optimizer"):
        (path / name).write_text(name)
    return path


def test_only_whole_checkpoints_count(tmp_path: Path) -> None:
    for step in (10, 9, 30, 40):
        work_folder.seal(checkpoint(tmp_path, step))
    checkpoint(tmp_path, 50)
    (tmp_path / "checkpoint-30" / "weights").unlink()
    (tmp_path / "checkpoint-40" / "weights").write_text("cut")
    assert list(work_folder.checkpoints(tmp_path)) == [9, 10]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-9"]
    work_folder.prune(tmp_path, {10})
    assert list(work_folder.checkpoints(tmp_path)) == [10]


def test_folder_of_another_training_is_emptied(tmp_path: Path) -> None:
    work_folder.claim(tmp_path, "a")
    work_folder.seal(checkpoint(tmp_path, 1))
    work_folder.claim(tmp_path, "a")
    assert list(work_folder.checkpoints(tmp_path)) == [1]
    work_folder.claim(tmp_path, "b")
    assert [path.name for path in tmp_path.iterdir()] == [work_folder.IDENTITY]


def test_second_process_is_told_and_a_dying_one_is_waited_for(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RuntimeError, match="another training is running"), work_folder.exclusive(tmp_path, wait_s=0.3):
            pass
        holder.kill()
        with work_folder.exclusive(tmp_path, wait_s=10):
            pass
    finally:
        holder.kill()
        holder.wait()

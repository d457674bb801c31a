import subprocess
import sys
from pathlib import Path

from resources.engine import pool
from tests.resources.engine import stages

# A program whose main module must not be loaded again: it has no guard, and says so each time that it runs.
_PROGRAM = """
from resources.engine import pool
from tests.resources.engine import stages
print("main", flush=True)
with pool.start(2) as workers:
    print(sorted(workers.map(stages.name_of_main, range(4)))[0])
"""


def test_workers_do_not_load_the_main_module(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    path = str(Path(__file__).parents[3])
    ran = subprocess.run([sys.executable, program], env={"PYTHONPATH": path}, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == ["main", "None"]


def test_the_main_module_is_back_once_workers_run() -> None:
    main = sys.modules["__main__"]
    with pool.start(1) as workers:
        assert list(workers.map(stages.name_of_main, range(1))) == ["None"]
    assert sys.modules["__main__"] is main

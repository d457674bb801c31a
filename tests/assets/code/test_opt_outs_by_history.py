"""An author opts out whom only the git history names: gone from the datasets, and looked for below raw_code."""

import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.code import assets
from resources import platform
from resources.engine import LocalEngine
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings

JANE = "Jane Example <jane@example.org>"
GIT = ["git", "-c", "user.name=Bob", "-c", "user.email=bob@example.com", "-c", "init.defaultBranch=main"]
LINE = ("raw_code", "clean_code", "near_duplicate_clusters", "deduplicated_code")


def module(word: str) -> str:
    names = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
    parts = [f'def {word}_{name}(value):\n    """Return {name} of {word}."""\n    return value + len("{word} {name}")' for name in names]
    return "\n\n\n".join(parts) + "\n"


class Line:
    """A repository that two people wrote, and the assets over it."""

    def __init__(self, root: Path, lake: Lake, engine: LocalEngine) -> None:
        self.root, self.lake, self.engine = root, lake, engine
        (root / "work").mkdir()
        self.git("init", "--quiet")
        for path, author in (("hers.py", JANE), ("his.py", "Bob <bob@example.com>")):
            (root / "work" / path).write_text("# SPDX-License-Identifier: MIT\n" + module(path.removesuffix(".py")))
            self.git("add", path)
            self.git("commit", "--quiet", f"--author={author}", "--message", path)

    def git(self, *arguments: str) -> None:
        subprocess.run([*GIT, *arguments], cwd=self.root / "work", check=True, capture_output=True)

    def run(self, opt_outs: str, *names: str) -> dg.ExecuteInProcessResult:
        """Materialize the assets `names` (default: all)."""
        (self.root / "opt_outs.yaml").write_text(opt_outs)
        sources = {"git": [{"url": f"file://{self.root}/work"}], "opt_outs": str(self.root / "opt_outs.yaml")}
        settings = Settings.model_validate({"sources": {"code": sources}, "checks": {"max_row_loss_share": 1.0}})
        bundle: Any = platform.Platform(settings, self.lake, self.engine, dg.PipesSubprocessClient())
        resources = {"platform": bundle, "io_manager": LakeIOManager(self.lake)}
        every = [getattr(assets, name) for name in LINE]
        return dg.materialize(every, selection=list(names or LINE), resources=resources, raise_on_error=False)

    def paths(self, asset: str) -> list[str]:
        return self.lake.open(asset).collect()["path"].sort().to_list()


@pytest.fixture
def line(tmp_path: Path, lake: Lake, engine: LocalEngine) -> Line:
    return Line(tmp_path, lake, engine)


def test_a_new_opt_out_is_honoured_by_the_next_run_and_a_lifted_one_too(line: Line) -> None:
    assert line.run("{}", "raw_code").success
    assert line.paths("raw_code") == ["hers.py", "his.py"]
    before = line.lake.current("raw_code")
    assert line.run(f"authors: ['{JANE}']", "raw_code").success, "nothing changed in the repository"
    assert line.paths("raw_code") == ["his.py"]
    entries = line.lake.snapshot("raw_code").ledger().filter(rule="opted_out").collect()
    assert entries["detail"].to_list() == [f"history file://{line.root}/work:hers.py"]
    assert line.run("authors: [somebody@example.org]", "raw_code").success
    assert line.paths("raw_code") == ["hers.py", "his.py"]
    assert line.run("{}", "raw_code").success
    assert line.lake.current("raw_code") == before


def test_what_was_made_before_the_listing_left_it_out_is_found_out(line: Line) -> None:
    assert line.run("{}").success
    assert line.run("authors: [jane@example.org]", "raw_code").success
    result = line.run("authors: [jane@example.org]", "near_duplicate_clusters", "deduplicated_code")
    assert not result.success, "clean_code was not made again"
    (failed,) = (check for check in result.get_asset_check_evaluations() if not check.passed)
    (left,) = line.lake.open("clean_code").collect().filter(path="hers.py")["id"]
    assert failed.check_name == "nothing_opted_out"
    rows: Any = failed.metadata["row_ids"].value
    kept = line.lake.open("deduplicated_code").collect().filter(path="hers.py")
    assert rows == kept["id"].to_list() and kept["parent_ids"].to_list() == [[left]]

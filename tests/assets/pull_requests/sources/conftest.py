from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources.git_refs import list_pulls
from tests import github_server
from tests.assets.pull_requests.sources.histories import GONE, ODD, Repository, by_number, comment, lines, source, write
from tests.github_server import Hub


@pytest.fixture(scope="module")
def shas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The commits of a small history with a pull request of each kind; "repository" is the repository."""
    repository = Repository(tmp_path_factory.mktemp("history"))
    made: dict[str, Any] = {"repository": repository}
    made["root"] = repository.commit({"a.txt": lines(30)})
    repository.branch(made["root"])  # 1: merged by a merge commit
    made["1a"] = repository.commit({"a.txt": lines(30, n3="three"), ODD: "no end"}, "first\n\nBody  of it\n")
    made["1b"] = repository.commit({"a.txt": lines(30, n3="THREE")})
    repository.branch(made["root"])
    made["trunk1"] = repository.commit({"other.txt": "x\r\n"})
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge 1", made["1b"])
    made["merge1"] = repository.git("rev-parse", "HEAD")
    repository.branch(made["merge1"])  # 2: open, with a test merge; it merges the trunk into itself
    made["2a"] = repository.commit({"bin.dat": b"\0\1\2" * 100, "a.txt": lines(30, n3="THREE", n20="twenty")})
    repository.branch(made["merge1"])
    made["trunk2"] = repository.commit({"other.txt": "y\r\n"})
    repository.branch(made["2a"])
    repository.git("merge", "--quiet", "--no-ff", "-m", "trunk into 2", made["trunk2"])
    made["2b"] = repository.commit({"new.txt": "new\n"})
    repository.branch(made["trunk2"])
    repository.git("merge", "--quiet", "--no-ff", "-m", "test merge", made["2b"])
    made["test2"] = repository.git("rev-parse", "HEAD")
    repository.branch(made["root"])  # 3: forced; what was reviewed is on no ref
    made["3old"] = repository.commit({"a.txt": lines(30, n9="old")})
    repository.branch(made["root"])
    made["3"] = repository.commit({"a.txt": lines(30, n9="new")})
    repository.branch(made["trunk2"])  # 4: moved the trunk forward
    made["4"] = repository.commit({"forward.txt": "1\n"})
    repository.branch(made["trunk2"])  # 5: came in with another branch
    made["5"] = repository.commit({"five.txt": "5\n"})
    made["5more"] = repository.commit({"six.txt": "6\n"})
    repository.branch(made["4"])
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge more", made["5more"])
    made["trunk"] = repository.commit({"last.txt": "z\n"})
    repository.push(heads__old=made["3old"], heads__trunk=made["trunk"], pull__1__head=made["1b"], pull__2__head=made["2b"])
    repository.push(pull__2__merge=made["test2"], pull__3__head=made["3"], pull__4__head=made["4"], pull__5__head=made["5"])
    repository.git("push", "--quiet", str(repository.bare), ":refs/heads/old")
    return made


@pytest.fixture(scope="module")
def read(shas: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, dict[str, Any]], pl.DataFrame, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("read")
    told = write(
        folder,
        comment(1, 11, shas["1a"]),
        comment(1, 12, shas["1b"]),
        comment(2, 21, shas["2a"]),
        comment(3, 31, shas["3old"]),
        comment(3, 32, GONE),
        comment(9, 91, shas["1a"]),
    )
    found, left, ledger = list_pulls([source(shas, all_pulls=True)], folder / "mirrors", told)
    assert left["pull_number"].to_list() == [9]
    kept, altered = read_pull_requests(found, PullReadingSettings())
    assert altered.is_empty() and kept["source"].unique().to_list() == ["git"]
    return by_number(kept), ledger, found


@pytest.fixture
def hub() -> Iterator[Hub]:
    with github_server.serve() as server:
        yield server

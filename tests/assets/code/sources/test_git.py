import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from assets import ledger, passport
from assets.code.sources import git, listing

if TYPE_CHECKING:
    from tests.assets.code.sources.conftest import GitServer

Git = Callable[..., str]
Commit = Callable[[Path, str, str], str]
QUICK = git.FetchSettings(answer_timeout_s=2.0, parallel_fetches=4)


def source(url: object, **settings: object) -> git.GitSource:
    return git.GitSource.model_validate({"url": str(url), **settings})


def rules(problems: pl.DataFrame) -> list[tuple[str, str]]:
    assert problems.schema == pl.Schema(ledger.SCHEMA)
    return problems.select("rule", "action").rows()


def test_a_dead_repository_does_not_stop_the_others(repository: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:  # accepts and never answers
        silent = f"http://127.0.0.1:{hole.getsockname()[1]}/x.git"
        refused = "http://127.0.0.1:9/x.git"
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken/HEAD").write_text("nonsense")
        wanted = [source(silent), source(refused), source(repository), source(tmp_path / "broken"), source(tmp_path / "nothing")]
        said: list[str] = []
        start = time.monotonic()
        found, problems = git.list_all(wanted, tmp_path / "mirrors", QUICK, report=said.append)
    assert time.monotonic() - start < 15
    assert found["repository"].unique().to_list() == [str(repository)]
    assert rules(problems) == [("unreachable", "dropped"), ("unreachable", "dropped"), ("gone", "dropped"), ("gone", "dropped")]
    assert problems["row_id"][0] == passport.row_id("raw_code", "git", silent)
    assert problems["detail"][0] == f"{silent}: git ls-remote took more than 2 s"
    assert problems["detail"][1].startswith(f"{refused}: git ls-remote failed: ")
    assert [line.split(": ")[0] for line in said] == [each.repository for each in wanted]


def test_nothing_but_dead_repositories(tmp_path: Path) -> None:
    found, problems = git.list_all([source(tmp_path / "nothing")], tmp_path / "mirrors", QUICK)
    assert found.is_empty()
    assert rules(problems) == [("gone", "dropped")]
    found, problems = git.list_all([], tmp_path / "mirrors")
    assert (found.schema, rules(problems)) == (pl.Schema(listing.SCHEMA), [])


def test_a_host_that_is_away_for_a_while(repository: Path, server: "GitServer", tmp_path: Path, commit: Commit) -> None:
    wanted = [source(server.url("origin/.git"))]
    before, problems = git.list_all(wanted, tmp_path / "mirrors")
    assert problems.is_empty()
    server.login = "nobody:nothing"  # the token is not valid any more
    after, problems = git.list_all(wanted, tmp_path / "mirrors")
    assert after.equals(before)
    assert rules(problems) == [("stale_mirror", "altered")]
    server.login = ""
    commit(repository, "new.py", "n = 1\n")
    assert "new.py" in git.list_all(wanted, tmp_path / "mirrors")[0]["path"]


def test_a_repository_that_was_taken_away(repository: Path, server: "GitServer", tmp_path: Path) -> None:
    wanted = [source(server.url("origin/.git"))]
    git.list_all(wanted, tmp_path / "mirrors")
    shutil.rmtree(repository)
    found, problems = git.list_all(wanted, tmp_path / "mirrors")
    assert found.is_empty()  # who deletes a repository wants it gone: no mirror stands in
    assert rules(problems) == [("gone", "dropped")]


def test_all_branches(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    run_git(repository, "checkout", "--quiet", "-b", "a-topic")
    topic = commit(repository, "topic.py", "t = 1\n")
    run_git(repository, "checkout", "--quiet", "main")
    main = commit(repository, "src/app.py", "changed = 1\n")
    run_git(repository, "branch", "same")
    found, problems = git.list_all([source(repository, branches="heads")], tmp_path / "mirrors")
    assert problems.is_empty()
    assert found.select("path", "digest").is_unique().all()
    revisions = dict(found.filter(pl.col("path") != "src/app.py").select("path", "revision").iter_rows())
    assert revisions.pop("topic.py") == topic
    assert set(revisions.values()) == {main}  # entries of several branches are those of HEAD
    assert set(found.filter(path="src/app.py")["revision"]) == {main, topic}
    assert git.sync(source(repository), tmp_path / "mirrors")[0].revision == main


def test_an_unborn_head(repository: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(repository, "symbolic-ref", "HEAD", "refs/heads/unborn")
    _, problems = git.list_all([source(repository)], tmp_path / "mirrors")
    assert "it has no ref 'HEAD'; it has refs/heads/main" in problems["detail"][0]
    found, problems = git.list_all([source(repository, branches="heads")], tmp_path / "mirrors")
    assert (found.height, problems.height) == (15, 0)


def test_many_at_once_are_in_order(repository: Path, tmp_path: Path) -> None:
    copies = [tmp_path / f"copy{number}" for number in range(6)]
    for copy in copies:
        shutil.copytree(repository, copy, symlinks=True)
    wanted = [source(copy) for copy in copies]
    parallel, _ = git.list_all(wanted, tmp_path / "parallel", git.FetchSettings(parallel_fetches=6))
    single, _ = git.list_all(wanted, tmp_path / "single", git.FetchSettings(parallel_fetches=1))
    assert parallel.drop("location").equals(single.drop("location"))


def test_one_repository_twice(repository: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(repository, "branch", "other")
    found, problems = git.list_all([source(repository), source(repository, ref="other")], tmp_path / "mirrors")
    assert (found.height, problems.height) == (15, 0)


@pytest.mark.parametrize("allowed", [True, False])
def test_large_blobs_stay_away(repository: Path, server: "GitServer", tmp_path: Path, run_git: Git, allowed: bool) -> None:
    run_git(repository, "config", "uploadpack.allowFilter", str(allowed).lower())
    wanted = [source(server.url("origin/.git"))]
    found, _ = git.list_all(wanted, tmp_path / "mirrors", max_blob_bytes=1000)
    sizes = dict(found.select("path", "n_bytes").iter_rows())
    assert sizes["big.py"] == (1001 if allowed else 120_000)
    assert sizes["LICENSE"] < 1000
    (mirror,) = set(found["location"])
    digests = found.filter(pl.col("path").is_in(["big.py", "LICENSE"])).sort("path")["blob"].to_list()
    assert [blob is None for blob in git.read_blobs(Path(mirror), digests, "x")] == [False, allowed]


def test_a_limit_that_was_raised(repository: Path, server: "GitServer", tmp_path: Path, run_git: Git, commit: Commit) -> None:
    run_git(repository, "config", "uploadpack.allowFilter", "true")
    wanted, mirrors = [source(server.url("origin/.git"))], tmp_path / "mirrors"
    git.list_all(wanted, mirrors, max_blob_bytes=1000)
    for limit, expected in ((200_000, 120_000), (10, 120_000), (None, 120_000)):
        found, _ = git.list_all(wanted, mirrors, max_blob_bytes=limit)
        assert found.filter(path="big.py")["n_bytes"].to_list() == [expected], limit
    commit(repository, "small.py", "x = 1\n")
    found, problems = git.list_all(wanted, mirrors, max_blob_bytes=200_000)
    assert (problems.height, found.filter(path="small.py")["n_bytes"].to_list()) == (0, [6])

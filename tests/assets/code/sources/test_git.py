import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from assets.code.sources import git

Git = Callable[..., str]
Commit = Callable[[Path, str, str], str]


def source(repository: Path, ref: str = "HEAD") -> git.GitSource:
    return git.GitSource(url=str(repository), ref=ref)


def test_first_sync_lists_every_entry(repository: Path, tmp_path: Path, run_git: Git) -> None:
    found = git.sync(source(repository), tmp_path / "mirrors")
    assert found.revision == run_git(repository, "rev-parse", "HEAD")
    blobs = git.list_blobs(found)
    modes = dict(blobs.select("path", "mode").iter_rows())
    assert modes["link.py"] == "120000"
    assert modes["vendor/lib"] == "160000"
    assert modes["bin/tool"] == "100755"
    assert modes["caf\\xe9.py"] == "100644"
    assert blobs["path"].to_list() == sorted(blobs["path"])
    assert blobs.row(by_predicate=pl.col("path") == "big.py", named=True)["n_bytes"] == 120_000
    assert blobs["license"].unique().to_list() == ["MIT"]
    assert blobs["digest"].equals(blobs["blob"].rename("digest"))


def test_an_unchanged_repository_costs_one_ls_remote(repository: Path, tmp_path: Path, count_git: Callable[[], list[str]]) -> None:
    first = git.sync(source(repository), tmp_path / "mirrors")
    assert any("fetch" in call for call in count_git())
    assert git.sync(source(repository), tmp_path / "mirrors") == first
    (call,) = count_git()
    assert call.startswith("ls-remote")


def test_a_pinned_commit_costs_nothing(repository: Path, tmp_path: Path, count_git: Callable[[], list[str]], commit: Commit) -> None:
    sha = commit(repository, "pinned.py", "a = 1\n")
    commit(repository, "later.py", "a = 2\n")
    count_git()
    found = git.sync(source(repository, sha), tmp_path / "mirrors")
    count_git()
    assert git.sync(source(repository, sha), tmp_path / "mirrors") == found
    assert count_git() == []
    assert "later.py" not in git.list_blobs(found)["path"]


def test_a_new_commit_is_fetched(repository: Path, tmp_path: Path, commit: Commit) -> None:
    before = git.list_blobs(git.sync(source(repository), tmp_path / "mirrors"))
    sha = commit(repository, "new.py", "n = 1\n")
    found = git.sync(source(repository), tmp_path / "mirrors")
    assert found.revision == sha
    assert set(git.list_blobs(found)["path"]) - set(before["path"]) == {"new.py"}


def test_refs(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    first = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "tag", "--annotate", "v1", "--message", "one")
    run_git(repository, "branch", "old/stable")
    run_git(repository, "update-ref", "refs/pull/1/head", first)
    commit(repository, "new.py", "n = 1\n")
    for ref in ("v1", "refs/tags/v1", "old/stable", "refs/heads/old/stable", "refs/pull/1/head"):
        assert git.sync(source(repository, ref), tmp_path / "mirrors").revision == first, ref


def test_a_commit_that_only_a_pull_request_reaches(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    sha = commit(repository, "pull.py", "p = 1\n")
    run_git(repository, "update-ref", "refs/pull/1/head", sha)
    run_git(repository, "reset", "--quiet", "--hard", "HEAD~1")
    found = git.sync(source(repository, "refs/pull/1/head"), tmp_path / "mirrors")
    assert "pull.py" in git.list_blobs(found)["path"]


def test_a_force_push_and_a_branch_that_became_a_folder(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    run_git(repository, "branch", "topic")
    git.sync(source(repository), tmp_path / "mirrors")
    run_git(repository, "branch", "--delete", "--force", "topic")
    run_git(repository, "branch", "topic/one")
    run_git(repository, "commit", "--quiet", "--amend", "--message", "rewritten")
    found = git.sync(source(repository), tmp_path / "mirrors")
    assert found.revision == run_git(repository, "rev-parse", "HEAD")
    assert git.sync(source(repository, "topic/one"), tmp_path / "mirrors").revision is not None


def test_a_ref_that_does_not_exist(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match=r"no ref 'nonesuch'; it has refs/heads/main"):
        git.sync(source(repository, "nonesuch"), tmp_path / "mirrors")
    with pytest.raises(git.GitError, match=r"'a{40}'.* cannot be fetched"):
        git.sync(source(repository, "a" * 40), tmp_path / "mirrors")


def test_an_empty_repository(tmp_path: Path, run_git: Git) -> None:
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "--quiet")
    found = git.sync(source(tmp_path / "empty"), tmp_path / "mirrors")
    assert found.revision is None
    assert git.list_blobs(found).is_empty()


def test_a_repository_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="/nowhere/at-all: git ls-remote failed"):
        git.sync(source(Path("/nowhere/at-all")), tmp_path / "mirrors")


def test_errors_hide_credentials(tmp_path: Path) -> None:
    hidden = git.GitSource(url="http://user:s3cret@127.0.0.1:9/x.git", timeout_s=20)
    with pytest.raises(git.GitError) as raised:
        git.sync(hidden, tmp_path / "mirrors")
    assert "s3cret" not in str(raised.value)
    assert "http://127.0.0.1:9/x.git" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:token@host/x", "https://host/x"),
        ("https://token@host:8443/x.git", "https://host:8443/x.git"),
        ("ssh://git:pw@host/x", "ssh://git@host/x"),
        ("git@host:x.git", "git@host:x.git"),
        ("/local/a@b", "/local/a@b"),
        ("https://host/x@y", "https://host/x@y"),
    ],
)
def test_credentials_are_removed(url: str, clean: str) -> None:
    assert git.without_credentials(url) == clean


@pytest.mark.parametrize(
    "values", [{"url": "--upload-pack=x"}, {"url": ""}, {"url": "x", "ref": "-x"}, {"url": "x", "ref": "a:b"}, {"url": "x", "depth": 1}]
)
def test_settings_that_git_would_misread(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        git.GitSource.model_validate(values)


def test_no_command_is_run_by_a_url(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="not allowed"):
        git.sync(git.GitSource(url=f"ext::touch\u00a0{tmp_path}/owned".replace("\u00a0", "%20")), tmp_path / "mirrors")


def test_a_slow_remote_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nsleep 60 & wait\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    start = time.monotonic()
    with pytest.raises(git.GitError, match=r"git ls-remote took more than 0\.3 s"):
        git.sync(git.GitSource(url="x", timeout_s=0.3), tmp_path / "mirrors")
    assert time.monotonic() - start < 10


def test_leftovers_of_a_killed_run_do_no_harm(repository: Path, tmp_path: Path, commit: Commit) -> None:
    mirrors = tmp_path / "mirrors"
    found = git.sync(source(repository), mirrors)
    half = found.mirror.with_suffix(".partial")
    found.mirror.rename(half)  # killed before the rename
    (half / "HEAD").unlink()
    assert git.sync(source(repository), mirrors) == found
    assert not half.exists()
    sha = commit(repository, "new.py", "n = 1\n")
    (found.mirror / "refs/heads/main.lock").write_text("")  # killed while a fetch wrote the ref
    (found.mirror / "packed-refs.lock").write_text("")
    (found.mirror / "objects/pack/tmp_pack_x").write_text("half")
    assert git.sync(source(repository), mirrors).revision == sha


def test_killed_at_any_moment(repository: Path, tmp_path: Path) -> None:
    call = f"git.sync(git.GitSource(url={str(repository)!r}), Path({str(tmp_path / 'm')!r}))"
    code = f"from pathlib import Path; from assets.code.sources import git; {call}"
    for seconds in (0.35, 0.5):
        process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert git.list_blobs(git.sync(source(repository), tmp_path / "m")).height == 15


def test_reading_blobs(repository: Path, tmp_path: Path) -> None:
    found = git.sync(source(repository), tmp_path / "mirrors")
    blobs = git.list_blobs(found).filter(path="logo.png")["blob"].to_list()
    assert list(git.read_blobs(found.mirror, [*blobs, "f" * 40, *blobs], "x")) == [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        None,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    ]
    assert list(git.read_blobs(found.mirror, [], "x")) == []

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest

from assets.code.sources import git
from assets.code.sources.git_mirror import GitRevision

Git = Callable[..., str]
Commit = Callable[[Path, str, str], str]


def source(repository: Path, ref: str = "HEAD", **settings: object) -> git.GitSource:
    return git.GitSource.model_validate({"url": str(repository), "ref": ref} | settings)


def sync(source: git.GitSource, mirrors: Path, max_blob_bytes: int | None = None) -> GitRevision:
    (found,) = git.sync(source, mirrors, max_blob_bytes=max_blob_bytes)
    return found


def test_first_sync_lists_every_entry(repository: Path, tmp_path: Path, run_git: Git) -> None:
    found = sync(source(repository), tmp_path / "mirrors")
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
    first = sync(source(repository), tmp_path / "mirrors")
    assert any("fetch" in call for call in count_git())
    assert sync(source(repository), tmp_path / "mirrors") == first
    (call,) = count_git()
    assert call.startswith("ls-remote")


def test_a_pinned_commit_costs_nothing(repository: Path, tmp_path: Path, count_git: Callable[[], list[str]], commit: Commit) -> None:
    sha = commit(repository, "pinned.py", "a = 1\n")
    commit(repository, "later.py", "a = 2\n")
    count_git()
    found = sync(source(repository, sha), tmp_path / "mirrors")
    count_git()
    assert sync(source(repository, sha), tmp_path / "mirrors") == found
    assert count_git() == []
    assert "later.py" not in git.list_blobs(found)["path"]


def test_a_new_commit_is_fetched(repository: Path, tmp_path: Path, commit: Commit) -> None:
    before = git.list_blobs(sync(source(repository), tmp_path / "mirrors"))
    sha = commit(repository, "new.py", "n = 1\n")
    found = sync(source(repository), tmp_path / "mirrors")
    assert found.revision == sha
    assert set(git.list_blobs(found)["path"]) - set(before["path"]) == {"new.py"}


def test_refs(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    first = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "tag", "--annotate", "v1", "--message", "one")
    run_git(repository, "branch", "old/stable")
    run_git(repository, "update-ref", "refs/pull/1/head", first)
    commit(repository, "new.py", "n = 1\n")
    for ref in ("v1", "refs/tags/v1", "old/stable", "refs/heads/old/stable", "refs/pull/1/head"):
        assert sync(source(repository, ref), tmp_path / "mirrors").revision == first, ref


def test_a_commit_that_only_a_pull_request_reaches(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    sha = commit(repository, "pull.py", "p = 1\n")
    run_git(repository, "update-ref", "refs/pull/1/head", sha)
    run_git(repository, "reset", "--quiet", "--hard", "HEAD~1")
    found = sync(source(repository, "refs/pull/1/head"), tmp_path / "mirrors")
    assert "pull.py" in git.list_blobs(found)["path"]


def test_a_force_push_and_a_branch_that_became_a_folder(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    run_git(repository, "branch", "topic")
    sync(source(repository), tmp_path / "mirrors")
    run_git(repository, "branch", "--delete", "--force", "topic")
    run_git(repository, "branch", "topic/one")
    run_git(repository, "commit", "--quiet", "--amend", "--message", "rewritten")
    found = sync(source(repository), tmp_path / "mirrors")
    assert found.revision == run_git(repository, "rev-parse", "HEAD")
    assert sync(source(repository, "topic/one"), tmp_path / "mirrors").revision is not None


def test_a_ref_that_does_not_exist(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match=r"no ref 'nonesuch'; it has refs/heads/main"):
        sync(source(repository, "nonesuch"), tmp_path / "mirrors")
    with pytest.raises(git.GitError, match=r"'a{40}'.* cannot be fetched"):
        sync(source(repository, "a" * 40), tmp_path / "mirrors")


def test_an_empty_repository(tmp_path: Path, run_git: Git) -> None:
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "--quiet")
    for wanted in (source(tmp_path / "empty"), source(tmp_path / "empty", branches="heads")):
        assert git.sync(wanted, tmp_path / "mirrors") == []


def test_a_repository_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="/nowhere/at-all: git ls-remote failed"):
        sync(source(Path("/nowhere/at-all")), tmp_path / "mirrors")


def test_no_command_is_run_by_a_url(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="not allowed"):
        sync(git.GitSource(url=f"ext::touch\u00a0{tmp_path}/owned".replace("\u00a0", "%20")), tmp_path / "mirrors")


def test_a_slow_remote_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nsleep 60 & wait\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    start = time.monotonic()
    with pytest.raises(git.GitError, match=r"git ls-remote took more than 0\.3 s"):
        sync(git.GitSource(url="x", timeout_s=0.3), tmp_path / "mirrors")
    assert time.monotonic() - start < 10


def test_leftovers_of_a_killed_run_do_no_harm(repository: Path, tmp_path: Path, commit: Commit) -> None:
    mirrors = tmp_path / "mirrors"
    found = sync(source(repository), mirrors)
    half = found.mirror.with_suffix(".partial")
    found.mirror.rename(half)  # killed before the rename
    (half / "HEAD").unlink()
    assert sync(source(repository), mirrors) == found
    assert not half.exists()
    sha = commit(repository, "new.py", "n = 1\n")
    (found.mirror / "refs/heads/main.lock").write_text("")  # killed while a fetch wrote the ref
    (found.mirror / "packed-refs.lock").write_text("")
    (found.mirror / "objects/pack/tmp_pack_x").write_text("half")
    assert sync(source(repository), mirrors).revision == sha


def test_killed_at_any_moment(repository: Path, tmp_path: Path) -> None:
    call = f"git.sync(git.GitSource(url={str(repository)!r}), Path({str(tmp_path / 'm')!r}))"
    code = f"from pathlib import Path; from assets.code.sources import git; {call}"
    for seconds in (0.35, 0.5):
        process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert git.list_blobs(sync(source(repository), tmp_path / "m")).height == 15


def test_history_is_not_fetched(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    commit(repository, "new.py", "n = 1\n")
    run_git(repository, "branch", "other", "HEAD~1")
    served = f"file://{repository}"
    shallow = sync(source(Path("x"), url=served), tmp_path / "shallow")
    whole = sync(source(Path("x"), url=served, depth=None), tmp_path / "whole")
    assert run_git(shallow.mirror, "rev-list", "--all", "--count") == "1"
    assert run_git(whole.mirror, "rev-list", "--all", "--count") == "2"
    assert run_git(whole.mirror, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/heads/other"]
    assert git.list_blobs(shallow).drop("location").equals(git.list_blobs(whole).drop("location"))
    again = sync(source(Path("x"), url=served, ref="other", depth=None), tmp_path / "shallow")  # from shallow to whole
    assert git.list_blobs(again).height == 15


def test_a_host_that_hands_out_tips_only(
    repository: Path, tmp_path: Path, run_git: Git, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = run_git(repository, "rev-parse", "HEAD")
    commit(repository, "new.py", "n = 1\n")
    for name, value in (("COUNT", "1"), ("KEY_0", "protocol.version"), ("VALUE_0", "0")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    found = sync(source(Path("x"), sha, url=f"file://{repository}"), tmp_path / "mirrors")
    assert git.list_blobs(found).height == 15


def test_a_host_that_only_serves_files(repository: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(repository, "update-server-info")
    handler = partial(QuietHandler, directory=str(repository))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        found = sync(source(Path("x"), url=f"http://127.0.0.1:{server.server_port}/.git"), tmp_path / "mirrors", 1000)
        server.shutdown()
    assert git.list_blobs(found).filter(path="big.py")["n_bytes"].to_list() == [120_000]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests are quiet."""

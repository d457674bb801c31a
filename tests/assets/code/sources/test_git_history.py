"""How histories are had: only where somebody is listed, only what is new, and never in the mirror that is read."""

import shutil
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from assets import passport
from assets.code.sources import git, git_authors, git_history

if TYPE_CHECKING:
    from tests.assets.code.sources.conftest import GitServer

Git = Callable[..., str]
Commit = Callable[[Path, str, str], str]
JANE = "Jane Example <jane@example.org>"


@pytest.fixture
def shared(repository: Path, run_git: Git, commit: Commit) -> Path:
    """A repository of which Jane wrote one file, before others went on; hosts may leave blobs out."""
    run_git(repository, "config", "uploadpack.allowFilter", "true")
    (repository / "jane.py").write_text("j = 1\n")
    run_git(repository, "add", "jane.py")
    run_git(repository, "commit", "--quiet", f"--author={JANE}", "--message", "hers")
    for number in range(3):
        commit(repository, "bob.py", f"b = {number}\n")
    return repository


def listed(url: object, mirrors: Path, *authors: str, settings: Any = None, **source: object) -> tuple[set[str], list[tuple[str, str]]]:
    """Paths of the listing that tests ask about, and (rule, detail) of the ledger."""
    wanted = [git.GitSource.model_validate({"url": str(url), **source})]
    found, problems = git.list_all(wanted, mirrors, settings or git.FetchSettings(answer_timeout_s=2.0), 1000, authors=authors)
    assert not any("Jane Example" in detail or "@example" in detail for detail in problems["detail"])
    return set(found["path"]) & {"jane.py", "bob.py", "new.py"}, problems.select("rule", "detail").rows()


def test_a_mirror_that_was_shallow_when_somebody_opted_out(shared: Path, server: "GitServer", tmp_path: Path, run_git: Git) -> None:
    url, mirrors = server.url("origin/.git"), tmp_path / "mirrors"
    assert listed(url, mirrors) == ({"jane.py", "bob.py"}, [])
    assert not (mirrors / "history").exists()
    assert listed(url, mirrors, JANE) == ({"bob.py"}, [("opted_out", f"history {url}:jane.py")])
    (read,), (history,) = mirrors.glob("*.git"), (mirrors / "history").glob("*.git")
    assert run_git(read, "rev-list", "--all", "--count") == "1", "the mirror that is read stays shallow"
    assert run_git(history, "rev-list", "--all", "--count") == "5"
    kinds = run_git(history, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert set(kinds) == {"commit", "tree"}
    assert listed(url, mirrors) == ({"jane.py", "bob.py"}, []), "who is taken off the list is read again"


def test_the_ledger_has_the_id_that_the_row_would_have(shared: Path, tmp_path: Path) -> None:
    wanted = [git.GitSource(url=str(shared))]
    _, problems = git.list_all(wanted, tmp_path / "mirrors", authors=["jane@example.org"])
    assert problems.select("row_id", "action").rows() == [(passport.row_id("raw_code", "git", str(shared), "jane.py"), "dropped")]


def test_a_later_run_fetches_only_what_is_new(
    shared: Path, tmp_path: Path, run_git: Git, commit: Commit, count_git: Callable[[], list[str]]
) -> None:
    url, mirrors = f"file://{shared}", tmp_path / "mirrors"
    first = listed(url, mirrors, JANE)
    count_git()
    assert listed(url, mirrors, JANE) == first
    assert not [call for call in count_git() if " fetch " in call]
    assert listed(url, mirrors, JANE, "Bob Builder") == first, "another one opted out: what is here is read again"
    assert not [call for call in count_git() if " fetch " in call]
    (history,) = (mirrors / "history").glob("*.git")
    before = n_stored(history, run_git)
    commit(shared, "new.py", "n = 1\n")
    assert listed(url, mirrors, JANE)[0] == {"bob.py", "new.py"}
    assert n_stored(history, run_git) - before <= 3, "a commit, a tree, and the tree that it is written as a change of"


def n_stored(mirror: Path, run_git: Git) -> int:
    """How many objects were fetched, those that were fetched twice counted twice."""
    words = run_git(mirror, "count-objects", "-v").split()
    return sum(int(words[words.index(kind) + 1]) for kind in ("count:", "in-pack:"))


def test_all_branches_and_a_pinned_commit(shared: Path, tmp_path: Path, run_git: Git) -> None:
    first = run_git(shared, "rev-list", "--max-parents=0", "HEAD")
    run_git(shared, "checkout", "--quiet", "-b", "topic", first)
    (shared / "new.py").write_text("n = 1\n")
    run_git(shared, "add", "new.py")
    run_git(shared, "commit", "--quiet", f"--author={JANE}", "--message", "hers")
    sha = run_git(shared, "rev-parse", "topic")
    run_git(shared, "checkout", "--quiet", "main")
    assert listed(f"file://{shared}", tmp_path / "heads", JANE, branches="heads")[0] == {"bob.py"}
    assert listed(f"file://{shared}", tmp_path / "pinned", JANE, ref=sha)[0] == set()
    assert listed(f"file://{shared}", tmp_path / "first", JANE, ref=first) == (set(), [])


def test_one_repository_by_two_refs(shared: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(shared, "checkout", "--quiet", "--orphan", "export")
    run_git(shared, "commit", "--quiet", "--message", "all in one")
    sources = [git.GitSource(url=str(shared), ref=ref) for ref in ("main", "export")]
    found, problems = git.list_all(sources, tmp_path / "mirrors", authors=[JANE])
    assert "jane.py" not in set(found["path"]), "a path that is left out is left out of all that is listed of the repository"
    assert problems["row_id"].is_unique().all()


def test_a_host_that_is_away(shared: Path, server: "GitServer", tmp_path: Path) -> None:
    url, mirrors = server.url("origin/.git"), tmp_path / "mirrors"
    listed(url, mirrors)
    server.login = "nobody:nothing"  # the token is not valid any more
    paths, ((rule, detail),) = listed(url, mirrors, JANE)
    assert (paths, rule) == (set(), "no_history"), "nothing is taken when nobody can tell what she wrote"
    assert detail.startswith(f"{url}: opt_outs.yaml lists authors, and without the history nobody can tell")
    assert "git fetch failed" in detail
    server.login = ""
    assert listed(url, mirrors, JANE)[0] == {"bob.py"}
    server.login = "nobody:nothing"
    paths, entries = listed(url, mirrors, JANE)
    assert (paths, [rule for rule, _ in entries]) == ({"bob.py"}, ["stale_mirror", "opted_out"])


def test_one_history_that_is_away_does_not_stop_the_others(shared: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(tmp_path, "clone", "--quiet", "--depth=2", f"file://{shared}", "part")
    wanted = [git.GitSource(url=f"file://{tmp_path}/{name}") for name in ("part", "origin")]
    found, problems = git.list_all(wanted, tmp_path / "mirrors", authors=[JANE])
    assert set(found["repository"]) == {f"file://{shared}"}
    entry = problems.filter(rule="no_history").row(0, named=True)
    assert entry["row_id"] == passport.row_id("raw_code", "git", f"file://{tmp_path}/part")
    assert "its host has itself no more than a part of the history" in entry["detail"]
    run_git(tmp_path / "part", "fetch", "--quiet", "--unshallow")
    found, problems = git.list_all(wanted, tmp_path / "mirrors", authors=[JANE])
    assert problems["rule"].to_list() == ["opted_out", "opted_out"]


@pytest.mark.parametrize("is_partial", [True, False])
def test_a_host_that_only_serves_files(shared: Path, tmp_path: Path, run_git: Git, is_partial: bool) -> None:
    run_git(shared, "update-server-info")
    handler = partial(QuietHandler, directory=str(shared))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/.git"
        paths, _ = listed(url, tmp_path / "mirrors", JANE, settings=git.FetchSettings(partial=is_partial))
        server.shutdown()
    assert paths == {"bob.py"}


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.mark.parametrize(("limit", "value"), [("_MAX_PATHS", 1), ("_MAX_FIELD_BYTES", 3)])
def test_a_history_that_is_too_much(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(git_authors, limit, value)
    monkeypatch.setattr(git_authors, "_READ_BYTES", 100)
    paths, ((rule, detail),) = listed(shared, tmp_path / "mirrors", JANE)
    assert (paths, rule) == (set(), "no_history")
    assert "more than" in detail


def test_a_history_that_is_damaged(shared: Path, tmp_path: Path) -> None:
    url, mirrors = f"file://{shared}", tmp_path / "mirrors"
    listed(url, mirrors, JANE)
    (history,) = (mirrors / "history").glob("*.git")
    shutil.rmtree(history / "objects")
    paths, ((rule, _),) = listed(url, mirrors, JANE)
    assert (paths, rule) == (set(), "no_history")


@pytest.mark.parametrize("text", [f"Jane Example <jane@example.org> <{'x' * 2000}>\n", "no mailmap <at all\n\0\xff"])
def test_a_mailmap_that_is_left_out_or_nonsense(shared: Path, tmp_path: Path, commit: Commit, text: str) -> None:
    commit(shared, ".mailmap", text)
    paths, entries = listed(f"file://{shared}", tmp_path / "mirrors", JANE)
    if len(text) > 1000:  # the host leaves it out: what it would say is not known
        assert (paths, entries[0][0], "its .mailmap cannot be read" in entries[0][1]) == (set(), "no_history", True)
    else:
        assert paths == {"bob.py"}


def test_what_is_read_of_a_file_that_comes_back(shared: Path, tmp_path: Path, run_git: Git) -> None:
    """A mirror with the history of a file, but not its content, would not be sent it again."""
    url, mirrors = f"file://{shared}", tmp_path / "mirrors"
    run_git(shared, "rm", "--quiet", "bob.py")
    run_git(shared, "commit", "--quiet", "--message", "gone")
    listed(url, mirrors, JANE)
    run_git(shared, "revert", "--no-edit", "HEAD")
    (revision,) = git.sync(git.GitSource(url=url), mirrors)
    (blob,) = git.list_blobs(revision).filter(pl.col("path") == "bob.py")["blob"]
    assert list(git.read_blobs(revision.mirror, [blob], url)) == [b"b = 2\n"]


def test_an_empty_repository_has_no_history(tmp_path: Path, run_git: Git) -> None:
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "--quiet")
    assert listed(tmp_path / "empty", tmp_path / "mirrors", JANE) == (set(), [])


def test_many_fetches_are_packed(shared: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    source, settings = git.GitSource(url=f"file://{shared}"), git.FetchSettings(max_packs=1, max_loose_objects=2)
    for number in range(3):
        commit(shared, "bob.py", f"b = {number}\n" * 100)
        revisions = git.sync(source, tmp_path / "mirrors", settings, 1000)
        history = git_history.sync(source, revisions, tmp_path / "mirrors", settings)
        for mirror in (history, revisions[0].mirror):  # neither has all blobs
            assert len(list((mirror / "objects/pack").glob("*.pack"))) == 1
    assert run_git(history, "rev-list", "--all", "--count") == "8"

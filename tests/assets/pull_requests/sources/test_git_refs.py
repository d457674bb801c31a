import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from assets.code.sources.git_command import GitError
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import files, git_diffs, listing
from assets.pull_requests.sources.git_refs import PullRefs, list_pulls

NAME = "team/x.y_z"
WHEN = "2024-05-06T07:08:09+0000"
GONE = "e" * 40
ODD = 'odd "ä" name.txt'


class Repository:
    """A bare repository on this machine, and a work tree to fill it from."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare = folder / "work", folder / "x.git"
        self.git("init", "--quiet", "--initial-branch=trunk", str(self.work), place=False)
        self.git("init", "--quiet", "--bare", "--initial-branch=trunk", str(self.bare), place=False)

    def git(self, *arguments: str, place: bool = True) -> str:
        people = {
            f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b.example"))
        }
        environment = {**os.environ, **people, "GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN, "GIT_CONFIG_GLOBAL": "/dev/null"}
        where = ["-C", str(self.work)] if place else []
        run = subprocess.run(["git", *where, *arguments], env=environment, capture_output=True, check=True)
        return run.stdout.decode("utf-8", "replace").removesuffix("\n")

    def commit(self, content: dict[str, str | bytes], message: str = "change") -> str:
        for name, text in content.items():
            (self.work / name).write_bytes(text.encode() if isinstance(text, str) else text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, start: str) -> None:
        self.git("checkout", "--quiet", "--detach", start)

    def push(self, **refs: str) -> None:
        self.git("push", "--quiet", "--force", str(self.bare), *(f"{sha}:refs/{name.replace('__', '/')}" for name, sha in refs.items()))


def lines(count: int, **changed: str) -> str:
    return "".join(f"{changed.get(f'n{number}', f'line {number}')}\n" for number in range(count))


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


def comment(number: int, identifier: int, commit: str, **more: Any) -> dict[str, Any]:
    about = {"id": identifier, "path": "a.txt", "diff_hunk": "@@ -1 +1 @@\n-a\n+b", "body": "Why?", "original_commit_id": commit}
    return about | {"html_url": f"https://github.com/{NAME}/pull/{number}#discussion_r{identifier}"} | more


def write(folder: Path, *records: dict[str, Any]) -> pl.DataFrame:
    file = folder / "comments.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return files.list_files([file])[0]


def source(shas: dict[str, Any], **more: Any) -> PullRefs:
    return PullRefs(url=str(shas["repository"].bare), repository=NAME, **more)


def plain(shas: dict[str, Any], *arguments: str) -> str:
    """What git says itself, in the work tree."""
    text: str = shas["repository"].git("diff", "--full-index", *arguments)
    return text + "\n" if text else ""


def by_number(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    return {row["pull_number"]: row for row in frame.iter_rows(named=True)}


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


def test_diffs_are_git_s(shas: dict[str, Any], read: Any) -> None:
    rows = read[0]
    assert sorted(rows) == [1, 2, 3, 4, 5]
    expected = {1: ("trunk1", "1b"), 2: ("trunk2", "2b"), 3: ("root", "3"), 5: ("4", "5")}
    for number, (base, head) in expected.items():
        assert rows[number]["head_sha"] == shas[head]
        assert rows[number]["diff"] == plain(shas, f"{shas[base]}...{shas[head]}") != ""
    assert [rows[number]["base_sha"] for number in (1, 2, 3, 5)] == [shas[name] for name in ("trunk1", "trunk2", "root", "4")]


def test_what_was_reviewed(shas: dict[str, Any], read: Any) -> None:
    rows = read[0]
    first = {item["commit_sha"]: item for item in rows[1]["reviewed"]}
    assert first[shas["1a"]]["diff"] == plain(shas, f"{shas['trunk1']}...{shas['1a']}") != ""
    assert first[shas["1a"]]["follow_up"] == plain(shas, shas["1a"], shas["1b"]) != ""
    assert first[shas["1b"]]["follow_up"] == "" and first[shas["1b"]]["problem"] is None
    assert rows[2]["reviewed"][0]["diff"] == plain(shas, f"{shas['merge1']}...{shas['2a']}")  # before the trunk came in
    forced = {item["commit_sha"]: item for item in rows[3]["reviewed"]}
    assert forced[shas["3old"]]["diff"] == plain(shas, f"{shas['root']}...{shas['3old']}") != ""
    assert forced[shas["3old"]]["follow_up"] == plain(shas, shas["3old"], shas["3"])
    assert forced[GONE] == {"commit_sha": GONE, "diff": None, "follow_up": None, "problem": "gone"}


def test_commits(shas: dict[str, Any], read: Any) -> None:
    rows = read[0]
    assert [commit["sha"] for commit in rows[1]["commits"]] == [shas["1a"], shas["1b"]]
    first = rows[1]["commits"][0]
    assert first["message"] == "first\n\nBody  of it" and first["parents"] == [shas["root"]] and first["author"] is None
    assert first["authored_at"].isoformat() == "2024-05-06T07:08:09+00:00"
    assert json.loads(first["payload"])["commit"]["author"]["email"] == "a@b.example"
    assert shas["trunk2"] not in [commit["sha"] for commit in rows[2]["commits"]] and len(rows[2]["commits"]) == 3


def test_the_ledger_says_what_git_does_not_know(read: Any) -> None:
    assert read[1].select("rule", "action", "detail").rows() == [("no_head", "altered", f"{NAME}#9"), ("no_base", "altered", f"{NAME}#4")]
    assert read[0][4]["diff"] is None and read[0][4]["commits"] == []


def test_binary_and_odd_names(read: Any) -> None:
    assert "\\303\\244" in read[0][1]["diff"] and "\\ No newline at end of file" in read[0][1]["diff"]
    assert "Binary files /dev/null and b/bin.dat differ" in read[0][2]["diff"]


def test_the_user_s_configuration_changes_nothing(shas: dict[str, Any], read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (
        "[diff]\nnoprefix=true\nexternal=false\nalgorithm=patience\ncontext=0\nmnemonicPrefix=true\nsuppressBlankEmpty=true\nrenames=false"
    )
    (tmp_path / "config").write_text(f"{settings}\norderFile=/nowhere\n[core]\nquotePath=false\nattributesFile={tmp_path}/attributes\n")
    (tmp_path / "attributes").write_text("*.txt binary\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    again = by_number(read_pull_requests(read[2], PullReadingSettings())[0])
    assert again == read[0]


def test_only_what_files_have(shas: dict[str, Any], tmp_path: Path) -> None:
    pull = {"number": 3, "html_url": f"https://github.com/{NAME.upper()}/pull/3", "title": "t", "base": {"sha": shas["1a"], "ref": "b"}}
    told = write(
        tmp_path, pull, comment(3, 31, shas["3"], user_login="reviewer-1"), comment(7, 1, "x", html_url="https://github.com/a/b/pull/7")
    )
    found, left, ledger = list_pulls([source(shas)], tmp_path / "mirrors", told)
    assert left["repository"].to_list() == ["a/b"] and ledger.is_empty()
    (row,) = read_pull_requests(found, PullReadingSettings())[0].iter_rows(named=True)
    assert (row["title"], row["base_ref"], row["base_sha"], row["repository"], row["host"]) == (
        "t",
        "b",
        shas["1a"],
        NAME,
        "https://github.com",
    )
    assert row["diff"] == plain(shas, f"{shas['1a']}...{shas['3']}")
    assert [item["author"] for item in row["review_comments"]] == ["reviewer-1"]


def test_digests_follow_the_content(shas: dict[str, Any], tmp_path: Path) -> None:
    told = write(tmp_path, comment(1, 11, shas["1a"]), comment(3, 31, shas["3"]))
    listings = [list_pulls([source(shas)], tmp_path / name, told)[0] for name in ("one", "two")]
    assert listings[0]["digest"].to_list() == listings[1]["digest"].to_list()
    changed = write(tmp_path, comment(1, 11, shas["1a"], body="Other."), comment(3, 31, shas["3"]))
    after = list_pulls([source(shas)], tmp_path / "one", changed)[0]
    assert [one == other for one, other in zip(after["digest"], listings[0]["digest"], strict=True)] == [False, True]


def test_a_moved_head_is_fetched_and_an_unreachable_host_is_stale(shas: dict[str, Any], tmp_path: Path) -> None:
    bare = tmp_path / "copy.git"
    subprocess.run(["git", "clone", "--quiet", "--mirror", str(shas["repository"].bare), str(bare)], check=True)
    here = PullRefs(url=str(bare), repository=NAME)
    told = write(tmp_path, comment(3, 31, shas["3old"]))
    assert json.loads(list_pulls([here], tmp_path / "m", told)[0]["location"][0])["head_sha"] == shas["3"]
    (lock,) = (tmp_path / "m").rglob("refs/pull/3")
    (lock / "head.lock").touch()  # of a git that was killed
    subprocess.run(["git", "--git-dir", str(bare), "update-ref", "refs/pull/3/head", shas["2b"]], check=True)
    moved = list_pulls([here], tmp_path / "m", told)[0]
    assert json.loads(moved["location"][0])["head_sha"] == shas["2b"]
    (bare / "packed-refs").write_text("garbage\n")  # git refuses to serve it
    stale, _, ledger = list_pulls([here], tmp_path / "m", told)
    assert stale.equals(moved) and ledger.select("rule", "action").rows() == [("stale_mirror", "altered")]
    bare.rename(tmp_path / "away.git")
    gone, left, ledger = list_pulls([here], tmp_path / "m", told)
    assert gone.is_empty() and left.equals(told) and ledger.select("rule", "action").rows() == [("gone", "dropped")]


def test_diffs_that_are_too_large(read: Any) -> None:
    limit = len(read[0][1]["diff"].encode()) - 1
    kept, altered = read_pull_requests(read[2], PullReadingSettings(max_diff_bytes=limit))
    rows, left_out = by_number(kept), 0
    for number, before in read[0].items():
        for old, new in zip([before, *before["reviewed"]], [rows[number], *rows[number]["reviewed"]], strict=True):
            is_large = len((old["diff"] or "").encode()) > limit
            assert new["diff"] == (None if is_large else old["diff"])
            assert "problem" not in new or new["problem"] == ("too_large" if is_large else old["problem"])
            left_out += is_large
    assert set(altered["rule"]) == {"over_size"} and set(altered["threshold"]) == {limit} and altered["score"].min() == limit + 1
    assert f"{NAME}#1 diff" in altered["detail"].to_list() and left_out == altered.height > 2


def test_a_damaged_object_costs_one_diff(shas: dict[str, Any], tmp_path: Path) -> None:
    bare, repository = tmp_path / "damaged.git", shas["repository"]
    subprocess.run(["git", "clone", "--quiet", "--mirror", str(repository.bare), str(bare)], check=True)
    subprocess.run(["git", "--git-dir", str(bare), "unpack-objects"], input=b"", capture_output=True, check=False)
    for pack in list(bare.glob("objects/pack/*.pack")):
        content = pack.read_bytes()
        for file in bare.glob("objects/pack/*"):
            file.unlink()
        subprocess.run(["git", "--git-dir", str(bare), "unpack-objects", "-q"], input=content, check=True)
    blob = repository.git("rev-parse", f"{shas['2b']}:a.txt")
    (bare / "objects" / blob[:2] / blob[2:]).unlink()
    trees = [(repository.git("rev-parse", f"{shas[one]}^{{tree}}"), repository.git("rev-parse", f"{shas[other]}^{{tree}}"))
             for one, other in (("root", "1b"), ("trunk2", "2b"), ("root", "3"), ("root", "3"))]  # fmt: skip
    made = list(git_diffs.diffs(bare, trees, 10_000, "x", 60.0))
    assert [diff.problem for diff in made] == [None, "unavailable", None, None]
    assert made[2].text == plain(shas, shas["root"], shas["3"]) == made[3].text


def test_a_damaged_commit_costs_one_pull_request(shas: dict[str, Any], tmp_path: Path) -> None:
    told = write(tmp_path, comment(1, 11, shas["1a"]), comment(3, 31, shas["3"]), comment(5, 51, shas["5"]))
    found = list_pulls([source(shas)], tmp_path / "mirrors", told)[0]
    mirror = Path(json.loads(found["location"][0])["mirror"])
    (mirror / "objects" / shas["3"][:2] / shas["3"][2:]).unlink()
    kept, ledger = read_pull_requests(found, PullReadingSettings())
    assert kept["pull_number"].to_list() == [1, 5] and [ids["id"] for ids in kept["review_comments"][1]] == [51]
    assert ledger.select("rule", "detail").rows() == [("unreadable", f"{NAME}#3")]
    shutil.rmtree(mirror)
    with pytest.raises(GitError):
        read_pull_requests(found, PullReadingSettings())


@pytest.mark.parametrize("url", ["https://user:pass@host/x.git", "--upload-pack=x", "https://host/x?token=y"])
def test_urls_that_hold_secrets(url: str) -> None:
    with pytest.raises(ValidationError):
        PullRefs(url=url, repository=NAME)


def test_no_repository(tmp_path: Path) -> None:
    found, left, ledger = list_pulls([PullRefs(url=str(tmp_path / "none"), repository=NAME)], tmp_path, listing.frame([]))
    assert found.is_empty() and left.is_empty() and ledger["rule"].to_list() == ["gone"]


def test_an_unchanged_repository_costs_two_questions(shas: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git, log = tmp_path / "bin/git", tmp_path / "log"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent), prepend=os.pathsep)
    told = write(tmp_path, comment(1, 11, shas["1a"]), comment(3, 31, GONE))
    asked = []
    for _ in range(2):
        log.write_text("")
        list_pulls([source(shas)], tmp_path, told)
        asked.append([word for line in log.read_text().splitlines() for word in line.split() if word in ("ls-remote", "fetch")])
    assert asked == [["ls-remote", "fetch", "ls-remote", "fetch", "fetch"], ["ls-remote", "ls-remote"]]


def without_index(diff: str) -> list[str]:
    return [line for line in diff.split("\n") if not line.startswith("index ")]  # git shortens names where it was not told otherwise


@pytest.mark.parametrize("are_pulls_known", [False, True])
def test_a_host_s_api_says_the_same(tmp_path: Path, are_pulls_known: bool) -> None:
    import httpx

    from resources.forge import SMALL, Forge

    as_diff = {"accept": "application/vnd.github.diff"}
    with (
        Forge.serve(tmp_path / "forge", size=SMALL) as forge,
        httpx.Client(base_url=f"{forge.base_url}/repos/{forge.repositories[0]}") as api,
    ):
        pulls = api.get("/pulls?state=all&per_page=100").json()
        remarks = [remark for pull in pulls for remark in api.get(f"/pulls/{pull['number']}/comments?per_page=100").json()]
        told = write(tmp_path, *remarks, *(pulls if are_pulls_known else []))
        here = PullRefs(url=forge.git_url, repository=forge.repositories[0], all_pulls=True)
        kept, altered = read_pull_requests(list_pulls([here], tmp_path / "mirrors", told)[0], PullReadingSettings())
        assert altered.is_empty() and kept.height == len(pulls) == SMALL.pull_requests
        assert kept["review_comments"].list.len().sum() == len(remarks) == SMALL.comments
        compared = 0
        for row in kept.iter_rows(named=True):
            pull = api.get(f"/pulls/{row['pull_number']}").json()
            assert (row["head_sha"], row["base_sha"]) == (pull["head"]["sha"], pull["base"]["sha"])
            assert without_index(row["diff"]) == without_index(api.get(f"/pulls/{row['pull_number']}", headers=as_diff).text)
            commits = api.get(f"/pulls/{row['pull_number']}/commits?per_page=100").json()
            assert [(item["sha"], item["message"]) for item in row["commits"]] == [
                (item["sha"], item["commit"]["message"]) for item in commits
            ]
            for reviewed in row["reviewed"]:
                answer = api.get(f"/compare/{pull['base']['sha']}...{reviewed['commit_sha']}", headers=as_diff)
                assert without_index(reviewed["diff"]) == without_index(answer.text)
                compared += 1
        assert compared > 10

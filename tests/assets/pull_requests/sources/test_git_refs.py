import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources.git_refs import list_pulls
from tests.assets.pull_requests.sources.histories import GONE, NAME, by_number, comment, plain, source, write


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

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assets.code.sources.git_command import GitError
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import git_diffs, listing
from assets.pull_requests.sources.git_refs import PullRefs, list_pulls
from tests.assets.pull_requests.sources.histories import NAME, by_number, comment, plain, source, write


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

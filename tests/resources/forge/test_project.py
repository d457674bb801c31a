"""The forge: GitHub's shapes, pages, limits and faults, and places of comments that git itself agrees with."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from resources.forge import SMALL, Forge, Size, build, git
from resources.forge.diffs import parse
from tests.resources.forge.asking import DIFF, HERE, ask, pages


def everything(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    return [item for reply in pages(client, path) for item in reply.json()]


def contents(forge: Forge, names: set[str]) -> dict[str, list[str]]:
    """Return the lines of each `commit:path` that is there: one process for all of them."""
    asked, found, start = sorted(names), {}, 0
    output = git.run(forge.repository_path, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in asked).encode())
    for name in asked:
        header, start = output[start : output.index(b"\n", start)], output.index(b"\n", start) + 1
        if not header.endswith(b"missing"):
            size = int(header.split()[-1])
            found[name], start = output[start : start + size].decode().split("\n"), start + size + 1
    return found


def test_the_written_project(client: httpx.Client) -> None:
    pulls = everything(client, f"{HERE}/pulls?state=all&per_page=100")
    comments = everything(client, f"{HERE}/pulls/comments?per_page=100")
    assert len(pulls) == 40 and len(comments) >= 145
    states = Counter((pull["state"], pull["merged_at"] is not None) for pull in pulls)
    assert states[("closed", True)] > 20 and states[("open", False)] >= 3 and states[("closed", False)] >= 1
    assert {comment["subject_type"] for comment in comments} == {"line", "file"}
    assert {comment["side"] for comment in comments} == {"LEFT", "RIGHT"}
    assert any(comment["user"] is None for comment in comments) and any(pull["user"] is None for pull in pulls)
    assert any((comment["user"] or {}).get("type") == "Bot" for comment in comments)
    assert sum(comment["line"] is None for comment in comments) > 40, "follow-up changes make comments outdated"
    assert sum("```suggestion" in comment["body"] for comment in comments) > 10
    assert len({comment["body"] for comment in comments}) == len(comments)
    commented = {comment["pull_request_url"].rpartition("/")[2] for comment in comments}
    assert {str(pull["number"]) for pull in pulls} - commented, "one has no comments"


def test_every_place_is_where_git_says(forge: Forge, client: httpx.Client) -> None:
    pulls = {pull["url"]: pull for pull in everything(client, f"{HERE}/pulls?state=all&per_page=100")}
    comments = everything(client, f"{HERE}/pulls/comments?per_page=100")
    base = cache(partial(git.merge_base, forge.repository_path))
    diff = cache(lambda old, new: parse(client.get(f"{HERE}/compare/{old}...{new}", headers=DIFF).content))
    there = contents(forge, {comment["original_commit_id"] for comment in comments})
    lined = [comment for comment in comments if comment["subject_type"] == "line" and comment["original_commit_id"] in there]
    assert len(lined) > len(comments) - 10

    def sides(comment: dict[str, Any], commit: str) -> str:
        """Return the file, as `commit:path`, that the comment's lines are counted in."""
        pull = pulls[comment["pull_request_url"]]
        return f"{base(pull['base']['sha'], commit) if comment['side'] == 'LEFT' else commit}:{comment['path']}"

    heads = [pulls[comment["pull_request_url"]]["head"]["sha"] for comment in lined]
    then = [sides(comment, comment["original_commit_id"]) for comment in lined]
    now = [sides(comment, head) for comment, head in zip(lined, heads, strict=True)]
    files, seen = contents(forge, {*then, *now}), Counter[str]()
    for comment, old, new, head in zip(lined, then, now, heads, strict=True):
        last, from_base = comment["diff_hunk"].split("\n")[-1], pulls[comment["pull_request_url"]]["base"]["sha"]
        assert last[0] in ("- " if comment["side"] == "LEFT" else "+ ") and comment["diff_hunk"].startswith("@@ ")
        assert files[old][comment["original_line"] - 1] == last[1:]
        below = diff(from_base, comment["original_commit_id"])[comment["path"]].text.split("\n")
        assert "\n".join(below[: comment["original_position"] + 1]).endswith(comment["diff_hunk"])
        if comment["line"] is None:
            assert comment["position"] is None and comment["start_line"] is None
            seen["outdated"] += 1
            continue
        assert files[new][comment["line"] - 1] == last[1:]
        assert diff(from_base, head)[comment["path"]].text.split("\n")[comment["position"]][1:] == last[1:]
        seen["current" if comment["line"] == comment["original_line"] else "moved"] += 1
    assert min(seen["outdated"], seen["current"]) > 40 and seen["moved"] > 3, seen


def test_an_outdated_line_is_one_that_git_does_not_find_at_the_head(forge: Forge, client: httpx.Client) -> None:
    pulls = {pull["url"]: pull for pull in everything(client, f"{HERE}/pulls?state=all&per_page=100")}
    blamed = 0
    for comment in everything(client, f"{HERE}/pulls/comments?per_page=100")[::3]:
        head, reviewed = pulls[comment["pull_request_url"]]["head"]["sha"], comment["original_commit_id"]
        one_line = comment["original_line"] and not comment["original_start_line"] and comment["side"] == "RIGHT"
        if head == reviewed or not one_line or comment["pull_request_url"].endswith(("/16", "/17")):
            continue
        line = f"-L{comment['original_line']},+1"
        last_in = git.run(forge.repository_path, "blame", "--reverse", "-s", "-l", line, f"{reviewed}..{head}", "--", comment["path"])
        assert (last_in.decode().split(" ")[0].lstrip("^")[:39] == head[:39]) is (comment["line"] is not None)
        blamed += 1
    assert blamed > 15


def test_shapes_are_those_of_github(client: httpx.Client) -> None:
    from githubkit_schemas.latest import models

    number = 4
    shapes = {
        HERE: models.FullRepository,
        f"{HERE}/license": models.LicenseContent,
        f"{HERE}/pulls/{number}": models.PullRequest,
        f"{HERE}/commits/main": models.Commit,
        f"{HERE}/compare/main~2...main": models.CommitComparison,
        "/search/issues?q=repo:corpusmith/dayshift+is:pr": models.SearchIssuesGetResponse200,
        "/rate_limit": models.RateLimitOverview,
    }
    for path, model in shapes.items():
        model.model_validate(ask(client, path))
    lists = {
        f"{HERE}/pulls": models.PullRequestSimple,
        f"{HERE}/pulls/{number}/files": models.DiffEntry,
        f"{HERE}/pulls/{number}/commits": models.Commit,
        f"{HERE}/pulls/{number}/reviews": models.PullRequestReview,
        f"{HERE}/pulls/{number}/comments": models.PullRequestReviewComment,
        f"{HERE}/pulls/comments": models.PullRequestReviewComment,
        f"{HERE}/issues/7/comments": models.IssueComment,
    }
    for path, model in lists.items():
        payload = ask(client, path)
        assert payload, path
        for item in payload:
            model.model_validate(item)


def test_kinds_of_files(client: httpx.Client) -> None:
    files = {file["filename"]: file for number in (6, 8, 11, 12) for file in ask(client, f"{HERE}/pulls/{number}/files")}
    assert files["dayshift/telemetry.py"]["previous_filename"] == "dayshift/metrics.py"
    assert "patch" not in files["dashboard/icon.png"]
    assert files["docs/übersicht.md"]["patch"].endswith("\\ No newline at end of file") and "docs/release notes.md" in files
    assert "\r" in files["clients/java/src/main/java/dev/dayshift/DayshiftClient.java"]["patch"]


def test_what_a_force_push_left_behind(forge: Forge, client: httpx.Client) -> None:
    reachable = set(git.run(forge.repository_path, "rev-list", "--all").decode().split())
    kept = {comment["original_commit_id"] for comment in ask(client, f"{HERE}/pulls/16/comments")} - reachable
    gone = {comment["original_commit_id"] for comment in ask(client, f"{HERE}/pulls/17/comments")} - reachable
    assert len(kept) == len(gone) == 1
    assert client.get(f"{HERE}/commits/{kept.pop()}").status_code == 200
    assert client.get(f"{HERE}/compare/main...{gone.pop()}").status_code == 404


def test_shas_and_facts_are_the_same_everywhere(tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nname = someone\n[commit]\ngpgSign = true\n[diff]\nnoprefix = true\ncontext = 9\n")
    for name, value in (("HOME", str(tmp_path)), ("GIT_AUTHOR_NAME", "someone"), ("TZ", "America/Lima"), ("GIT_DIR", "/nowhere")):
        monkeypatch.setenv(name, value)
    other = build.build(tmp_path / "folder", forge.size)
    for read in (
        lambda home: git.run(home / build.REPOSITORY, "for-each-ref"),
        lambda home: sorted(map(str, build.Facts(home / build.FACTS).all("comment"))),
    ):
        assert read(other) == read(forge.home)


def test_built_once_by_many(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        homes = set(pool.map(lambda _: build.build(tmp_path, Size(3, 4)), range(4)))
    assert len(homes) == 1 and [path.name for path in tmp_path.iterdir()] == [homes.pop().name]


def test_an_update_changes_one_pull_request(tmp_path: Path) -> None:
    with Forge.serve(tmp_path, size=SMALL) as forge, httpx.Client(base_url=forge.base_url) as client:
        before = {pull["number"]: pull for pull in everything(client, f"{HERE}/pulls?state=all&per_page=100")}
        comments = {number: ask(client, f"{HERE}/pulls/{number}/comments", per_page=100) for number in before}
        forge.update(12)
        forge.update(2)
        after = {pull["number"]: pull for pull in everything(client, f"{HERE}/pulls?state=all&per_page=100&sort=updated&direction=desc")}
        assert list(after)[:2] == [2, 12]
        assert [number for number in before if before[number] != after[number]] == [12, 2]
        assert before[12]["head"]["sha"] != after[12]["head"]["sha"] and before[2]["head"] == after[2]["head"]
        assert git.commit(forge.repository_path, "refs/pull/12/head") == after[12]["head"]["sha"]
        new = ask(client, f"{HERE}/pulls/12/comments", per_page=100)[len(comments[12]) :]
        assert len(new) == 1 and new[0]["commit_id"] == after[12]["head"]["sha"] and new[0]["position"]
        assert ask(client, f"{HERE}/pulls/12/comments", per_page=100, since=after[12]["updated_at"]) == new
        assert len(ask(client, f"{HERE}/pulls/2/comments", per_page=100)) == len(comments[2]) + 1
    with Forge.serve(tmp_path, size=SMALL) as forge:
        again = httpx.get(f"{forge.base_url}{HERE}/pulls/12").json()
        assert again["head"]["sha"] == after[12]["head"]["sha"], "an update stays"

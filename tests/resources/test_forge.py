"""The forge: GitHub's shapes, pages, limits and faults, and places of comments that git itself agrees with."""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from resources.forge import SMALL, Faults, Forge, Size, build, git
from resources.forge.diffs import parse

HERE = "/repos/corpusmith/dayshift"
DIFF = {"accept": "application/vnd.github.v3.diff"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forge")


@pytest.fixture(scope="module")
def forge(folder: Path) -> Iterator[Forge]:
    with Forge.serve(folder) as forge:
        yield forge


@pytest.fixture(scope="module")
def client(forge: Forge) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=forge.base_url) as client:
        yield client


def ask(client: httpx.Client, path: str, **query: Any) -> Any:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def pages(client: httpx.Client, url: str) -> Iterator[httpx.Response]:
    while url:
        reply = client.get(url)
        yield reply
        url = reply.links.get("next", {}).get("url", "")


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


def test_pages_lead_to_each_other_by_the_id_of_the_repository(client: httpx.Client) -> None:
    replies = list(pages(client, f"{HERE}/pulls?state=all&per_page=7&sort=updated&direction=asc"))
    assert len(replies) == 6 and all("/repositories/700001/pulls?" in reply.links["next"]["url"] for reply in replies[:-1])
    assert set(replies[0].links) == {"next", "last"} and set(replies[-1].links) == {"prev", "first"}
    found = [pull for reply in replies for pull in reply.json()]
    assert len({pull["number"] for pull in found}) == 40
    assert [pull["updated_at"] for pull in found] == sorted(pull["updated_at"] for pull in found)


def test_diffs_are_gits_own(forge: Forge, client: httpx.Client) -> None:
    for pull in ask(client, f"{HERE}/pulls", state="all", per_page=100)[::5]:
        base, head = pull["base"]["sha"], pull["head"]["sha"]
        theirs = git.run(forge.repository_path, "diff", "--full-index", "-M", f"{base}...{head}")
        assert client.get(f"{HERE}/pulls/{pull['number']}", headers=DIFF).content == theirs
        assert client.get(f"{HERE}/compare/{base}...{head}", headers=DIFF).content == theirs
        files = ask(client, f"{HERE}/pulls/{pull['number']}/files", per_page=100)
        numbers = git.run(forge.repository_path, "diff", "--numstat", "-M", "-z", f"{base}...{head}").decode()
        counted = [tuple(map(int, found)) for found in re.findall(r"(\d+)\t(\d+)\t", numbers)]
        assert sorted((file["additions"], file["deletions"]) for file in files if "patch" in file) == sorted(counted)


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


def test_refs_can_be_cloned(forge: Forge, tmp_path: Path) -> None:
    command = ["git", "clone", "--quiet", "--mirror", forge.git_url, str(tmp_path / "clone.git")]
    subprocess.run(command, check=True, env=git.environment(), capture_output=True)
    refs = git.run(tmp_path / "clone.git", "for-each-ref", "--format=%(refname)").decode().split()
    assert {f"refs/pull/{number}/head" for number in range(1, 41)} < set(refs) and "refs/pull/40/merge" in refs
    assert "refs/pull/1/merge" not in refs


def test_an_etag_costs_nothing(folder: Path) -> None:
    with Forge.serve(folder, rate_limit=5, rate_window_s=60) as forge, httpx.Client(base_url=forge.base_url) as client:
        first = client.get(f"{HERE}/pulls/1")
        for _ in range(8):
            again = client.get(f"{HERE}/pulls/1", headers={"if-none-match": first.headers["etag"]})
            assert again.status_code == 304 and again.content == b"" and again.headers["x-ratelimit-remaining"] == "4"


def test_the_limit_ends_with_its_window(folder: Path) -> None:
    with Forge.serve(folder, size=SMALL, rate_limit=2, rate_window_s=0.5) as forge, httpx.Client(base_url=forge.base_url) as client:
        statuses = [client.get(HERE).status_code for _ in range(3)]
        refused = client.get(HERE)
        assert statuses == [200, 200, 403] and "rate limit exceeded" in refused.json()["message"]
        assert refused.headers["x-ratelimit-remaining"] == "0" and refused.headers["x-ratelimit-resource"] == "core"
        assert client.get("/search/issues", params={"q": "is:pr"}).status_code == 200, "the search has a limit of its own"
        wait = float(refused.headers["x-ratelimit-reset"]) - time.time()
        assert 0 < wait < 2
        time.sleep(wait)
        assert client.get(HERE).status_code == 200


def test_search(client: httpx.Client) -> None:
    def numbers(query: str, **more: Any) -> list[int]:
        found = ask(client, "/search/issues", q=f"repo:corpusmith/dayshift is:pr {query}", per_page=100, **more)
        assert found["total_count"] == len(found["items"]) and not found["incomplete_results"]
        return [item["number"] for item in found["items"]]

    assert len(numbers("")) == 40
    assert numbers("created:2023-01-10..2023-01-12", sort="created", order="asc") == [1, 2, 3]
    assert numbers("created:>=2023-02-17T00:00:00Z", sort="created", order="asc") == [39, 40]
    assert numbers("created:<2023-01-11") == [1]
    assert numbers("created:2023-01-10T09:00:00Z..2023-01-11T08:59:59Z") == [1]
    assert numbers("state:open") == [40, 39, 38, 37] and set(numbers("author:author-6")) == {11, 14, 28, 32, 36}
    assert numbers("author:app/dependabot") == [7] and 5 in numbers("label:security") and numbers("draft:true") == [40]
    refused = client.get("/search/issues", params={"q": "repo:corpusmith/none"})
    assert refused.status_code == 422 and refused.json()["errors"]


def test_search_serves_so_many_results_and_no_more(folder: Path) -> None:
    with Forge.serve(folder, Faults(search_results=20)) as forge, httpx.Client(base_url=forge.base_url) as client:
        query = {"q": "repo:corpusmith/dayshift is:pr", "per_page": 10}
        assert ask(client, "/search/issues", **query)["total_count"] == 40
        second = client.get("/search/issues", params={**query, "page": 2})
        assert len(second.json()["items"]) == 10 and "next" not in second.links
        assert client.get("/search/issues", params={**query, "page": 3}).status_code == 422


def test_places_that_are_not_there(folder: Path) -> None:
    faults = Faults(missing=frozenset({3}), too_large=frozenset({4}))
    with Forge.serve(folder, faults, token="t0ken") as forge, httpx.Client(base_url=forge.base_url) as client:
        assert client.get(HERE).status_code == 401
        assert client.get(HERE, headers={"authorization": "Bearer wrong"}).json()["message"] == "Bad credentials"
        client.headers["authorization"] = "Bearer t0ken"
        for path in (
            f"{HERE}/pulls/3",
            f"{HERE}/pulls/3/comments",
            f"{HERE}/pulls/999",
            "/repos/some/where",
            "/nothing",
            f"{HERE}/nothing",
        ):
            reply = client.get(path)
            assert reply.status_code == 404 and reply.json()["documentation_url"], path
        assert client.get(f"{HERE}/pulls/4", headers=DIFF).status_code == 406
        assert client.get(f"/repos/{forge.blocked}/pulls").status_code == 451
        assert client.get(f"/repos/{forge.empty}/pulls").json() == []
        assert client.get(f"/repos/{forge.empty}/commits/main").status_code == 409
        moved = client.get(f"/repos/{forge.moved}/pulls/1?a=b")
        assert moved.status_code == 301 and moved.headers["location"].endswith("/repositories/700001/pulls/1?a=b")
        assert client.get(f"/repos/{forge.moved}/pulls/1", follow_redirects=True).json()["number"] == 1


def attempt(client: httpx.Client, path: str) -> str:
    """Ask once; return what a careful client would think of the answer."""
    try:
        reply = client.get(path)
        return "ok" if reply.status_code == 200 and reply.json() is not None else str(reply.status_code)
    except ValueError:
        return "broken body"
    except httpx.TransportError:
        return "broken connection"


def test_each_fault_comes_so_often_and_then_no_more(folder: Path) -> None:
    paths = [f"{HERE}/pulls/{number}{rest}" for number in range(1, 13) for rest in ("", "/comments", "/reviews", "/commits", "/files")]
    with Forge.serve(folder, Faults(share=0.5, times=2, slow_s=0.01), SMALL) as forge, httpx.Client(base_url=forge.base_url) as client:
        rounds = [Counter(attempt(client, path) for path in paths) for _ in range(3)]
        assert rounds[0] == rounds[1] and rounds[2] == {"ok": len(paths)}
        assert {"429", "403", "500", "502", "503", "broken body", "broken connection"} < set(rounds[0])
        hit = Counter(asked.target for asked in forge.requests if asked.fault)
        assert 0.3 < len(hit) / len(paths) < 0.7 and set(hit.values()) == {2}
        assert forge.asked(paths[0]) == 3


def test_limits_that_are_made_up_say_when_to_come_back(folder: Path) -> None:
    for kind, waits in (("429", True), ("403", True), ("403-bare", False)):
        faults = Faults(share=1, kinds=(kind,), retry_after_s=1)  # type: ignore[arg-type]
        with Forge.serve(folder, faults, SMALL) as forge:
            reply = httpx.get(forge.base_url + HERE)
            assert reply.status_code == int(kind[:3]) and "secondary rate limit" in reply.json()["message"]
            assert reply.headers.get("retry-after") == ("1" if waits else None) and int(reply.headers["x-ratelimit-remaining"]) > 0


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

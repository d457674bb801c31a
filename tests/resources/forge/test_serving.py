import re
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from resources.forge import SMALL, Faults, Forge, git
from tests.resources.forge.asking import DIFF, HERE, ask, pages


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

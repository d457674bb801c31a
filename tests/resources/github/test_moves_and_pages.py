from typing import Any

import pytest

from assets.pull_requests.sources.api import Answer, Refused
from resources.github.connection import Connection
from tests import github_server
from tests.github_server import REPOSITORY, Hub, as_json
from tests.resources.github.asking import PULL, SECRET, ask, pull


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_moves_are_followed(hub: Hub, status: int) -> None:
    hub.answers["/repos/old/name"] = lambda query, headers: as_json({}, status, location="/repositories/7/pulls/1")
    answer: Answer = ask(hub, lambda api: api.json("repos/old/name"))
    assert answer.is_moved
    assert answer.data["number"] == 1


def test_a_repository_that_moved_is_asked_where_it_is(hub: Hub) -> None:
    hub.answers["/repos/old/name/pulls/1"] = lambda query, headers: as_json({}, 301, location="/repositories/7/pulls/1")

    async def thrice(api: Connection) -> list[bool]:
        return [(await api.json(f"repos/old/name/{rest}", expect=object)).is_moved for rest in ("pulls/1", "pulls/1", "pulls/1/reviews")]

    assert ask(hub, thrice) == [True, True, True]
    assert len(hub.requests) == 4


def test_moves_without_end_are_refused(hub: Hub) -> None:
    hub.answers[PULL] = lambda query, headers: as_json({}, 301, location=PULL)
    with pytest.raises(Refused, match="without end"):
        ask(hub, pull)


@pytest.mark.parametrize("way", ["redirect", "next"])
@pytest.mark.parametrize("elsewhere", ["host", "port", "scheme", "user"])
def test_nothing_but_the_origin_is_ever_asked(hub: Hub, way: str, elsewhere: str) -> None:
    with github_server.serve() as other:
        port = hub.url.rsplit(":", 1)[1]
        url = {"host": f"http://localhost:{port}", "port": other.url, "scheme": f"https://127.0.0.1:{port}"}
        url["user"] = f"http://somebody@127.0.0.1:{port}"
        path = f"/repos/{REPOSITORY}/pulls/1/reviews"
        if way == "redirect":
            hub.answers[path] = lambda query, headers: as_json({}, 302, location=url[elsewhere] + "/x")
        else:
            hub.answers[path] = lambda query, headers: as_json([], link=f'<{url[elsewhere]}/x>; rel="next"')

        async def pages(api: Connection) -> list[Answer]:
            return [page async for page in api.pages(path[1:])]

        with pytest.raises(Refused, match="another host"):
            ask(hub, pages, {"CORPUSMITH_GITHUB_TOKEN": SECRET})
        assert not other.requests
        assert len(hub.requests) == 1


def test_pages_follow_the_links_that_the_server_gives(hub: Hub) -> None:
    hub.add(2, comments=7)
    hub.page = 3

    async def pages(api: Connection) -> list[int]:
        return [entry["id"] async for page in api.pages(f"repos/{REPOSITORY}/pulls/2/comments") for entry in page.data]

    assert ask(hub, pages) == [2000 + k for k in range(7)]
    assert [asked.path.split("/")[1] for asked in hub.requests] == ["repos", "repositories", "repositories"]


def test_links_in_a_circle_are_refused(hub: Hub) -> None:
    path = f"/repos/{REPOSITORY}/pulls/1/reviews"
    hub.answers[path] = lambda query, headers: as_json([], link=f'<{path}?per_page=100>; rel="next"')

    async def pages(api: Connection) -> list[Answer]:
        return [page async for page in api.pages(path[1:])]

    with pytest.raises(Refused, match="circle"):
        ask(hub, pages)


def test_an_etag_that_holds_costs_no_body(hub: Hub) -> None:
    async def twice(api: Connection) -> tuple[Answer, Answer]:
        first = await pull(api)
        return first, await api.json(PULL[1:], etag=first.etag)

    first, second = ask(hub, twice)
    assert not first.is_unchanged
    assert second.is_unchanged
    assert hub.requests[-1].status == 304


def test_json_of_another_kind_is_a_broken_answer(hub: Hub) -> None:
    with pytest.raises(Refused) as caught:
        ask(hub, lambda api: api.json(PULL[1:], expect=list), max_attempts=2)
    assert caught.value.rule == "broken_answer"


def test_diffs(hub: Hub) -> None:
    assert ask(hub, lambda api: api.diff(PULL[1:], 1000)) == hub.diffs[PULL]
    assert "diff" in hub.requests[0].headers["accept"]
    with pytest.raises(Refused) as caught:
        ask(hub, lambda api: api.diff(PULL[1:], 10))
    assert (caught.value.rule, caught.value.status) == ("too_large", 200)
    hub.answers[PULL] = lambda query, headers: as_json({"number": 1})
    with pytest.raises(Refused) as caught:
        ask(hub, lambda api: api.diff(PULL[1:], 1000))
    assert caught.value.rule == "refused"


def test_enterprise_paths() -> None:
    with github_server.serve(prefix="/api/v3") as hub:
        hub.add(1)
        assert ask(hub, pull_relative).data["number"] == 1
        assert hub.requests[0].path == f"/api/v3{PULL}"


def pull_relative(api: Connection) -> Any:
    return api.json(f"repos/{REPOSITORY}/pulls/1")

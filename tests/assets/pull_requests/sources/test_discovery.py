import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from assets.pull_requests.sources import discovery, store
from assets.pull_requests.sources.api import RateLimited, Refused
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
from tests import github_server
from tests.github_server import REPOSITORY, Hours, Hub, as_json

PULLS = f"/repos/{REPOSITORY}/pulls"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with github_server.serve() as server:
        yield server


def discover(hub: Hub, folder: Path, **fields: Any) -> tuple[list[int], list[tuple[str, str]], Counter[str]]:
    """Return (numbers in the store, problems, counts)."""
    chosen = GithubSettings(base_url=hub.url, repositories=(REPOSITORY,), **fields)
    counts: Counter[str] = Counter()

    async def run() -> list[tuple[str, str]]:
        async with GithubClient(chosen, {}, Hours()).opened(lambda line: None, lambda: "") as session:  # type: ignore[arg-type]
            return await discovery.discover(await session.of(REPOSITORY), connection, REPOSITORY, chosen, counts, lambda line: None)

    hub.requests.clear()
    with store.opened(store.place(folder, chosen.host)) as connection:
        problems = asyncio.run(run())
        return [pull.number for pull in store.known(connection, REPOSITORY)], problems, counts


def fill(hub: Hub, count: int, step: timedelta = timedelta(hours=1), **fields: Any) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(1, count + 1):
        hub.add(number, created=(start + step * number).strftime("%Y-%m-%dT%H:%M:%SZ"), **fields)


def test_windows_split_until_each_holds_fewer_than_a_thousand(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 2_500)
    numbers, problems, counts = discover(hub, tmp_path)
    assert numbers == list(range(1, 2_501))
    assert problems == []
    assert 3 < counts["searches"] < 16
    assert hub.asked(PULLS) == 3  # the newest, the oldest, and what was updated in the last hour


def test_a_full_window_of_one_second_is_a_problem_and_loses_nothing(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 1_001, timedelta(0))
    hub.add(2_000, created="2021-01-01T00:00:00Z")
    numbers, problems, counts = discover(hub, tmp_path)
    assert numbers == [*range(1, 1_002), 2_000]
    assert [rule for rule, _ in problems] == ["window_too_full"]
    assert counts["searches_given_up"] == 1


@pytest.mark.parametrize("status", [422, 403, 404])
def test_without_search_everything_is_listed(hub: Hub, tmp_path: Path, status: int) -> None:
    fill(hub, 250)
    hub.answers["/search/issues"] = lambda query, headers: as_json({"message": "no"}, status)
    numbers, problems, _ = discover(hub, tmp_path)
    assert numbers == list(range(1, 251))
    assert problems == []


def test_listing_by_choice(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 250)
    assert len(discover(hub, tmp_path, discovery="listing")[0]) == 250
    assert hub.asked("/search/issues") == 0


def test_an_incomplete_search_is_repeated(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 5)
    times = iter(range(9))

    def answer(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        if next(times) < 2:
            return as_json({"total_count": 5, "incomplete_results": True, "items": []})
        return hub._search("/search/issues", query)

    hub.answers["/search/issues"] = answer
    numbers, problems, counts = discover(hub, tmp_path)
    assert (numbers, problems, counts["searches"]) == ([1, 2, 3, 4, 5], [], 3)


@pytest.mark.parametrize(("total", "incomplete"), [(0, True), (5, True), (500, True), (5, False)])
def test_a_search_that_stays_incomplete_is_a_problem_and_loses_nothing(hub: Hub, tmp_path: Path, total: int, incomplete: bool) -> None:
    fill(hub, 250)
    hub.answers["/search/issues"] = lambda query, headers: as_json({"total_count": total, "incomplete_results": incomplete, "items": []})
    numbers, problems, _ = discover(hub, tmp_path)
    assert numbers == list(range(1, 251))
    assert [rule for rule, _ in problems] == ["incomplete_search"]
    assert len(hub.requests) < 300


def test_the_second_time_only_what_changed_is_listed(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 500)
    discover(hub, tmp_path)
    assert discover(hub, tmp_path)[2]["repositories_unchanged"] == 1
    assert [asked.status for asked in hub.requests] == [304]
    hub.pulls[17] |= {"updated_at": "2024-06-01T00:00:00Z", "state": "closed"}
    hub.add(501, created="2024-06-01T00:00:01Z")
    assert discover(hub, tmp_path)[0] == list(range(1, 502))
    assert len(hub.requests) == 2
    with store.opened(store.place(tmp_path, hub.url)) as connection:
        known = {pull.number: pull for pull in store.known(connection, REPOSITORY)}
    assert (known[17].wanted, known[17].facts["state"]) == ("2024-06-01T00:00:00Z", "closed")
    assert [asked.status for asked in (discover(hub, tmp_path), hub.requests)[1]] == [304]


def test_updates_while_it_is_walked_are_not_lost(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 450)
    moved = iter(range(1, 400, 7))

    def move(target: str) -> None:
        """Between any two requests one pull request moves to the front."""
        number = next(moved)
        hub.pulls[number]["updated_at"] = f"2024-06-01T00:{number // 60:02}:{number % 60:02}Z"

    hub.before = move
    discover(hub, tmp_path)
    for _ in range(2):
        discover(hub, tmp_path)
    hub.before = lambda target: None
    discover(hub, tmp_path)
    with store.opened(store.place(tmp_path, hub.url)) as connection:
        assert {pull.number: pull.wanted for pull in store.known(connection, REPOSITORY)} == {
            number: pull["updated_at"] for number, pull in hub.pulls.items()
        }


def test_a_walk_that_is_broken_off_is_walked_again(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 250)
    hub.page = 50
    hub.plan("/repositories/7/pulls", *["502"] * 8)
    with pytest.raises(Refused):
        discover(hub, tmp_path, discovery="listing")
    assert discover(hub, tmp_path, discovery="listing")[0] == list(range(1, 251))


def test_other_filters_on_what_is_searched_walk_again(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 200)
    since, until = datetime(2020, 1, 2, tzinfo=UTC), datetime(2020, 1, 2, 12, tzinfo=UTC)
    early = discover(hub, tmp_path, since=since, until=until)[0]
    assert set(range(24, 36)) <= set(early)
    assert 1 not in early
    assert discover(hub, tmp_path)[0] == list(range(1, 201))
    discover(hub, tmp_path, authors=("author-1",))
    assert any("author%3Aauthor-1" in asked.target for asked in hub.requests)


def test_empty_moved_and_missing_repositories(hub: Hub, tmp_path: Path) -> None:
    assert discover(hub, tmp_path)[2]["repositories_empty"] == 1
    fill(hub, 3)

    def moved(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        return as_json({}, 301, location=f"/repositories/7/pulls?{urlencode(query)}")

    hub.answers[PULLS] = moved
    numbers, problems, _ = discover(hub, tmp_path)
    assert discover(hub, tmp_path)[1] == problems
    assert hub.requests[-1].status == 304
    assert (numbers, problems) == ([1, 2, 3], [("moved", f"{REPOSITORY}: has another name now")])
    hub.answers[PULLS] = lambda query, headers: as_json({}, 404)
    with pytest.raises(Refused) as caught:
        discover(hub, tmp_path)
    assert caught.value.rule == "gone"


def test_listed_things_that_are_no_pull_requests_are_problems(hub: Hub, tmp_path: Path) -> None:
    fill(hub, 3)
    hub.pulls[2]["number"] = "2"
    hub.answers["/search/issues"] = lambda query, headers: as_json({}, 422)
    numbers, problems, _ = discover(hub, tmp_path)
    assert numbers == [1, 3]
    assert {rule for rule, _ in problems} == {"broken_answer"}


def test_poll(hub: Hub) -> None:
    fill(hub, 2)
    client = GithubClient(GithubSettings(base_url=hub.url), {})
    first = discovery.poll(client, REPOSITORY)
    assert first.updated_at == "2020-01-01T02:00:00Z"
    assert discovery.poll(client, REPOSITORY, first.etag) == (None, first.etag, False)
    hub.add(3, created="2024-01-01T00:00:00Z")
    assert discovery.poll(client, REPOSITORY, first.etag).updated_at == "2024-01-01T00:00:00Z"
    assert len(hub.requests) == 3


def test_who_looks_now_and_then_does_not_wait(hub: Hub) -> None:
    fill(hub, 2)
    client = GithubClient(GithubSettings(base_url=hub.url).hurried, {})
    hub.plan(PULLS, "502", "primary")
    with pytest.raises(Refused):
        discovery.poll(client, REPOSITORY)
    with pytest.raises(RateLimited, match="run again after"):
        discovery.poll(client, REPOSITORY)
    assert len(hub.requests) == 2

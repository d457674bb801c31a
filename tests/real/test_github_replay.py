"""Exchanges with GitHub that others recorded, served back over HTTP to the real client."""

import ast
import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from assets.pull_requests.sources import fetching, store
from assets.pull_requests.sources.api import RateLimited, Refused
from assets.pull_requests.sources.fetching import Fetched
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
from resources.github.connection import Connection
from tests import github_server
from tests.github_server import Hours, Hub, Reply, as_json

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "github"
REPLAY, OCTOKIT = DATA / "pygithub-replay", DATA / "octokit-fixtures" / "scenarios" / "api.github.com"
LEFT_OUT = {"transfer-encoding", "content-encoding", "content-length", "connection", "date", "status"}
REPOSITORY = "PyGithub/PyGithub"
SCENARIOS = sorted(file.stem for file in REPLAY.glob("*.txt"))
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs the shared data")


class Record(NamedTuple):
    method: str
    target: str
    status: int
    headers: dict[str, str]
    body: str


def records(scenario: str) -> list[Record]:
    """Ten lines a record: scheme, verb, host, port, path, request headers, body, status, headers, response; then an empty one."""
    lines = (REPLAY / f"{scenario}.txt").read_text(encoding="utf-8").split("\n")
    found = []
    for at in range(0, len(lines) - 9, 11):
        _, verb, _, _, target, _, _, status, headers, body = lines[at : at + 10]
        kept = {name.lower(): value for name, value in ast.literal_eval(headers) if name.lower() not in LEFT_OUT}
        found.append(Record(verb, target, int(status), kept, body))
    return found


def octokit(scenario: str) -> list[Record]:
    found = json.loads((OCTOKIT / scenario / "raw-fixture.json").read_text(encoding="utf-8"))
    for item in found:
        raw = item["rawHeaders"]
        item["headers"] = {name.lower(): value for name, value in zip(raw[::2], raw[1::2], strict=True) if name.lower() not in LEFT_OUT}
    return [Record(item["method"].upper(), item["path"], item["status"], item["headers"], json.dumps(item["response"])) for item in found]


class Replay(Hub):
    """Answers with the recorded answers for a target, one after another; the last one stays."""

    recorded: list[Record]
    spent: dict[tuple[str, str], int]

    def reply(self, target: str, headers: dict[str, str]) -> Reply:
        same = [record for record in self.recorded if _key(record.target) == _key(target)]
        if not same:
            return as_json({"message": "not recorded"}, 404)
        at = self.spent.get(_key(target), 0)
        self.spent[_key(target)] = at + 1
        record = same[min(at, len(same) - 1)]
        sent = {name: value.replace("https://api.github.com", self.url) for name, value in record.headers.items()}
        return record.status, sent, record.body.encode()


def _key(target: str) -> tuple[str, str]:
    parts = urlsplit(target)
    return parts.path, parse_qs(parts.query).get("page", ["1"])[0]


@pytest.fixture
def replay() -> Iterator[Callable[[list[Record]], Replay]]:
    with github_server.serve(kind=Replay) as hub:
        assert isinstance(hub, Replay)

        def play(found: list[Record]) -> Replay:
            hub.recorded, hub.spent = [record for record in found if record.method == "GET"], {}
            return hub

        yield play


def ask(hub: Hub, what: Callable[[Connection], Any], **settings: Any) -> Any:
    client = GithubClient(GithubSettings(base_url=hub.url, **settings), {}, Hours())  # type: ignore[arg-type]

    async def run() -> Any:
        async with client.opened(lambda line: None, lambda: "") as session:
            return await what(await session.of(REPOSITORY))

    return asyncio.run(run())


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_every_recorded_answer_arrives_as_it_is(replay: Callable[[list[Record]], Replay]) -> None:
    good = [record for scenario in SCENARIOS for record in records(scenario) if record.method == "GET" and record.status < 400]
    wanted = [record for record in good if record.status == 204 or is_json(record.body)]
    hub = replay([])

    async def everything(api: Connection) -> list[Any]:
        answers = []
        for record in wanted:
            hub.recorded = [record]
            answers.append((await api.json(record.target[1:], expect=object)).data)
        return answers

    for record, data in zip(wanted, ask(hub, everything), strict=True):
        assert record.status == 204 or data == json.loads(record.body), record.target
    assert len(wanted) > 120


def in_order(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True)


@pytest.mark.parametrize(
    ("scenario", "rule", "status", "requests"),
    [
        ("Exceptions.testBadAuthentication", "forbidden", 401, 1),
        ("Exceptions.testUnknownUser", "gone", 404, 1),
        ("Exceptions.testJSONParseError", "broken_answer", 200, 4),
        ("Exceptions.testNonJsonDataReturnedByGithub", "unreachable", 503, 4),
        ("Retry.testRaisesRetryErrorAfterMaxRetries", "unreachable", 502, 4),
        ("Retry.testShouldNotRetryWhenStatusNotOnList", "refused", 400, 1),
        ("SpecificExceptions.test2FARequired", "forbidden", 401, 1),
        ("SpecificExceptions.testBadCredentials", "forbidden", 401, 1),
        ("SpecificExceptions.testBadUserAgent", "forbidden", 403, 1),
    ],
)
def test_recorded_refusals(replay: Callable[[list[Record]], Replay], scenario: str, rule: str, status: int, requests: int) -> None:
    hub = replay(records(scenario))
    with pytest.raises(Refused) as caught:
        ask(hub, lambda api: api.json(hub.recorded[0].target[1:]), max_attempts=4)
    assert (caught.value.rule, caught.value.status, len(hub.requests)) == (rule, status, requests)


@pytest.mark.parametrize(("scenario", "requests"), [("Retry.testReturnsRepoAfter1Retry", 2), ("Retry.testReturnsRepoAfter3Retries", 4)])
def test_recorded_recoveries(replay: Callable[[list[Record]], Replay], scenario: str, requests: int) -> None:
    hub = replay(records(scenario))
    assert ask(hub, lambda api: api.json(hub.recorded[0].target[1:])).data["full_name"] == REPOSITORY
    assert len(hub.requests) == requests


@pytest.mark.parametrize("scenario", ["SpecificExceptions.testAuthenticatedRateLimitExceeded", "SpecificExceptions.testRateLimitExceeded"])
def test_recorded_limits(replay: Callable[[list[Record]], Replay], scenario: str) -> None:
    hub = replay(records(scenario))

    async def twice(api: Connection) -> None:
        for _ in range(2):
            await api.json(hub.recorded[0].target[1:])

    with pytest.raises(RateLimited):
        ask(hub, twice, max_wait_s=59)
    hub.recorded.append(hub.recorded[0])  # and then the limit is over
    hub.spent.clear()
    ask(hub, twice)


def paged() -> list[Any]:
    """The lists that were recorded with all of their pages, as (records, number of pages)."""
    if not DATA.exists():
        return []
    names = ["testCustomPerPage", "testIteration", "testCustomPerPageIteration", "testCustomPerPageWithNoUrlParams"]
    found = [(name, records(f"PaginatedList.{name}")) for name in names] + [("octokit", octokit("paginate-issues"))]
    return [pytest.param([record for record in each if record.body.startswith("[")], id=name) for name, each in found]


@pytest.mark.parametrize("pages", paged())
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_all_pages(replay: Callable[[list[Record]], Replay], pages: list[Record], share: float) -> None:
    pages = [page for page in pages if page.method == "GET"]
    hub = replay(pages)
    hub.share = share
    assert any("/repositories/" in page.target for page in pages) or "page=2" in pages[1].target

    async def everything(api: Connection) -> list[Any]:
        return [entry async for page in api.pages(pages[0].target[1:].split("?")[0]) for entry in page.data]

    assert ask(hub, everything) == [entry for page in pages for entry in json.loads(page.body)]


def whole_pulls() -> list[Record]:
    """Pull requests 31 and 538 with everything that was recorded of them; the listing is made of the two."""
    names = ("PullRequest.setUp", "PullRequest.testGetReviewComments", "PullRequest.testGetCommits", "PullRequest.testGetFiles")
    reviews = ("PullRequestReview.testAttributes", "PullRequestReview.testDoesNotModifyPullRequest")
    found = [record for name in names + reviews for record in records(name) if record.method == "GET" and record.status == 200]
    pulls = [record.body for record in found if record.target in (f"/repos/{REPOSITORY}/pulls/31", f"/repos/{REPOSITORY}/pulls/538")]
    newest = sorted(map(json.loads, pulls), key=lambda pull: pull["updated_at"], reverse=True)
    listing = Record("GET", f"/repos/{REPOSITORY}/pulls", 200, {"content-type": "application/json"}, json.dumps(newest))
    gaps = ["31/reviews", "538/comments", "538/commits", "538/files"]
    empty = [Record("GET", f"/repos/{REPOSITORY}/pulls/{gap}", 200, {"content-type": "application/json"}, "[]") for gap in gaps]
    return [*found, listing, *empty]


def fetch(hub: Replay, folder: Path) -> Fetched:
    chosen = GithubSettings(base_url=hub.url, name="replay", repositories=(REPOSITORY,))
    return fetching.fetch_all(GithubClient(chosen, {}, Hours()), folder, chosen)  # type: ignore[arg-type]


def test_recorded_pull_requests_are_stored_without_loss(replay: Callable[[list[Record]], Replay], tmp_path: Path) -> None:
    hub = replay(whole_pulls())
    body = {record.target.split("?")[0].removeprefix(f"/repos/{REPOSITORY}/pulls/"): record.body for record in hub.recorded}
    calm = fetch(hub, tmp_path / "calm")
    assert calm.entries["pull_number"].to_list() == [31, 538]
    with store.opened(calm.file) as connection:
        for number in (31, 538):
            found = store.read(connection, REPOSITORY, number)
            assert found["pull"] == json.loads(body[str(number)])
            for name, kind in (("comments", "review_comments"), ("reviews", "reviews"), ("commits", "commits")):
                recorded = json.loads(body[f"{number}/{name}"])
                assert sorted(found[kind], key=in_order) == sorted(recorded, key=in_order)
            for file in json.loads(body[f"{number}/files"]):
                assert file.get("patch", "") in found["diff"]
    hub.share = 0.2
    for seed in range(3):
        hub.seed = seed
        hub.requests.clear()
        stormy = fetch(hub, tmp_path / f"{seed}")
        assert stormy.entries.equals(calm.entries)
        assert stormy.problems.equals(calm.problems)

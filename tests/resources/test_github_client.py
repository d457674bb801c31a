import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assets.pull_requests.sources.api import Answer, Api, GithubError, RateLimited, Refused
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import CredentialsError, GithubClient
from resources.github.connection import Connection
from resources.github.limits import Clock
from tests import github_server
from tests.github_server import NOW, REPOSITORY, Hours, Hub, as_json

PULL = f"/repos/{REPOSITORY}/pulls/1"
SECRET = "gh" + "p_" + "s3cr3t" * 6


@pytest.fixture
def hub() -> Iterator[Hub]:
    with github_server.serve() as server:
        server.add(1)
        yield server


def ask(
    hub: Hub,
    what: Callable[[Connection], Any],
    environment: dict[str, str] | None = None,
    clock: Clock | None = None,
    log: list[str] | None = None,
    **settings: Any,
) -> Any:
    chosen = GithubSettings(base_url=hub.url + hub.prefix, **settings)
    client = GithubClient(chosen, environment or {}, clock or Hours())  # type: ignore[arg-type]

    async def run() -> Any:
        async with client.opened((log if log is not None else []).append, lambda: "3 of 4 pull requests done") as session:
            return await what(await session.of(REPOSITORY))

    return asyncio.run(run())


def pull(api: Api) -> Any:
    return api.json(PULL[1:])


@pytest.mark.parametrize("fault", github_server.FAULTS)
def test_each_fault_is_overcome(hub: Hub, fault: str) -> None:
    hub.plan(PULL, fault, fault)
    assert ask(hub, pull).data == hub.pulls[1]
    assert hub.asked(PULL) == 3


@pytest.mark.parametrize(
    ("fault", "least_s", "most_s"),
    [("429", 7, 8), ("secondary", 60, 60), ("abuse", 60, 60), ("primary", 1800, 1810)],
)
def test_limits_are_waited_for(hub: Hub, fault: str, least_s: float, most_s: float) -> None:
    hub.plan(PULL, fault)
    clock, log = Hours(), list[str]()
    ask(hub, pull, clock=clock, log=log)
    assert least_s <= clock.now() - NOW <= most_s
    assert len(log) == 1
    assert "asks to wait" in log[0]
    assert "UTC; 3 of 4 pull requests done" in log[0]


def test_a_secondary_limit_that_names_no_time_is_waited_for_longer_each_time(hub: Hub) -> None:
    hub.plan(PULL, "secondary", "secondary", "secondary")
    clock = Hours()
    ask(hub, pull, clock=clock)
    assert clock.slept == [60, 120, 240]


def test_all_workers_wait_at_one_gate(hub: Hub) -> None:
    for number in range(2, 9):
        hub.add(number)
    hub.plan(PULL, "abuse")
    clock, log = Hours(), list[str]()

    async def everything(api: Connection) -> None:
        async def one(number: int) -> None:
            for _ in range(3):
                await api.json(f"repos/{REPOSITORY}/pulls/{number}")

        await asyncio.gather(*(one(number) for number in range(1, 9)))

    ask(hub, everything, clock=clock, log=log)
    assert len(log) == 1
    assert 60 <= clock.now() - NOW < 70
    assert len(hub.requests) == 25


@pytest.mark.parametrize("fault", ["primary", "abuse"])
def test_a_wait_that_is_too_long_says_when_to_come_back(hub: Hub, fault: str) -> None:
    hub.plan(PULL, fault)
    with pytest.raises(RateLimited, match="run again after 2023-11-1") as caught:
        ask(hub, pull, max_wait_s=59)
    assert caught.value.until.timestamp() == pytest.approx(NOW + (60 if fault == "abuse" else 1800), abs=2)
    assert hub.asked(PULL) == 1
    assert "3 of 4" in str(caught.value)


def test_a_limit_without_end_is_an_error(hub: Hub) -> None:
    hub.plan(PULL, "forever", "429")
    with pytest.raises(RateLimited):
        ask(hub, pull)


def test_the_last_requests_are_left_to_others(hub: Hub) -> None:
    left = iter((250, 100, 5000))

    def answer(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        limit = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(next(left)), "x-ratelimit-reset": str(NOW + 600)}
        return as_json(hub.pulls[1], **limit)

    hub.answers[PULL] = answer
    clock = Hours()

    async def thrice(api: Connection) -> list[float]:
        times = []
        for _ in range(3):
            await pull(api)
            times.append(clock.now() - NOW)
        return times

    first, second, third = ask(hub, thrice, clock=clock)
    assert (first, second) == (0, 0)
    assert 600 <= third <= 605


def test_what_does_not_mend_is_refused(hub: Hub) -> None:
    hub.plan(PULL, "forever", "502")
    clock = Hours()
    with pytest.raises(Refused) as caught:
        ask(hub, pull, clock=clock, max_attempts=4)
    assert (caught.value.rule, caught.value.status, hub.asked(PULL)) == ("unreachable", 502, 4)
    assert [round(wait / 0.5 / 2**k, 1) for k, wait in enumerate(clock.slept)] == pytest.approx([0.75] * 3, abs=0.26)


@pytest.mark.parametrize(
    ("status", "rule"),
    [(401, "forbidden"), (403, "forbidden"), (404, "gone"), (410, "gone"), (451, "blocked"), (400, "refused"), (406, "too_large")],
)
def test_refusals_are_not_repeated(hub: Hub, status: int, rule: str) -> None:
    hub.plan(PULL, str(status))
    with pytest.raises(Refused, match=PULL) as caught:
        ask(hub, pull)
    assert (caught.value.rule, caught.value.status, hub.asked(PULL)) == (rule, status, 1)


def test_a_takedown_is_blocked(hub: Hub) -> None:
    hub.answers[PULL] = lambda query, headers: as_json({"message": "Repository access blocked", "block": {"reason": "dmca"}}, 403)
    with pytest.raises(Refused) as caught:
        ask(hub, pull)
    assert caught.value.rule == "blocked"


def test_nobody_there() -> None:
    with github_server.serve() as hub:
        pass
    with pytest.raises(Refused) as caught:
        ask(hub, pull, max_attempts=2)
    assert (caught.value.rule, caught.value.status) == ("unreachable", 0)


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


def test_the_token_goes_to_the_api_and_into_no_message(hub: Hub) -> None:
    hub.plan(PULL, "401", "forever", "500")
    log: list[str] = []
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            ask(hub, pull, {"CORPUSMITH_GITHUB_TOKEN": SECRET}, log=log, max_attempts=2)
        assert SECRET not in f"{caught.value!s}{caught.value!r}{log}"
    assert {asked.headers["authorization"] for asked in hub.requests} == {f"token {SECRET}"}
    assert not any(SECRET in asked.target for asked in hub.requests)


def test_an_app_signs_and_gets_a_token_for_the_installation_of_the_repository(hub: Hub) -> None:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def signed(headers: dict[str, str]) -> bool:
        claims = jwt.decode(headers["authorization"].removeprefix("Bearer "), key.public_key(), algorithms=["RS256"])
        return bool(claims["iss"] == "123")

    def installation(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        return as_json({"id": 42}) if signed(headers) else as_json({}, 401)

    def token(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        return as_json({"token": SECRET, "expires_at": "2199-01-01T00:00:00Z"}, 201) if signed(headers) else as_json({}, 401)

    hub.answers |= {f"/repos/{REPOSITORY}/installation": installation, "/app/installations/42/access_tokens": token}
    app = {"CORPUSMITH_GITHUB_APP_ID": "123", "CORPUSMITH_GITHUB_APP_PRIVATE_KEY": pem.replace("\n", "\\n")}
    assert ask(hub, pull, app).data["number"] == 1
    assert hub.requests[-1].headers["authorization"] == f"token {SECRET}"
    assert ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "42"}).data["number"] == 1
    assert hub.asked(f"/repos/{REPOSITORY}/installation") == 1
    del hub.answers[f"/repos/{REPOSITORY}/installation"]
    with pytest.raises(Refused) as caught:
        ask(hub, pull, app)
    assert caught.value.rule == "forbidden"
    hub.answers["/app/installations/42/access_tokens"] = lambda query, headers: as_json({"message": SECRET}, 401)
    with pytest.raises(GithubError, match="CORPUSMITH_GITHUB_APP") as error:
        ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_INSTALLATION_ID": "42"})
    assert SECRET not in str(error.value)
    with pytest.raises(CredentialsError, match="not an RSA key"):
        ask(hub, pull, app | {"CORPUSMITH_GITHUB_APP_PRIVATE_KEY": f"-----BEGIN {SECRET}"})

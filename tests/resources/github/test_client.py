import asyncio

import pytest

from assets.pull_requests.sources.api import RateLimited, Refused
from resources.github.connection import Connection
from tests import github_server
from tests.github_server import NOW, REPOSITORY, Hours, Hub, as_json
from tests.resources.github.asking import PULL, ask, pull


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

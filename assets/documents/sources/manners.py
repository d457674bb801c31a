"""How often a host is asked, and for what: robots.txt, delays, a few requests at a time, and waiting when it says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from assets.documents.sources import urls
from assets.documents.sources.refusal import Refused, Transient
from assets.documents.sources.settings import FetchSettings

if TYPE_CHECKING:
    from protego import Protego

_OUTAGE = 3  # URLs in a row whose attempts are used up: the host is away
_OUTAGES = ("unreachable", "timeout", "unknown_host")
_MAX_BACKOFF_S = 30.0
_Answer = TypeVar("_Answer")
Robots = Callable[[str], Awaitable[str]]  # URL of a robots.txt -> its text


class Host:
    """What is known of one host in this run."""

    def __init__(self, settings: FetchSettings, everybody: asyncio.Semaphore) -> None:
        """Start without knowing anything; `everybody` limits the requests to all hosts together."""
        self._settings, self._everybody = settings, everybody
        self._few = asyncio.Semaphore(settings.parallel_requests_per_host)
        self._learning, self._turn = asyncio.Lock(), asyncio.Lock()
        self._robots: dict[str, Protego | Refused] = {}  # by origin
        self._delay_s = self._not_before = 0.0
        self._failures = 0
        self.away: Refused | None = None

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[None]:
        """Wait for the turn of a request to this host. Raises Refused when the host is found to be away, or the wait is too long."""
        async with self._few:
            await self._wait()
            async with self._everybody:
                yield

    def hold(self, seconds: float) -> None:
        """Send nothing to this host for so long."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    def ended(self, refused: Refused | None) -> None:
        """Note how asking for a URL ended: after some in a row that got no answer, the rest of the host is not asked for."""
        self._failures = self._failures + 1 if refused and refused.rule in _OUTAGES else 0
        if self._failures >= _OUTAGE:
            self.away = refused

    async def admit(self, url: str, read: Robots) -> None:
        """Return when robots.txt lets `url` be asked for. Raises Refused robots, robots_unreachable or crawl_delay."""
        origin = "/".join(url.split("/")[:3])
        async with self._learning:
            if origin not in self._robots:
                self._robots[origin] = await self._learn(f"{origin}/robots.txt", read)
        rules = self._robots[origin]
        if isinstance(rules, Refused):
            raise rules
        if not rules.can_fetch(url, self._settings.user_agent):
            raise Refused("robots", urls.host(url))

    async def _learn(self, url: str, read: Robots) -> "Protego | Refused":
        from protego import Protego

        try:
            rules = Protego.parse(await read(url))
        except Refused as refused:
            known = refused.rule in ("private_address", "unknown_host", "bad_certificate", "unreachable", "timeout", "rate_limited")
            return refused if known else Refused("robots_unreachable", refused.said)
        delay = rules.crawl_delay(self._settings.user_agent) or 0.0
        rate = rules.request_rate(self._settings.user_agent)
        delay = max(delay, rate.seconds / rate.requests if rate and rate.requests else 0.0)
        if delay > self._settings.max_wait_s:
            return Refused("crawl_delay", f"{urls.host(url)}: {delay:g} s")
        self._delay_s = max(self._delay_s, delay)
        return rules

    async def _wait(self) -> None:
        async with self._turn:  # one after another: who waits here has been asked to
            if self.away:
                raise self.away
            left = self._not_before - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            if self._delay_s:
                self._not_before = time.monotonic() + self._delay_s


async def repeated(attempt: Callable[[], Awaitable[_Answer]], host: Host, settings: FetchSettings) -> _Answer:
    """Return what `attempt` does, as soon as it succeeds. Raises Refused when it does, or when attempts or patience are used up."""
    number = 0
    while True:
        number += 1
        try:
            answer = await attempt()
        except Transient as problem:
            wait = min(settings.backoff_s * 2 ** (number - 1), _MAX_BACKOFF_S) if problem.wait_s is None else problem.wait_s
            too_long = problem.wait_s is not None and wait > settings.max_wait_s
            if number >= settings.max_attempts or too_long or host.away:
                refused = Refused(problem.rule, problem.said)
                host.ended(refused)
                raise refused from None
            if problem.wait_s is not None:
                host.hold(wait)
            else:
                await asyncio.sleep(wait)
        except Refused as refused:
            host.ended(refused)
            raise
        else:
            host.ended(None)
            return answer

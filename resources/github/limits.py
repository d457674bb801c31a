"""The rate limits of a GitHub API: what an answer says about them, and the gate at which all workers wait.

Rules: docs.github.com, "Rate limits for the REST API". A primary limit is used up when x-ratelimit-remaining is 0, until
x-ratelimit-reset; a secondary one says Retry-After, or only says so in the message: then a minute, and twice as long each time.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from assets import http_dates
from assets.pull_requests.sources.api import RateLimited

ALL = "all"  # a secondary limit concerns everything that is asked of a host
_SECONDARY_S = 60.0
_LEAST_S = 1.0
_REFUSALS = 20  # in a row, for one request: a server that says so without end
_MESSAGES = (b"secondary rate limit", b"abuse detection", b"abuse-rate-limits", b"rate limit exceeded")


class Clock:
    """The time, and waiting. Tests give another one."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Limit(NamedTuple):
    """A refusal for now: which resource, and for how long; None when the server does not say."""

    resource: str
    wait_s: float | None


def refusal(status: int, headers: Mapping[str, str], body: bytes, resource: str, now: float) -> Limit | None:
    """Return the limit that an answer with `status` names, None when it is not about limits."""
    after = http_dates.retry_after_s(headers, now)
    if status == 503 and after is not None:
        return Limit(ALL, after)
    if status not in (403, 429):
        return None
    if after is not None:
        return Limit(ALL, after)
    is_secondary = any(message in body[:65_536].lower() for message in _MESSAGES[:3])
    if headers.get("x-ratelimit-remaining") == "0" and not is_secondary:
        return Limit(resource, _until_reset(headers, now))
    if status == 429 or any(message in body[:65_536].lower() for message in _MESSAGES):
        return Limit(ALL, None)
    return None


def is_used_up(headers: Mapping[str, str], reserve: int) -> bool:
    """Tell whether no more than `reserve` requests, or a tenth of the limit if that is less, are left."""
    remaining, limit = whole(headers.get("x-ratelimit-remaining")), whole(headers.get("x-ratelimit-limit"))
    return remaining is not None and remaining <= min(reserve, (limit or 0) // 10)


class Gate:
    """Where every request passes: open, or closed until a moment, for one resource or for all."""

    def __init__(self, host: str, clock: Clock, max_wait_s: float, reserve: int, counts: Counter[str]) -> None:
        self._host, self._clock, self._max_wait_s, self._reserve, self._counts = host, clock, max_wait_s, reserve, counts
        self._opens: dict[str, float] = {}
        self._refusals = 0
        self.say: Callable[[str], object] = lambda line: None
        self.progress: Callable[[], str] = lambda: ""

    async def passed(self, resource: str) -> None:
        """Return when a request for `resource` may go. Raises RateLimited when that takes longer than `max_wait_s`."""
        while (wait := self._wait(resource)) > 0:
            if wait > self._max_wait_s:
                self._stop(wait)
            await self._clock.sleep(wait)

    def note(self, resource: str, headers: Mapping[str, str]) -> None:
        """Take note of an answer that was given: when it was one of the last, the gate closes until there are new ones."""
        self._refusals = 0
        if is_used_up(headers, self._reserve):
            self._close(resource, _until_reset(headers, self._clock.now()))

    def refused(self, limit: Limit, times: int) -> None:
        """Close the gate for a refusal, the request's `times`-th. Raises RateLimited when there is no end of them."""
        self._counts["rate_limited"] += 1
        if self._wait(limit.resource) <= 0:
            self._refusals += 1
        wait = _SECONDARY_S * 2 ** min(max(0, self._refusals - 1), 10) if limit.wait_s is None else limit.wait_s
        if times > _REFUSALS:
            self._stop(max(wait, _SECONDARY_S))
        self._close(limit.resource, max(wait, _LEAST_S))

    def _wait(self, resource: str) -> float:
        now = self._clock.now()
        return max(self._opens.get(name, now) - now for name in (resource, ALL))

    def _close(self, resource: str, wait_s: float) -> None:
        """Close for `wait_s`; say so, and count it, when that is longer by a second than it was closed anyway."""
        now, before = self._clock.now(), self._opens.get(resource, 0.0)
        self._opens[resource] = max(before, now + wait_s)
        if wait_s > self._max_wait_s or now + wait_s < before + _LEAST_S:
            return
        self._counts["waits"] += 1
        self._counts["waited_s"] += math.ceil(now + wait_s - max(before, now))
        progress, until = self.progress(), datetime.fromtimestamp(now + wait_s, UTC)
        self.say(f"{self._host} asks to wait {wait_s:,.0f} s, until {until:%H:%M:%S} UTC{'; ' if progress else ''}{progress}")

    def _stop(self, wait: float) -> None:
        raise RateLimited(self._host, datetime.fromtimestamp(self._clock.now() + wait, UTC), wait, self.progress())


def whole(text: str | None) -> int | None:
    """Return the number that `text` is, None when it is none."""
    return int(text) if text is not None and len(text) < 20 and text.strip().isdecimal() else None


def _until_reset(headers: Mapping[str, str], now: float) -> float:
    """Seconds until x-ratelimit-reset, by the server's own clock where it tells the time; a minute when it does not say."""
    reset = whole(headers.get("x-ratelimit-reset"))
    if reset is None:
        return _SECONDARY_S
    return min(max(_LEAST_S, reset - (http_dates.moment(headers.get("date")) or now) + _LEAST_S), http_dates.FOREVER_S)

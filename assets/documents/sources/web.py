"""GET over the web, with manners: every hop of a redirect is held to the same rules as the first URL."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import NamedTuple, TypeVar

from assets import http_dates
from assets.documents.sources import receiving, urls
from assets.documents.sources.connection import Connection, Reply
from assets.documents.sources.manners import Host, repeated
from assets.documents.sources.refusal import Refused, Transient
from assets.documents.sources.settings import FetchSettings

_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB
_PATIENCE = (429, 503)  # with Retry-After: a wait, not a failure
_Taken = TypeVar("_Taken")


class _There(NamedTuple):
    """Where a redirect leads."""

    url: str


class Web:
    """What a run knows of the web: its hosts, and what it has asked of them."""

    def __init__(self, connection: Connection, settings: FetchSettings, is_barred: Callable[[str], bool], counts: Counter[str]) -> None:
        """`is_barred` tells which URLs are opted out."""
        self._connection, self._settings, self._is_barred, self._counts = connection, settings, is_barred, counts
        self._everybody = asyncio.Semaphore(settings.parallel_requests)
        self._hosts: dict[str, Host] = {}

    async def get(
        self, url: str, take: Callable[[Reply, str], Awaitable[_Taken]], headers: Mapping[str, str], *, is_robots: bool = False
    ) -> _Taken:
        """Return what `take` makes of the answer (200 or 304) to `url` or to where it redirects. Raises Refused."""
        for _ in range(self._settings.max_redirects + 1):
            if self._is_barred(url):
                raise Refused("opted_out", urls.host(url))
            host = self._hosts.setdefault(urls.host(url), Host(self._settings, self._everybody))
            if not is_robots:
                await host.admit(url, self._robots)
            answer = await repeated(partial(self._once, host, url, take, headers), host, self._settings)
            if not isinstance(answer, _There):
                return answer
            url = answer.url
        raise Refused("too_many_redirects", urls.host(url))

    async def _once(
        self, host: Host, url: str, take: Callable[[Reply, str], Awaitable[_Taken]], headers: Mapping[str, str]
    ) -> "_Taken | _There":
        async with host.asked():
            self._counts["requests"] += 1
            async with self._connection.get(url, headers) as reply:
                if reply.status in _REDIRECTS and reply.headers.get("location"):
                    return _There(_target(url, reply.headers["location"]))
                if reply.status in (200, 304):
                    return await take(reply, url)
                raise refusal(reply, urls.host(url))

    async def _robots(self, url: str) -> str:
        """Return the robots.txt at `url`; an empty one where the server has none (RFC 9309, 2.3.1.3: any 4xx, but not "too many")."""
        try:
            return await self.get(url, self._rules, {}, is_robots=True)
        except Refused as refused:
            if refused.rule.startswith("http_4"):
                return ""
            raise

    async def _rules(self, reply: Reply, url: str) -> str:
        return await receiving.text(reply, _MAX_ROBOTS_BYTES, self._settings.timeout_s)


def refusal(reply: Reply, host: str) -> Exception:
    """Return what an answer that brings nothing means: Transient, or Refused http_<status>."""
    if reply.status in _PATIENCE:
        wait = http_dates.retry_after_s(reply.headers, time.time())
        return Transient("rate_limited" if reply.status == 429 else f"http_{reply.status}", host, wait)
    if reply.status == 408 or reply.status >= 500:
        return Transient(f"http_{reply.status}", host)
    return Refused(f"http_{reply.status}", host)


def _target(url: str, location: str) -> str:
    try:
        said = location.encode("latin-1").decode("utf-8")  # many servers send letters as they are
    except UnicodeDecodeError:
        said = location
    try:
        return urls.joined(url, said)
    except ValueError:
        raise Refused("bad_redirect", urls.host(url)) from None

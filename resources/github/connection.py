"""Requests over one connection pool: repeated when it helps, at the gate when the server asks to wait, on one origin only."""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from assets.pull_requests.sources.api import Answer, GithubError, Refused
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import limits
from resources.github.limits import Clock, Gate

if TYPE_CHECKING:
    import httpx

JSON_MEDIA, DIFF_MEDIA = "application/vnd.github+json", "application/vnd.github.v3.diff"
VERSION = "2022-11-28"  # of the REST API; servers that know no versions ignore it
MAX_JSON_BYTES = 100_000_000  # a page of 100 entries is a few MB at most
MAX_PAGES = 10_000
_REDIRECTS, _FOR_GOOD, _MAX_REDIRECTS = (301, 302, 307, 308), (301, 308), 5
_REPOSITORY = re.compile(r"[^?#]*?/repos/[^/?#]+/[^/?#]+(?=/)")
_MAX_BACKOFF_S = 30.0
_RULES = {401: "forbidden", 403: "forbidden", 404: "gone", 410: "gone", 451: "blocked", 406: "too_large"}
_Parsed = TypeVar("_Parsed")


class Received(NamedTuple):
    """An answer with its whole body, as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    next_url: str | None
    url: str
    is_moved: bool = False


class _Transient(Exception):
    """Worth another attempt."""

    def __init__(self, rule: str, status: int = 0) -> None:
        self.rule, self.status = rule, status
        super().__init__(rule)


class Connection:
    """The API over `http`, an httpx client that knows base URL and credentials. See `assets.pull_requests.sources.api.Api`."""

    def __init__(self, http: "httpx.AsyncClient", gate: Gate, clock: Clock, settings: GithubSettings, counts: Counter[str]) -> None:
        self._http, self._gate, self._clock, self._settings, self._counts = http, gate, clock, settings, counts
        self._moved: dict[str, str] = {}  # repositories that have another path now: each redirect would count against the limit

    async def json(self, path: str, params: Mapping[str, str] | None = None, etag: str | None = None, expect: type = dict) -> Answer:
        """Return the answer to GET `path`, whose JSON is of type `expect`; with `etag`, perhaps only that nothing changed."""
        headers = {"Accept": JSON_MEDIA} | ({"If-None-Match": etag} if etag else {})
        url = str(self._http.base_url.join(path).copy_merge_params(params or {}))
        return await self._get(url, headers, MAX_JSON_BYTES, self._reader(expect))

    async def pages(self, path: str, params: Mapping[str, str] | None = None, expect: type = list) -> AsyncIterator[Answer]:
        """Yield the answers to GET `path` and to the pages that follow. Raises Refused when a page names one that was before."""
        url: str | None = str(self._http.base_url.join(path).copy_merge_params({"per_page": "100"} | dict(params or {})))
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) >= MAX_PAGES:
                raise Refused("broken_answer", 200, f"{self._where(url)}: next links lead round in a circle")
            seen.add(url)
            answer = await self._get(
                url, {"Accept": JSON_MEDIA}, MAX_JSON_BYTES, partial(_answer, expect=expect, reserve=self._settings.reserve_requests)
            )
            yield answer
            url = answer.next_url

    async def diff(self, path: str, max_bytes: int) -> str:
        """Return the diff at `path`; bytes that are not UTF-8 are replaced. Refused as too_large when it has more than `max_bytes`."""
        return await self._get(str(self._http.base_url.join(path)), {"Accept": DIFF_MEDIA}, max_bytes, _diff)

    def _reader(self, expect: type) -> Callable[[Received], Answer]:
        return partial(_answer, expect=expect, reserve=self._settings.reserve_requests)

    async def _get(self, url: str, headers: dict[str, str], max_bytes: int, parse: Callable[[Received], _Parsed]) -> _Parsed:
        """Ask until there is an answer that `parse` takes, or one that another attempt would not change."""
        failed = limited = 0
        while True:
            try:
                received = await self._follow(url, headers, max_bytes)
                limit = limits.refusal(received.status, received.headers, received.body, _resource(url), self._clock.now())
                if limit is None:
                    self._gate.note(_resource(url), received.headers)
                    return parse(self._accepted(received))
                limited += 1
                self._gate.refused(limit, limited)
            except _Transient as problem:
                failed += 1
                self._counts["repeated"] += 1
                if failed >= self._settings.max_attempts:
                    raise Refused(problem.rule, problem.status, self._where(url)) from None
                await self._clock.sleep(min(self._settings.backoff_s * 2 ** (failed - 1), _MAX_BACKOFF_S) * random.uniform(0.5, 1.0))

    async def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Received:
        """Return the answer, after redirects within the origin."""
        start, url = url, self._moved_to(url)
        for _ in range(_MAX_REDIRECTS + 1):
            await self._gate.passed(_resource(url))
            received = await self._receive(self._own(url), headers, max_bytes)
            location = received.headers.get("location")
            if received.status not in _REDIRECTS or not location:
                return received._replace(is_moved=url != start)
            there = self._joined(received.url, location)
            if received.status in _FOR_GOOD:
                self._remember(url, there)
            url = there
        raise Refused("broken_answer", received.status, f"{self._where(url)}: redirected without end")

    def _remember(self, url: str, there: str) -> None:
        """Take note that the repository of `url` is where `there` points to, when what follows it is the same."""
        found = _REPOSITORY.match(url)
        rest = url[found.end() :] if found else ""
        if found and rest and there.endswith(rest):
            self._moved[found[0]] = there.removesuffix(rest)

    def _moved_to(self, url: str) -> str:
        found = _REPOSITORY.match(url)
        return self._moved.get(found[0], found[0]) + url[found.end() :] if found else url

    async def _receive(self, url: "httpx.URL", headers: dict[str, str], max_bytes: int) -> Received:
        import httpx
        from githubkit.exception import GitHubException

        self._counts["requests"] += 1
        request = self._http.build_request("GET", url, headers=headers | {"X-GitHub-Api-Version": VERSION})
        try:
            async with asyncio.timeout(self._settings.timeout_s * 10):
                response = await self._http.send(request, stream=True)
                try:
                    body = await self._body(response, max_bytes)
                finally:
                    await response.aclose()
        except (httpx.TransportError, httpx.DecodingError, TimeoutError):
            raise _Transient("unreachable") from None
        except GitHubException as error:  # while the app's token was fetched
            raise _of_app(error, self._settings.host) from None
        return Received(response.status_code, response.headers, body, _next(response), str(url))

    async def _body(self, response: "httpx.Response", max_bytes: int) -> bytes:
        parts, size = [], 0
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise Refused("too_large", response.status_code, self._where(str(response.url)))
        return b"".join(parts)

    def _accepted(self, received: Received) -> Received:
        """Return `received` when its status is that of an answer. Raises _Transient or Refused."""
        status = received.status
        if status in (200, 204, 304):
            return received
        if status >= 500 or status in (202, 408):
            raise _Transient("unreachable", status)
        is_takedown = status == 403 and b'"block"' in received.body[:65_536]
        raise Refused("blocked" if is_takedown else _RULES.get(status, "refused"), status, self._where(received.url))

    def _own(self, url: str) -> "httpx.URL":
        """Return `url` when it is on the API's origin: nothing else gets our credentials, or our requests."""
        import httpx

        base = self._http.base_url
        try:
            parsed = base.join(url)
        except httpx.InvalidURL:
            raise Refused("broken_answer", 0, f"{self._settings.host}: a link that is no URL") from None
        if (parsed.scheme, parsed.host, parsed.port) != (base.scheme, base.host, base.port) or parsed.userinfo:
            raise Refused("broken_answer", 0, f"{self._settings.host}: a link to another host")
        return parsed

    def _joined(self, url: str, location: str) -> str:
        import httpx

        try:
            return str(httpx.URL(url).join(location))
        except httpx.InvalidURL:
            raise Refused("broken_answer", 0, f"{self._where(url)}: redirected to what is no URL") from None

    def _where(self, url: str) -> str:
        """Name what was asked, without the query."""
        return f"GET {self._own(url).path}"


def _answer(received: Received, expect: type, reserve: int) -> Answer:
    headers = received.headers
    common = (headers.get("etag"), received.next_url, limits.is_used_up(headers, reserve))
    if received.status == 304:
        return Answer(None, *common, is_unchanged=True, is_moved=received.is_moved)
    if received.status == 204:
        return Answer(expect(), *common, is_moved=received.is_moved)
    return Answer(_parsed(received, expect), *common, is_moved=received.is_moved)


def _parsed(received: Received, expect: type) -> Any:
    try:
        data = json.loads(received.body)
    except (ValueError, RecursionError):
        raise _Transient("broken_answer", received.status) from None
    if not isinstance(data, expect):
        raise _Transient("broken_answer", received.status)
    return data


def _diff(received: Received) -> str:
    kind = received.headers.get("content-type", "").lower()
    if "html" in kind:
        raise _Transient("broken_answer", received.status)
    if "json" in kind:  # a server that does not know the media type
        raise Refused("refused", received.status, f"GET {received.url.split('?')[0]}: no diff")
    return received.body.decode("utf-8", "replace")


def _next(response: "httpx.Response") -> str | None:
    """Return the URL of the next page, as the server says it."""
    import httpx

    try:
        link = response.links.get("next", {}).get("url")
        return str(response.url.join(link)) if link else None
    except (httpx.InvalidURL, ValueError):
        raise _Transient("broken_answer", response.status_code) from None


def _resource(url: str) -> str:
    return "search" if "/search/" in url.split("?")[0] else "core"


def _of_app(error: Exception, host: str) -> Exception:
    """Return what a failure to get the app's token means: worth another attempt, or the end."""
    from githubkit.exception import RequestFailed

    status = error.response.status_code if isinstance(error, RequestFailed) else 0
    if status in (403, 429) or status >= 500:
        return _Transient("unreachable", status)
    return GithubError(f"{host} gives the GitHub App no token (status {status or 'unknown'}): check CORPUSMITH_GITHUB_APP_*.")

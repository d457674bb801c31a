"""A web search by SerpAPI's protocol (serpapi.com, "Google Search API", "Status and Error Codes"): links and titles of PDFs.

The key goes into the query, as the protocol wants it, and nowhere else: no redirect is followed, and no message quotes a URL or an answer.
Pages are remembered one by one, because each is paid for.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import SecretStr

from assets import http_dates
from assets.documents.sources import urls
from assets.documents.sources.refusal import Refused, Transient
from assets.documents.sources.settings import FetchSettings, SearchSettings
from assets.documents.sources.store import Store

if TYPE_CHECKING:
    from assets.documents.sources.connection import Connection, Reply

_MAX_ANSWER_BYTES = 20_000_000  # a page of results is some 100 kB
_MAX_TITLE_CHARS = 500
_PAGE = 10  # results on a page of Google
_DAY_S = 86_400.0
_UNAUTHORISED = (401, 403)
_REMEDY = "put a valid key into the environment (CORPUSMITH_SERPAPI_KEY or SERPAPI_API_KEY), or remove the search from the profile"


class SearchError(Exception):
    """The search cannot be made before somebody mends its settings. The message says what to do."""

    blames_the_source = True


class Found(NamedTuple):
    """Results (link, title) in their order, and (rule, action, detail) of what went wrong; what was found before that is there."""

    results: list[tuple[str, str | None]]
    problems: list[tuple[str, str, str]]
    n_searches: int


def search(
    settings: SearchSettings,
    fetch: FetchSettings,
    key: SecretStr | None,
    store: Store,
    now: float,
    log: Callable[[str], object] = lambda line: None,
) -> Found:
    """Return the first `max_results` links; pages that were asked for within `max_age_days` of `now` are not asked for again.

    Raises SearchError without a key, or with one that the service does not take, unless everything is remembered.
    """
    return asyncio.run(_Search(settings, fetch, key, store, now, log).run())


class _Search:
    def __init__(
        self, settings: SearchSettings, fetch: FetchSettings, key: SecretStr | None, store: Store, now: float, log: Callable[[str], object]
    ) -> None:
        self._settings, self._fetch, self._key, self._store, self._now, self._log = settings, fetch, key, store, now, log
        self._where = f"{urls.host(urls.normal(settings.base_url))}: {settings.text}"
        self._results: dict[str, str | None] = {}
        self._problems: list[tuple[str, str, str]] = []
        self._searches = 0

    async def run(self) -> Found:
        """Go through the pages until there are enough results, or no more."""
        from assets.documents.sources.connection import connected

        allowed = (*self._fetch.allowed_private_hosts, urlsplit(self._settings.base_url).hostname or "")
        async with connected(self._fetch.user_agent, self._fetch.timeout_s, allowed) as connection:
            start: int | None = 0
            while start is not None and len(self._results) < self._settings.max_results:
                start = await self._page(connection, start)
        self._log(f"search: {len(self._results):,} results, {self._searches:,} searches paid for")
        return Found(list(self._results.items())[: self._settings.max_results], self._problems, self._searches)

    async def _page(self, connection: "Connection", start: int) -> int | None:
        """Add the results from `start` on; return where the next page begins, None when there is none."""
        name = self._name(start)
        known = self._store.search(name)
        if known is None or self._now - known[1] >= self._settings.max_age_days * _DAY_S:
            try:
                page = _page(await self._asked(connection, start), start)
                self._store.searched(name, [page], self._now)
                self._searches += 1
                known = ([page], self._now)
            except Refused as refused:
                self._refuse(refused, start, known is not None)
        return self._add(known[0][0], start) if known else None

    def _refuse(self, refused: Refused, start: int, is_known: bool) -> None:
        rule, action = ("stale", "altered") if is_known else (refused.rule, "dropped")
        self._problems.append((rule, action, f"{self._where}: results from {start + 1} on: {refused}"))
        self._log(f"search: results from {start + 1} on: {refused}")

    def _add(self, page: dict[str, Any], start: int) -> int | None:
        before = len(self._results)
        for place, (link, title) in enumerate(page["results"], start + 1):
            try:
                self._results.setdefault(urls.normal(link), title)
            except ValueError:
                self._problems.append(("bad_url", "dropped", f"{self._where}: result {place}"))
        return page["next"] if len(self._results) > before else None  # a service that repeats itself is not paid again

    async def _asked(self, connection: "Connection", start: int) -> dict[str, Any]:
        """Return the answer of the service. Raises Refused search_limited, search_failed, timeout, unreachable, ...; SearchError."""
        from assets.documents.sources.manners import Host, repeated

        if self._key is None or not self._key.get_secret_value().strip():
            raise SearchError(f"the web search has no key: {_REMEDY}.")
        parameters = self._parameters(start) | {"api_key": self._key.get_secret_value().strip()}
        url = f"{self._settings.base_url}/search.json?{urlencode(parameters)}"
        host = Host(self._fetch, asyncio.Semaphore(1))
        return await repeated(lambda: _answer(connection, url, self._fetch), host, self._fetch)

    def _parameters(self, start: int) -> dict[str, str]:
        chosen = self._settings
        told = {"engine": chosen.engine, "q": chosen.text, "hl": chosen.language, "gl": chosen.country, "start": str(start)}
        return {name: value for name, value in told.items() if value} | {"output": "json"}

    def _name(self, start: int) -> str:
        """What the page is remembered by; the key is no part of it."""
        return json.dumps({"base_url": self._settings.base_url} | self._parameters(start), sort_keys=True)


async def _answer(connection: "Connection", url: str, fetch: FetchSettings) -> dict[str, Any]:
    from assets.documents.sources import receiving, web

    async with connection.get(url, {"Accept": "application/json"}) as reply:
        if reply.status in _UNAUTHORISED:
            raise SearchError(f"the search service refuses the key (HTTP {reply.status}): {_REMEDY}.")
        if reply.status == 429:
            raise _limited(reply)
        if reply.status != 200:
            raise web.refusal(reply, urls.host(url))
        try:
            answer = json.loads(await receiving.text(reply, _MAX_ANSWER_BYTES, fetch.document_timeout_s))
        except (ValueError, RecursionError):
            raise Transient("search_failed", "the answer is not JSON") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("organic_results", []), list):
        raise Refused("search_failed", "the answer is not a page of results")
    return _successful(answer)


def _limited(reply: "Reply") -> Exception:
    """Out of searches, or too many in this hour: waiting helps only where the service says how long."""
    wait = http_dates.retry_after_s(reply.headers, time.time())
    said = "too many searches, or none left (HTTP 429)"
    return Refused("search_limited", said) if wait is None else Transient("search_limited", said, wait)


def _successful(answer: dict[str, Any]) -> dict[str, Any]:
    """Return `answer` unless it tells of an error; that nothing was found is none, although it stands in `error` as well."""
    metadata, information = answer.get("search_metadata"), answer.get("search_information")
    status = metadata.get("status") if isinstance(metadata, dict) else None
    state = information.get("organic_results_state") if isinstance(information, dict) else None
    if status in ("Processing", "Queued"):
        raise Transient("search_failed", "not finished")
    is_empty = status == "Success" or state == "Fully empty" or "hasn't returned any results" in str(answer.get("error"))
    if status == "Error" or ("error" in answer and not is_empty and not answer.get("organic_results")):
        raise Refused("search_failed", "the service tells of an error")
    return answer


def _page(answer: dict[str, Any], start: int) -> dict[str, Any]:
    """Return what is kept of an answer: links, titles, and where the next page begins."""
    rows = [row for row in answer.get("organic_results", []) if isinstance(row, dict) and isinstance(row.get("link"), str)]
    results = [(row["link"], _title(row.get("title"))) for row in rows]
    pagination = answer.get("serpapi_pagination")
    following = pagination.get("next") if isinstance(pagination, dict) else None
    return {"results": results, "next": _start_of(following, start) if isinstance(following, str) else None}


def _title(said: object) -> str | None:
    """Return a title on one line, None for what is none; JSON may hold halves of characters that no dataset can."""
    text = " ".join(said.encode("utf-8", "replace").decode().split()) if isinstance(said, str) else ""
    return text[:_MAX_TITLE_CHARS] or None


def _start_of(following: str, start: int) -> int:
    """Return where the page behind the link `following` begins. The link itself is not followed: it might lead elsewhere with the key."""
    said = parse_qs(urlsplit(following).query).get("start", [""])[0] if following.isprintable() and "[" not in following else ""
    return int(said) if said.isdecimal() and len(said) < 6 and int(said) > start else start + _PAGE

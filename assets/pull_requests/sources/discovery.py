"""Which pull requests a repository has, and which of them changed.

The first time a repository is searched (`searching`) or, where search is not offered, listed page by page. From then on only what
was updated since is listed, newest first. Filters on what may change (state, labels) are applied to what was found, not by the server:
a pull request that stops to match them must be seen to do so.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from sqlite3 import Connection
from typing import Any, NamedTuple

from assets.pull_requests.sources import store
from assets.pull_requests.sources.api import Api, Client, Refused
from assets.pull_requests.sources.facts import facts, first, moment, written
from assets.pull_requests.sources.github_settings import GithubSettings
from assets.pull_requests.sources.searching import OLDEST, Problem, Unsearchable, search
from assets.pull_requests.sources.store import Walk

# The search index follows with a delay; what was updated that shortly before the walk is listed again.
_INDEX_DELAY = timedelta(hours=1)
_NEWEST = {"state": "all", "sort": "updated", "direction": "desc"}


class Latest(NamedTuple):
    """The newest update of a repository's pull requests (None: unchanged since `etag`, or there are none).

    `is_scarce`: no more requests of the limit are left than the settings reserve for others.
    """

    updated_at: str | None
    etag: str | None
    is_scarce: bool


async def latest(api: Api, repository: str, etag: str | None = None) -> Latest:
    """Ask when a pull request of `repository` was last updated: one request, which costs nothing of the limit while `etag` holds."""
    answer = await api.json(f"repos/{repository}/pulls", _NEWEST | {"per_page": "1"}, etag, list)
    if answer.is_unchanged:
        return Latest(None, etag, answer.is_scarce)
    newest = first(answer.data)
    return Latest(newest["updated_at"] if newest else None, answer.etag, answer.is_scarce)


def poll(client: Client, repository: str, etag: str | None = None) -> Latest:
    """`latest`, for who is not asynchronous. Raises Refused, RateLimited and GithubError."""

    async def ask() -> Latest:
        async with client.opened(lambda line: None, lambda: "") as session:
            return await latest(await session.of(repository), repository, etag)

    return asyncio.run(ask())


async def discover(
    api: Api, connection: Connection, repository: str, settings: GithubSettings, counts: Counter[str], log: Callable[[str], object]
) -> list[Problem]:
    """Write into the store which pull requests `repository` has now; return what went wrong without losing any, as (rule, detail).

    Raises Refused when the repository cannot be walked: the next run walks it again from where the last whole walk ended.
    """
    scope, before = _scope(settings), store.walk(connection, repository)
    known = before if before and before.scope == scope else None
    newest = await api.json(f"repos/{repository}/pulls", _NEWEST | {"per_page": "1"}, known.etag if known else None, list)
    problems = [("moved", f"{repository}: has another name now")] if newest.is_moved else []
    if newest.is_unchanged:
        counts["repositories_unchanged"] += 1
        return problems
    top = first(newest.data)
    if top is None:
        if newest.data:
            raise Refused("broken_answer", 200, f"{repository}: a pull request without number or dates")
        counts["repositories_empty"] += 1
        return problems
    cursor = known.cursor if known else None
    if cursor is None:
        problems += await _walk(api, connection, repository, settings, newest.data, counts, log)
        cursor = written(moment(top["updated_at"]) - _INDEX_DELAY)
    async for items in _updated_since(api, repository, cursor):
        problems += _keep(connection, repository, items, counts)
    store.walked(connection, repository, Walk(scope, top["updated_at"], newest.etag))
    return problems


async def _walk(
    api: Api,
    connection: Connection,
    repository: str,
    settings: GithubSettings,
    newest: list[Any],
    counts: Counter[str],
    log: Callable[[str], object],
) -> list[Problem]:
    """Find everything, by search where that works."""
    problems: list[Problem] = []
    try:
        if settings.discovery == "search":
            async for items in search(api, repository, newest, settings, counts):
                problems += _keep(connection, repository, items, counts)
            return problems
    except Unsearchable as found:
        problems += found.problems
        counts["searches_given_up"] += 1
        log(f"{repository}: search cannot be used, listing all pull requests instead")
    async for page in api.pages(f"repos/{repository}/pulls", OLDEST):
        problems += _keep(connection, repository, page.data, counts)
    return problems


async def _updated_since(api: Api, repository: str, cursor: str) -> AsyncIterator[list[Any]]:
    """Yield pages of pull requests that were updated at `cursor` or later, the newest first.

    One that is updated meanwhile moves to the front, which shifts the others to later pages: none is missed.
    """
    async for page in api.pages(f"repos/{repository}/pulls", _NEWEST):
        yield page.data
        oldest = first(page.data[::-1])
        if oldest and oldest["updated_at"] < cursor:
            return


def _keep(connection: Connection, repository: str, items: Iterable[Any], counts: Counter[str]) -> list[Problem]:
    """Note `items`; those that are no pull requests are problems."""
    read = [facts(item) if isinstance(item, dict) else None for item in items]
    good = [item for item in read if item is not None]
    store.found(connection, repository, good)
    counts["seen"] += len(good)
    return [("broken_answer", f"{repository}: a listed pull request without number or dates")] * (len(read) - len(good))


def _scope(settings: GithubSettings) -> str:
    """What a walk depends on: with another scope the repository is walked again."""
    return f"{settings.since} {settings.until} {','.join(settings.authors)}"

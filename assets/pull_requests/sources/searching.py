"""All pull requests of a repository by search: windows of creation dates, each split until it holds fewer than 1,000 results.

No query returns more than that (docs.github.com, "REST API endpoints for search"), and a search may say itself that it is incomplete.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from assets.pull_requests.sources.api import Api, Refused
from assets.pull_requests.sources.facts import first, moment, name_of, written
from assets.pull_requests.sources.github_settings import GithubSettings

OLDEST = {"state": "all", "sort": "created", "direction": "asc"}
MAX_RESULTS = 1_000
_SMALL = 100  # results that no smaller window will make complete
_REPEATS = 2  # of a search that says itself that it is incomplete
_SECOND = timedelta(seconds=1)

Problem = tuple[str, str]  # rule, detail


class Unsearchable(Exception):
    """Search is of no use here."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__()


async def search(
    api: Api, repository: str, newest: list[Any], settings: GithubSettings, counts: Counter[str]
) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Yield what was opened from the oldest pull request to the last update, which is that of `newest` (the first page of a listing).

    Raises Unsearchable where search is not offered, or not complete however small the window.
    """
    oldest = await api.json(f"repos/{repository}/pulls", OLDEST | {"per_page": "1"}, None, list)
    begin, end = first(oldest.data), first(newest)
    if begin is None or end is None:
        raise Unsearchable
    # The name that the host uses now: search knows no other. Logins and creation dates never change, so that the server may filter them.
    query = f"repo:{name_of(newest) or repository} is:pr" + (f" author:{settings.authors[0]}" if len(settings.authors) == 1 else "")
    since, until = moment(begin["created_at"]), moment(end["updated_at"])  # nothing is created after what was updated last
    waiting = [(max(since, settings.since or since).replace(microsecond=0), min(until, settings.until or until))]
    while waiting:
        start, stop = waiting.pop()
        if start > stop:
            continue
        items = await _window(api, f"{query} created:{written(start)}..{written(stop)}", repository, start, stop, counts)
        if items is None:
            middle = (start + (stop - start) / 2).replace(microsecond=0)
            waiting += [(middle + _SECOND, stop), (start, middle)]
        else:
            yield items


async def _window(
    api: Api, query: str, repository: str, start: datetime, end: datetime, counts: Counter[str]
) -> list[Mapping[str, Any]] | None:
    """Return what `query` finds between `start` and `end`, or None when the window must be split. Raises Unsearchable."""
    for _ in range(_REPEATS + 1):
        counts["searches"] += 1
        items, total, is_complete = await _results(api, query)
        if total >= MAX_RESULTS:
            if start == end:
                raise Unsearchable(("window_too_full", f"{repository} {written(start)}: {total} pull requests in one second"))
            return None
        if is_complete and len({str(item.get("number")) for item in items}) >= total:
            return items
    # A smaller window may be searched in time; a count that does not agree with what is listed will not mend itself.
    if start == end or is_complete or total <= _SMALL:
        raise Unsearchable(("incomplete_search", f"{repository} {written(start)}"))
    return None


async def _results(api: Api, query: str) -> tuple[list[Mapping[str, Any]], int, bool]:
    """Return (results, how many there are, whether the server searched everything); only the first page of a window that is too full."""
    items: list[Mapping[str, Any]] = []
    total, is_complete = 0, True
    try:
        async for page in api.pages("search/issues", {"q": query, "sort": "created", "order": "asc"}, dict):
            total, found = _count(page.data), page.data.get("items")
            is_complete = is_complete and page.data.get("incomplete_results") is False and isinstance(found, list)
            items += [item for item in found or [] if isinstance(item, dict)]
            if total >= MAX_RESULTS:
                break
    except Refused as refused:
        if refused.rule in ("unreachable", "blocked"):
            raise
        raise Unsearchable from None
    return items, total, is_complete


def _count(data: Mapping[str, Any]) -> int:
    total = data.get("total_count")
    return total if isinstance(total, int) else 0

"""URLs into the store: what is there is not asked for again, what cannot be had is a ledger row, and one host does not stop another."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from assets.documents.sources import urls
from assets.documents.sources.refusal import Refused
from assets.documents.sources.settings import FetchSettings
from assets.documents.sources.store import Document, Store

if TYPE_CHECKING:
    from assets.documents.sources.connection import Reply
    from assets.documents.sources.web import Web

_THREADS = 32
_LINES = 20  # about as many lines of progress
_DAY_S = 86_400.0
_GONE = ("http_404", "http_410", "http_451", "robots", "opted_out")  # what was stored before is not used any more either


class Fetched(NamedTuple):
    """What the store has of the URLs, in their order, and (url, rule, action, detail) of what it has not, or only as it was before."""

    documents: dict[str, Document]
    problems: list[tuple[str, str, str, str]]
    counts: dict[str, int]


class _Work:
    """What the tasks share."""

    def __init__(self, store: Store, settings: FetchSettings, now: float, log: Callable[[str], object], total: int) -> None:
        self.store, self.settings, self.now, self.log, self.total = store, settings, now, log, total
        self.counts: Counter[str] = Counter(fetched=0, fetched_bytes=0, remembered=0, refused=0, requests=0)
        self.refused: dict[str, Refused] = {}
        self.done = 0

    def next_done(self) -> None:
        """Count one more, and say so now and then."""
        self.done += 1
        if self.done % max(10, self.total // _LINES) == 0 or self.done == self.total:
            brought = f"{self.counts['fetched']:,} fetched ({self.counts['fetched_bytes'] / 1e6:.1f} MB), {len(self.refused):,} refused"
            self.log(f"documents: {self.done:,} of {self.total:,} URLs done, {brought}")


def fetch_all(
    wanted: Sequence[str],
    store: Store,
    settings: FetchSettings,
    is_barred: Callable[[str], bool],
    now: float,
    log: Callable[[str], object] = lambda line: None,
) -> Fetched:
    """Fetch what `wanted` (`urls.normal`, each once) names and the store lacks; `now` is the time in seconds.

    Whatever happens, documents that have arrived are stored, and the next run goes on from there.
    """
    stored = {url: store.document(urls.public(url)) for url in wanted}
    due = [url for url in wanted if _is_due(stored[url], settings, now)]
    work = _Work(store, settings, now, log, len(due))
    work.counts["remembered"] = len(wanted) - len(due)
    if due:
        asyncio.run(_run(due, work, is_barred))
    return _result(wanted, work)


def _is_due(found: Document | None, settings: FetchSettings, now: float) -> bool:
    days = settings.revalidate_after_days
    return found is None or (days is not None and now - found.checked_at >= days * _DAY_S)


async def _run(due: Sequence[str], work: _Work, is_barred: Callable[[str], bool]) -> None:
    from assets.documents.sources.connection import connected
    from assets.documents.sources.web import Web

    settings = work.settings
    # Names are looked up in threads, and one that nobody answers for holds its thread for a while after we gave it up.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
    async with connected(settings.user_agent, settings.timeout_s, settings.allowed_private_hosts) as connection:
        web = Web(connection, settings, is_barred, work.counts)

        try:
            async with asyncio.TaskGroup() as group:
                for url in due:
                    group.create_task(_settle(web, url, work))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _settle(web: "Web", url: str, work: _Work) -> None:
    """Fetch one document, or note why it cannot be had. An error of this machine, such as a full disk, is raised and ends the run."""
    try:
        await _fetch(web, url, work)
    except (sqlite3.Error, OSError):
        raise
    except Exception as error:  # whatever a server does to us concerns its document only
        work.refused[url] = refused = error if isinstance(error, Refused) else Refused("failed", type(error).__name__)
        work.log(f"{urls.public(url)}: {refused}")
    work.next_done()


async def _fetch(web: "Web", url: str, work: _Work) -> None:
    """Fetch one document into the store, or find that it has not changed."""
    from assets.documents.sources import receiving

    name, part = urls.public(url), work.store.part()
    known = work.store.document(name)

    async def take(reply: "Reply", final_url: str) -> None:
        if reply.status == 304 and known is None:  # nobody asked whether something has changed
            raise Refused("http_304")
        if reply.status == 304:
            work.store.checked(name, work.now)
            work.counts["unchanged"] += 1
            return
        part.unlink(missing_ok=True)  # of an attempt that failed
        arrived = await receiving.pdf(reply, part, work.settings)
        told = reply.headers
        found = Document(
            arrived.sha256, arrived.n_bytes, receiving.license_of(reply), urls.public(final_url),
            told.get("content-type"), told.get("etag"), told.get("last-modified"), work.now,
        )  # fmt: skip
        await asyncio.to_thread(work.store.settle, part, found)
        work.store.note(name, found)
        work.counts.update(fetched=1, fetched_bytes=found.n_bytes)

    try:
        await web.get(url, take, _conditions(known))
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _conditions(known: Document | None) -> dict[str, str]:
    """Return the headers that ask for a document only if it is not the `known` one any more."""
    told = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {"Accept": "application/pdf, */*;q=0.1"} | {name: value for name, value in told.items() if value}


def _result(wanted: Sequence[str], work: _Work) -> Fetched:
    documents: dict[str, Document] = {}
    problems: list[tuple[str, str, str, str]] = []
    for url in wanted:
        refused, name = work.refused.get(url), urls.public(url)
        found = work.store.document(name)
        if found and not (refused and refused.rule in _GONE):
            documents[url] = found
        if refused and url in documents:
            problems.append((url, "stale", "altered", f"{name} as it was before: {refused}"))
        elif refused:
            problems.append((url, refused.rule, "dropped", f"{name}: {refused.said}" if refused.said else name))
    work.counts["refused"] = sum(action == "dropped" for _, _, action, _ in problems)
    return Fetched(documents, problems, dict(sorted(work.counts.items())))

"""Everything of the pull requests that the settings ask for, fetched into the store: what is there already is not asked for again."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from assets import ledger, passport
from assets.pull_requests.sources import discovery, store
from assets.pull_requests.sources.api import Client, GithubError, Refused, Session
from assets.pull_requests.sources.github_settings import GithubSettings, is_wanted
from assets.pull_requests.sources.whole import fetch_whole

_OUTAGE = 3  # pull requests in a row that cannot be reached: the repository, or the host, is away
_ALTERED = ("moved", "window_too_full", "incomplete_search")  # nothing is lost by these
_TAKEN_AWAY = ("gone", "blocked")  # what was stored before is not used any more either
_LINES = 20  # about as many lines of progress
ENTRIES = {"repository": pl.String, "pull_number": pl.Int64, "digest": pl.String, "n_bytes": pl.Int64}


class Fetched(NamedTuple):
    """What the settings ask for and the store has.

    `entries` (`ENTRIES`) are ordered by repository and number; `problems` is a ledger (`assets.ledger.SCHEMA`) with a row for each pull
    request that was found and is not stored as it is now, and for each repository that could not be walked; `counts` are numbers for
    the user: found, fetched, up_to_date, filtered_out, failed, requests, repeated, rate_limited, waits, waited_s, searches, ...
    """

    file: Path
    entries: pl.DataFrame
    problems: pl.DataFrame
    counts: dict[str, int]


class _Work:
    """What the workers share."""

    def __init__(self, connection: sqlite3.Connection, settings: GithubSettings, log: Callable[[str], object]) -> None:
        self.connection, self.settings, self.log = connection, settings, log
        self.counts: Counter[str] = Counter()
        self.refused: dict[str, Refused] = {}  # repositories
        self.noted: list[tuple[str, str, str]] = []  # repository, rule, detail
        self.outages: Counter[str] = Counter()
        self.waiting: list[tuple[str, store.Known]] = []
        self.done = 0

    def progress(self) -> str:
        """Say how far it is."""
        return f"{self.done:,} of {len(self.waiting):,} pull requests done" if self.waiting else "looking for pull requests"

    def next_done(self) -> None:
        """Count one more, and say so now and then."""
        self.done += 1
        if self.done % max(50, len(self.waiting) // _LINES) == 0 or self.done == len(self.waiting):
            self.log(f"{self.settings.host}: {self.progress()}")


def fetch_all(client: Client, store_folder: Path, settings: GithubSettings, log: Callable[[str], object] = lambda line: None) -> Fetched:
    """Fetch what `settings` ask for through `client` into the store of its host in `store_folder`; return what is there now.

    Raises RateLimited when the API asks for a longer wait than `max_wait_s`, GithubError for credentials and StoreError. Whatever
    happens, finished pull requests are stored, and the next run goes on from there.
    """
    file = store.place(store_folder, settings.host)
    with store.opened(file) as connection:
        work = _Work(connection, settings, log)
        asyncio.run(_run(client, work))
        entries, problems = _result(work)
    counts = {"found": 0, "fetched": 0, "up_to_date": 0, "filtered_out": 0, "failed": 0, "requests": 0} | dict(work.counts)
    return Fetched(file, entries, problems, {name: counts[name] for name in sorted(counts)})


async def _run(client: Client, work: _Work) -> None:
    async with client.opened(work.log, work.progress) as session:
        try:
            for repository in work.settings.repositories:
                await _discover(session, work, repository)
            work.waiting = [
                (repository, pull)
                for repository in work.settings.repositories
                if repository not in work.refused
                for pull in store.known(work.connection, repository)
                if _is_due(pull, work.settings)
            ]
            await _fetch(session, work)
        finally:
            work.counts.update(session.counts)


async def _discover(session: Session, work: _Work, repository: str) -> None:
    try:
        api = await session.of(repository)
        found = await discovery.discover(api, work.connection, repository, work.settings, work.counts, work.log)
        work.noted += [(repository, rule, detail) for rule, detail in dict.fromkeys(found)]
    except Refused as refused:
        work.refused[repository] = refused
        work.log(f"{repository}: {refused}")


async def _fetch(session: Session, work: _Work) -> None:
    """Fetch everything that is waiting, some at a time; the first error that concerns all of them ends it."""
    remaining = iter(work.waiting)
    tasks = [asyncio.create_task(_worker(session, work, remaining)) for _ in range(min(work.settings.parallel_requests, len(work.waiting)))]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, GithubError):
                await task
        raise


async def _worker(session: Session, work: _Work, remaining: Iterator[tuple[str, store.Known]]) -> None:
    for repository, pull in remaining:
        if repository not in work.refused:
            try:
                await fetch_whole(await session.of(repository), work.connection, repository, pull, work.settings, work.counts)
                work.outages[repository] = 0
            except Refused as refused:
                _note(work, repository, pull, refused)
        work.next_done()


def _note(work: _Work, repository: str, pull: store.Known, refused: Refused) -> None:
    """Note why a pull request could not be had. Bad credentials and an outage concern the rest of the repository as well."""
    store.failed(work.connection, repository, pull.number, refused.rule)
    work.log(str(refused))
    work.outages[repository] += refused.rule == "unreachable"
    if refused.status == 401 or work.outages[repository] >= _OUTAGE:
        work.refused[repository] = refused


def _is_due(pull: store.Known, settings: GithubSettings) -> bool:
    return is_wanted(pull.facts, settings) and (not pull.is_current or pull.digest is None)


def _result(work: _Work) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (entries, problems) for what is stored now."""
    entries: list[tuple[str, int, str, int | None]] = []
    rows: list[tuple[str, str, str, str, str]] = []  # repository, number or "", rule, action, detail
    for repository in sorted(work.settings.repositories):
        refused = work.refused.get(repository)
        if refused:
            rows.append((repository, "", refused.rule, "dropped", f"{repository}: {refused.status or 'no answer'}"))
        rows += [(repository, "", rule, _action(rule), detail) for name, rule, detail in work.noted if name == repository]
        for pull in store.known(work.connection, repository):
            _account(work, repository, pull, refused, entries, rows)
    work.counts["failed"] = len({(row[0], row[1]) for row in rows if row[1] and row[3] == "dropped"})
    keys = [passport.row_id("bronze_prs", work.settings.host, repository, number) for repository, number, *_ in rows]
    frame = pl.DataFrame({"id": keys} | {name: [row[at] for row in rows] for name, at in (("rule", 2), ("action", 3), ("detail", 4))})
    typed = frame.cast(pl.String)
    problems = ledger.entries(typed, pl.col("rule"), detail=pl.col("detail")).with_columns(action=typed["action"])
    return pl.DataFrame(entries, schema=ENTRIES, orient="row"), problems


def _account(
    work: _Work,
    repository: str,
    pull: store.Known,
    refused: Refused | None,
    entries: list[tuple[str, int, str, int | None]],
    rows: list[tuple[str, str, str, str, str]],
) -> None:
    """Add what there is to say of one pull request: it is an entry, or a problem, or both, or the filters do not want it."""
    number, place = str(pull.number), f"{repository}#{pull.number}"
    work.counts["found"] += 1
    if not is_wanted(pull.facts, work.settings):
        work.counts["filtered_out"] += 1
        return
    problem = None if pull.is_current and pull.digest else pull.problem or (refused.rule if refused else "not_fetched")
    is_there = pull.digest is not None and problem not in _TAKEN_AWAY and not (refused and refused.rule in _TAKEN_AWAY)
    if is_there and pull.digest is not None:
        entries.append((repository, pull.number, pull.digest, pull.n_bytes))
        rows += [(repository, number, rule, "altered", f"{place} {detail}".rstrip()) for rule, detail in pull.notes]
        work.counts["up_to_date"] += problem is None
        if problem:
            rows.append((repository, number, "stale", "altered", f"{place} as it was before: {problem}"))
    else:
        rows.append((repository, number, problem or (refused.rule if refused else "not_fetched"), "dropped", place))


def _action(rule: str) -> str:
    return "altered" if rule in _ALTERED else "dropped"

"""All documents that a profile names: files, URLs and what the web search finds, each content once, as one listing."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl
from pydantic import SecretStr

from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.code.sources.listing import printable_path
from assets.documents.sources import fetching, folders, forgetting, listing, opted_out, search, store, urls
from assets.documents.sources.settings import DocumentSources, DocumentUrl
from assets.documents.sources.store import Document, Store

Log = Callable[[str], object]
_Problems = list[tuple[str, str, str, str, str]]  # source, origin, rule, action, detail


class Acquired(NamedTuple):
    """`entries` is a listing (`listing.SCHEMA`), `problems` a ledger with a row for all that cannot be had, `counts` are for the user."""

    entries: pl.DataFrame
    problems: pl.DataFrame
    counts: dict[str, int]


class _Wanted(NamedTuple):
    source: str
    document: DocumentUrl


def acquire(
    sources: DocumentSources,
    store_folder: Path,
    opted: OptOuts,
    key: SecretStr | None,
    now: float,
    log: Log = lambda line: None,
) -> Acquired:
    """Return what `sources` hold; what is on the web is fetched into `store_folder` first. `now` is the time in seconds since 1970.

    `key` is that of the search. Raises SearchError when it is missing or not accepted, StoreError when the folder cannot be used.
    """
    of_files, unread = folders.list_paths(sources.paths, sources.fetch.max_document_bytes)
    of_files, left_out = opted_out.drop_listed(of_files, opted)
    of_web, unfetched, counts = _of_web(sources, store_folder, opted, key, now, log)
    of_web, barred = opted_out.drop_listed(of_web, opted)  # where a redirect did not show it: an opt-out that came later
    once, repeated = listing.without_repeats(pl.concat([of_files, of_web]))
    problems = pl.concat([unread, left_out, unfetched, barred, repeated])
    counts |= {f"listing_{rule}": count for rule, count in problems.group_by("rule").len().sort("rule").iter_rows()}
    return Acquired(once, problems, {"files": of_files.height, "documents": once.height} | counts)


def _of_web(
    sources: DocumentSources, folder: Path, opted: OptOuts, key: SecretStr | None, now: float, log: Log
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    if not (sources.urls or sources.search) and (opted.is_empty or not folder.exists()):
        return listing.frame([]), listing.problems([]), {}
    problems: _Problems = []
    with store.opened(folder, now) as stored:
        counts = {"searches": 0, "forgotten": _forgotten(stored, opted, log)}
        wanted = [_Wanted("url", document) for document in sources.urls]
        if sources.search:
            found = search.search(sources.search, sources.fetch, key, stored, now, log)
            wanted += [_Wanted("search", DocumentUrl(url=link, title=title)) for link, title in found.results]
            problems += [("search", sources.search.text, *problem) for problem in found.problems]
            counts["searches"] = found.n_searches
        chosen = _admitted(wanted, opted, problems)
        barred = partial(opted_out.is_listed, opted_out=opted)
        fetched = fetching.fetch_all(list(chosen), stored, sources.fetch, barred, now, log)
        problems += [(chosen[url].source, urls.public(url), *problem) for url, *problem in fetched.problems]  # type: ignore[misc]
        rows = [_row(chosen[url], document, stored) for url, document in fetched.documents.items()]
    return listing.frame(rows), listing.problems(problems), counts | fetched.counts


def _forgotten(stored: Store, opted: OptOuts, log: Log) -> int:
    """Return how many documents left the store because they are opted out."""
    n_forgotten = 0 if opted.is_empty else forgetting.forget_opted_out(stored, opted)
    if n_forgotten:
        log(f"documents: {n_forgotten:,} that are opted out were removed from the store")
    return n_forgotten


def _admitted(wanted: Sequence[_Wanted], opted: OptOuts, problems: _Problems) -> dict[str, _Wanted]:
    """Return URL -> the first that wants it, without what is opted out. Two URLs that differ in a token only are one."""
    chosen: dict[str, _Wanted] = {}
    known: set[str] = set()
    for each, is_listed in zip(wanted, opted_out.are_listed([each.document.url for each in wanted], opted), strict=True):
        url, name = each.document.url, urls.public(each.document.url)
        if is_listed:
            problems.append((each.source, name, opt_outs.RULE, "dropped", name))
        elif name in known:
            problems.append((each.source, name, "listed_twice", "dropped", name))
        else:
            known.add(name)
            chosen[url] = each
    return chosen


def _row(wanted: _Wanted, document: Document, stored: Store) -> dict[str, object]:
    url = urls.public(wanted.document.url)
    return {
        "source": wanted.source,
        "origin": url,
        "title": wanted.document.title,
        "license": wanted.document.license or document.license,
        "sha256": document.sha256,
        "n_bytes": document.n_bytes,
        "location": printable_path(os.fsencode(stored.place(document.sha256))),
        "root": f"{url.split('/')[0]}//{urls.host(url)}/",
        "path": urls.path(url),
    }

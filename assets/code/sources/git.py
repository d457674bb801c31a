"""Source code in git repositories: many of them at once, of which one that is broken or away does not stop the others."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from assets import ledger, passport
from assets.code import opt_outs
from assets.code.sources import git_authors, git_history, listing
from assets.code.sources.git_command import GitError
from assets.code.sources.git_mirror import GitRevision, is_gone, last_known, sync
from assets.code.sources.git_objects import list_blobs, read_blobs
from assets.code.sources.git_source import FetchSettings, GitSource

__all__ = ["FetchSettings", "GitError", "GitRevision", "GitSource", "list_all", "list_blobs", "read_blobs", "sync"]

_DEFAULTS = FetchSettings()
_MAX_REASON_CHARS = 300
_NO_HISTORY = "opt_outs.yaml lists authors, and without the history nobody can tell what they wrote here, so nothing of it is taken"


class _Listed(NamedTuple):
    """What a source holds, what is wrong with it, and which paths the authors wrote that opted out."""

    entries: pl.DataFrame
    problem: "_Problem | None"
    written: frozenset[str] = frozenset()


class _Problem(NamedTuple):
    """Why a repository, or its present state, is not among the sources."""

    repository: str
    rule: str
    reason: str


def list_all(
    sources: Sequence[GitSource],
    mirror_root: Path,
    settings: FetchSettings = _DEFAULTS,
    max_blob_bytes: int | None = None,
    report: Callable[[str], object] = lambda _: None,
    authors: Sequence[str] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger) of all `sources`, several of them at the same time; an entry that several refs share is listed once.

    Paths that one of `authors` wrote, by the history, are left out (`opted_out`): only then histories are fetched and read. A repository
    that cannot be used is a ledger row with the rule `unreachable` (its host did not answer), `gone` (its host said that there is no such
    repository or ref), `broken` (it cannot be listed) or `no_history` (nobody can tell who wrote its files); `stale_mirror` (altered)
    says that its host did not answer and that the commits of the last successful fetch stand in. `report` is told about each repository
    as it is done.
    """
    attempt = partial(
        _list, mirror_root=mirror_root, settings=settings, max_blob_bytes=max_blob_bytes, authors=tuple(authors), report=report
    )
    listings, problems = [listing.frame([])], []
    written: defaultdict[str, set[str]] = defaultdict(set)
    with ThreadPoolExecutor(settings.parallel_fetches) as pool:
        for source, (found, problem, theirs) in zip(sources, pool.map(attempt, sources), strict=True):
            listings.append(found)
            problems += [problem] if problem else []
            written[source.repository] |= theirs
            left_out = f", {len(theirs):,} paths are opted out by its history" if theirs else ""
            report(f"{source.repository}: {found.height:,} entries{left_out}{f', {problem.rule}: {problem.reason}' if problem else ''}")
    kept, opted_out = _without(listing.without_repeats(pl.concat(listings)), written)
    return kept, pl.concat([_ledger(problems), opted_out])


def _without(entries: pl.DataFrame, written: Mapping[str, set[str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave the paths `written` of each repository out of a listing: (listing, ledger)."""
    pairs = [(repository, path) for repository, paths in written.items() for path in paths]
    theirs = pl.DataFrame(pairs, schema={"repository": pl.String, "path": pl.String}, orient="row")
    dropped = entries.join(theirs, on=["repository", "path"], how="semi", maintain_order="left")
    ids = passport.row_ids("raw_code", dropped["source"], dropped["repository"], dropped["path"])
    detail = pl.format("history {}:{}", "repository", "path")
    kept = entries.join(theirs, on=["repository", "path"], how="anti", maintain_order="left")
    return kept, ledger.entries(dropped.with_columns(ids), opt_outs.RULE, detail=detail)


def _list(
    source: GitSource,
    mirror_root: Path,
    settings: FetchSettings,
    max_blob_bytes: int | None,
    authors: tuple[str, ...],
    report: Callable[[str], object],
) -> _Listed:
    revisions, problem = _sync(source, mirror_root, settings, max_blob_bytes)
    try:
        found = [list_blobs(revision, source.timeout_s) for revision in revisions]
    except GitError as error:
        return _Listed(listing.frame([]), _Problem(source.repository, "broken", _reason(error, source)))
    entries = listing.without_repeats(pl.concat([listing.frame([]), *found]))
    try:
        written = _written(source, revisions, mirror_root, settings, authors, report) if authors and revisions else frozenset()
    except GitError as error:
        reason = f"{_NO_HISTORY} ({_reason(error, source)})"
        return _Listed(listing.frame([]), _Problem(source.repository, "no_history", reason))
    return _Listed(entries, problem, written)


def _written(
    source: GitSource,
    revisions: Sequence[GitRevision],
    mirror_root: Path,
    settings: FetchSettings,
    authors: tuple[str, ...],
    report: Callable[[str], object],
) -> frozenset[str]:
    report(f"{source.repository}: reading its history, because opt_outs.yaml lists authors")
    history = git_history.sync(source, revisions, mirror_root, settings)
    return git_authors.paths_by(authors, history, revisions, source, report)


def _sync(
    source: GitSource, mirror_root: Path, settings: FetchSettings, max_blob_bytes: int | None
) -> tuple[list[GitRevision], _Problem | None]:
    try:
        return sync(source, mirror_root, settings, max_blob_bytes), None
    except GitError as error:
        gone = is_gone(error)
        known = [] if gone else last_known(source, mirror_root)
        rule = "gone" if gone else "stale_mirror" if known else "unreachable"
        return known, _Problem(source.repository, rule, _reason(error, source))


def _reason(error: GitError, source: GitSource) -> str:
    return str(error).removeprefix(f"git source {source.repository}: ")[:_MAX_REASON_CHARS]


def _ledger(problems: Sequence[_Problem]) -> pl.DataFrame:
    ids = [passport.row_id("raw_code", "git", problem.repository) for problem in problems]
    columns = {"repository": pl.String, "rule": pl.String, "reason": pl.String}
    frame = pl.DataFrame(problems, schema=columns, orient="row").with_columns(pl.Series("id", ids, dtype=pl.String))
    detail = pl.format("{}: {}", "repository", "reason")
    stale = pl.col("rule") == "stale_mirror"
    dropped = ledger.entries(frame.filter(~stale), pl.col("rule"), detail=detail)
    return pl.concat([dropped, ledger.entries(frame.filter(stale), pl.col("rule"), action="altered", detail=detail)])

"""Source code in git repositories: many of them at once, of which one that is broken or away does not stop the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from assets import ledger, passport
from assets.code.sources import listing
from assets.code.sources.git_command import GitError
from assets.code.sources.git_mirror import GitRevision, is_gone, last_known, sync
from assets.code.sources.git_objects import list_blobs, read_blobs
from assets.code.sources.git_source import FetchSettings, GitSource

__all__ = ["FetchSettings", "GitError", "GitRevision", "GitSource", "list_all", "list_blobs", "read_blobs", "sync"]

_DEFAULTS = FetchSettings()
_MAX_REASON_CHARS = 300


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
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger) of all `sources`, several of them at the same time; an entry that several refs share is listed once.

    A repository that cannot be used is a ledger row with the rule `unreachable` (its host did not answer), `gone` (its host said that
    there is no such repository or ref) or `broken` (it cannot be listed); `stale_mirror` (altered) says that its host did not answer and
    that the commits of the last successful fetch stand in. `report` is told about each repository as it is done.
    """
    attempt = partial(_list, mirror_root=mirror_root, settings=settings, max_blob_bytes=max_blob_bytes)
    listings, problems = [listing.frame([])], []
    with ThreadPoolExecutor(settings.parallel_fetches) as pool:
        for source, (found, problem) in zip(sources, pool.map(attempt, sources), strict=True):
            listings.append(found)
            problems += [problem] if problem else []
            report(f"{source.repository}: {found.height:,} entries{f', {problem.rule}: {problem.reason}' if problem else ''}")
    return listing.without_repeats(pl.concat(listings)), _ledger(problems)


def _list(
    source: GitSource, mirror_root: Path, settings: FetchSettings, max_blob_bytes: int | None
) -> tuple[pl.DataFrame, _Problem | None]:
    revisions, problem = _sync(source, mirror_root, settings, max_blob_bytes)
    try:
        found = [list_blobs(revision, source.timeout_s) for revision in revisions]
    except GitError as error:
        return listing.frame([]), _Problem(source.repository, "broken", _reason(error, source))
    return listing.without_repeats(pl.concat([listing.frame([]), *found])), problem


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

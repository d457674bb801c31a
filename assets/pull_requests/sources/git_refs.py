"""Pull requests of git repositories that keep them as refs/pull/*/head: diffs and commits are git's, review comments come from files.

No API is needed: hosts hand these refs out like branches, and whoever has the comments as files gets the rest from any clone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.code.sources.git_command import GitError
from assets.code.sources.git_mirror import is_gone
from assets.code.sources.git_source import FetchSettings, GitSource
from assets.pull_requests.bronze.places import GITHUB
from assets.pull_requests.sources import file_parts, git_bundles, listing, pull_mirror
from assets.pull_requests.sources.git_history import History
from assets.pull_requests.sources.pull_mirror import Refs

_FOLDER = "pull-requests"  # below the root of all mirrors: those of the code line are shallow
_MAX_REASON_CHARS = 300
_PROBLEM = {"id": pl.String, "rule": pl.String, "detail": pl.String}
_ALTERED = ("stale_mirror", "no_head", "no_base")


class PullRefs(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A git repository with the heads of pull requests, and what is read of it."""

    url: str = Field(description="URL without credentials, or local path")
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", description="owner/name, as review comments name it")
    host: str | None = Field(None, pattern=r"^[^@\s]+$", description="whose pull requests these are; null: as files say, else by the URL")
    ref: str = Field("HEAD", description="the branch that pull requests are merged into")
    all_pulls: bool = Field(False, description="also those that no file has a comment of")
    timeout_s: float = Field(3600.0, gt=0, description="longest time that one git command may take")

    @model_validator(mode="after")
    def _names_a_repository(self) -> Self:
        assert self.source
        return self

    @property
    def origin(self) -> str:
        """The host where no file names one: of the URL, https://github.com for a local path."""
        parts = urlsplit(self.url)
        return self.host or (f"https://{parts.hostname}" if parts.hostname else GITHUB)

    @property
    def source(self) -> GitSource:
        """The repository with all of its history."""
        return GitSource(url=self.url, ref=self.ref, depth=None, timeout_s=self.timeout_s)


class _Problem(NamedTuple):
    id: str
    rule: str
    detail: str


def list_pulls(
    sources: Sequence[PullRefs],
    mirror_root: Path,
    files: pl.DataFrame,
    settings: FetchSettings | None = None,
    report: Callable[[str], object] = lambda _: None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (listing of `sources`, those of the listing `files` that no source completes, ledger).

    A pull request of a source is listed when `files` has it (then the row stands for both), or any with `all_pulls`. A repository that
    cannot be used is a ledger row with the rule `unreachable`, `gone` or `broken`; `stale_mirror` (altered) says that what the last fetch
    brought stands in. `no_head` (altered): files have it, git has not; `no_base` (altered): nothing tells where it begins, so that its
    diff and commits are those of the files, if they have any.
    """
    chosen = (settings or FetchSettings()).model_copy(update={"partial": False})  # diffs need every blob
    found, left, problems = [listing.frame([])], files, [pl.DataFrame(schema=_PROBLEM)]
    for source in sources:
        mine = pl.col("repository").str.to_lowercase() == source.repository.lower()
        mine = mine & (pl.col("host") == source.host) if source.host else mine
        known = left.filter(mine).unique("pull_number", keep="first", maintain_order=True)
        rows, told = _list(source, mirror_root / _FOLDER, known, chosen)
        found.append(rows)
        joined = known.filter(pl.col("pull_number").is_in(rows["pull_number"].implode()))
        left = left.join(joined, on=["host", "repository", "pull_number"], how="anti", maintain_order="left")
        problems.append(pl.DataFrame(told, schema=_PROBLEM, orient="row"))
        report(f"{source.url}: {rows.height:,} pull requests{''.join(f', {problem.rule}' for problem in told[:1])}")
    told_all, detail = pl.concat(problems), pl.col("detail")
    is_altered = pl.col("rule").is_in(_ALTERED)
    dropped = ledger.entries(told_all.filter(~is_altered), pl.col("rule"), detail=detail)
    altered = ledger.entries(told_all.filter(is_altered), pl.col("rule"), action="altered", detail=detail)
    return pl.concat(found), left, pl.concat([dropped, altered])


def _list(source: PullRefs, root: Path, files: pl.DataFrame, settings: FetchSettings) -> tuple[pl.DataFrame, list[_Problem]]:
    refs, problems = _sync(source, root, settings)
    if refs is None:
        return listing.frame([]), problems
    known = {row["pull_number"]: row for row in files.iter_rows(named=True)}
    numbers = sorted(refs.heads if source.all_pulls else known.keys() & refs.heads.keys())
    rows = [known.get(number, {"pull_number": number, "host": source.origin}) for number in numbers]
    problems += [_of_pull(source, known[number], "no_head") for number in sorted(known.keys() - refs.heads.keys())]
    try:
        if not problems or problems[0].rule != "stale_mirror":
            pull_mirror.fetch_missing(source.source, refs.mirror, _named(rows), settings)
    except GitError as error:
        problems.append(_of_repository(source, "stale_mirror", error))
    try:
        places = _places(source, refs, rows)
    except GitError as error:
        return listing.frame([]), [*problems, _of_repository(source, "broken", error)]
    problems += [_of_pull(source, row, "no_base") for row, place in zip(rows, places, strict=True) if place.base_sha is None]
    return listing.frame(_row(source, row, place) for row, place in zip(rows, places, strict=True)), problems


def _sync(source: PullRefs, root: Path, settings: FetchSettings) -> tuple[Refs | None, list[_Problem]]:
    try:
        return pull_mirror.sync(source.source, root, settings), []
    except GitError as error:
        gone = is_gone(error)
        known = None if gone else pull_mirror.last_known(source.source, root)
        return known, [_of_repository(source, "gone" if gone else "stale_mirror" if known else "unreachable", error)]


def _places(source: PullRefs, refs: Refs, rows: Sequence[dict[str, Any]]) -> list[git_bundles.Located]:
    """Return where each of `rows` is. Raises GitError."""
    held = pull_mirror.held(refs.mirror, _named(rows), source.url, source.timeout_s)
    history = History(refs, [row["pull_number"] for row in rows], source.url, source.timeout_s)
    places = []
    for row in rows:
        told, head = _told(row), refs.heads[row["pull_number"]]
        place = git_bundles.Located(
            mirror=str(refs.mirror),
            repository=source.url,
            head_sha=head,
            base_sha=told.base_sha if told.base_sha in held else history.base(row["pull_number"], head),
            reviewed=tuple(sha for sha in told.shas if sha in held),
            gone=tuple(sha for sha in told.shas if sha not in held),
            files=row.get("location"),
            files_digest=row.get("digest"),
        )
        places.append(place)
    return places


def _told(row: dict[str, Any]) -> file_parts.Located:
    """Return what files tell of a pull request."""
    return file_parts.Located.model_validate_json(row["location"]) if "location" in row else file_parts.Located(files=(), parts=())


def _named(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the commits that files name."""
    return [sha for told in map(_told, rows) for sha in (*told.shas, told.base_sha) if sha is not None]


def _row(source: PullRefs, row: dict[str, Any], place: git_bundles.Located) -> dict[str, Any]:
    """Return the row of the listing; its digest holds what decides the content, and no path of this machine."""
    content = place.model_dump_json(exclude={"mirror", "repository", "files"})
    return {
        "source": "git",
        "host": row["host"],
        "repository": source.repository,
        "pull_number": row["pull_number"],
        "digest": blake3(content.encode()).hexdigest(length=16),
        "location": place.model_dump_json(),
        "n_bytes": (row.get("n_bytes") or 0) + listing.USUAL_BYTES,  # what git will add nobody knows yet
    }


def _of_pull(source: PullRefs, row: dict[str, Any], rule: str) -> _Problem:
    number = str(row["pull_number"])
    return _Problem(passport.row_id("bronze_prs", row["host"], source.repository, number), rule, f"{source.repository}#{number}")


def _of_repository(source: PullRefs, rule: str, error: GitError) -> _Problem:
    reason = str(error).removeprefix(f"git source {source.url}: ")[:_MAX_REASON_CHARS]
    return _Problem(passport.row_id("bronze_prs", "git", source.repository), rule, f"{source.repository}: {reason}")

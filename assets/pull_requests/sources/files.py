"""Pull requests in files that others exported, in GitHub's shape: JSONL, JSON or Parquet, and pairs of a diff and its comments.

A line, row or element is a pull request (the payload of GET /pulls/N, with `diff`, `commits`, `reviews` and `review_comments` beside it
where they are known), a whole bundle, a review, or a review comment; all files of one listing are put together by repository and number.
`<owner>_<repo>_<n>.diff` and `<owner>_<repo>_<n>_comments.jsonl` belong together; a diff with no comments, or an empty file of them, is a
pull request without review comments, and comments without a diff are one without a diff.
"""

import glob
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets import ledger, passport, records
from assets.pull_requests.bronze.fields import repaired
from assets.pull_requests.bronze.places import Place
from assets.pull_requests.sources import file_parts, listing, pairs, shapes
from assets.pull_requests.sources.pairs import Pair
from assets.records import Broken, Record

_PARTS: dict[str, Any] = {
    "host": pl.String,
    "repository": pl.String,  # null where only the name of a pair tells
    "number": pl.Int64,
    "pair": pl.String,
    **file_parts.SCHEMA,
    "shas": pl.List(pl.String),
    "base_sha": pl.String,
}
_PROBLEM = {"id": pl.String, "rule": pl.String, "detail": pl.String}
_BATCH_PARTS = 20_000  # that are Python objects at the same time
_READ_BYTES = 1_048_576


class FilesError(ValueError):
    """A path of the profile cannot be used. The message names it and the remedy."""


class FilesSettings(BaseModel, frozen=True, extra="forbid"):
    """How files of pull requests are read."""

    max_line_bytes: int = Field(67_108_864, gt=0, description="a longer line, row or JSON document is left out")


_DEFAULTS = FilesSettings()


class _Found:
    """What has been found so far."""

    def __init__(self) -> None:
        self.frames = [pl.DataFrame(schema=_PARTS)]
        self.parts: list[tuple[Any, ...]] = []
        self.problems: list[tuple[str, str, str]] = []
        self.told: dict[tuple[str, int], Counter[Place]] = defaultdict(Counter)  # by name and number of a pair
        self.known: dict[str, set[Place]] = defaultdict(set)  # repositories, by the joined name of their pairs

    def add(self, part: tuple[Any, ...]) -> None:
        self.parts.append(part)
        if len(self.parts) == _BATCH_PARTS:
            self.flush()

    def flush(self) -> None:
        self.frames.append(pl.DataFrame(self.parts, schema=_PARTS, orient="row"))
        self.parts = []

    def problem(self, rule: str, path: Path, line: int | None = None) -> None:
        detail = repaired(f"{path}:{line}" if line else str(path))
        self.problems.append((passport.row_id("bronze_prs", "files", detail), rule, detail))


def list_files(patterns: Iterable[Path | str], settings: FilesSettings = _DEFAULTS) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger) of the pull requests in all files that `patterns` (files, folders or globs) name.

    The host of a row is that of the URLs in it (https://github.com when there are none), its digest covers every line that it is made of.
    What cannot be used is a ledger row with file and line: `broken_line` (no JSON), `unknown_shape`, `no_pull_request` (it does not say
    which one it belongs to), `over_size`, `unreadable`, `unknown_file`. `ambiguous_name` (altered) says that the name of a pair was cut
    into owner and repository by rule. Raises FilesError when a pattern matches nothing.
    """
    paths, found = _paths(patterns), _Found()
    for number, path in enumerate(paths):
        pair = pairs.of_name(path.name)
        if pair and pair.is_diff:
            _add_diff(found, path, number, pair)
        elif records.is_known(path):
            _add_records(found, path, number, pair, settings)
        else:
            found.problem("unknown_file", path)
    found.flush()
    parts, doubtful = _resolved(found)
    listed = listing.frame(_rows(parts, paths))
    problems = pl.DataFrame(found.problems, schema=_PROBLEM, orient="row")
    dropped = ledger.entries(problems, pl.col("rule"), detail=pl.col("detail"))
    return listed, pl.concat([dropped, _ambiguous(listed, doubtful)])


def _paths(patterns: Iterable[Path | str]) -> list[Path]:
    """Return every file that is meant, absolute, sorted, each once; of a folder those whose names say that they hold something."""
    found: set[str] = set()
    for pattern in patterns:
        names = [str(pattern)] if os.path.lexists(pattern) else glob.glob(str(pattern), recursive=True)
        if not names:
            raise FilesError(f"pull_requests.files: {repaired(str(pattern))} matches no file. Correct the path.")
        for name in names:
            found.update([os.path.abspath(name)] if not os.path.isdir(name) else _of_folder(os.path.abspath(name)))
    return [Path(name) for name in sorted(found)]


def _of_folder(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(place, name) for name in names if records.is_known(Path(name)) or pairs.of_name(name))


def _add_diff(found: _Found, path: Path, file: int, pair: Pair) -> None:
    hasher = blake3()
    try:
        with path.open("rb") as opened:
            while data := opened.read(_READ_BYTES):
                hasher.update(data)
        found.add((None, None, pair.number, pair.name, "diff", file, 0, path.stat().st_size, hasher.digest(), [], None))
    except OSError:
        found.problem("unreadable", path)


def _add_records(found: _Found, path: Path, file: int, pair: Pair | None, settings: FilesSettings) -> None:
    if pair:  # the pull request is there, even when nobody commented it
        found.add((None, None, pair.number, pair.name, "name", file, 0, 0, b"", [], None))
    for record in records.stream(path, settings.max_line_bytes):
        rule = record.rule if isinstance(record, Broken) else _add_record(found, record, file, pair)
        if rule is not None:
            found.problem(rule, path, record.line)


def _add_record(found: _Found, record: Record, file: int, pair: Pair | None) -> str | None:
    """Note what `record` is a part of; return the rule that refuses it."""
    try:
        shape = shapes.recognise(records.load(record.data))
    except ValueError:
        return "broken_line"
    if shape is None:
        return "unknown_shape"
    if shape.place is None and pair is None:
        return "no_pull_request"
    if shape.place:
        repository = shape.place._replace(number=0)
        found.known[pairs.joined(repository)].add(repository)
        if pair and shape.place.number == pair.number:
            found.told[pair.name, pair.number][repository] += 1
    host, name, number = shape.place or (None, None, pair.number if pair else 0)
    cut = None if shape.place or pair is None else pair.name
    about = (file, record.at, len(record.data), blake3(record.data).digest())
    found.add((host, name, number, cut, shape.kind, *about, list(shape.shas), shape.base_sha))
    return None


def _resolved(found: _Found) -> tuple[pl.DataFrame, set[tuple[str, str, int]]]:
    """Return all parts with host and repository, and the pull requests whose names were cut in doubt."""
    parts, doubtful, rows = pl.concat(found.frames), set(), []
    for name, number in parts.filter(pl.col("pair").is_not_null()).select("pair", "number").unique(maintain_order=True).rows():
        host, repository, is_certain = pairs.resolve(name, found.told.get((name, number), Counter()), found.known)
        rows.append((name, number, host, repository))
        doubtful |= set() if is_certain else {(host, repository, number)}
    columns = {"pair": pl.String, "number": pl.Int64, "pair_host": pl.String, "pair_repository": pl.String}
    joined = parts.join(pl.DataFrame(rows, schema=columns, orient="row"), on=["pair", "number"], how="left", maintain_order="left")
    filled = [pl.coalesce(name, f"pair_{name}").alias(name) for name in ("host", "repository")]
    return joined.with_columns(filled).select(*_PARTS), doubtful


def _rows(parts: pl.DataFrame, paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield a row of the listing for each pull request. A repository is spelled as a payload of GET /pulls spells it, if there is one."""
    key, told = pl.col("repository").str.to_lowercase(), ~pl.col("kind").is_in(["pull", "bundle"])
    spelled = pl.col("repository").sort_by(told, "repository").first().over("host", key)
    groups = parts.sort("file", "at").with_columns(repository=spelled).group_by("host", "repository", "number", maintain_order=True)
    columns = [*(pl.col(name) for name in file_parts.SCHEMA), pl.col("shas").list.explode(), pl.col("base_sha").drop_nulls().first()]
    for row in groups.agg(columns).iter_rows(named=True):
        located, digest = file_parts.located(row, paths)
        yield {
            "source": "files",
            "host": row["host"],
            "repository": row["repository"],
            "pull_number": row["number"],
            "digest": digest,
            "location": located.model_dump_json(),
            "n_bytes": sum(row["n_bytes"]),
        }


def _ambiguous(listed: pl.DataFrame, doubtful: set[tuple[str, str, int]]) -> pl.DataFrame:
    keys = listed.select("host", "repository", "pull_number").rows()
    rows = listed.filter(pl.Series([key in doubtful for key in keys], dtype=pl.Boolean))
    detail = pl.format("{}#{}", "repository", "pull_number")
    return ledger.entries(rows.with_columns(listing.row_ids(rows)), "ambiguous_name", action="altered", detail=detail)

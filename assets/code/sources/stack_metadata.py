"""The metadata of The Stack v2 and datasets like it: read from the Hugging Face hub or from files, filtered before it is in memory.

| here | columns that are understood, the first that is there counts |
|---|---|
| blob | blob_id, sha1, blob: SHA-1 of the content, the key in Software Heritage's bucket |
| swhid | content_id, sha1_git: git's SHA-1 of the content, as `swh:1:cnt:` |
| sha256 | sha256 |
| repository | repo_name, repo, repository, repository_name, repo_url |
| path | path, file_path, filename; a leading / goes |
| revision | revision_id, revision, commit, commit_id |
| committed_at | committer_date, revision_date |
| stars | star_events_count, stars, stargazers_count, max_stars_count |
| n_bytes | length_bytes, size, n_bytes: of the text in UTF-8, not always of the file |
| encoding_hint | src_encoding, encoding |
| language | language, lang, programming_language: to filter by |
| nearest_license | detected_licenses: what was detected for the file, all of which apply |
| license | gha_license_id, license: of the repository |

Rows may be repositories with a list `files` of such columns (the-stack-v2-train-*-ids): each file becomes a row.
"""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3
from pydantic import BaseModel

COLUMNS = {
    "blob": ("blob_id", "sha1", "blob"),
    "swhid": ("content_id", "sha1_git"),
    "sha256": ("sha256",),
    "repository": ("repo_name", "repo", "repository", "repository_name", "repo_url"),
    "path": ("path", "file_path", "filename"),
    "revision": ("revision_id", "revision", "commit", "commit_id"),
    "committed_at": ("committer_date", "revision_date"),
    "stars": ("star_events_count", "stars", "stargazers_count", "max_stars_count"),
    "n_bytes": ("length_bytes", "size", "n_bytes"),
    "encoding_hint": ("src_encoding", "encoding"),
    "language": ("language", "lang", "programming_language"),
    "nearest_license": ("detected_licenses",),
    "license": ("gha_license_id", "license"),
}
_BATCH_ROWS = 10_000
_TIME = pl.Datetime("us", "UTC")
_UTC_TIME = r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]00:?00)?$"
_SHA1, _SHA256 = r"^[0-9a-f]{40}$", r"^[0-9a-f]{64}$"
_NO_LICENSE = ["", "NOASSERTION", "NONE", "unknown"]
_CONTROLS = [chr(code) for code in (*range(32), 127)]


class MetadataError(ValueError):
    """The metadata cannot be read. The message names the source and the remedy."""


class Wanted(BaseModel, frozen=True, extra="forbid"):
    """Which rows are wanted; a row that does not say what a filter asks for is not."""

    languages: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    min_stars: int | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None

    def pushed_down(self, columns: Iterable[str]) -> list[tuple[str, str, object]]:
        """Return the filters that a reader of Parquet can apply to flat `columns`, in pyarrow's form."""
        named = {name: _first(name, columns) for name in ("language", "stars", "n_bytes")}
        filters = [
            (named["language"], "in", list(self.languages) or None),
            (named["stars"], ">=", self.min_stars),
            (named["n_bytes"], ">=", self.min_bytes),
            (named["n_bytes"], "<=", self.max_bytes),
        ]
        return [(column, operator, value) for column, operator, value in filters if column is not None and value is not None]


def of_files(patterns: Iterable[str], wanted: Wanted) -> Iterator[pl.DataFrame]:
    """Yield the wanted rows of each file that `patterns` match, in the order of their names. Raises MetadataError."""
    for pattern in patterns:
        names = sorted(glob.glob(pattern, recursive=True))
        if not names:
            raise MetadataError(f"software_heritage.files: {pattern} matches no file. Correct the path.")
        for name in names:
            try:
                yield select(_scan(Path(name)), wanted).collect()
            except pl.exceptions.PolarsError as error:
                raise MetadataError(f"software_heritage.files: {name} cannot be read ({type(error).__name__}).") from error


def of_dataset(dataset: str, config: str | None, split: str, revision: str | None, wanted: Wanted) -> Iterator[pl.DataFrame]:
    """Yield the wanted rows of a dataset on the Hugging Face hub, batch by batch as they are streamed. Raises MetadataError."""
    from datasets import load_dataset

    chosen: dict[str, Any] = {"path": dataset, "name": config, "split": split, "revision": revision, "streaming": True}
    try:
        stream = load_dataset(**chosen)
        columns = stream.column_names or list(next(iter(stream), {}))
        if filters := wanted.pushed_down(columns):
            stream = _filtered(stream, chosen, filters)
        for batch in stream.select_columns(_needed(columns)).with_format("arrow").iter(_BATCH_ROWS):
            yield select(pl.DataFrame(batch).lazy(), wanted).collect()
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        if isinstance(error, MetadataError):
            raise
        remedy = "Check dataset, config, split and revision; a gated dataset needs its terms accepted on its page and HF_TOKEN set."
        raise MetadataError(f"software_heritage.dataset: {dataset} cannot be read ({type(error).__name__}). {remedy}") from error


def choose(frames: Iterable[pl.DataFrame], max_rows: int | None, seed: int | None) -> pl.DataFrame:
    """Return `max_rows` rows of `frames`: the first, or with a `seed` those whose blobs are nearest to a number drawn from it.

    Blobs are hashes, so their neighbours are a fair sample; which rows it holds depends on the rows and on nothing else.
    """
    kept = select(pl.LazyFrame(), Wanted()).collect()
    draw = int.from_bytes(blake3(str(seed).encode()).digest(length=7))
    distance = pl.col("blob").str.slice(0, 14).str.to_integer(base=16, strict=False) ^ pl.lit(draw)
    for frame in frames:
        kept = pl.concat([kept, frame])
        if max_rows is not None and seed is not None and kept.height > max_rows:
            kept = kept.sort(distance, "repository", "path", nulls_last=True).head(max_rows)
        elif max_rows is not None and seed is None and kept.height >= max_rows:
            return kept.head(max_rows)
    return kept


def with_prefix(repository: pl.Expr, prefix: str) -> pl.Expr:
    """Return `repository` with `prefix` where it is owner/name."""
    return pl.when(repository.str.contains(r"^[^/:\s]+/[^/:\s]+$")).then(pl.concat_str(pl.lit(prefix), repository)).otherwise(repository)


def select(rows: pl.LazyFrame, wanted: Wanted) -> pl.LazyFrame:
    """Return the wanted of `rows` as columns of a listing; filters on flat columns reach the reader of the file."""
    schema = rows.collect_schema()
    files = schema.get("files")
    if isinstance(files, pl.List) and isinstance(files.inner, pl.Struct):
        fields = {field.name for field in files.inner.fields}
        rows = rows.explode("files").drop(*(fields & set(schema.names()))).unnest("files")
        schema = rows.collect_schema()
    columns = {name: pl.col(found) if (found := _first(name, schema)) else pl.lit(None) for name in COLUMNS}
    types = {name: schema[found] if (found := _first(name, schema)) else pl.Null() for name in COLUMNS}
    known = rows.select(**columns) if schema else pl.LazyFrame(schema=types)
    return _shaped(known.filter(*_conditions(wanted, types["nearest_license"])), types)


def _conditions(wanted: Wanted, licenses: pl.DataType) -> Iterator[pl.Expr]:
    yield pl.lit(True)
    if wanted.languages:
        yield pl.col("language").is_in(wanted.languages)
    if wanted.min_stars is not None:
        yield pl.col("stars") >= wanted.min_stars
    if wanted.min_bytes is not None:
        yield pl.col("n_bytes") >= wanted.min_bytes
    if wanted.max_bytes is not None:
        yield pl.col("n_bytes") <= wanted.max_bytes
    if wanted.licenses:
        repository = pl.col("license").is_in(wanted.licenses)
        if not isinstance(licenses, pl.List):
            yield repository
            return
        detected = pl.col("nearest_license").fill_null([])
        every = detected.list.eval(pl.element().is_in(wanted.licenses)).list.all()
        yield pl.when(detected.list.len() > 0).then(every).otherwise(repository)


def _shaped(rows: pl.LazyFrame, types: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Give each column its type and the listing's spelling."""
    text = {name: pl.col(name).cast(pl.String) for name in ("blob", "swhid", "sha256", "repository", "path", "revision", "encoding_hint")}
    blob = text["blob"].str.to_lowercase()
    path = text["path"].str.strip_chars_start("/").replace("", None)
    return rows.select(
        blob=blob,
        swhid="swh:1:cnt:" + text["swhid"].str.to_lowercase().str.extract(f"({_SHA1})"),
        sha256=text["sha256"].str.to_lowercase().str.extract(f"({_SHA256})"),
        repository=_printable(text["repository"].replace("", None)).fill_null("softwareheritage.org"),
        path=_printable(pl.coalesce(path, blob)).fill_null("unnamed"),
        revision=text["revision"],
        committed_at=_time(types["committed_at"]),
        stars=pl.col("stars").cast(pl.Int64, strict=False),
        n_bytes=pl.col("n_bytes").cast(pl.Int64, strict=False).fill_null(0),
        encoding_hint=text["encoding_hint"],
        nearest_license=_expression(types["nearest_license"], "nearest_license"),
        license=_expression(types["license"], "license"),
    )


def _expression(dtype: pl.DataType, name: str) -> pl.Expr:
    """Return one SPDX expression: of several licences all apply."""
    if not isinstance(dtype, pl.List):
        return pl.col(name).cast(pl.String).replace(_NO_LICENSE, None)
    one = pl.element().cast(pl.String)
    known = one.filter(one.is_in(_NO_LICENSE).not_())
    enclosed = pl.when(known.str.contains(" ")).then(pl.concat_str(pl.lit("("), known, pl.lit(")"))).otherwise(known)
    return pl.col(name).list.eval(enclosed).list.unique().list.sort().list.join(" AND ").replace("", None)


def _time(dtype: pl.DataType) -> pl.Expr:
    """Return the time in UTC; null where text names another zone or is no time."""
    column = pl.col("committed_at")
    if isinstance(dtype, pl.Datetime):
        aware = column.dt.convert_time_zone("UTC") if dtype.time_zone else column.dt.replace_time_zone("UTC")
        return aware.dt.cast_time_unit("us")
    if dtype == pl.String:
        plain = column.str.replace(_UTC_TIME, "$1 $2")
        return plain.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="UTC", strict=False)
    return pl.lit(None, dtype=_TIME)


def _printable(text: pl.Expr) -> pl.Expr:
    """Write control characters as \\xNN, as `listing.printable_path` does."""
    escaped = text.str.replace_all(r"\\(x[0-9a-f]{2})", r"\x5c$1")
    return escaped.str.replace_many(_CONTROLS, [f"\\x{ord(control):02x}" for control in _CONTROLS])


def _first(name: str, columns: Iterable[str]) -> str | None:
    there = set(columns)
    return next((column for column in COLUMNS[name] if column in there), None)


def _needed(columns: Iterable[str]) -> list[str]:
    there = list(columns)
    return [column for column in there if column == "files" or any(column in names for names in COLUMNS.values())]


def _scan(file: Path) -> pl.LazyFrame:
    name = file.name.removesuffix(".gz").removesuffix(".zst")
    if name.endswith(".json"):  # one array, or lines under the wrong name
        with file.open("rb") as opened:
            if opened.read(1024).lstrip().startswith(b"["):
                return pl.read_json(file).lazy()
    return pl.scan_ndjson(file) if name.endswith((".jsonl", ".ndjson", ".json")) else pl.scan_parquet(file)


def _filtered(stream: Any, chosen: dict[str, Any], filters: list[tuple[str, str, object]]) -> Any:
    """Return the stream with `filters` pushed into the reader where the dataset's format has one that takes them."""
    from datasets import load_dataset

    try:
        return load_dataset(**chosen, filters=filters)
    except (TypeError, ValueError):
        return stream

"""Listings of chats: one row for each range of rows that follow one another in a source; and how a listing is cut into stable shards."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3

from assets import ledger, passport
from assets.code.sources.listing import buckets, label
from assets.records import Broken, Record

SCHEMA: dict[str, Any] = {
    "kind": pl.String,  # huggingface or files
    "source": pl.String,  # what the rows call it: dataset, or name of the file
    "revision": pl.String,  # commit of the dataset; null for files
    "license": pl.String,
    "digest": pl.String,  # of the rows' bytes
    "n_bytes": pl.Int64,
    "rows": pl.List(pl.Int64),  # numbers of the rows in their source, from 0
    "places": pl.List(pl.Int64),  # where each is in the file: byte of the unpacked file, or number of the row
    "sizes": pl.List(pl.Int64),  # bytes of each
    "location": pl.String,  # the file that holds them; it may differ between two machines that hold the same content
}
_PROBLEMS = {"id": pl.String, "rule": pl.String, "detail": pl.String}
Problem = tuple[str, str, str]


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return `rows` as a listing in their order; columns that a row lacks are null."""
    return pl.DataFrame(list(rows), schema=SCHEMA)


def ranges(records: Iterable[Record | Broken], range_bytes: int) -> Iterator[dict[str, Any] | Broken]:
    """Yield a range of the listing for about every `range_bytes` of records, and what is broken as it is.

    A range ends with the record that fills it: records that are appended to a file change its last range, or follow it.
    """
    found: list[Record] = []
    size = 0
    for record in records:
        if isinstance(record, Broken):
            yield record
            continue
        found.append(record)
        size += len(record.data)
        if size >= range_bytes:
            yield _range(found, size)
            found, size = [], 0
    if found:
        yield _range(found, size)


def _range(records: list[Record], size: int) -> dict[str, Any]:
    return {
        "digest": digest(record.data for record in records),
        "n_bytes": size,
        "rows": [record.line - 1 for record in records],
        "places": [record.at for record in records],
        "sizes": [len(record.data) for record in records],
    }


def digest(data: Iterable[bytes]) -> str:
    """Return the digest of a range with the records `data`."""
    hasher = blake3()
    for record in data:
        hasher.update(len(record).to_bytes(8) + record)
    return hasher.hexdigest(length=16)


def problem(source: str, rule: str, line: int | None = None, reason: str = "") -> Problem:
    """Return what `problems` makes a ledger row of: a source that is left out, or a line (from 1) of it."""
    where = source if line is None else f"{source}:{line}"
    return passport.row_id("raw_conversations", where), rule, f"{where}: {reason}" if reason else where


def problems(found: Iterable[Problem]) -> pl.DataFrame:
    """Return the ledger of what is left out."""
    rows = pl.DataFrame(list(found), schema=_PROBLEMS, orient="row")
    return ledger.entries(rows, pl.col("rule"), detail=pl.col("detail"))


def located(listed: pl.DataFrame, file: Path) -> pl.DataFrame:
    """Return `listed` with `file` as the one that holds its rows."""
    return listed.with_columns(location=pl.lit(str(file.absolute())))


def shard_listing(listing: pl.DataFrame, shard_bytes: int) -> list[tuple[str, pl.DataFrame]]:
    """Cut `listing` into (label, rows) shards of about `shard_bytes` each, sorted by label.

    A shard holds one hash bucket of the ranges of one dataset, or of all files, and the number of buckets is a power of two: rows that
    are appended change the shard of the last range, until the source outgrows its buckets and each of them splits in two.
    """
    first = pl.col("rows").list.first()
    unit = pl.when(kind="files").then(pl.lit("all")).otherwise("source")
    ordered = listing.with_columns(unit=unit, first=first).sort("kind", "source", "first", "digest")
    shards: list[tuple[str, pl.DataFrame]] = []
    for (kind, name), rows in ordered.group_by("kind", "unit", maintain_order=True):
        cut = buckets(label(str(kind), str(name)), rows.drop("unit"), ["source", "first"], int(rows["n_bytes"].sum()), shard_bytes)
        shards += [(shard, part.drop("first")) for shard, part in cut]
    return sorted(shards, key=lambda shard: shard[0])

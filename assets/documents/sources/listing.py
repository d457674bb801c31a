"""Listings of documents: one row each, without content; and how a listing is cut into stable shards."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from blake3 import blake3

from assets import ledger, passport
from assets.code.sources.listing import bucket_count, label

SCHEMA: dict[str, Any] = {
    "source": pl.String,  # folder, url or search
    "origin": pl.String,  # path as given, or URL without what grants access
    "title": pl.String,
    "license": pl.String,  # SPDX expression
    "sha256": pl.String,
    "n_bytes": pl.Int64,
    "location": pl.String,  # absolute path of the file, printable; it may differ between two machines that hold the same content
    "root": pl.String,  # the folder as given, or https://HOST/: what opt-outs of paths are about
    "path": pl.String,  # below root
}
_PRECEDENCE = ["folder", "url", "search"]


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return `rows` as a listing by origin; columns that a row lacks are null."""
    return _ordered(pl.DataFrame(list(rows), schema=SCHEMA))


def problems(rows: Iterable[tuple[str, str, str, str, str]]) -> pl.DataFrame:
    """Return the ledger of (source, origin, rule, action, detail)."""
    found = sorted(rows)
    columns = {name: [row[place] for row in found] for place, name in enumerate(("source", "origin", "rule", "action", "detail"))}
    typed = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    typed = typed.with_columns(row_ids(typed))
    return ledger.entries(typed, pl.col("rule"), detail=pl.col("detail")).with_columns(action=typed["action"])


def row_ids(listing: pl.DataFrame) -> pl.Series:
    """Return the ids that the rows of `listing` have in raw_documents."""
    return passport.row_ids("raw_documents", listing["source"], listing["origin"])


def without_repeats(listing: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger): each content once. A file of a folder stays, else what a URL names, else what the search found.

    Of several from one kind of source the first by origin stays; the others are ledger rows with the rule `duplicate`.
    """
    rank = pl.col("source").replace_strict(_PRECEDENCE, list(range(len(_PRECEDENCE))), return_dtype=pl.Int64)
    ranked = _ordered(listing).sort(rank, "origin", maintain_order=True)
    first = ranked.with_columns(kept=pl.col("origin").first().over("sha256"), is_first=pl.col("sha256").is_first_distinct())
    dropped = first.filter(~pl.col("is_first"))
    detail = pl.format("{}: the same as {}", "origin", "kept")
    kept = first.filter("is_first").select(*SCHEMA)
    return _ordered(kept), ledger.entries(dropped.with_columns(row_ids(dropped)), "duplicate", detail=detail)


def shard_listing(listing: pl.DataFrame, shard_bytes: int) -> list[tuple[str, pl.DataFrame]]:
    """Cut `listing` into (label, rows) shards of about `shard_bytes` each, sorted by label, which is safe as a file name.

    A shard holds one hash bucket of the documents of one source (a folder as given; all URLs; the search), and the number of buckets is a
    power of two: a new document changes one shard, until its source outgrows its buckets and each of them splits in two.
    """
    unit = pl.when(source="folder").then("root").otherwise(pl.lit("all"))
    shards: list[tuple[str, pl.DataFrame]] = []
    for (source, name), rows in _ordered(listing).with_columns(unit=unit).group_by("source", "unit", maintain_order=True):
        shards += _buckets(label(f"document-{source}", str(name)), rows.drop("unit"), shard_bytes)
    return sorted(shards, key=lambda shard: shard[0])


def _buckets(name: str, rows: pl.DataFrame, shard_bytes: int) -> list[tuple[str, pl.DataFrame]]:
    count = bucket_count(int(rows["n_bytes"].sum()), shard_bytes)
    hashes = [int.from_bytes(blake3(origin.encode()).digest(length=4)) % count for origin in rows["origin"]]
    parts = rows.with_columns(bucket=pl.Series(hashes, dtype=pl.UInt32)).partition_by("bucket", as_dict=True, include_key=False)
    return [(f"{name}-{place[0]:04x}-of-{count:04x}", _ordered(part)) for place, part in sorted(parts.items())]


def _ordered(listing: pl.DataFrame) -> pl.DataFrame:
    return listing.sort("origin", "source", "sha256")

"""Listings of pull requests: one row each, without content; and how a listing is cut into stable shards."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from assets import ledger, passport
from assets.code.sources.listing import buckets, label

SCHEMA: dict[str, Any] = {
    "source": pl.String,  # api, git or files
    "host": pl.String,  # base URL, or path, without credentials
    "repository": pl.String,  # owner/name
    "pull_number": pl.Int64,
    "digest": pl.String,  # changes when anything of the pull request does
    "location": pl.String,  # says where reading finds it; it may differ between two machines that hold the same content
    "n_bytes": pl.Int64,  # about the size of the content, null where nobody knows it yet
}
USUAL_BYTES = 65_536  # of a pull request whose size is not known
_PRECEDENCE = ["api", "git", "files"]


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return `rows` as a listing by repository and number; columns that a row lacks are null."""
    return _ordered(pl.DataFrame(list(rows), schema=SCHEMA))


def of_store(entries: pl.DataFrame, host: str, file: Path) -> pl.DataFrame:
    """Return the listing of what the store of `host` in `file` has: `entries` are repository, pull_number and digest."""
    level = {"source": "api", "host": host, "location": str(file.absolute()), "n_bytes": None}
    known = [pl.col(name) if name in entries.columns else pl.lit(level[name], dtype=dtype).alias(name) for name, dtype in SCHEMA.items()]
    return _ordered(entries.select(known))


def without_repeats(listing: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger): of a pull request that several sources have, the API's row stays, else git's, else that of files.

    The others are ledger rows with the rule `listed_twice`. Owners' and repositories' names are the same in any case of letters.
    """
    rank = pl.col("source").replace_strict(_PRECEDENCE, list(range(len(_PRECEDENCE))), default=len(_PRECEDENCE), return_dtype=pl.Int64)
    ranked = _ordered(listing).with_columns(_rank=rank, _key=pl.col("repository").str.to_lowercase())
    ranked = ranked.sort("_rank", "host", "repository", maintain_order=True)  # two sources of one kind are told apart by their hosts
    best = pl.col("_rank") == pl.col("_rank").min().over("_key", "pull_number")
    keep = best & pl.struct("_key", "host", "pull_number").is_first_distinct()
    kept, dropped = ranked.filter(keep), ranked.filter(~keep)
    named = dropped.with_columns(row_ids(dropped))
    detail = pl.format("{}#{}: {}", "repository", "pull_number", "source")
    return _ordered(kept.select(*SCHEMA)), ledger.entries(named, "listed_twice", detail=detail)


def row_ids(listing: pl.DataFrame) -> pl.Series:
    """Return the ids that the rows of `listing` have in bronze_prs."""
    return passport.row_ids("bronze_prs", listing["host"], listing["repository"], listing["pull_number"].cast(pl.String))


def shard_listing(listing: pl.DataFrame, shard_bytes: int) -> list[tuple[str, pl.DataFrame]]:
    """Cut `listing` into (label, rows) shards of about `shard_bytes` each, sorted by label.

    A shard holds one hash bucket of the pull requests of one repository, and the number of buckets is a power of two: a new pull
    request changes one shard, until the repository outgrows its buckets and each of them splits in two. A label is safe as a file
    name. What comes from files is cut as if it were one repository: exports hold few pull requests each of very many.
    """
    unit = pl.when(source="files").then(pl.lit("all")).otherwise(pl.format("{}/{}", "host", "repository"))
    shards: list[tuple[str, pl.DataFrame]] = []
    units = _ordered(listing).with_columns(unit=unit).group_by("source", "unit", maintain_order=True)
    for (source, name), rows in units:
        weight = int(rows["n_bytes"].fill_null(USUAL_BYTES).sum())
        shards += buckets(label(str(source), str(name)), rows.drop("unit"), ["repository", "pull_number"], weight, shard_bytes)
    return sorted(shards, key=lambda shard: shard[0])


def _ordered(listing: pl.DataFrame) -> pl.DataFrame:
    return listing.sort("repository", "pull_number", "host", "source", "digest")

"""Reading: from the entries of a listing to rows of bronze_prs, whatever the source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field

from assets import ledger
from assets.pull_requests.bronze import payloads
from assets.pull_requests.bronze.payloads import Bundle, PayloadSettings
from assets.pull_requests.sources import file_parts, git_bundles, listing, store
from assets.pull_requests.sources.file_parts import Read

_REFUSED = {"number": pl.UInt32, "rule": pl.String}


class PullReadingSettings(PayloadSettings, frozen=True, extra="forbid"):
    """What of a pull request is read, and how long git may take for it."""

    timeout_s: float = Field(600.0, gt=0, description="longest time that one git command may take")


def read_pull_requests(entries: pl.DataFrame, settings: PullReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the entries of a listing: (rows of bronze_prs, ledger), in the order of the listing.

    Opens what the listing names; the digest in the listing stands for the content. An entry that cannot be used is a ledger row with
    the rule `gone` or `changed` (since it was listed; the next listing knows) or `unreadable` (its commits are damaged); what alters a row
    is told by `payloads.rows`.
    Raises StoreError or GitError when a whole store or mirror cannot be read, because an outage must not be remembered as a drop.
    """
    refused: list[tuple[int, str]] = []
    kept, altered = payloads.rows(_bundles(entries, settings, refused), settings)
    numbers = pl.DataFrame(refused, schema=_REFUSED, orient="row")
    rows = entries[numbers["number"]].with_columns(numbers["rule"])
    detail = pl.format("{}#{}", "repository", "pull_number")
    dropped = ledger.entries(rows.with_columns(listing.row_ids(rows)), pl.col("rule"), detail=detail)
    return kept, pl.concat([dropped, altered])


def _bundles(entries: pl.DataFrame, settings: PullReadingSettings, refused: list[tuple[int, str]]) -> Iterator[Bundle]:
    """Yield the bundle of each entry that can be used; the others are noted in `refused` as (number of the entry, rule)."""
    number = 0
    for part in entries.with_columns(run=pl.col("source").rle_id()).partition_by("run", maintain_order=True):
        for row, read in zip(part.iter_rows(named=True), _of_source(part, settings), strict=True):
            if read.content is None:
                refused.append((number, read.rule or "gone"))
            else:
                yield Bundle(row["source"], row["host"], row["repository"], row["pull_number"], read.content, read.left_out)
            number += 1


def _of_source(entries: pl.DataFrame, settings: PullReadingSettings) -> Iterator[Read]:
    located = entries.select("location", "digest").rows()
    if entries["source"][0] == "files":
        return file_parts.read(located, settings.max_diff_bytes)
    if entries["source"][0] == "git":
        return git_bundles.read(located, settings.max_diff_bytes, settings.timeout_s)
    return _stored(entries)


def _stored(entries: pl.DataFrame) -> Iterator[Read]:
    """Yield what the API's store holds for each of `entries`; a store is opened once for neighbours of one host."""
    for part in entries.with_columns(run=pl.col("location").rle_id()).partition_by("run", maintain_order=True):
        with store.opened(Path(part["location"][0])) as connection:
            for repository, number, digest in part.select("repository", "pull_number", "digest").iter_rows():
                bundle: dict[str, Any] = store.read(connection, repository, number)
                is_listed = store.digest(bundle) == digest
                yield Read(bundle) if is_listed else Read(None, "changed")

"""Listings: what a source holds, without the content; and how a listing is cut into stable shards."""

import re
from collections.abc import Iterable
from typing import Any

import polars as pl
from blake3 import blake3

from assets import passport

# Only `location` may differ between two machines that hold the same content (and the digest of a file known by its mtime).
SCHEMA = {
    "source": pl.String,  # git, folder, package
    "repository": pl.String,  # URL without credentials, folder, or name of the distribution
    "revision": pl.String,  # commit SHA or package version; null for a folder
    "path": pl.String,  # inside the repository, / as separator, made printable by `printable_path`
    "mode": pl.String,  # as in git; 040000 and 000000 for a folder and a device that cannot be read
    "n_bytes": pl.Int64,
    "digest": pl.String,  # changes when the content does
    "location": pl.String,  # absolute path of the mirror or of the root folder
    "blob": pl.String,  # git blob SHA, else null
    "license": pl.String,  # SPDX expression of the whole repository or package, null when unknown
}
_ESCAPED_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return `rows` as a listing sorted by path; columns that a row lacks are null."""
    return pl.DataFrame(list(rows), schema=SCHEMA).sort("path", "digest")


def printable_path(path: bytes) -> str:
    """Return `path` as text: bytes that are not UTF-8 become \\xNN, so that no lone surrogate reaches a dataset."""
    return path.decode("utf-8", "backslashreplace")


def path_bytes(path: str) -> bytes:
    """Undo `printable_path` (a file whose real name holds a backslash, x and two hex digits is the one it gets wrong)."""
    return _ESCAPED_BYTE.sub(lambda match: bytes.fromhex(match[1].decode()), path.encode())


def shard_listing(listing: pl.DataFrame, shard_bytes: int, max_file_bytes: int = 1_048_576) -> list[tuple[str, pl.DataFrame]]:
    """Cut `listing` into (label, rows) shards of about `shard_bytes` each, sorted by label.

    A shard holds one hash bucket of the paths of one repository, and the number of buckets is a power of two: an added file
    changes one shard, until the repository outgrows its buckets and each of them splits in two. A label is safe as a file name.
    Files above `max_file_bytes` weigh nothing, because the reader skips them. An entry that is listed twice (two refs of a
    repository) is kept once.
    """
    unique = listing.sort("source", "repository", "path", "digest", "revision", nulls_last=True).unique(
        ["source", "repository", "path", "digest"], keep="first", maintain_order=True
    )
    shards: list[tuple[str, pl.DataFrame]] = []
    for (source, repository), rows in unique.group_by("source", "repository", maintain_order=True):
        weight = sum(n_bytes for n_bytes in rows["n_bytes"] if n_bytes <= max_file_bytes)
        shards += _buckets(_label(str(source), str(repository)), rows, _bucket_count(weight, shard_bytes))
    return sorted(shards, key=lambda shard: shard[0])


def _bucket_count(n_bytes: int, shard_bytes: int) -> int:
    """Return the smallest power of two that brings `n_bytes` to at most `shard_bytes` a bucket."""
    return 1 << max(0, -(-n_bytes // shard_bytes) - 1).bit_length()


def _buckets(label: str, rows: pl.DataFrame, count: int) -> list[tuple[str, pl.DataFrame]]:
    hashes = (int.from_bytes(blake3(path.encode()).digest(length=4)) for path in rows["path"])
    bucket = pl.Series("bucket", [value % count for value in hashes], dtype=pl.UInt32)
    parts = rows.with_columns(bucket).partition_by("bucket", as_dict=True, include_key=False, maintain_order=True)
    return [(f"{label}-{key[0]:04x}-of-{count:04x}", part) for key, part in parts.items()]


def _label(source: str, repository: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", repository).strip("-")[-40:].lower()
    return f"{source}-{readable}-{passport.row_id('repository', source, repository)[:8]}"

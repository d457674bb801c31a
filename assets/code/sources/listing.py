"""Listings: what a source holds, without the content; and how a listing is cut into stable shards."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from blake3 import blake3

from assets import passport

# Only `location` may differ between two machines that hold the same content (and the digest of a file known by its mtime).
SCHEMA: dict[str, Any] = {
    "source": pl.String,  # git, folder, package, software_heritage
    "repository": pl.String,  # URL without credentials, folder, or name of the distribution
    "revision": pl.String,  # commit SHA or package version; null for a folder
    "path": pl.String,  # inside the repository, / as separator, made printable by `printable_path`
    "mode": pl.String,  # as in git; 040000 and 000000 for a folder and a device that cannot be read
    "n_bytes": pl.Int64,
    "digest": pl.String,  # changes when the content does
    "location": pl.String,  # absolute path of the mirror or of the root folder
    "blob": pl.String,  # git blob SHA, else null
    "license": pl.String,  # SPDX expression of the whole repository or package, null when unknown
    "nearest_license": pl.String,  # of the closest folder with licence files, below the root; null when there is none
    "stars": pl.Int64,  # of the repository, as its host counts them
    "topics": pl.List(pl.String),  # of the repository
    "committed_at": pl.Datetime("us", "UTC"),  # of the revision, by its committer's clock
    "swhid": pl.String,  # Software Heritage's name for the content, where it is known without reading
    "encoding_hint": pl.String,  # what another program took the encoding for
}
_ORDER = ("path", "digest", "mode")
_FILE = ("source", "repository", "path", "digest")  # what two rows about one file have in common
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]|\\(?=x[0-9a-f]{2})")
_ESCAPED_BYTE = re.compile(rb"\\x([0-9a-f]{2})")
_UNSAFE = r"(^|/)(|\.|\.\.|(?i:\.git))(/|$)"


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return `rows` as a listing sorted by path; columns that a row lacks are null."""
    return _ordered(pl.DataFrame(list(rows), schema=SCHEMA))


def frame_of_columns(columns: Mapping[str, Sequence[Any]], level: Mapping[str, Any]) -> pl.DataFrame:
    """Return the listing with `columns` and, in every row, the values of `level`, sorted by path; other columns are null."""
    return frame_of_levels([(columns, level)])


def frame_of_levels(levels: Sequence[tuple[Mapping[str, Sequence[Any]], Mapping[str, Any]]]) -> pl.DataFrame:
    """Return what `frame_of_columns` makes of each (columns, level), one after another; all have the same columns.

    Made at once: a frame takes polars a millisecond, however few its rows are.
    """
    names = list(levels[0][0]) if levels else []
    varying = {name: list(chain.from_iterable(columns[name] for columns, _ in levels)) for name in names}
    heights = np.array([len(columns[names[0]]) for columns, _ in levels], np.int64)
    number = np.repeat(np.arange(len(levels)), heights)
    constants = pl.DataFrame([level for _, level in levels], {name: dtype for name, dtype in SCHEMA.items() if name not in names})
    rows = pl.DataFrame(varying, {name: SCHEMA[name] for name in names}).hstack(constants[number])
    return rows.with_columns(level=number).sort("level", *_ORDER).select(*SCHEMA)


def without_repeats(listing: pl.DataFrame) -> pl.DataFrame:
    """Return `listing` with the first of the rows that are one file in several revisions, or one entry that a tree repeats."""
    return listing.unique(_FILE, keep="first", maintain_order=True)


def printable_paths(paths: Sequence[bytes]) -> list[str]:
    """Return `printable_path` of each of `paths`, none of which holds NUL; that most need nothing done is seen at one look."""
    together = b"\0".join(paths).decode("utf-8", "surrogateescape")
    if together.replace("\0", "").isprintable() and "\\" not in together:
        return together.split("\0") if paths else []
    return list(map(printable_path, paths))


def printable_path(path: bytes) -> str:
    """Return `path` as printable text: bytes that are not UTF-8 and control characters become \\xNN, and so does a backslash that
    would look like one of them. No lone surrogate reaches a dataset and no line end a log."""
    text = path.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text:
        return text
    escaped = _UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return escaped.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def path_bytes(path: str) -> bytes:
    """Undo `printable_path`."""
    return _ESCAPED_BYTE.sub(lambda match: bytes.fromhex(match[1].decode()), path.encode())


def is_unsafe(path: pl.Expr) -> pl.Expr:
    """Tell which paths would lead out of their repository, or into git's own folder, if somebody wrote them to a disk."""
    return path.str.contains(_UNSAFE)


def shard_listing(listing: pl.DataFrame, shard_bytes: int, max_file_bytes: int = 1_048_576) -> list[tuple[str, pl.DataFrame]]:
    """Cut `listing` into (label, rows) shards of about `shard_bytes` each, sorted by label.

    A shard holds one hash bucket of the files of one repository, and the number of buckets is a power of two: an added file
    changes one shard, until the repository outgrows its buckets and each of them splits in two. A label is safe as a file name.
    Files above `max_file_bytes` weigh nothing, because the reader skips them. Of an entry that is listed twice (two refs of a
    repository) the one of the newest commit is kept. Software Heritage's entries are cut as if they were one repository: they are
    few in each of very many.
    """
    keys = dict.fromkeys(_FILE, False) | {"committed_at": True, "revision": False, "mode": False}
    newest_first = listing.sort(list(keys), descending=list(keys.values()), nulls_last=True)
    is_repeat = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in _FILE)  # what is sorted has them side by side
    unit = pl.when(source="software_heritage").then(pl.lit("all")).otherwise("repository")
    cut = newest_first.filter(~is_repeat).with_columns(kind="source", unit=unit)
    shards: list[tuple[str, pl.DataFrame]] = []
    for names, rows in cut.partition_by("kind", "unit", as_dict=True, include_key=False, maintain_order=True).items():
        weight = int(rows["n_bytes"].filter(rows["n_bytes"] <= max_file_bytes).sum())
        shards += buckets(label(*map(str, names)), rows, ["repository", "path"], weight, shard_bytes)
    return sorted(shards, key=lambda shard: shard[0])


def _ordered(listing: pl.DataFrame) -> pl.DataFrame:
    return listing.sort(*_ORDER)


def bucket_count(n_bytes: int, shard_bytes: int) -> int:
    """Return the smallest power of two that brings `n_bytes` to at most `shard_bytes` a bucket."""
    return 1 << max(0, -(-n_bytes // shard_bytes) - 1).bit_length()


def buckets(name: str, rows: pl.DataFrame, key: Sequence[str], n_bytes: int, shard_bytes: int) -> list[tuple[str, pl.DataFrame]]:
    """Cut `rows` of `n_bytes` into (label, rows) by a hash of the columns `key`, so that each holds about `shard_bytes`."""
    count = bucket_count(n_bytes, shard_bytes)
    if count == 1:
        return [(f"{name}-0000-of-0001", rows)]
    keys = ("\n".join(map(str, values)).encode() for values in rows.select(key).iter_rows())
    hashes = (int.from_bytes(blake3(value).digest(length=4)) for value in keys)
    bucket = pl.Series("bucket", [value % count for value in hashes], dtype=pl.UInt32)
    parts = rows.with_columns(bucket).partition_by("bucket", as_dict=True, include_key=False, maintain_order=True)
    return [(f"{name}-{place[0]:04x}-of-{count:04x}", part) for place, part in parts.items()]


def label(source: str, repository: str) -> str:
    """Return the name of what a source holds, safe as a file name."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", repository).strip("-")[-40:].lower()
    return f"{source.replace('_', '-')}-{readable}-{passport.row_id('repository', source, repository)[:8]}"

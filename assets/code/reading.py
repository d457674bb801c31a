"""Reading: from the entries of a listing to their bytes, with language, licence and encoding."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.code import encodings, languages, licenses
from assets.code.sources import git, listing

SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "parent_ids": pl.List(pl.String),
    "source": pl.String,
    "repository": pl.String,
    "revision": pl.String,
    "path": pl.String,
    "mode": pl.String,
    "language": pl.String,
    "license": pl.String,
    "encoding": pl.String,
    "n_bytes": pl.Int64,
    "sha256": pl.String,
    "content": pl.Binary,
}
_MODE_RULES = {"120000": "symlink", "160000": "submodule", "100644": None, "100755": None}
_HEAD_BYTES = 8192  # where git itself looks for the NUL that tells a binary file (xdiff-interface.c looks at the first 8,000)
_HEADER_CHARS = 4096
_LFS_MARK = b"version https://git-lfs.github.com/spec/v1"
_LFS_MAX_BYTES = 1024  # https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is less than 1,024 bytes


class ReadingSettings(BaseModel, frozen=True, extra="forbid"):
    """What is read at all."""

    max_file_bytes: int = Field(1_048_576, gt=0, description="a larger file is not read (The Stack leaves out files above 1 MiB)")
    timeout_s: float = Field(600.0, gt=0, description="longest time that git may take to hand out the blobs of a shard")


def read_entries(entries: pl.DataFrame, settings: ReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the entries of a listing: (rows of raw_code, ledger), in the order of the listing.

    Opens what the listing names; the digest in the listing stands for the content. An entry that cannot be used becomes a
    ledger row with the rule symlink, submodule, over_size, missing, unreadable, empty, lfs_pointer, binary or undecodable; its
    row_id is the passport of (source, repository, path). Raises GitError when a whole mirror cannot be read.
    """
    named = entries.with_columns(passport.row_ids("raw_code", entries["source"], entries["repository"], entries["path"]))
    rows, rules, sizes = [], [], []
    for entry, (content, refusal) in zip(named.iter_rows(named=True), _contents(named, settings), strict=True):
        row, rule = (None, refusal) if content is None else _row(entry, content, settings)
        rows += [row] if row else []
        rules.append(rule)
        sizes.append(entry["n_bytes"] if content is None else len(content))
    refused = named.with_columns(pl.Series("rule", rules, dtype=pl.String), pl.Series("size", sizes, dtype=pl.Int64))
    return _kept(rows), _ledger(refused.filter(pl.col("rule").is_not_null()), settings)


def _kept(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict(list(SCHEMA.items())[2:]))  # without id and parent_ids
    ids = passport.row_ids("raw_code", frame["source"], frame["repository"], frame["path"], frame["sha256"])
    nothing = pl.Series("parent_ids", [[]] * frame.height, dtype=pl.List(pl.String))
    return frame.with_columns(ids, nothing).select(*SCHEMA)


def _ledger(refused: pl.DataFrame, settings: ReadingSettings) -> pl.DataFrame:
    over = pl.when(pl.col("rule") == "over_size")
    return ledger.entries(
        refused,
        pl.col("rule"),
        score=over.then(pl.col("size")),
        threshold=over.then(pl.lit(settings.max_file_bytes)),
        detail=pl.format("{}:{}", "repository", "path"),
    )


def _contents(entries: pl.DataFrame, settings: ReadingSettings) -> Iterator[tuple[bytes | None, str | None]]:
    """Yield (content, None) or (None, rule) for each entry; blobs are asked of git at once, in the order of the listing."""
    refusals = [_refusal(entry, settings) for entry in entries.iter_rows(named=True)]
    welcome = pl.Series([refusal is None for refusal in refusals], dtype=pl.Boolean)
    blobs = _blobs(entries.filter(welcome & (pl.col("source") == "git")), settings)
    for entry, refusal in zip(entries.iter_rows(named=True), refusals, strict=True):
        if refusal is not None:
            yield None, refusal
        elif entry["source"] == "git":
            content = next(blobs)
            yield content, None if content is not None else "missing"
        else:
            yield _read_file(entry, settings)


def _refusal(entry: dict[str, Any], settings: ReadingSettings) -> str | None:
    rule = _MODE_RULES.get(entry["mode"], "unreadable")
    return "over_size" if rule is None and entry["n_bytes"] > settings.max_file_bytes else rule


def _blobs(entries: pl.DataFrame, settings: ReadingSettings) -> Iterator[bytes | None]:
    """Yield the content of git entries; neighbours of one mirror are one request."""
    runs = entries.with_columns(run=pl.col("location").rle_id()) if entries.height else entries
    for part in runs.partition_by("run", maintain_order=True) if entries.height else []:
        yield from git.read_blobs(Path(part["location"][0]), part["blob"].to_list(), part["repository"][0], settings.timeout_s)


def _read_file(entry: dict[str, Any], settings: ReadingSettings) -> tuple[bytes | None, str | None]:
    # A link that took the place of a file in a folder is not followed; package managers do link files into an environment.
    flags = os.O_RDONLY | os.O_NONBLOCK | (os.O_NOFOLLOW if entry["source"] == "folder" else 0)
    try:
        path = os.path.join(os.fsencode(entry["location"]), listing.path_bytes(entry["path"]))
        with open(os.open(path, flags), "rb") as file:
            content = file.read(settings.max_file_bytes + 1)
    except FileNotFoundError:
        return None, "missing"
    except (OSError, ValueError):
        return None, "unreadable"
    return content, None


def _row(entry: dict[str, Any], content: bytes, settings: ReadingSettings) -> tuple[dict[str, Any] | None, str | None]:
    rule = _content_rule(content, settings)
    encoding = None if rule else encodings.detect(content)
    if encoding is None:
        return None, rule or "undecodable"
    head = content[: 4 * _HEADER_CHARS].decode(encoding, "replace")[:_HEADER_CHARS]
    return {
        **{name: entry[name] for name in ("source", "repository", "revision", "path", "mode")},
        "language": languages.of_file(entry["path"], head),
        "license": licenses.of_header(head) or entry["license"],
        "encoding": encoding,
        "n_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }, None


def _content_rule(content: bytes, settings: ReadingSettings) -> str | None:
    if not content:
        return "empty"
    if len(content) > settings.max_file_bytes:
        return "over_size"
    if len(content) < _LFS_MAX_BYTES and content.startswith(_LFS_MARK):
        return "lfs_pointer"
    head = content[:_HEAD_BYTES]
    return "binary" if b"\0" in head and not encodings.has_mark(head) else None

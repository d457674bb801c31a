"""Reading: from the entries of a listing to their bytes, with language, licence and encoding."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.code import encodings, languages, licenses, swhids
from assets.code.sources import folders, git_objects, listing

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
    "license_source": pl.String,
    "license_confidence": pl.Float64,
    "license_conflict": pl.Boolean,
    "stars": pl.Int64,
    "topics": pl.List(pl.String),
    "committed_at": pl.Datetime("us", "UTC"),
    "encoding": pl.String,
    "n_bytes": pl.Int64,
    "sha256": pl.String,
    "swhid": pl.String,
    "content": pl.Binary,
}
_LISTED = ("source", "repository", "revision", "path", "mode", "stars", "topics", "committed_at")
_MODE_RULES = {"120000": "symlink", "160000": "submodule"}
_REGULAR = ["100644", "100755"]
_HEAD_BYTES = 8192  # where git itself looks for the NUL that tells a binary file (xdiff-interface.c looks at the first 8,000)
_HEADER_CHARS = 4096
_LFS_MARK = b"version https://git-lfs.github.com/spec/v1"
_LFS_MAX_BYTES = 1024  # https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is less than 1,024 bytes
# A head without any of these words holds no licence, whatever looks for one: one search over many heads finds those that may.
LICENSE_WORDS = ("licen", "ermission", "edistribution", "altered source", "unencumbered", "proprietary")
_LICENSE_WORD = f"(?i){'|'.join(LICENSE_WORDS)}"
_BATCH_FILES = 128  # enough to make calls on a batch cheap, and few enough to let git write ahead into its pipe meanwhile
_DECIDED = ("license", "license_source", "license_confidence", "license_conflict")
_FOUND = (
    {"number": pl.UInt32}
    | {name: SCHEMA[name] for name in ("id", *_DECIDED, "encoding", "sha256", "swhid", "content")}
    | {"head": pl.String}
)
_REFUSED = {"number": pl.UInt32, "rule": pl.String, "size": pl.Int64}

_Content = tuple[bytes | None, str | None]  # or the rule that says why there is none


class _File(NamedTuple):
    """A file that can be used."""

    number: int
    content: bytes
    encoding: str
    head: str


class ReadingSettings(BaseModel, frozen=True, extra="forbid"):
    """What is read at all."""

    max_file_bytes: int = Field(1_048_576, gt=0, description="a larger file is not read (The Stack leaves out files above 1 MiB)")
    timeout_s: float = Field(600.0, gt=0, description="longest time that git may take to hand out the blobs of a shard")


def read_entries(entries: pl.DataFrame, settings: ReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the entries of a listing: (rows of raw_code, ledger), in the order of the listing.

    Opens what the listing names; the digest in the listing stands for the content. An entry that cannot be used becomes a
    ledger row with the rule unsafe_path, symlink, submodule, over_size, missing, unreadable, empty, lfs_pointer, binary or
    undecodable; its row_id is the passport of (source, repository, path). Raises GitError when a whole mirror cannot be read.
    """
    planned = entries.with_columns(_refusal(settings), number=pl.int_range(pl.len(), dtype=pl.UInt32))
    contents = _contents(planned, settings)
    kept: list[tuple[Any, ...]] = []
    refused: list[tuple[int, str, int | None]] = []
    for batch in planned.iter_slices(_BATCH_FILES):  # all work on a batch is done here, while git inflates the next one
        files, refusals = _sort_out(batch, contents, settings)
        kept += _describe(batch, files)
        refused += refusals
    return _rows(planned, kept), _ledger(planned, pl.DataFrame(refused, schema=_REFUSED, orient="row"), settings)


def _refusal(settings: ReadingSettings) -> pl.Expr:
    """Why an entry is not even opened."""
    mode = pl.col("mode")
    return (
        pl.when(listing.is_unsafe(pl.col("path")))
        .then(pl.lit("unsafe_path"))
        .when(~mode.is_in(_REGULAR))
        .then(mode.replace_strict(_MODE_RULES, default="unreadable", return_dtype=pl.String))
        .when(pl.col("n_bytes") > settings.max_file_bytes)
        .then(pl.lit("over_size"))
        .alias("refusal")
    )


def _contents(planned: pl.DataFrame, settings: ReadingSettings) -> Iterator[_Content]:
    """Yield (content, None) or (None, rule) for each entry, as it arrives: neighbours of one mirror are one request."""
    for part in planned.with_columns(run=pl.struct("source", "location").rle_id()).partition_by("run", maintain_order=True):
        welcome = part.filter(pl.col("refusal").is_null())
        found = _of_source(welcome, settings) if welcome.height else iter(())
        for refusal in part["refusal"]:
            yield next(found) if refusal is None else (None, refusal)


def _of_source(entries: pl.DataFrame, settings: ReadingSettings) -> Iterator[_Content]:
    source, location = entries.select("source", "location").row(0)
    if source == "git":
        blobs = git_objects.read_blobs(Path(location), entries["blob"].to_list(), entries["repository"][0], settings.timeout_s)
        return ((content, None if content is not None else "missing") for content in blobs)
    if source == "software_heritage":
        from assets.code.sources import software_heritage

        return software_heritage.read_contents(entries, settings.max_file_bytes)
    # A link that took the place of a file in a folder is not followed; package managers do link files into an environment.
    follow = source != "folder"
    return (folders.open_file(location, path, settings.max_file_bytes + 1, follow=follow) for path in entries["path"])


def _sort_out(
    batch: pl.DataFrame, contents: Iterator[_Content], settings: ReadingSettings
) -> tuple[list[_File], list[tuple[int, str, int | None]]]:
    """Take the contents of `batch`: the files that can be used, and (number, rule, size of what was read) of the others."""
    files, refused = [], []
    for number, hint in batch.select("number", "encoding_hint").iter_rows():
        content, rule = next(contents)
        rule = rule if content is None else _content_rule(content, settings)
        encoding, head = _decode(content, hint) if content is not None and rule is None else (None, "")
        if content is not None and encoding is not None:
            files.append(_File(number, content, encoding, head))
        else:
            refused.append((number, rule or "undecodable", None if content is None else len(content)))
    return files, refused


def _describe(batch: pl.DataFrame, files: list[_File]) -> list[tuple[Any, ...]]:
    """Return the values of `_FOUND` for each of `files`, which are of `batch`."""
    heads = pl.Series("head", [file.head for file in files], dtype=pl.String)
    listed = batch.select("source", "repository", "path", "swhid", "nearest_license", "license").rows()
    first, rows = batch["number"][0], []
    for file, may_be_licensed in zip(files, heads.str.contains(_LICENSE_WORD).to_list(), strict=True):
        source, repository, path, swhid, nearest, license = listed[file.number - first]
        sha256 = hashlib.sha256(file.content).hexdigest()
        name = passport.row_id("raw_code", source, repository, path, sha256)
        decision = licenses.decide(file.head, nearest, license) if may_be_licensed else _without_header(nearest, license)
        rows.append(
            (file.number, name, *decision, file.encoding, sha256, swhid or swhids.of_content(file.content), file.content, file.head)
        )
    return rows


@lru_cache(maxsize=4096)
def _without_header(nearest: str | None, license: str | None) -> licenses.Decision:
    return licenses.decide("", nearest, license)


def _content_rule(content: bytes, settings: ReadingSettings) -> str | None:
    if not content:
        return "empty"
    if len(content) > settings.max_file_bytes:
        return "over_size"
    if len(content) < _LFS_MAX_BYTES and content.startswith(_LFS_MARK):
        return "lfs_pointer"
    return "binary" if content.find(b"\0", 0, _HEAD_BYTES) >= 0 and not encodings.has_mark(content) else None


def _decode(content: bytes, hint: str | None) -> tuple[str | None, str]:
    """Return the codec of `content` (None when nothing decodes it) and its first characters."""
    try:
        head = content.decode()[:_HEADER_CHARS]
    except UnicodeDecodeError:
        codec = encodings.detect(content, hint)
        return codec, content[: 4 * _HEADER_CHARS].decode(codec, "replace")[:_HEADER_CHARS] if codec else ""
    return ("utf-8-sig", head[1:]) if head.startswith("\ufeff") else ("utf-8", head)


def _rows(planned: pl.DataFrame, kept: list[tuple[Any, ...]]) -> pl.DataFrame:
    columns = zip(*kept, strict=True) if kept else [()] * len(_FOUND)
    found = pl.DataFrame([pl.Series(name, values, dtype) for (name, dtype), values in zip(_FOUND.items(), columns, strict=True)])
    listed = planned.select(_LISTED)[found["number"]].hstack(found.drop("number"))
    listed = listed.with_columns(languages.of_files(listed["path"], listed["head"]))
    nothing = pl.lit([], dtype=SCHEMA["parent_ids"])
    return listed.with_columns(parent_ids=nothing, n_bytes=pl.col("content").bin.size().cast(pl.Int64)).select(*SCHEMA)


def _ledger(planned: pl.DataFrame, refused: pl.DataFrame, settings: ReadingSettings) -> pl.DataFrame:
    """`refused`: number of the entry, rule, and the size of what was read."""
    rows = planned[refused["number"]].with_columns(refused["rule"], refused["size"])
    over = pl.when(pl.col("rule") == "over_size")
    return ledger.entries(
        rows.with_columns(passport.row_ids("raw_code", rows["source"], rows["repository"], rows["path"])),
        pl.col("rule"),
        score=over.then(pl.coalesce("size", "n_bytes")),
        threshold=over.then(pl.lit(settings.max_file_bytes)),
        detail=pl.format("{}:{}", "repository", "path"),
    )

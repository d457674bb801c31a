"""Source code archived by Software Heritage: listed by the metadata of The Stack v2 or the like, contents out of the archive's S3 bucket.

The metadata names files by the SHA-1 of their content; `stack_metadata` says which columns are understood. An entry's `location` says
where its content is to be had (`Location`), so that whoever reads a listing needs nothing else.
"""

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Self

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field, model_validator

from assets.code import swhids
from assets.code.sources import blobs, listing, stack_metadata
from assets.code.sources.object_store import ObjectStore, check

_BLOB = re.compile(r"[0-9a-f]{40}")


class SoftwareHeritageSource(BaseModel, frozen=True, extra="forbid"):
    """Metadata of archived files, which of them are wanted, and where their contents are.

    A filter leaves out rows that do not say what it asks for. Gated datasets need HF_TOKEN in the environment.
    """

    dataset: str | None = Field(None, min_length=1, description="dataset on the Hugging Face hub, or a folder that holds one")
    config: str | None = Field(None, description="configuration of the dataset; The Stack v2 has one per language")
    split: str = "train"
    revision: str | None = Field(None, description="branch, tag or commit of the dataset")
    files: tuple[str, ...] = Field((), description="Parquet, JSON or JSON Lines files instead of a dataset; globs, ** included")
    repository_prefix: str = Field("https://github.com/", description="goes before a repository that is given as owner/name")
    languages: tuple[str, ...] = Field((), description="as the metadata spells them; none: all")
    licenses: tuple[str, ...] = Field((), description="SPDX ids; every licence detected for a file must be one of them; none: all")
    min_stars: int | None = Field(None, ge=0)
    min_bytes: int | None = Field(None, ge=0)
    max_bytes: int | None = Field(None, ge=0)
    max_rows: int | None = Field(None, ge=1)
    seed: int | None = Field(None, description="which rows max_rows takes: null the first ones, a number a sample out of all")
    store: ObjectStore = ObjectStore()

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.dataset) == bool(self.files):
            raise ValueError("name either a dataset or files")
        return self

    @property
    def name(self) -> str:
        """What to call the source in messages."""
        return self.dataset or ", ".join(self.files)


class Location(BaseModel, frozen=True, extra="forbid"):
    """Where the contents of entries are: in the SQLite file `blobs`, and, until they are there, in `store`."""

    store: ObjectStore
    blobs: Path


def location(source: SoftwareHeritageSource, root: Path) -> Location:
    """Return where the contents of `source` are; sources of one bucket share a file under `root`."""
    key = f"{source.store.url}\n{source.store.endpoint_url or ''}"
    readable = re.sub(r"[^a-z0-9]+", "-", source.store.url.removeprefix("s3://")).strip("-")
    return Location(store=source.store, blobs=root.absolute() / f"{readable}-{blake3(key.encode()).hexdigest(length=6)}.sqlite")


def check_store(source: SoftwareHeritageSource) -> None:
    """Return when the store of `source` answers. Raises ObjectStoreError naming endpoint, bucket and what to set."""
    asyncio.run(check(source.store))


def list_contents(source: SoftwareHeritageSource, root: Path) -> pl.DataFrame:
    """Return the listing of the files that `source` asks for, sorted by repository and path; contents will be kept under `root`.

    `digest` is the content's SHA-256 where the metadata has it, else the blob. Raises stack_metadata.MetadataError.
    """
    wanted = stack_metadata.Wanted.model_validate(source.model_dump(include=set(stack_metadata.Wanted.model_fields)))
    if source.dataset:
        frames = stack_metadata.of_dataset(source.dataset, source.config, source.split, source.revision, wanted)
    else:
        frames = stack_metadata.of_files(source.files, wanted)
    rows = stack_metadata.choose(frames, source.max_rows, source.seed)
    place = location(source, root).model_dump_json()
    named = rows.with_columns(
        source=pl.lit("software_heritage"),
        repository=stack_metadata.with_prefix(pl.col("repository"), source.repository_prefix),
        mode=pl.lit("100644"),
        location=pl.lit(place),
        digest=pl.coalesce(pl.concat_str(pl.lit("sha256:"), "sha256"), "blob"),
    )
    absent = [pl.lit(None).alias(name) for name in listing.SCHEMA if name not in named.columns]
    typed = named.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in listing.SCHEMA.items())
    return typed.sort("repository", "path", "digest", nulls_last=True)


def read_contents(entries: pl.DataFrame, max_file_bytes: int) -> Iterator[tuple[bytes | None, str | None]]:
    """Yield (content, None) or (None, rule) for each of `entries`, in their order.

    Contents that are not stored yet are fetched first, all at once. The rules are missing, corrupt, hash_mismatch, over_size and
    unreadable. Raises BlobsError, and ObjectStoreError when a store as a whole cannot be used; running again goes on where it stopped.
    """
    places = {place: _location(place) for place in entries["location"].unique(maintain_order=True)}
    with ExitStack() as stack:
        stored = {place: stack.enter_context(blobs.opened(where.blobs)) for place, where in places.items()}
        known = {}
        for place, where in places.items():
            wanted = entries.filter(pl.col("location") == place)["blob"]
            known[place] = blobs.fetch(where.store, stored[place], filter(_is_blob, wanted), max_file_bytes)
        for entry in entries.iter_rows(named=True):
            place = entry["location"]
            yield _read(entry, places[place].store, stored[place], known[place], max_file_bytes)


def _read(
    entry: dict[str, Any], store: ObjectStore, stored: sqlite3.Connection, known: dict[str, blobs.Content], max_file_bytes: int
) -> blobs.Content:
    blob = entry["blob"]
    if not _is_blob(blob):
        return blobs.Content(None, "missing")
    found = known.get(blob) or blobs.read(stored, blob, max_file_bytes)
    if blob not in known and found.rule in ("corrupt", "hash_mismatch", "missing"):  # the disk lost it since it was stored
        blobs.remove(stored, blob)
        known |= blobs.fetch(store, stored, [blob], max_file_bytes)
        found = known.get(blob) or blobs.read(stored, blob, max_file_bytes)
    if found.data is not None and not _is_as_listed(entry, found.data):
        return blobs.Content(None, "hash_mismatch")
    return found


def _is_as_listed(entry: dict[str, Any], data: bytes) -> bool:
    """Tell whether `data` has the SHA-256 and the SWHID that the metadata gives it, as far as it gives any."""
    digest, swhid = entry["digest"] or "", entry["swhid"]
    if digest.startswith("sha256:") and hashlib.sha256(data).hexdigest() != digest.removeprefix("sha256:"):
        return False
    return swhid is None or swhid == swhids.of_content(data)


def _is_blob(blob: str | None) -> bool:
    return blob is not None and _BLOB.fullmatch(blob) is not None


@cache
def _location(place: str) -> Location:
    return Location.model_validate_json(place)

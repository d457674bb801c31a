"""Blobs named by the SHA-1 of their content: fetched once, kept as they came in a SQLite file, and proven each time they are read.

A blob that is there is never asked for again, whichever run, shard or process stored it; each is stored by itself, so that a run that
is killed loses only what was under way. SQLite, because making a file for each of millions of small blobs costs more than fetching
them. The file must be on a local disk. It may be deleted whenever nobody works with it: what was made out of it does not need it.
"""

import asyncio
import hashlib
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from assets import sqlite_files
from assets.code import swhids
from assets.code.sources import object_store
from assets.code.sources.object_store import ObjectStore, Unavailable

ATTEMPTS = 3  # for a body that arrives whole and is wrong; what does not arrive is the client's to repeat
_PAUSE_S = 0.2
_HELD_BYTES = 64_000_000  # of what was just unpacked, so that it need not be unpacked again: as much as a shard holds
_GZIP = b"\x1f\x8b"
_RULES = {"missing": "missing", "over_size": "over_size", "broken": "corrupt", "unreachable": "unreadable"}
_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE blobs (sha1 BLOB PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE fetches (fetched INTEGER, fetched_bytes INTEGER, remembered INTEGER, retried INTEGER, refused INTEGER);
"""


class BlobsError(RuntimeError):
    """The file with the blobs cannot be used. The message names file and remedy."""

    blames_the_source = True


class Content(NamedTuple):
    """The bytes of a blob, or the rule that refuses it."""

    data: bytes | None
    rule: str | None


class Fetches(BaseModel, frozen=True):
    """What was asked of a store: blobs and bytes received, blobs that were already there, bodies asked for again, blobs refused."""

    fetched: int = 0
    fetched_bytes: int = 0
    remembered: int = 0
    retried: int = 0
    refused: int = 0


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the blobs in `file`, which is made when it is not there; for any number of processes at once. Raises BlobsError."""
    try:
        with sqlite_files.opened(file, _TABLES) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise BlobsError(f"{file}: {error}. Delete the file: its blobs will be fetched again.") from error


def unpack(body: bytes, blob: str, max_bytes: int) -> Content:
    """Return the content of `blob` out of its stored `body` (gzip, or as it is), or corrupt, hash_mismatch or over_size.

    `blob` is the SHA-1 of the content, which is what s3://softwareheritage/content is keyed by (docs.softwareheritage.org, "Using
    Software Heritage data"); git's SHA-1 is accepted too, for mirrors by SWHID. Never makes more than `max_bytes` out of a body.
    """
    found = _gunzip(body, max_bytes) if body.startswith(_GZIP) else Content(body, None)
    if _is_named(found.data, blob):
        return found
    if body.startswith(_GZIP) and _is_named(body, blob):  # a file that is a gzip archive itself, stored as it is
        return Content(body, None)
    return Content(None, found.rule or ("hash_mismatch" if body.startswith(_GZIP) else "corrupt"))


def missing(stored: sqlite3.Connection, blobs: Iterable[str]) -> list[str]:
    """Return the `blobs` that are not stored, each once, in their order."""
    find = "SELECT 1 FROM blobs WHERE sha1 = ?"
    return [blob for blob in dict.fromkeys(blobs) if stored.execute(find, (bytes.fromhex(blob),)).fetchone() is None]


def read(stored: sqlite3.Connection, blob: str, max_bytes: int) -> Content:
    """Return the content of `blob`, or missing, corrupt, hash_mismatch or over_size."""
    row = stored.execute("SELECT body FROM blobs WHERE sha1 = ?", (bytes.fromhex(blob),)).fetchone()
    return Content(None, "missing") if row is None else unpack(row[0], blob, max_bytes)


def remove(stored: sqlite3.Connection, blob: str) -> None:
    """Forget `blob`."""
    stored.execute("DELETE FROM blobs WHERE sha1 = ?", (bytes.fromhex(blob),))


def fetch(store: ObjectStore, stored: sqlite3.Connection, blobs: Iterable[str], max_bytes: int) -> dict[str, Content]:
    """Store all of `blobs` that are not there yet; return why for each that cannot be had, and the first 64 MB of what arrived.

    The rules are missing, corrupt, hash_mismatch, over_size and unreadable. What was done is noted for `fetches`.
    Raises ObjectStoreError when the store itself cannot be used; what has arrived until then stays.
    """
    wanted = list(dict.fromkeys(blobs))
    asked = missing(stored, wanted)
    done = Counter(remembered=len(wanted) - len(asked))
    try:
        known = asyncio.run(_fetch(store, stored, asked, max_bytes, done)) if asked else {}
        done["refused"] = sum(content.data is None for content in known.values())
    finally:
        note = Fetches(**done)
        stored.execute("INSERT INTO fetches VALUES (:fetched, :fetched_bytes, :remembered, :retried, :refused)", note.model_dump())
    return known


def fetches(file: Path, since: int = 0) -> tuple[Fetches, int]:
    """Return the sum of what was fetched into `file` after position `since`, and the position now. Raises BlobsError."""
    if not file.exists():
        return Fetches(), 0
    columns = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in Fetches.model_fields)
    with opened(file) as stored:
        stored.row_factory = sqlite3.Row
        row = stored.execute(
            f"SELECT {columns}, coalesce(max(rowid), :since) AS position FROM fetches WHERE rowid > :since", {"since": since}
        )
        total = dict(row.fetchone())
    return Fetches.model_validate({name: total[name] for name in Fetches.model_fields}), total["position"]


async def _fetch(
    store: ObjectStore, stored: sqlite3.Connection, blobs: list[str], max_bytes: int, done: Counter[str]
) -> dict[str, Content]:
    known: dict[str, Content] = {}
    most = max_bytes + max_bytes // 1000 + 1024  # gzip adds 5 bytes to every 16 kB that it cannot compress
    held = 0
    for attempt in range(ATTEMPTS):
        wrong = []
        async for blob, body in object_store.get_all(store, blobs, most):
            found = Content(None, _RULES[body.reason]) if isinstance(body, Unavailable) else _keep(stored, blob, body, max_bytes, done)
            held += len(found.data or b"")
            known.pop(blob, None)
            if found.data is None or held <= _HELD_BYTES:
                known[blob] = found
            if found.rule in ("corrupt", "hash_mismatch"):
                wrong.append(blob)
        if not wrong or attempt == ATTEMPTS - 1:
            break
        blobs = wrong
        done["retried"] += len(blobs)
        await asyncio.sleep(_PAUSE_S * 2**attempt)
    return known


def _keep(stored: sqlite3.Connection, blob: str, body: bytes, max_bytes: int, done: Counter[str]) -> Content:
    """Store `body` when it is what `blob` names; return what it holds."""
    found = unpack(body, blob, max_bytes)
    if found.data is not None:
        stored.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (bytes.fromhex(blob), body))
        done.update(fetched=1, fetched_bytes=len(body))
    return found


def _gunzip(body: bytes, max_bytes: int) -> Content:
    """Return what `body` unpacks to, all members of it, stopping at `max_bytes`."""
    parts, size, rest = [], 0, body
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, max_bytes + 1 - size)
        except zlib.error:
            return Content(None, "corrupt")
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            return Content(None, "over_size")
        if not member.eof:
            return Content(None, "corrupt")
        rest = member.unused_data
    return Content(b"".join(parts), None)


def _is_named(data: bytes | None, blob: str) -> bool:
    return data is not None and (hashlib.sha1(data, usedforsecurity=False).hexdigest() == blob or swhids.git_sha1(data) == blob)

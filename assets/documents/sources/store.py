"""Documents from the web as they came: one file each, named by its SHA-256, and a SQLite file that says which URL holds which.

A document is put in its place when all of it has arrived, and then noted in one transaction: that is resume. The folder must be on a local
disk. It may be deleted whenever nobody works with it: everything will be fetched again.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from assets import disk, sqlite_files

_OLD_PART_S = 86_400.0  # a part of a download that nobody has touched for so long was left by a kill
_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE documents (
    url TEXT PRIMARY KEY, sha256 TEXT NOT NULL, n_bytes INTEGER NOT NULL, license TEXT, final_url TEXT NOT NULL, content_type TEXT,
    etag TEXT, last_modified TEXT, checked_at REAL NOT NULL);
CREATE TABLE searches (query TEXT PRIMARY KEY, results TEXT NOT NULL, asked_at REAL NOT NULL);
"""


class StoreError(Exception):
    """The folder cannot be used. The message names it and the remedy."""

    blames_the_source = True


class Document(NamedTuple):
    """A stored document: what it is, and how to ask whether it has changed. `final_url` is where redirects led."""

    sha256: str
    n_bytes: int
    license: str | None
    final_url: str
    content_type: str | None
    etag: str | None
    last_modified: str | None
    checked_at: float


class Store:
    """The documents in a folder, for one thread; any number of processes may use the same folder."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        """Use `opened` instead."""
        self.folder, self._connection = folder, connection

    def document(self, url: str) -> Document | None:
        """Return what is stored of (public) `url`; None when it is not there, or its file is gone."""
        row = self._connection.execute(f"SELECT {', '.join(Document._fields)} FROM documents WHERE url = ?", (url,)).fetchone()
        found = Document(*row) if row else None
        return found if found and _size(self.place(found.sha256)) == found.n_bytes else None

    def urls(self) -> list[tuple[str, str, str]]:
        """Return (url, final_url, sha256) of all that is noted, by URL."""
        return self._connection.execute("SELECT url, final_url, sha256 FROM documents ORDER BY url").fetchall()

    def place(self, sha256: str) -> Path:
        """Return the file of the document with that content, stored or not."""
        return self.folder / "content" / sha256[:2] / f"{sha256}.pdf"

    def part(self) -> Path:
        """Return a new name for a document that is on its way."""
        (self.folder / "parts").mkdir(exist_ok=True)
        return self.folder / "parts" / f"{os.getpid()}-{threading.get_ident()}-{os.urandom(8).hex()}"

    def settle(self, part: Path, document: Document) -> None:
        """Put the finished `part` in its place. For any thread."""
        place = self.place(document.sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, place)
        disk.sync(place.parent)

    def note(self, url: str, document: Document) -> None:
        """Note that `url` holds `document`, which has been settled."""
        self._connection.execute(f"INSERT OR REPLACE INTO documents VALUES (?{', ?' * len(Document._fields)})", (url, *document))

    def checked(self, url: str, at: float) -> None:
        """Note that what is stored of `url` was still the same at `at`."""
        self._connection.execute("UPDATE documents SET checked_at = ? WHERE url = ?", (at, url))

    def forget(self, url: str) -> None:
        """Forget `url`, and its file unless another URL holds the same."""
        row = self._connection.execute("DELETE FROM documents WHERE url = ? RETURNING sha256", (url,)).fetchone()
        if row and self._connection.execute("SELECT 1 FROM documents WHERE sha256 = ?", row).fetchone() is None:
            self.place(row[0]).unlink(missing_ok=True)

    def search(self, query: str) -> tuple[list[dict[str, Any]], float] | None:
        """Return (results, when they were asked for) of a search, None when it never was made."""
        row = self._connection.execute("SELECT results, asked_at FROM searches WHERE query = ?", (query,)).fetchone()
        return (json.loads(row[0]), row[1]) if row else None

    def searched(self, query: str, results: list[dict[str, Any]], at: float) -> None:
        """Remember the `results` of a search."""
        self._connection.execute("INSERT OR REPLACE INTO searches VALUES (?, ?, ?)", (query, json.dumps(results), at))


@contextmanager
def opened(folder: Path, now: float) -> Iterator[Store]:
    """Open the store in `folder`, which is made when it is not there; remove parts that were left behind. Raises StoreError."""
    try:
        _sweep(folder, now)
        with sqlite_files.opened(folder / "documents.sqlite", _TABLES) as connection:
            yield Store(folder.absolute(), connection)
    except (sqlite3.DatabaseError, OSError) as error:
        remedy = "Make room if the disk is full; if the store is damaged, delete the folder: its documents will be fetched again."
        raise StoreError(f"{folder}: {type(error).__name__}: {error}. {remedy}") from error


def _sweep(folder: Path, now: float) -> None:
    for part in (folder / "parts").glob("*"):
        with suppress(FileNotFoundError):  # another process sweeps as well
            if now - part.stat().st_mtime > _OLD_PART_S:
                part.unlink()


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None

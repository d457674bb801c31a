"""Pull requests as a GitHub API returned them, in one SQLite file per host: what was found, and what is stored of it.

Discovery writes which pull requests there are and when each was last updated; a pull request is stored in one transaction, when all of
it has arrived. What is stored is asked for again only when discovery has seen a later update: that is resume and incremental refresh.
The file must be on a local disk. It may be deleted whenever nobody works with it: everything will be fetched again.
"""

import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from assets import sqlite_files
from assets.pull_requests.sources.api import GithubError

_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE walks (repository TEXT PRIMARY KEY, scope TEXT NOT NULL, cursor TEXT, etag TEXT);
CREATE TABLE pulls (
    repository TEXT, number INTEGER, wanted TEXT NOT NULL, stored TEXT, facts TEXT NOT NULL, digest TEXT, n_bytes INTEGER,
    notes TEXT, problem TEXT,
    PRIMARY KEY (repository, number));
CREATE TABLE bundles (repository TEXT, number INTEGER, body BLOB NOT NULL, PRIMARY KEY (repository, number));
"""
_FIND = """
INSERT INTO pulls (repository, number, wanted, facts) VALUES (:repository, :number, :updated_at, :facts)
ON CONFLICT DO UPDATE SET wanted = excluded.wanted, facts = excluded.facts WHERE excluded.wanted > wanted
"""
_SETTLE = """
INSERT INTO pulls (repository, number, wanted, stored, facts, digest, n_bytes, notes) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO UPDATE SET stored = max(wanted, excluded.stored), wanted = max(wanted, excluded.wanted), facts = excluded.facts,
    digest = excluded.digest, n_bytes = excluded.n_bytes, notes = excluded.notes, problem = NULL
"""


class StoreError(GithubError):
    """The file cannot be used. The message names it and the remedy."""


class Walk(NamedTuple):
    """How far a repository is known: all pull requests that were updated before `cursor`, and of `scope` (the filters at that time).

    `etag` is that of the newest one: while it holds, nothing has changed.
    """

    scope: str
    cursor: str
    etag: str | None


class Known(NamedTuple):
    """A pull request that discovery found: `wanted` is its last update, `stored` the one that is stored, if any.

    `digest` and `n_bytes` (of its JSON) are null where nothing is kept of it; `notes` are (rule, detail) for the ledger; `problem` is
    why the last try failed.
    """

    number: int
    wanted: str
    stored: str | None
    facts: dict[str, Any]
    digest: str | None
    n_bytes: int | None
    notes: list[tuple[str, str]]
    problem: str | None

    @property
    def is_current(self) -> bool:
        """Whether its last update is stored."""
        return self.stored == self.wanted


def place(folder: Path, host: str) -> Path:
    """Return the file of `host` in `folder`."""
    readable = re.sub(r"[^a-z0-9]+", "-", host.lower().split("://")[-1]).strip("-")[:40]
    return folder / f"{readable}-{blake3(host.encode()).hexdigest(length=4)}.sqlite"


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open the store in `file`, which is made when it is not there; for any number of processes at once. Raises StoreError."""
    try:
        with sqlite_files.opened(file, _TABLES) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        remedy = "Make room if the disk is full; if the file is damaged, delete it: its pull requests will be fetched again."
        raise StoreError(f"{file}: {error}. {remedy}") from error


def canonical(bundle: Mapping[str, Any]) -> bytes:
    """Return the JSON of `bundle` with sorted keys: equal content makes equal bytes."""
    return json.dumps(bundle, sort_keys=True, separators=(",", ":")).encode("ascii")


def digest(bundle: Mapping[str, Any]) -> str:
    """Return what `entries` says of a stored `bundle`: it changes when the content does."""
    return blake3(canonical(bundle)).hexdigest(length=16)


def walk(connection: sqlite3.Connection, repository: str) -> Walk | None:
    """Return how far `repository` is known, None when it never was walked to the end."""
    row = connection.execute("SELECT scope, cursor, etag FROM walks WHERE repository = ?", (repository,)).fetchone()
    return Walk(*row) if row else None


def walked(connection: sqlite3.Connection, repository: str, done: Walk) -> None:
    """Note that all of `repository` up to `done` has been found."""
    connection.execute("INSERT OR REPLACE INTO walks VALUES (?, ?, ?, ?)", (repository, *done))


def found(connection: sqlite3.Connection, repository: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Note pull requests that discovery saw (`facts.facts`), all in one transaction. An older update changes nothing."""
    rows = [
        {
            "repository": repository,
            "number": item["number"],
            "updated_at": item["updated_at"],
            "facts": json.dumps({key: value for key, value in item.items() if key not in ("number", "updated_at")}),
        }
        for item in items
    ]
    with _transaction(connection):
        connection.executemany(_FIND, rows)


def put(
    connection: sqlite3.Connection,
    repository: str,
    item: Mapping[str, Any],
    bundle: Mapping[str, Any] | None,
    notes: Iterable[tuple[str, str]] = (),
    newer: str | None = None,
) -> None:
    """Store `bundle` as the pull request `item` (`facts.facts`), complete; None: the filters want nothing of it.

    `newer` is a later update that was seen meanwhile: it will be fetched again.
    """
    facts = json.dumps({key: value for key, value in item.items() if key not in ("number", "updated_at")})
    written = None if bundle is None else canonical(bundle)
    key = (repository, item["number"])
    with _transaction(connection):
        name = None if written is None else blake3(written).hexdigest(length=16)
        connection.execute(_SETTLE, (*key, item["updated_at"], facts, name, len(written or b""), json.dumps(list(notes))))
        if written is None:
            connection.execute("DELETE FROM bundles WHERE repository = ? AND number = ?", key)
        else:
            connection.execute("INSERT OR REPLACE INTO bundles VALUES (?, ?, ?)", (*key, zlib.compress(written)))
        if newer:
            connection.execute("UPDATE pulls SET wanted = ? WHERE repository = ? AND number = ?", (newer, *key))


def failed(connection: sqlite3.Connection, repository: str, number: int, problem: str) -> None:
    """Note why a pull request could not be fetched; it is tried again by the next run."""
    connection.execute("UPDATE pulls SET problem = ? WHERE repository = ? AND number = ?", (problem, repository, number))


def known(connection: sqlite3.Connection, repository: str) -> Iterator[Known]:
    """Yield what is known of the pull requests of `repository`, by number."""
    columns = "number, wanted, stored, facts, digest, n_bytes, notes, problem"
    for row in connection.execute(f"SELECT {columns} FROM pulls WHERE repository = ? ORDER BY number", (repository,)):
        notes = [(rule, detail) for rule, detail in json.loads(row[6] or "[]")]
        yield Known(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5], notes, row[7])


def entries(file: Path) -> Iterator[tuple[str, int, str]]:
    """Yield (repository, number, digest) of every stored pull request, whatever the filters want now. Raises StoreError."""
    with opened(file) as connection:
        yield from connection.execute("SELECT repository, number, digest FROM pulls WHERE digest IS NOT NULL ORDER BY 1, 2")


def read(connection: sqlite3.Connection, repository: str, number: int) -> dict[str, Any]:
    """Return the stored bundle. Raises StoreError when there is none, or when it is damaged."""
    row = connection.execute("SELECT body FROM bundles WHERE repository = ? AND number = ?", (repository, number)).fetchone()
    if row is None:
        raise StoreError(f"{repository}#{number} is not stored. Materialize bronze_prs again.")
    try:
        return dict(json.loads(zlib.decompress(row[0])))
    except (zlib.error, ValueError) as error:
        raise StoreError(f"{repository}#{number} is damaged. Delete the store of its host: it will be fetched again.") from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

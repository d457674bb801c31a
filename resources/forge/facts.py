"""The facts about what is on the forge, in one SQLite file beside the repository. Payloads are made of them when they are asked for."""

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

Fact = dict[str, Any]
TABLES = """
create table fact (
    kind text, id text, number integer, created text, updated text, state text, body text, primary key (kind, id)
) without rowid;
create index by_number on fact (kind, number);
create index listed on fact (kind, id, number, created, updated, state);
create table diff (old text, new text, body blob, primary key (old, new)) without rowid;
create table base (one text, other text, base text, primary key (one, other)) without rowid;
"""


class Facts:
    """Reads and writes the file at `path`. Each thread keeps its connection until the file is replaced by another one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine = threading.local()

    def write(self, facts: Iterable[tuple[str, Fact]], diffs: dict[tuple[str, str], bytes], bases: dict[tuple[str, str], str]) -> None:
        """Make the file: facts as (kind, fact), diffs by (old commit, new commit), merge bases by the two commits."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.executescript("pragma journal_mode=off; pragma synchronous=off;" + TABLES)
            rows = ((kind, _key(kind, fact), fact.get("number"), fact.get("created_at"), fact.get("updated_at"), fact.get("state"),
                     json.dumps(fact)) for kind, fact in facts)  # fmt: skip
            database.executemany("insert into fact values (?, ?, ?, ?, ?, ?, ?)", rows)
            packed = ((old, new, zlib.compress(body, 1)) for (old, new), body in diffs.items())
            database.executemany("insert into diff values (?, ?, ?)", packed)
            database.executemany("insert into base values (?, ?, ?)", ((*pair, base) for pair, base in bases.items()))
            database.execute("analyze")  # otherwise SQLite goes through all comments to find those of a pull request

    def one(self, kind: str, id: str | int) -> Fact | None:
        """Return the fact of that kind and id."""
        return next(iter(self._facts("kind = ? and id = ?", (kind, str(id)))), None)

    def of(self, kind: str, number: int) -> list[Fact]:
        """Return the facts of a pull request, oldest first."""
        return sorted(self._facts("kind = ? and number = ?", (kind, number)), key=lambda fact: (fact["created_at"], fact["id"]))

    def index(self, kind: str) -> list[tuple[str, int, str, str, str]]:
        """Return (id, number, created, updated, state) of every fact of a kind: what lists are filtered and sorted by."""
        return self._rows("select id, number, created, updated, state from fact where kind = ?", (kind,))

    def all(self, kind: str) -> list[Fact]:
        """Return every fact of a kind."""
        return self._facts("kind = ?", (kind,))

    def diff(self, old: str, new: str) -> bytes | None:
        """Return the stored diff of two commits."""
        rows = self._rows("select body from diff where old = ? and new = ?", (old, new))
        return zlib.decompress(rows[0][0]) if rows else None

    def base(self, one: str, other: str) -> str | None:
        """Return the stored merge base of two commits."""
        rows = self._rows("select base from base where one = ? and other = ?", (one, other))
        return rows[0][0] if rows else None

    def _facts(self, where: str, values: tuple[str | int, ...]) -> list[Fact]:
        return [json.loads(row[0]) for row in self._rows(f"select body from fact where {where}", values)]

    def _rows(self, query: str, values: tuple[str | int, ...]) -> list[Any]:
        return self._connection().execute(query, values).fetchall()

    def _connection(self) -> sqlite3.Connection:
        file = self.path.stat()
        if getattr(self._mine, "file", None) != (file.st_ino, file.st_mtime_ns):
            self._mine.connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
            self._mine.file = (file.st_ino, file.st_mtime_ns)
        return self._mine.connection


def _key(kind: str, fact: Fact) -> str:
    """Return what a fact is asked for by: a pull request by its number, all else by its id."""
    return str(fact["number" if kind == "pull" else "id"])

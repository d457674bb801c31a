"""Every completion that was ever paid for, in one SQLite file (WAL): written the moment it arrives, so that no call is made twice.

A row is a call that was answered. A request whose answer could not be used is asked again with other messages, which is another call with
another key: so a killed run goes on in the middle of such a chain. `request_key` is the key of its first call.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assets.corpus.generation.completions import Completion, Request
from assets.sqlite_files import opened

State = Literal["done", "repeated", "failed"]
_TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE completions (
    key TEXT PRIMARY KEY,            -- BLAKE3 of model, parameters, messages and schema
    request_key TEXT NOT NULL,       -- of the first call of the request
    state TEXT NOT NULL,             -- done; repeated: unusable, and asked again; failed: not asked again unless somebody says so
    error TEXT,                      -- the reason, where failed
    problem TEXT,                    -- what was wrong with an answer that was asked again
    text TEXT,                       -- as returned
    data TEXT,                       -- JSON, where a schema was asked for
    finish_reason TEXT,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    counted INTEGER NOT NULL,        -- 0: the server did not count, the numbers are estimates
    latency_s REAL NOT NULL,
    money REAL NOT NULL,
    request TEXT,                    -- JSON, where failed
    created_at REAL NOT NULL         -- seconds since the epoch
);
CREATE INDEX by_request ON completions (request_key);
CREATE INDEX failures ON completions (error) WHERE state = 'failed';
"""
_KNOWN = "text, data, finish_reason, model, error, state, problem"


class Entry(NamedTuple):
    """A row, as it is written."""

    key: str
    request_key: str
    state: State
    endpoint: str
    model: str
    text: str | None = None
    data: str | None = None
    finish_reason: str | None = None
    error: str | None = None
    problem: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    counted: bool = True
    latency_s: float = 0.0
    money: float = 0.0
    request: str | None = None


class Known(NamedTuple):
    """A row, as it is read: the completion, or what was wrong with it where it was asked again."""

    completion: Completion
    state: State
    problem: str


class Failure(NamedTuple):
    """A request that failed for good, and why."""

    request_key: str
    error: str
    endpoint: str
    model: str
    request: Request
    created_at: float


class Ledger:
    """The open file. For one thread; any number of processes may have it open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Known | None:
        """Return the call with `key`, None when it was not made."""
        row = self._connection.execute(f"SELECT {_KNOWN} FROM completions WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        text, data, finish_reason, model, error, state, problem = row
        parsed = None if data is None else json.loads(data)
        shown = None if state == "failed" else text
        return Known(Completion(shown, parsed, finish_reason, model, error), state, problem or "")

    def write(self, entry: Entry) -> Known:
        """Keep a call, on disk before this returns, and return what is kept: of two processes that made it, the first one's."""
        columns = (*Entry._fields, "created_at")
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO completions ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING"
        self._connection.execute(statement, (*entry, time.time()))
        known = self.get(entry.key)
        if known is None:
            raise LookupError(f"completion {entry.key} was removed while it was written")
        return known

    def failures(self) -> Iterator[Failure]:
        """Yield what failed, with its reason, oldest first."""
        columns = "request_key, error, endpoint, model, request, created_at"
        found = self._connection.execute(f"SELECT {columns} FROM completions WHERE state = 'failed' ORDER BY created_at, key")
        for key, error, endpoint, model, request, created_at in found:
            yield Failure(key, error, endpoint, model, stored_request(json.loads(request)), created_at)

    def reasons(self) -> dict[str, int]:
        """Return how many requests failed for each reason."""
        query = "SELECT error, count(*) FROM completions WHERE state = 'failed' GROUP BY error ORDER BY error"
        return dict(self._connection.execute(query).fetchall())

    def forget_failures(self, reasons: Sequence[str] = ()) -> int:
        """Remove what failed for one of `reasons` (none: for any), with the calls that led there; return how many requests that were."""
        chosen = "state = 'failed'" + (f" AND error IN ({', '.join('?' * len(reasons))})" if reasons else "")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            keys = self._connection.execute(f"SELECT DISTINCT request_key FROM completions WHERE {chosen}", tuple(reasons)).fetchall()
            self._connection.executemany("DELETE FROM completions WHERE request_key = ?", keys)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return len(keys)


@contextmanager
def opened_ledger(file: Path) -> Iterator[Ledger]:
    """Open the ledger at `file`, and make it where it is not there yet. Raises sqlite3.DatabaseError and OSError."""
    with opened(file, _TABLES) as connection:
        yield Ledger(connection)


def request_text(request: Request) -> str:
    """Return a request as JSON."""
    return json.dumps(request._asdict())  # ASCII: half a surrogate pair may stand in it


def stored_request(fields: dict[str, Any]) -> Request:
    """Return the request that `request_text` wrote."""
    return Request(**{**fields, "messages": tuple((role, content) for role, content in fields["messages"])})

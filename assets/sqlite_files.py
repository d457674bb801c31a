"""SQLite files that any number of processes use at once: made whole or not at all, and opened with the same care."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_BUSY_S = 120.0  # longest wait for another process that writes


@contextmanager
def opened(file: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """Yield a connection without implicit transactions to `file`, which is made with `tables` (SQL) when it is not there.

    The file must be on a local disk. Raises sqlite3.DatabaseError and OSError.
    """
    if not file.exists():
        _create(file, tables)
    with closing(sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")  # in WAL mode a power failure costs the last entries, not the file
        yield connection


def _create(file: Path, tables: str) -> None:
    """Make the file beside its place and link it there: of two processes that do so one wins, and nobody sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as connection:
        connection.executescript(tables)
    with suppress(FileExistsError):
        os.link(partial, file)
    partial.unlink()

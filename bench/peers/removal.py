"""What the peers of near-duplicates share: components by union-find, and the report. Run beside them, in their environments."""

import json
import sys
import time
from importlib.metadata import version

import polars as pl


class Components:
    """The rows 0 to n - 1 with what was united; of a component the first row stays."""

    def __init__(self, n_rows: int) -> None:
        """Every row is its own component."""
        self.parent = list(range(n_rows))

    def unite(self, one: int, other: int) -> None:
        """Make the components of both rows one."""
        first, second = self.root(one), self.root(other)
        self.parent[max(first, second)] = min(first, second)

    def root(self, row: int) -> int:
        """Return the first row of the component."""
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = self.parent[row]
        return row

    def duplicates(self) -> list[int]:
        """Return the rows to remove."""
        return [row for row in range(len(self.parent)) if self.root(row) != row]


class Watch:
    """Seconds of reading and of working, from when it is made."""

    def __init__(self) -> None:
        """Start."""
        self.started = self.read = time.perf_counter()

    def has_read(self) -> None:
        """Say that everything is in memory."""
        self.read = time.perf_counter()

    def report(self, peer: str, duplicates: list[int]) -> None:
        """Write the rows to remove to the file named by the second argument and print one JSON line."""
        seconds = time.perf_counter() - self.read
        pl.DataFrame({"row": duplicates}, schema={"row": pl.Int64}).write_parquet(sys.argv[2])
        facts = {"seconds": seconds, "read_seconds": self.read - self.started, "removed": len(duplicates), "version": version(peer)}
        print(json.dumps(facts))


def options() -> tuple[str, int, int, float]:
    """Return (files, bands, rows of a band, threshold) of the command line `peer.py files.parquet removed.parquet bands rows threshold`."""
    return sys.argv[1], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])

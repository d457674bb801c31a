"""Near-duplicates by rensa: MinHash over token 5-grams, made in Python as its README does, and its LSH. Unverified.

`python rensa_near_duplicates.py files.parquet removed.parquet bands rows threshold`
"""

import json
import re
import sys
import time
from importlib.metadata import version

import polars as pl
from rensa import RMinHash, RMinHashLSH

TOKEN = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+|[^ \t\n\r\f\v]")


def main(files: str, removed: str, bands: int, rows: int, threshold: float) -> None:
    """Measure, write the rows to remove (all but the first of a component), print one JSON line."""
    started = time.perf_counter()
    documents = pl.read_parquet(files, columns=["row", "content"])["content"].to_list()
    read = time.perf_counter()
    lsh = RMinHashLSH(threshold=threshold, num_perm=bands * rows, num_bands=bands)
    parent = list(range(len(documents)))
    for row, text in enumerate(documents):
        words = TOKEN.findall(text)
        minhash = RMinHash(num_perm=bands * rows, seed=1)
        minhash.update([" ".join(words[at : at + 5]) for at in range(len(words) - 4)])
        for other in lsh.query(minhash) if len(words) > 4 else []:
            _unite(parent, row, other)
        if len(words) > 4:
            lsh.insert(row, minhash)
    duplicates = [row for row in range(len(documents)) if _root(parent, row) != row]
    seconds = time.perf_counter() - read
    pl.DataFrame({"row": duplicates}, schema={"row": pl.Int64}).write_parquet(removed)
    print(json.dumps({"seconds": seconds, "read_seconds": read - started, "removed": len(duplicates), "version": version("rensa")}))


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _unite(parent: list[int], one: int, other: int) -> None:
    first, second = _root(parent, one), _root(parent, other)
    parent[max(first, second)] = min(first, second)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

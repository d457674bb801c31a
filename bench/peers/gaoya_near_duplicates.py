"""Near-duplicates by gaoya: an index of MinHash over word 5-grams, queried with every document. Estimates decide, over its own words.

`python gaoya_near_duplicates.py files.parquet removed.parquet bands rows threshold`
"""

import json
import sys
import time
from importlib.metadata import version

import polars as pl
from gaoya.minhash import MinHashStringIndex


def main(files: str, removed: str, bands: int, rows: int, threshold: float) -> None:
    """Measure, write the rows to remove (all but the first of a component), print one JSON line."""
    started = time.perf_counter()
    frame = pl.read_parquet(files, columns=["row", "content"])
    documents, ids = frame["content"].to_list(), frame["row"].to_list()
    read = time.perf_counter()
    index = MinHashStringIndex(32, threshold, bands, rows, None, "word", False, (5, 5))
    index.par_bulk_insert_docs(ids, documents)
    parent = list(range(len(ids)))
    for row, found in zip(ids, index.par_bulk_query(documents), strict=True):
        for other in found:
            _unite(parent, row, other)
    duplicates = [row for row in ids if _root(parent, row) != row]
    seconds = time.perf_counter() - read
    pl.DataFrame({"row": duplicates}, schema={"row": pl.Int64}).write_parquet(removed)
    print(json.dumps({"seconds": seconds, "read_seconds": read - started, "removed": len(duplicates), "version": version("gaoya")}))


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

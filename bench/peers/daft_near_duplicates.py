"""Near-duplicates by daft: minhash of word 5-grams, bands as groups, connected components. Unverified, words split at spaces.
Its fastest hash function, and morsels small enough for all cores.

`python daft_near_duplicates.py files.parquet removed.parquet bands rows`
"""

import json
import sys
import time

import daft
import polars as pl
from daft import col


def main(files: str, removed: str, bands: int, rows: int) -> None:
    """Measure, write the rows to remove (all but the first of a component), print one JSON line."""
    daft.set_execution_config(default_morsel_size=1_000)  # else all rows are one morsel, for one core
    started = time.perf_counter()
    frame = daft.read_parquet(files).select("row", "content").where(col("content").length() > 0).collect()
    read = time.perf_counter()
    minhash = col("content").minhash(num_hashes=128, ngram_size=5, seed=1, hash_function="xxhash")
    signatures = pl.DataFrame(frame.select("row", minhash.alias("minhash")).collect().to_arrow())
    groups = [_buckets(signatures, band, rows) for band in range(bands)]
    parent = list(range(pl.read_parquet(files, columns=["row"]).height))
    for group in groups:
        for first, *others in group:
            for other in others:
                _unite(parent, first, other)
    duplicates = [row for row in range(len(parent)) if _root(parent, row) != row]
    seconds = time.perf_counter() - read
    pl.DataFrame({"row": duplicates}, schema={"row": pl.Int64}).write_parquet(removed)
    print(json.dumps({"seconds": seconds, "read_seconds": read - started, "removed": len(duplicates), "version": daft.__version__}))


def _buckets(signatures: pl.DataFrame, band: int, rows: int) -> list[list[int]]:
    part = signatures.select(pl.col("row").cast(pl.Int64), key=pl.col("minhash").arr.to_list().list.slice(band * rows, rows))
    part = part.select("row", pl.col("key").list.to_struct(fields=[str(index) for index in range(rows)]).hash().alias("key"))
    return part.group_by("key").agg(pl.col("row").sort()).filter(pl.col("row").list.len() > 1)["row"].to_list()


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _unite(parent: list[int], one: int, other: int) -> None:
    first, second = _root(parent, one), _root(parent, other)
    parent[max(first, second)] = min(first, second)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

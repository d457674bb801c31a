"""Near-duplicates by daft: minhash of word 5-grams, bands as groups, connected components. Unverified, words split at spaces.

Its fastest hash function, and morsels small enough for all cores.
"""

import daft
import polars as pl
from daft import col
from removal import Components, Watch, options


def main(files: str, bands: int, rows: int, _: float) -> None:
    """Measure and report."""
    daft.set_execution_config(default_morsel_size=1_000)  # else all rows are one morsel, for one core
    watch = Watch()
    frame = daft.read_parquet(files).select("row", "content").where(col("content").length() > 0).collect()
    watch.has_read()
    minhash = col("content").minhash(num_hashes=128, ngram_size=5, seed=1, hash_function="xxhash")
    signatures = pl.DataFrame(frame.select("row", minhash.alias("minhash")).collect().to_arrow())
    components = Components(pl.read_parquet(files, columns=["row"]).height)
    for band in range(bands):
        for first, *others in _buckets(signatures, band, rows):
            for other in others:
                components.unite(first, other)
    watch.report("daft", components.duplicates())


def _buckets(signatures: pl.DataFrame, band: int, rows: int) -> list[list[int]]:
    part = signatures.select(pl.col("row").cast(pl.Int64), key=pl.col("minhash").arr.to_list().list.slice(band * rows, rows))
    part = part.select("row", pl.col("key").list.to_struct(fields=[str(index) for index in range(rows)]).hash().alias("key"))
    return part.group_by("key").agg(pl.col("row").sort()).filter(pl.col("row").list.len() > 1)["row"].to_list()


if __name__ == "__main__":
    main(*options())

"""Near-duplicates by gaoya: an index of MinHash over word 5-grams, queried with every document. Estimates decide, over its own words."""

import polars as pl
from gaoya.minhash import MinHashStringIndex
from removal import Components, Watch, options


def main(files: str, bands: int, rows: int, threshold: float) -> None:
    """Measure and report."""
    watch = Watch()
    frame = pl.read_parquet(files, columns=["row", "content"])
    documents, ids = frame["content"].to_list(), frame["row"].to_list()
    watch.has_read()
    index = MinHashStringIndex(32, threshold, bands, rows, None, "word", False, (5, 5))
    index.par_bulk_insert_docs(ids, documents)
    components = Components(len(ids))
    for row, found in zip(ids, index.par_bulk_query(documents), strict=True):
        for other in found:
            components.unite(row, other)
    watch.report("gaoya", components.duplicates())


if __name__ == "__main__":
    main(*options())

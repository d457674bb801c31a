"""Near-duplicates by datatrove: its four MinHash steps in one process, over its own words. Unverified.

`python datatrove_near_duplicates.py files.parquet removed.parquet bands rows`
"""

import json
import struct
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import polars as pl
from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
from datatrove.utils.logging import logger


def main(files: str, removed: str, bands: int, rows: int) -> None:
    """Measure, write the rows to remove, print one JSON line."""
    logger.remove()
    started = time.perf_counter()
    frame = pl.read_parquet(files, columns=["row", "content"])
    documents = [Document(text=text, id=str(row)) for row, text in frame.rows()]
    read = time.perf_counter()
    config = MinhashConfig(n_grams=5, num_buckets=bands, hashes_per_bucket=rows)
    with tempfile.TemporaryDirectory() as folder:
        for _ in MinhashDedupSignature(f"{folder}/signatures", config).run(documents) or ():
            pass
        for bucket in range(bands):
            MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config).run(None, bucket, bands)
        MinhashDedupCluster(f"{folder}/buckets", f"{folder}/removed", config).run()
        data = b"".join(path.read_bytes() for path in Path(folder, "removed").glob("*.remove"))
    numbers = struct.unpack(f"<{len(data) // 4}I", data)
    duplicates = sorted(int(documents[number].id) for number in numbers)
    seconds = time.perf_counter() - read
    pl.DataFrame({"row": duplicates}, schema={"row": pl.Int64}).write_parquet(removed)
    print(json.dumps({"seconds": seconds, "read_seconds": read - started, "removed": len(duplicates), "version": version("datatrove")}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

"""Near-duplicates by datatrove: its four MinHash steps in one process, over its own words. Unverified."""

import struct
import tempfile
from pathlib import Path

import polars as pl
from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
from datatrove.utils.logging import logger
from removal import Watch, options


def main(files: str, bands: int, rows: int, _: float) -> None:
    """Measure and report."""
    logger.remove()
    watch = Watch()
    frame = pl.read_parquet(files, columns=["row", "content"])
    documents = [Document(text=text, id=str(row)) for row, text in frame.rows()]
    watch.has_read()
    config = MinhashConfig(n_grams=5, num_buckets=bands, hashes_per_bucket=rows)
    with tempfile.TemporaryDirectory() as folder:
        for _ in MinhashDedupSignature(f"{folder}/signatures", config).run(documents) or ():
            pass
        for bucket in range(bands):
            MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config).run(None, bucket, bands)
        MinhashDedupCluster(f"{folder}/buckets", f"{folder}/removed", config).run()
        data = b"".join(path.read_bytes() for path in Path(folder, "removed").glob("*.remove"))
    numbers = struct.unpack(f"<{len(data) // 4}I", data)
    watch.report("datatrove", sorted(int(documents[number].id) for number in numbers))


if __name__ == "__main__":
    main(*options())

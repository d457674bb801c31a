"""The rows of a snapshot in the order of an export, a bounded number at a time.

The order is that of the ids. Ids are hashes, so sources, repositories and languages come mixed, however the shards were cut.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from assets.corpus.exports.rows import FACTS

COLUMNS = (*FACTS, "split", "parent_ids", "messages", "tools", "n_tokens", "n_answer_tokens")
BUCKET_ROWS = 32_768
_DIGITS = 4  # of an id, which say in which bucket it is


def counted(files: Sequence[Path], splits: Sequence[str]) -> dict[str, int]:
    """Return the rows of each of `splits` in the Parquet files of a snapshot."""
    found: Counter[str] = Counter()
    for file in files:
        found.update(dict(pl.scan_parquet(file).group_by("split").len().collect().iter_rows()))
    return {split: found[split] for split in splits}


def arranged(files: Sequence[Path], splits: Sequence[str], rows: int, scratch: Path) -> Iterator[pl.DataFrame]:
    """Yield the rows (COLUMNS) of `splits`, which are `rows` in number, sorted by id, in frames of about BUCKET_ROWS.

    What does not fit into one frame is shared out into files in the folder `scratch` first, which is one more pass over the data.
    """
    buckets = math.ceil(rows / BUCKET_ROWS)
    if buckets <= 1:
        yield from _sorted([_read(file, splits) for file in files])
        return
    for number, file in enumerate(files):
        _share_out(_read(file, splits), buckets, scratch, number)
    for bucket in range(buckets):
        parts = sorted((scratch / str(bucket)).glob("*.parquet"))
        yield from _sorted([pl.read_parquet(part) for part in parts])


def _read(file: Path, splits: Sequence[str]) -> pl.DataFrame:
    return pl.scan_parquet(file).filter(pl.col("split").is_in(list(splits))).select(COLUMNS).collect()


def _sorted(frames: list[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    if frames:
        yield pl.concat(frames).sort("id")


def _share_out(frame: pl.DataFrame, buckets: int, scratch: Path, number: int) -> None:
    """Append the rows to the files of their buckets: each bucket is a range of ids."""
    bucket = pl.col("id").str.slice(0, _DIGITS).str.to_integer(base=16) * buckets // 16**_DIGITS
    for (which,), part in frame.with_columns(bucket.alias("_bucket")).partition_by("_bucket", as_dict=True).items():
        folder = scratch / str(which)
        folder.mkdir(parents=True, exist_ok=True)
        part.drop("_bucket").write_parquet(folder / f"{number:06d}.parquet", compression="lz4")

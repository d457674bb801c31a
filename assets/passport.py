"""Row ids: a stable name for what a row is and where it comes from."""

from collections.abc import Iterable

import polars as pl
from blake3 import blake3

SEPARATOR = "\x1f"  # ASCII unit separator: cannot be confused with a part of a path or a hash


def row_id(kind: str, *parts: str) -> str:
    """Return the 32 hex digits (128 bits) that name the row of `kind` made of `parts`."""
    return blake3(SEPARATOR.join((kind, *parts)).encode("utf-8", "surrogatepass")).hexdigest(length=16)


def row_ids(kind: str, *columns: Iterable[str]) -> pl.Series:
    """Return a String series named "id": `row_id` of each row of the columns.

    Raises ValueError unless they are equally long and hold no null.
    """
    made = [column if isinstance(column, pl.Series) else pl.Series(list(column), dtype=pl.String) for column in columns]
    if len({len(column) for column in made}) != 1 or any(column.null_count() for column in made):
        raise ValueError("an id is made of columns that are equally long and hold no null")
    names = pl.select(pl.concat_str(pl.lit(kind), *made, separator=SEPARATOR).alias("id"))["id"]
    return pl.Series("id", [blake3(name).hexdigest(length=16) for name in names.cast(pl.Binary).to_list()], dtype=pl.String)


def draw(name: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the name of a row and the seed: a draw that other rows do not change."""
    return int.from_bytes(blake3(f"{seed}{SEPARATOR}{name}".encode()).digest(length=6)) / 2**48

"""Row ids: a stable name for what a row is and where it comes from."""

from collections.abc import Iterable

import polars as pl
from blake3 import blake3

SEPARATOR = "\x1f"  # ASCII unit separator: cannot be confused with a part of a path or a hash


def row_id(kind: str, *parts: str) -> str:
    """Return the 32 hex digits (128 bits) that name the row of `kind` made of `parts`."""
    return blake3(SEPARATOR.join((kind, *parts)).encode("utf-8", "surrogatepass")).hexdigest(length=16)


def row_ids(kind: str, *columns: Iterable[str]) -> pl.Series:
    """Return a String series named "id": `row_id` of each row of the equally long `columns`."""
    rows = zip(*columns, strict=True)
    return pl.Series("id", [row_id(kind, *parts) for parts in rows], dtype=pl.String)

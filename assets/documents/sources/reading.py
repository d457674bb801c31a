"""Documents of a listing with their content: the first stage of `raw_documents`."""

import hashlib

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.code.sources.folders import open_file
from assets.documents.sources import listing
from assets.documents.sources.receiving import HEADER, HEADER_WITHIN

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "source": pl.String(),
        "origin": pl.String(),
        "title": pl.String(),
        "license": pl.String(),
        "sha256": pl.String(),
        "n_bytes": pl.Int64(),
        "content": pl.Binary(),
    }
)


class DocumentReadingSettings(BaseModel, frozen=True, extra="forbid"):
    """What is read of a listing."""

    max_document_bytes: int = Field(50_000_000, gt=0, description="a larger document is refused; the same as when it is fetched")


def read_documents(entries: pl.DataFrame, settings: DocumentReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of raw_documents by origin, and the ledger. Each content is proven by its SHA-256.

    Refused are missing, unreadable, over_size, not_pdf, and changed: the file is not the one that was listed any more.
    """
    columns = (entries["location"], entries["sha256"], entries["n_bytes"])
    read = [_read(place, sha256, size, settings.max_document_bytes) for place, sha256, size in zip(*columns, strict=True)]
    rows = entries.with_columns(
        listing.row_ids(entries),
        parent_ids=pl.lit([], dtype=pl.List(pl.String)),
        content=pl.Series([content for content, _ in read], dtype=pl.Binary),
        rule=pl.Series([rule for _, rule in read], dtype=pl.String),
    )
    kept = rows.filter(pl.col("rule").is_null()).select(SCHEMA.names()).cast(SCHEMA).sort("origin", "id")
    return kept, ledger.entries(rows.filter(pl.col("rule").is_not_null()), pl.col("rule"), detail=pl.col("origin"))


def _read(location: str, sha256: str, n_bytes: int, max_bytes: int) -> tuple[bytes | None, str | None]:
    if n_bytes > max_bytes:
        return None, "over_size"
    content, rule = open_file("/", location, n_bytes + 1, follow=True)
    if content is None:
        return None, rule
    if hashlib.sha256(content).hexdigest() != sha256:
        return None, "changed"
    return (content, None) if HEADER in content[:HEADER_WITHIN] else (None, "not_pdf")

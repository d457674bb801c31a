"""The contracts of documents and of their sections."""

import pandera.polars as pa
import polars as pl

RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)


class RawDocuments(pa.DataFrameModel):
    """A PDF with its origin, as it was found."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=["folder", "url", "search"])
    origin: str = pa.Field(str_length={"min_value": 1}, description="path or URL, without credentials")
    title: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    sha256: str = pa.Field(str_matches=r"^[0-9a-f]{64}$", unique=True, description="of the content")
    n_bytes: pl.Int64 = pa.Field(ge=0)
    content: pl.Binary


class DocumentSections(pa.DataFrameModel):
    """A cleaned section of a document in Markdown, within the token budget."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    document: str = pa.Field(str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of the PDF: what must stay in one split")
    origin: str = pa.Field(str_length={"min_value": 1}, description="path or URL, without credentials")
    title: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    extractor: str = pa.Field(description="what read the pages, with its version")
    section: pl.Int64 = pa.Field(ge=0, description="place in the document")
    part: pl.Int64 = pa.Field(ge=0, description="0 for the first (or only) part of a section that was cut to the budget")
    heading: str = pa.Field(nullable=True, description="null for text before the first heading")
    headings: pl.List(pl.String)  # type: ignore[valid-type]
    level: pl.Int64 = pa.Field(nullable=True, ge=1, le=6, description="of the heading, 1 is the outermost")
    first_page: pl.Int64 = pa.Field(ge=1)
    last_page: pl.Int64 = pa.Field(ge=1)
    text: str = pa.Field(str_length={"min_value": 1}, description="Markdown, with the heading in the first part")
    n_tokens: pl.Int64 = pa.Field(ge=1, description="by the base model's tokenizer")

"""Sections of documents as chunks."""

import polars as pl

from assets import passport, validation
from assets.corpus.chunks.chunking import SCHEMA
from assets.corpus.chunks.sections import as_chunks, not_whole
from assets.documents.extraction import SCHEMA as SECTIONS


def sections() -> pl.DataFrame:
    known = {"document": "a" * 64, "origin": "/srv/docs/handbook.pdf", "license": "Apache-2.0", "extractor": "pdfium", "n_tokens": 20}
    above = {"section": 0, "part": 0, "heading": None, "headings": [], "first_page": 1, "last_page": 1, "text": "Before\nall é\n"}
    below = above | {"section": 1, "heading": "Leases", "headings": ["Queues"], "text": "## Leases\n\nA lease ends."}
    rows = pl.DataFrame([known | above, known | below]).with_columns(title=pl.lit(None, pl.String), level=pl.lit(None, pl.Int64))
    ids = passport.row_ids("document_sections", rows["text"])
    return rows.with_columns(ids, parent_ids=pl.lit([], pl.List(pl.String))).select(
        pl.col(name).cast(kind) for name, kind in SECTIONS.items()
    )


def test_a_section_is_a_chunk_that_leads_back_to_its_document() -> None:
    chunks, entries = as_chunks(sections())
    assert chunks.schema == SCHEMA and entries.is_empty()
    assert chunks["name"].to_list() == ["handbook.pdf", "Queues > Leases"]
    assert chunks.select("repository", "revision", "path", "kind").unique().rows() == [
        ("/srv/docs/handbook.pdf", "a" * 64, "handbook.pdf", "section")
    ]
    assert chunks.select("end_line", "end_char").rows() == [(2, 13), (3, 24)]
    assert chunks["parent_ids"].list.first().to_list() == sections()["id"].to_list()
    violations, _ = validation.validate(chunks, validation.settings_for("assets.corpus.schema:CleanedChunks"))
    assert violations.is_empty()


def test_a_chunk_that_is_not_its_section_is_found() -> None:
    chunks, _ = as_chunks(sections())
    assert not_whole(chunks, None, sections())[0].is_empty()
    changed = chunks.with_columns(text=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("else")).otherwise("text"))
    assert not_whole(changed, None, sections())[0]["id"].to_list() == [chunks["id"][1]]
    assert not_whole(chunks, None, sections().head(1))[0]["id"].to_list() == [chunks["id"][1]]


def test_no_sections_give_no_chunks() -> None:
    assert as_chunks(sections().clear())[0].schema == SCHEMA

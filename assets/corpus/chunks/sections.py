"""Sections of documents as chunks: they are within the token budget already, and each is a chunk of its own."""

import polars as pl

from assets import ledger, passport
from assets.corpus.chunks.chunking import SCHEMA

_FILE = pl.col("origin").str.split("/").list.last()
_HEADINGS = pl.concat_list("headings", pl.concat_list(pl.col("heading").fill_null("")))


def as_chunks(sections: pl.DataFrame, settings: None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (a row of cleaned_chunks for each row of document_sections; an empty ledger).

    The document is the repository, its SHA-256 the revision; the name is the path of headings, or the file's name above the first one.
    """
    named = _HEADINGS.list.eval(pl.element().filter(pl.element() != "")).list.join(" > ")
    missing = {name: pl.lit(None, dtype=SCHEMA[name]) for name in ("signature", "docstring", "docstring_start", "docstring_end")}
    rows = sections.with_columns(
        passport.row_ids("cleaned_chunks", sections["id"]),
        parent_ids=pl.concat_list("id"),
        repository="origin",
        revision="document",
        path=_FILE,
        language=pl.lit("Markdown"),
        kind=pl.lit("section"),
        name=pl.when(named != "").then(named).otherwise(_FILE),
        imports=pl.lit([], dtype=pl.List(pl.String)),
        start_line=pl.lit(1),
        end_line=pl.col("text").str.strip_chars_end("\n").str.count_matches("\n") + 1,
        start_char=pl.lit(0),
        end_char=pl.col("text").str.len_chars(),
        **missing,
    )
    return rows.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()), ledger.empty()


def not_whole(chunks: pl.DataFrame, settings: None, sections: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ({id} of the chunks that are not the whole text of their section; an empty ledger)."""
    texts = sections.select(parent="id", whole="text")
    joined = chunks.select("id", "text", "end_char", parent=pl.col("parent_ids").list.first()).join(texts, on="parent", how="left")
    is_whole = (pl.col("text") == pl.col("whole")) & (pl.col("end_char") == pl.col("whole").str.len_chars())
    return joined.filter(~is_whole.fill_null(False)).select("id"), ledger.empty()

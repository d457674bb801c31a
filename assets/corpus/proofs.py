"""Proofs that chunks and answers stand where they say: stages that keep the ids of rows for which it is not so."""

import polars as pl

from assets import ledger
from assets.corpus import questions
from assets.corpus.questions import is_grounded


def not_literal(chunks: pl.DataFrame, settings: None, files: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {id} of the chunks whose text, start line or end line does not agree with their file, and an empty ledger."""
    contents = dict(files.select("id", "content").iter_rows())
    columns = chunks.select("id", pl.col("parent_ids").list.first(), "start_char", "end_char", "start_line", "end_line", "text")
    wrong = [row[0] for row in columns.iter_rows() if not _stands(contents.get(row[1]), *row[2:])]
    return pl.DataFrame({"id": wrong}, schema={"id": pl.String}), ledger.empty()


def _stands(content: str | None, start: int, end: int, first_line: int, last_line: int, text: str) -> bool:
    if content is None or content[start:end] != text:
        return False
    return content.count("\n", 0, start) + 1 == first_line and first_line + text.rstrip("\n").count("\n") == last_line


def not_grounded(pairs: pl.DataFrame, settings: None, chunks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {id} of the pairs from documentation whose answer does not stand in the span of their chunk, and an empty ledger."""
    texts = dict(chunks.select("id", "text").iter_rows())
    columns = pairs.filter(generator=questions.GENERATOR).select(
        "id", pl.col("parent_ids").list.first(), "answer", "span_start", "span_end"
    )
    wrong = [row for row, parent, answer, start, end in columns.iter_rows() if not is_grounded(answer, texts.get(parent, "")[start:end])]
    return pl.DataFrame({"id": wrong}, schema={"id": pl.String}), ledger.empty()

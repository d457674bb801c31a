"""Stages with a planted bug."""

import polars as pl

from assets.corpus import chunking


def chunk_off_by_one(
    files: pl.DataFrame, settings: chunking.ChunkingSettings, tokenizer: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut right, and say that it was one character later."""
    chunks, ledger = chunking.chunk(files, settings, tokenizer)
    return chunks.with_columns(pl.col("start_char") + 1, pl.col("end_char") + 1), ledger

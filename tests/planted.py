"""Stages with a planted bug."""

import polars as pl

from assets.corpus.chunks import chunking
from assets.pull_requests.silver import repeats
from assets.pull_requests.silver.repeats import RepeatSettings


def chunk_off_by_one(
    files: pl.DataFrame, settings: chunking.ChunkingSettings, tokenizer: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut right, and say that it was one character later."""
    chunks, ledger = chunking.chunk(files, settings, tokenizer)
    return chunks.with_columns(pl.col("start_char") + 1, pl.col("end_char") + 1), ledger


def comments_one_line_off(comments: pl.DataFrame, settings: RepeatSettings, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep what is no repeat, and say that it is about the line below."""
    kept, ledger = repeats.drop_repeats(comments, settings, decisions)
    return kept.with_columns(pl.col("line") + 1), ledger

"""The project's own held-out chats as an evaluation set, so that they are looked for in the training rows like any other."""

import polars as pl

from assets import passport
from assets.corpus.benchmarks.reading import SCHEMA


def of_chats(chats: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return rows of benchmarks named `name` of `chats` (id, license, language, messages): what users say, what is answered."""
    message = pl.element().struct
    said = {
        role: pl.col("messages")
        .list.eval(message.field("content").filter(message.field("role") == role))
        .list.join("\n", ignore_nulls=True)
        for role in ("user", "assistant")
    }
    columns = {
        "parent_ids": pl.concat_list("id"),
        "benchmark": pl.lit(name),
        "task_id": pl.col("id"),
        "revision": pl.lit(None, pl.String),
        "prompt": said["user"],
        "solution": said["assistant"],
        "tests": pl.lit(None, pl.String),
        "texts": pl.lit([], pl.List(pl.String)),
    }
    return (
        chats.select("license", "language", **columns)
        .with_columns(passport.row_ids("benchmarks", [name] * chats.height, chats["id"]))
        .select(*SCHEMA)
    )

"""Which conversations are so alike that they must stay in one split: clusters of near-duplicates, found exactly.

`fingerprint_conversations` is a stage (each shard by itself, remembered); `clusters` looks at all its narrow rows at once. Two
conversations are alike when the sets of the runs of words in what is said, called and answered have a high Jaccard index; a cluster is a
connected component. What the system says and which tools are listed does not count: published data repeats those by the thousand.
"""

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.corpus.splits import fingerprints

NARROW = pl.Schema({"id": pl.String(), "content_key": pl.String(), "shingles": pl.List(pl.UInt64())})
CLUSTERS = pl.Schema({"id": pl.String(), "cluster_id": pl.String()})


class SimilaritySettings(BaseModel, frozen=True, extra="forbid"):
    """When two conversations are alike. The threshold is the splits' own: generated data share templates, so a lower one groups topics."""

    shingle_words: int = Field(5, ge=1, description="words in a run")
    threshold: float = Field(0.7, gt=0, le=1, description="Jaccard index of the runs from which two conversations are alike")


def fingerprint_conversations(conversations: pl.DataFrame, settings: SimilaritySettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (NARROW rows of rows of tool_conversations, in the order given; an empty ledger)."""
    spoken = [fingerprints.words(_text(messages)) for messages in conversations["messages"].to_list()]
    columns = {
        "id": conversations["id"].to_list(),
        "content_key": [passport.row_id("conversation_words", *words) for words in spoken],
        "shingles": [fingerprints.shingles(words, settings.shingle_words) for words in spoken],
    }
    return pl.DataFrame(columns, schema=NARROW), ledger.empty()


def _text(messages: list[dict[str, str | None]]) -> str:
    said = [(message["content"], message["tool_calls"]) for message in messages if message["role"] != "system"]
    return "\n".join(part for pair in said for part in pair if part)


def clusters(narrow: pl.DataFrame, settings: SimilaritySettings) -> pl.DataFrame:
    """Return the cluster of each conversation of NARROW rows, sorted by id, whatever the order they are given in.

    A cluster's id is the smallest content key of its members. Prefix filtering (Bayardo et al. 2007; see `assets.corpus.splits.likeness`)
    misses no pair, and each pair that unites two clusters is verified on its sets. Conversations without words are alike only when equal.
    """
    from assets.conversations import joining

    nodes = narrow.unique("content_key").sort("content_key")
    sets = nodes["shingles"].list.sort()
    starts = np.concatenate([[0], sets.list.len().to_numpy()]).cumsum().astype(np.int64)
    elements = sets.explode().drop_nulls().to_numpy() if starts[-1] else np.empty(0, np.uint64)
    component = np.arange(nodes.height)
    rows, bounds = _buckets(nodes, settings.threshold)
    joining.unite_alike(rows, bounds, elements, starts, settings.threshold, component)
    found = nodes.select("content_key", cluster_id=nodes["content_key"].gather(component))
    return narrow.select("id", "content_key").join(found, on="content_key").select(*CLUSTERS).sort("id")


def _buckets(nodes: pl.DataFrame, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows, bounds): in each rows[bounds[i]:bounds[i + 1]] are nodes that share one of the shingles that are rare for them."""
    listed = nodes.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), shingle="shingles").explode("shingle").drop_nulls()
    ranked = listed.with_columns(frequency=pl.len().over("shingle")).sort("row", "frequency", "shingle")
    needed = (pl.len().over("row") * threshold - 1e-9).ceil()  # rounding must not shorten a prefix
    rare = ranked.filter((pl.int_range(pl.len()).over("row") <= pl.len().over("row") - needed) & (pl.col("frequency") > 1))
    groups = rare.sort("shingle", "row").group_by("shingle", maintain_order=True).agg("row")
    rows = groups["row"].explode().to_numpy() if groups.height else np.empty(0, np.int64)
    return rows.astype(np.int64), np.concatenate([[0], groups["row"].list.len().to_numpy()]).cumsum().astype(np.int64)

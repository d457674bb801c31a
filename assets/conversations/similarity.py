"""Which conversations are so alike that they must stay in one split: clusters of near-duplicates, found exactly.

`fingerprint_conversations` is a stage (each shard by itself, remembered); `clusters` looks at all its narrow rows at once. Two
conversations are alike when the sets of the runs of words in what is said, called and answered have a high Jaccard index; a cluster is a
connected component. What the system says and which tools are listed does not count: published data repeats those by the thousand.
"""

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.corpus.splits import fingerprints, nearest

NARROW = pl.Schema({"id": pl.String(), "content_key": pl.UInt64(), "shingles": pl.List(pl.UInt64())})
CLUSTERS = pl.Schema({"id": pl.String(), "cluster_id": pl.String()})


class SimilaritySettings(BaseModel, frozen=True, extra="forbid"):
    """When two conversations are alike. The threshold is the splits' own: generated data share templates, so a lower one groups topics."""

    shingle_words: int = Field(5, ge=1, description="words in a run")
    threshold: float = Field(0.7, gt=0, le=1, description="Jaccard index of the runs from which two conversations are alike")


def fingerprint_conversations(conversations: pl.DataFrame, settings: SimilaritySettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (NARROW rows of rows of tool_conversations, in the order given; an empty ledger)."""
    sets = fingerprints.word_sets_of(conversations["messages"], settings.shingle_words)
    return conversations.select("id").hstack(sets.select("content_key", "shingles")), ledger.empty()


def clusters(narrow: pl.DataFrame, settings: SimilaritySettings) -> pl.DataFrame:
    """Return the cluster of each conversation of NARROW rows, sorted by id, whatever the order they are given in.

    A cluster's id is the smallest content key of its members, in hexadecimal. Prefix filtering (Bayardo et al. 2007; see `nearest`)
    misses no pair, and each pair that unites two clusters is verified on its sets. Conversations without words are alike only when equal.
    """
    from assets.corpus.splits import set_search

    nodes = narrow.sort("content_key", "id").unique("content_key", keep="first", maintain_order=True)
    elements, starts = nearest.sets_of(nodes["shingles"])
    component = np.arange(nodes.height)
    set_search.unite_alike(*_buckets(nodes, settings.threshold), elements, starts, settings.threshold, component)
    names = pl.Series([f"{key:016x}" for key in nodes["content_key"].to_list()], dtype=pl.String)
    found = nodes.select("content_key", cluster_id=names.gather(component))
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

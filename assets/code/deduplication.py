"""Deduplication: of files with the same bytes, or the same program but for comments and layout, the best one is kept.

Three steps: `fingerprint` (each shard by itself), `group` (all fingerprints at once: they are narrow), `keep_survivors` (each shard
by itself, with what was decided about its rows).
"""

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.code import licenses, normalisation

FINGERPRINTS = {
    "id": pl.String,
    "sha256": pl.String,
    "normalised": pl.String,  # 32 hex digits; null for a file too small to tell anything
    "permissive": pl.Boolean,
    "path_chars": pl.Int64,
    "n_bytes": pl.Int64,
}
DECISIONS = {
    "id": pl.String,
    "cluster_id": pl.String,
    "cluster_size": pl.Int64,
    "survivor_id": pl.String,
    "kind": pl.String,  # exact, normalised; null for the survivor itself
    "keep": pl.Boolean,
}
SCHEMA = {
    "id": pl.String,
    "parent_ids": pl.List(pl.String),
    "source": pl.String,
    "repository": pl.String,
    "revision": pl.String,
    "path": pl.String,
    "language": pl.String,
    "license": pl.String,
    "n_bytes": pl.Int64,
    "n_lines": pl.Int64,
    "sha256": pl.String,
    "cluster_id": pl.String,
    "cluster_size": pl.Int64,
    "content": pl.String,
}


class DeduplicationSettings(BaseModel, frozen=True, extra="forbid"):
    """When two files count as equal."""

    min_tokens: int = Field(20, ge=1, description="a file with fewer tokens has only exact duplicates")


def fingerprint(files: pl.DataFrame, settings: DeduplicationSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what grouping needs to know of clean_code rows (FINGERPRINTS), in the order given; the ledger is empty."""
    texts = zip(files["language"], files["content"], strict=True)
    forms = [_normalised(language, content, settings.min_tokens) for language, content in texts]
    permissive = [licenses.is_permissive(license) for license in files["license"]]
    columns = [pl.Series("normalised", forms, dtype=pl.String), pl.Series("permissive", permissive, dtype=pl.Boolean)]
    measured = files.with_columns(*columns, path_chars=pl.col("path").str.len_chars().cast(pl.Int64))
    return measured.select(*FINGERPRINTS), ledger.empty()


def _normalised(language: str | None, content: str, min_tokens: int) -> str | None:
    form = normalisation.normal_form(language, content)
    return blake3(form).hexdigest(length=16) if normalisation.has_tokens(form, min_tokens) else None


def group(fingerprints: pl.DataFrame) -> pl.DataFrame:
    """Return the DECISIONS about all `fingerprints`, sorted by id; their order does not matter.

    Files with equal SHA-256 or equal normal form are one cluster, also across a third file (the same text may be called C in one
    place and C++ in another). The survivor has a permissive licence, then the shortest path, then the smallest id.
    """
    best = fingerprints.sort(~pl.col("permissive"), "path_chars", "id")
    clusters = _clusters(best).with_columns(
        cluster_id=pl.coalesce("normalised", pl.col("sha256").str.head(32)).min().over("cluster"),
        cluster_size=pl.len().over("cluster").cast(pl.Int64),
        survivor_id=pl.col("id").first().over("cluster"),
        survivor_sha256=pl.col("sha256").first().over("cluster"),
    )
    exact = pl.col("sha256") == pl.col("survivor_sha256")
    kind = pl.when(~pl.col("keep")).then(pl.when(exact).then(pl.lit("exact")).otherwise(pl.lit("normalised")))
    return clusters.with_columns(keep=pl.col("id") == pl.col("survivor_id")).with_columns(kind=kind).select(*DECISIONS).sort("id")


def _clusters(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the column cluster: the smallest row number that equal hashes lead to, found by passing it on until it stays."""
    key = pl.coalesce("normalised", "sha256")
    rows = rows.with_columns(cluster=pl.int_range(pl.len(), dtype=pl.Int64))
    while True:
        passed = rows.with_columns(pl.col("cluster").min().over("sha256")).with_columns(pl.col("cluster").min().over(key))
        if passed["cluster"].equals(rows["cluster"]):
            return rows
        rows = passed


def keep_survivors(files: pl.DataFrame, settings: DeduplicationSettings, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of deduplicated_code, ledger) of clean_code rows, in the order given.

    `decisions` holds those of `group` about these files. The rules are exact_duplicate and normalised_duplicate; the detail names
    the survivor's clean_code id. Raises ValueError when a file has no decision.
    """
    known = decisions.select("cluster_id", "cluster_size", "survivor_id", "kind", "keep", id="id")
    decided = files.join(known, on="id", how="left", maintain_order="left")
    if decided["keep"].null_count():
        raise ValueError(f"{decided['keep'].null_count()} files have no decision: group() was called without their fingerprints")
    rule = pl.format("{}_duplicate", "kind")
    dropped = ledger.entries(decided.filter(~pl.col("keep")), rule, detail=pl.format("duplicate of {}", "survivor_id"))
    kept = decided.filter("keep")
    ids = passport.row_ids("deduplicated_code", kept["id"])
    return kept.with_columns(ids, parent_ids=pl.concat_list("id")).select(*SCHEMA), dropped

"""Deduplication: of files that are equal, equal but for layout, or nearly equal, the best one is kept.

Three steps: `fingerprint` (each shard by itself, remembered), `group` (all fingerprints at once: they are narrow; contents only of
candidates), `keep_survivors` (each shard by itself, with what was decided about its rows).

Two files are equal but for layout when they have the same tokens (see `shingling`), whatever their language and their white space.
Comments count: they are code's text too, and to skip them takes a parser, which is forty times slower than all of this. Files that
differ in little else are near-duplicates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field, field_validator

from assets import ledger, passport
from assets.code import near_duplicates, references, signing, survivors
from assets.code.candidates import Candidates
from assets.code.near_duplicates import PAIRS, Reader, Verification
from assets.code.references import Reference

DECISIONS = {
    "id": pl.String,
    "cluster_id": pl.String,  # the smallest hash of its members' tokens: other files never change it
    "cluster_size": pl.Int64,
    "survivor_id": pl.String,  # for the kind reference, the id of the row of the reference
    "kind": pl.String,  # exact, normalised, near, reference; null for the survivor itself
    "jaccard": pl.Float64,  # of its shingles and those of survivor_id; 1 for the survivor itself
    "keep": pl.Boolean,
}
_LEFT_BEHIND = ("encoding", "repairs", "scores", "redactions", "parsed_before")  # what clean_code tells of how it was made


class FingerprintSettings(BaseModel, frozen=True, extra="forbid"):
    """What is computed of each file by itself: changing it computes all again."""

    min_tokens: int = Field(20, ge=5, description="a file with fewer tokens has only exact duplicates; a shingle has 5")
    permutations: int = Field(128, ge=16, le=1024, multiple_of=4, description="of MinHash, the usual 128 by default")
    seed: int = Field(1, ge=0, lt=2**32, description="of the permutations, datasketch's default")


class DeduplicationSettings(BaseModel, frozen=True, extra="forbid"):
    """When two files count as equal, and which of them survives.

    The threshold .7 of 5-grams is that of The Stack and StarCoder (Kocetkov et al. 2022; Li et al. 2023, section 3: Jaccard .7).
    """

    fingerprint: FingerprintSettings = FingerprintSettings()
    threshold: float = Field(0.7, gt=0, le=1, description="Jaccard index of the token 5-shingles from which files are near-duplicates")
    recall_weight: float = Field(0.99, gt=0, lt=1, description="of the bands; precision comes from verification. 25x5 at .7")
    survivor_order: str = Field(survivors.DEFAULT_ORDER, description=f"ORDER BY terms over {', '.join(survivors.COLUMNS)}; the best first")
    verification_max_bytes: int = Field(512_000_000, gt=0, description="memory for shingle sets; beyond it contents are read again")
    against: tuple[Reference, ...] = Field((), description="files that are near-duplicates of these are dropped")

    @field_validator("survivor_order")
    @classmethod
    def _is_an_order(cls, order: str) -> str:
        return survivors.check_order(order)


class Grouping(NamedTuple):
    """What `group` found: DECISIONS about all files, sorted by id, and PAIRS that were verified, to save the next run the work."""

    decisions: pl.DataFrame
    pairs: pl.DataFrame


def fingerprints_schema(settings: FingerprintSettings) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return the columns of `fingerprint`: what grouping needs, and what survivors are chosen by."""
    signature = pl.Array(pl.UInt32, settings.permutations)
    hashes: dict[str, pl.DataType | type[pl.DataType]] = {
        "sha256": pl.String,
        "normalised": pl.String,
        "n_tokens": pl.Int64,
        "signature": signature,
    }
    return {"id": pl.String, **hashes, **{name: dtype for name, dtype in survivors.COLUMNS.items() if name != "id"}}


def fingerprint(files: pl.DataFrame, settings: FingerprintSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the columns of `fingerprints_schema` of clean_code rows, in the order given; an empty ledger).

    `normalised` (32 hex digits, of all tokens) and `signature` are null for files with fewer than `min_tokens` tokens.
    """
    schema = fingerprints_schema(settings)
    signature, digest, n_tokens = signing.signatures(files["content"], settings.permutations, settings.seed)
    enough = pl.col("n_tokens") >= settings.min_tokens
    known = files.with_columns(pl.lit(None).alias(name) for name in schema if name not in files.columns)  # not every source tells stars
    measured = known.with_columns(
        pl.Series("n_tokens", n_tokens),
        pl.Series("signature", signature, dtype=schema["signature"]),
        permissive=_permissive(files["license"]),
        normalised=_hexadecimal(digest),
    ).with_columns(pl.when(enough).then(name).alias(name) for name in ("normalised", "signature"))
    return measured.select(pl.col(name).cast(dtype) for name, dtype in schema.items()), ledger.empty()


def _permissive(expressions: pl.Series) -> pl.Series:
    """Tell of each licence expression whether it is permissive; one that is null is not."""
    stated = expressions.unique().drop_nulls()
    if stated.is_empty():
        return pl.repeat(False, len(expressions), eager=True)
    from assets.code.licenses import is_permissive  # which brings patterns of notices and the texts' names

    return expressions.is_in(stated.filter([is_permissive(one) for one in stated]).implode()).fill_null(False)


def _hexadecimal(digests: signing.Array) -> pl.Series:
    """Return `digests` (n, 2) of 64-bit numbers as 32 hexadecimal digits each."""
    digits = digests.astype(">u8").tobytes().hex()
    return pl.Series([digits[start : start + 32] for start in range(0, len(digits), 32)], dtype=pl.String)


def group(
    fingerprints: pl.DataFrame,
    read: Reader,
    settings: DeduplicationSettings,
    known: pl.DataFrame | None = None,
    reference: pl.DataFrame | None = None,
) -> Grouping:
    """Decide about all files of `fingerprints`; neither their order nor what is `known` (earlier PAIRS) changes the result.

    `read` yields contents of files and of reference rows by id. `reference` holds fingerprints too: files that are near-duplicates of
    one are dropped before the others are clustered, so that it joins no clusters. Raises ValueError when a content is missing.
    """
    files = _keyed(fingerprints)
    others = _keyed(fingerprints.clear() if reference is None else reference)
    nodes = _nodes(pl.concat([frame.select("key", "id", "n_tokens", "signature") for frame in (files, others)]))
    files, others = files.drop("signature"), others.drop("signature")  # half a kilobyte in each row, which every join would carry along
    known = pl.DataFrame(schema=PAIRS) if known is None else known
    verification = Verification(nodes, read, known, settings.verification_max_bytes)
    matches = references.matches(files, others, verification, settings)
    left = files.join(matches, on="key", how="anti")
    decided = _decide(_clustered(left, verification, settings), verification, settings.survivor_order)
    matched = files.join(matches, on="key").with_columns(cluster_id="key", cluster_size=pl.lit(1, pl.Int64), keep=pl.lit(False))
    decisions = pl.concat([decided.select(*DECISIONS), matched.select(*DECISIONS)]).sort("id")
    return Grouping(decisions, verification.pairs())


def _keyed(fingerprints: pl.DataFrame) -> pl.DataFrame:
    """Add key: files with the same one are equal, or equal but for layout."""
    return fingerprints.with_columns(key=pl.coalesce("normalised", pl.col("sha256").str.head(32)))


def _nodes(files: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each key of `files` that have a signature, sorted by key: that of the smallest id."""
    signed = files.filter(pl.col("signature").is_not_null())
    narrow = signed.select("key", "id", n_shingles=pl.col("n_tokens") - 4, at=pl.int_range(pl.len(), dtype=pl.UInt32))
    nodes = narrow.sort("key", "id").unique("key", keep="first", maintain_order=True)
    return nodes.drop("at").with_columns(signed["signature"].gather(nodes["at"]))


def _clustered(files: pl.DataFrame, verification: Verification, settings: DeduplicationSettings) -> pl.DataFrame:
    """Add cluster_id and cluster_size."""
    nodes = verification.nodes.select("key", row=pl.int_range(pl.len(), dtype=pl.Int64))
    nodes = nodes.join(files.select("key"), on="key", how="semi", maintain_order="left")
    rows, signature = nodes["row"].to_numpy(), verification.nodes["signature"].to_numpy()
    signature = signature if len(rows) == len(signature) else signature[rows]  # a copy of all takes as long as to find the candidates
    candidates = Candidates(signature, settings.threshold, settings.recall_weight)
    component = near_duplicates.components(candidates, verification, rows, settings.threshold)
    clusters = nodes.select("key", cluster_id=nodes["key"].gather(component))  # keys are sorted: the smallest row has the smallest key
    clustered = files.join(clusters, on="key", how="left", maintain_order="left").with_columns(pl.coalesce("cluster_id", "key"))
    return clustered.with_columns(cluster_size=pl.len().over("cluster_id").cast(pl.Int64))


def _decide(files: pl.DataFrame, verification: Verification, order: str) -> pl.DataFrame:
    """Add survivor_id, kind, jaccard and keep to clustered files."""
    crowded = files.filter(pl.col("cluster_size") > 1)
    ranks = pl.DataFrame({"id": survivors.in_order(crowded, order)}, schema={"id": pl.String}).with_row_index("rank")
    best = crowded.join(ranks, on="id").sort("rank").unique("cluster_id", keep="first")
    best = best.select("cluster_id", survivor_id="id", survivor_sha256="sha256", survivor_key="key")
    alone = {"survivor_id": "id", "survivor_sha256": "sha256", "survivor_key": "key"}
    decided = files.join(best, on="cluster_id", how="left").with_columns(pl.coalesce(name, own).alias(name) for name, own in alone.items())
    exact, normalised = pl.col("sha256") == pl.col("survivor_sha256"), pl.col("key") == pl.col("survivor_key")
    kind = pl.when(exact).then(pl.lit("exact")).when(normalised).then(pl.lit("normalised")).otherwise(pl.lit("near"))
    decided = decided.with_columns(keep=pl.col("id") == pl.col("survivor_id")).with_columns(kind=pl.when(~pl.col("keep")).then(kind))
    return decided.with_columns(_jaccards(decided["key"], decided["survivor_key"], verification))


def _jaccards(keys: pl.Series, survivor_keys: pl.Series, verification: Verification) -> pl.Series:
    """Return the Jaccard index of each file and its survivor, named "jaccard"."""
    values = np.ones(len(keys))
    apart = (keys != survivor_keys).to_numpy()
    rows = [verification.nodes["key"].search_sorted(side.filter(pl.Series(apart))).to_numpy() for side in (keys, survivor_keys)]
    values[apart] = verification.jaccard(np.stack(rows, 1).astype(np.int64))
    return pl.Series("jaccard", values)


def as_datasets(decisions: pl.DataFrame, files: Sequence[pl.Series]) -> list[pl.DataFrame]:
    """Return the rows of near_duplicate_clusters about each of `files` (the ids of a shard of clean_code), sorted by file."""
    places = pl.DataFrame({"shard": range(len(files)), "file": files}, schema={"shard": pl.UInt32, "file": pl.List(pl.String)})
    rows = decisions.rename({"id": "file"}).join(places.explode("file"), on="file").sort("file")
    named = rows.with_columns(passport.row_ids("near_duplicate_clusters", rows["file"]), parent_ids=pl.concat_list("file"))
    dataset = named.select("shard", "id", "parent_ids", *list(DECISIONS)[1:])
    parts = dataset.partition_by("shard", as_dict=True, include_key=False)
    return [parts.get((shard,), dataset.drop("shard").clear()) for shard in range(len(files))]


def keep_survivors(files: pl.DataFrame, settings: DeduplicationSettings, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of deduplicated_code, ledger) of clean_code rows, in the order given.

    `decisions` holds the rows of near_duplicate_clusters about these files. The rules are exact_duplicate, normalised_duplicate,
    near_duplicate and reference_duplicate, the score is the Jaccard index; the detail names the survivor's clean_code id, or the
    reference's. A file that is near its survivor through others may score below the threshold. Raises ValueError when a file has no
    decision.
    """
    known = decisions.with_columns(id=pl.col("parent_ids").list.first()).select(*DECISIONS)
    decided = files.join(known, on="id", how="left", maintain_order="left")
    if decided["keep"].null_count():
        raise ValueError(f"{decided['keep'].null_count()} files have no decision: group() was called without their fingerprints")
    dropped = ledger.entries(
        decided.filter(~pl.col("keep")),
        pl.format("{}_duplicate", "kind"),
        score=pl.col("jaccard"),
        threshold=pl.when(pl.col("kind").is_in(["near", "reference"])).then(settings.threshold),
        detail=pl.format("duplicate of {}", "survivor_id"),
    )
    kept = decided.filter("keep")
    named = kept.with_columns(passport.row_ids("deduplicated_code", kept["id"]), parent_ids=pl.concat_list("id"))
    carried = [name for name in files.columns if name not in (*_LEFT_BEHIND, "content")]
    return named.select(*carried, "cluster_id", "cluster_size", "content"), dropped

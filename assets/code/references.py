"""Near-duplicates of what is there already: an earlier snapshot, a published corpus, a benchmark."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.code.candidates import Candidates
from assets.code.near_duplicates import Verification
from assets.code.signing import Array

if TYPE_CHECKING:
    from assets.code.deduplication import DeduplicationSettings

MATCHES = {"key": pl.String, "survivor_id": pl.String, "jaccard": pl.Float64, "kind": pl.String}


class Reference(BaseModel, frozen=True, extra="forbid"):
    """A dataset whose near-duplicates are dropped: one of the lake, or Parquet files with a column of texts."""

    name: str = Field(min_length=1, description="what the ledger calls it")
    dataset: str | None = Field(None, description="a dataset of the lake with the columns id and content, such as deduplicated_code")
    snapshot: str | None = Field(None, description="of the dataset; the published one when empty")
    parquet: str | None = Field(None, description="path or glob of Parquet files")
    content_column: str = Field("content", description="of the Parquet files")

    @model_validator(mode="after")
    def _one_place(self) -> "Reference":
        if (self.dataset is None) == (self.parquet is None):
            raise ValueError(f"against {self.name}: give either dataset or parquet")
        return self


def reference_files(texts: pl.DataFrame, settings: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id, sha256, n_bytes, path, language, license, content) of a reference's rows, as `fingerprint` takes them; no ledger.

    A row of a lake's dataset keeps its id; one of Parquet files is named by reference and SHA-256, and equal texts are one row. Rows
    without a text are left out.
    """
    texts = texts.rename({settings.content_column: "content"}) if settings.parquet else texts
    texts = texts.filter(pl.col("content").is_not_null()).with_columns(pl.col("content").cast(pl.String))
    if settings.parquet:
        hashes = pl.Series("sha256", [_sha256(text) for text in texts["content"]], dtype=pl.String)
        texts = texts.with_columns(hashes).unique("sha256", keep="first", maintain_order=True)
        names = passport.row_ids("reference", [settings.name] * texts.height, texts["sha256"])
        texts = texts.with_columns(names)
    return texts.select(
        "id",
        "sha256",
        "content",
        n_bytes=pl.col("content").str.len_bytes().cast(pl.Int64),
        path=pl.lit(settings.name),
        language=pl.lit(None, pl.String),
        license=pl.lit(None, pl.String),
    ), ledger.empty()


def _sha256(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def matches(files: pl.DataFrame, others: pl.DataFrame, verification: Verification, settings: "DeduplicationSettings") -> pl.DataFrame:
    """Return MATCHES: for each key of `files` that is a duplicate of one of `others` (references), which one and how near.

    Equal tokens need no verification. Of the rest, the one whose signature is most alike is verified first; only if it fails, all.
    """
    if others.is_empty():
        return pl.DataFrame(schema=MATCHES)
    names = others.group_by("key").agg(survivor_id=pl.col("id").min())
    equal = files.select("key").unique().join(names, on="key").with_columns(jaccard=pl.lit(1.0), kind=pl.lit("reference"))
    near = _near(files, others, verification, settings).join(names, left_on="other", right_on="key")
    return pl.concat([equal, near.with_columns(kind=pl.lit("reference"))], how="diagonal").select(*MATCHES).sort("key")


def _near(files: pl.DataFrame, others: pl.DataFrame, verification: Verification, settings: "DeduplicationSettings") -> pl.DataFrame:
    """Return (key, other, jaccard): for each key that is no reference's but near one, the nearest of those that were verified."""
    found: list[Array] = [np.empty((0, 3))]
    nodes = verification.nodes["key"]
    is_reference = nodes.is_in(others["key"].implode()).to_numpy()
    if is_reference.any() and not is_reference.all():
        candidates = Candidates(verification.nodes["signature"].to_numpy(), settings.threshold, settings.recall_weight)
        side = is_reference.astype(np.int64)
        for pairs in candidates.between(side):
            turned = np.where(is_reference[pairs[:, :1]], pairs[:, ::-1], pairs)
            turned = turned[np.lexsort((turned[:, 1], -candidates.agreement(turned), turned[:, 0]))]
            first = np.concatenate([[True], turned[1:, 0] != turned[:-1, 0]])[: len(turned)]
            for some in (turned[first], turned[~first]):
                some = some[side[some[:, 0]] == 0]
                jaccard = verification.jaccard(some)
                near = jaccard >= settings.threshold
                found.append(np.column_stack([some[near], jaccard[near]]))
                side[some[near, 0]] = 1  # found: no more pairs of it
    rows = pl.DataFrame(np.concatenate(found), schema={"row": pl.Float64, "other": pl.Float64, "jaccard": pl.Float64})
    rows = rows.sort("jaccard", "other", descending=[True, False]).unique("row", keep="first", maintain_order=True)
    row, other = (rows[name].cast(pl.Int64) for name in ("row", "other"))
    return pl.DataFrame([nodes.gather(row).alias("key"), nodes.gather(other).alias("other"), rows["jaccard"]])

"""The contracts of the code line: what every row of these datasets is."""

import pandera.polars as pa
import polars as pl

from assets.code.kinds import KINDS
from assets.code.quality import SCORES
from assets.redaction.redaction import REDACTIONS

RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)
SHA256 = r"^[0-9a-f]{64}$"
SOURCES = ["git", "folder", "package", "software_heritage"]
TIME = pl.Datetime("us", "UTC")


class _File(pa.DataFrameModel):
    """A source file: where it stands, and under which licence."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=SOURCES, description="kind of source")
    repository: str = pa.Field(str_length={"min_value": 1}, description="URL without credentials, folder, or name of the distribution")
    revision: str = pa.Field(nullable=True, description="commit SHA or package version; null for a folder")
    committed_at: TIME = pa.Field(nullable=True, description="committer date of the revision")  # type: ignore[valid-type]
    stars: pl.Int64 = pa.Field(nullable=True, ge=0, description="of the repository, where its host says so")
    topics: pl.List(pl.String) = pa.Field(nullable=True, description="of the repository")  # type: ignore[valid-type]
    path: str = pa.Field(str_length={"min_value": 1}, description="path inside the repository, / as separator")
    swhid: str = pa.Field(str_matches=r"^swh:1:cnt:[0-9a-f]{40}$", description="Software Heritage id of the bytes as found")
    language: str = pa.Field(nullable=True, description="by name, shebang or content; null when none tells")
    license: str = pa.Field(nullable=True, description="SPDX expression; null when unknown")
    license_source: str = pa.Field(nullable=True, isin=["header", "file", "repository"], description="what tells the licence")
    license_confidence: float = pa.Field(nullable=True, ge=0, le=1, description="of what tells the licence")
    license_conflict: bool = pa.Field(description="header, nearest licence file and repository do not agree")


class RawCode(_File):
    """A source file as found: bytes untouched, with where it stands and under which licence."""

    mode: str = pa.Field(isin=["100644", "100755"], description="git file mode")
    encoding: str = pa.Field(description="Python codec that decodes content")
    n_bytes: pl.Int64 = pa.Field(ge=0)
    sha256: str = pa.Field(str_matches=SHA256)
    content: pl.Binary


class CleanCode(_File):
    """A file as text that may be used: UTF-8, \\n line ends, of an allowed licence, past the quality filters, redacted."""

    encoding: str = pa.Field(description="the codec that the file was found in")
    repairs: pl.List(pl.String)  # type: ignore[valid-type]
    n_bytes: pl.Int64 = pa.Field(ge=1, description="of content in UTF-8")
    n_lines: pl.Int64 = pa.Field(ge=1)
    sha256: str = pa.Field(str_matches=SHA256, description="of content in UTF-8")
    kinds: pl.List(pl.String) = pa.Field(description=f"any of {', '.join(KINDS)}")  # type: ignore[valid-type]
    scores: SCORES = pa.Field(description="the score by each quality rule; null where it does not apply")  # type: ignore[valid-type]
    redactions: REDACTIONS = pa.Field(description="how many values of each class were replaced")  # type: ignore[valid-type]
    parsed_before: bool = pa.Field(nullable=True, description="whether it parsed before redaction; null where nobody had to know")
    content: str


class NearDuplicateClusters(pa.DataFrameModel):
    """What was decided about a file of clean_code: its cluster of copies, and whether it is the one that stays."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    cluster_id: str = pa.Field(str_matches=r"^[0-9a-f]{32}$", description="smallest hash of the tokens of its members")
    cluster_size: pl.Int64 = pa.Field(ge=1, description="files in the cluster, the survivor included")
    survivor_id: str = pa.Field(description="id in clean_code of the file that stays; of the row of a reference")
    kind: str = pa.Field(nullable=True, isin=["exact", "normalised", "near", "reference"], description="null for a survivor")
    jaccard: float = pa.Field(ge=0, le=1, description="exact, of the token shingles of the file and its survivor")
    keep: bool


class DeduplicatedCode(_File):
    """The survivor of a cluster of copies."""

    n_bytes: pl.Int64 = pa.Field(ge=1)
    n_lines: pl.Int64 = pa.Field(ge=1)
    sha256: str = pa.Field(str_matches=SHA256, unique=True)
    kinds: pl.List(pl.String)  # type: ignore[valid-type]
    cluster_id: str = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)
    cluster_size: pl.Int64 = pa.Field(ge=1, description="files in the cluster, the survivor included")
    content: str

"""The contracts of the code line: what every row of these datasets is."""

import pandera.polars as pa
import polars as pl

Sha256 = pa.Field(str_matches=r"^[0-9a-f]{64}$")
RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)


class RawCode(pa.DataFrameModel):
    """A source file as found: bytes untouched, with where it stands and under which licence."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=["git", "folder", "package"], description="kind of source")
    repository: str = pa.Field(str_length={"min_value": 1}, description="URL without credentials, folder, or name of the distribution")
    revision: str = pa.Field(nullable=True, description="commit SHA or package version; null for a folder")
    path: str = pa.Field(str_length={"min_value": 1}, description="path inside the repository, / as separator")
    mode: str = pa.Field(isin=["100644", "100755"], description="git file mode")
    language: str = pa.Field(nullable=True, description="by extension, then shebang; null when neither tells")
    license: str = pa.Field(nullable=True, description="SPDX expression; null when unknown")
    encoding: str = pa.Field(description="Python codec that decodes content")
    n_bytes: pl.Int64 = pa.Field(ge=0)
    sha256: str = Sha256
    content: pl.Binary


class CleanCode(pa.DataFrameModel):
    """A file as text: UTF-8, \\n line ends, no control characters, within the limits."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=["git", "folder", "package"])
    repository: str = pa.Field(str_length={"min_value": 1})
    revision: str = pa.Field(nullable=True)
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    encoding: str = pa.Field(description="the codec that the file was found in")
    repairs: pl.List(pl.String)  # type: ignore[valid-type]
    n_bytes: pl.Int64 = pa.Field(ge=1, description="of content in UTF-8")
    n_lines: pl.Int64 = pa.Field(ge=1)
    sha256: str = Sha256
    content: str


class DeduplicatedCode(pa.DataFrameModel):
    """The survivor of a cluster of equal files."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(isin=["git", "folder", "package"])
    repository: str = pa.Field(str_length={"min_value": 1})
    revision: str = pa.Field(nullable=True)
    path: str = pa.Field(str_length={"min_value": 1})
    language: str = pa.Field(nullable=True)
    license: str = pa.Field(nullable=True)
    n_bytes: pl.Int64 = pa.Field(ge=1)
    n_lines: pl.Int64 = pa.Field(ge=1)
    sha256: str = pa.Field(str_matches=r"^[0-9a-f]{64}$", unique=True)
    cluster_id: str = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True, description="hash of the normalised content")
    cluster_size: pl.Int64 = pa.Field(ge=1, description="files in the cluster, the survivor included")
    content: str

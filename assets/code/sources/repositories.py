"""Files about repositories: a list of those to read, and what their host says about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from assets.code import licenses
from assets.code.sources.git_source import GitSource

METADATA: dict[str, Any] = {"url": pl.String, "stars": pl.Int64, "topics": pl.List(pl.String), "license": pl.String}
_TOLD = ("stars", "topics", "license")


class RepositoriesError(ValueError):
    """A list of repositories, or a file about them, cannot be used; the message names file and line, and no URL with credentials."""


def read_list(path: Path) -> list[GitSource]:
    """Return the sources that the text file `path` names: `url` or `url ref` on a line; # begins a comment. Raises RepositoriesError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RepositoriesError(f"{path}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    numbered = ((number, _words(line)) for number, line in enumerate(lines, 1))
    return [_source(path, number, words) for number, words in numbered if words]


def read_metadata(path: Path) -> pl.DataFrame:
    """Return what the Parquet or JSONL file `path` tells about repositories: url, stars, topics and license, one row a repository.

    Only `url` is required. Raises RepositoriesError.
    """
    try:
        found = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_ndjson(path, infer_schema_length=None)
        if "url" not in found.columns:
            raise RepositoriesError(f"{path}: it has no column url")
        missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in METADATA.items() if name not in found.columns]
        known = found.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in METADATA.items())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RepositoriesError(
            f"{path}: it is no Parquet or JSONL file with url, stars, topics, license ({type(error).__name__})"
        ) from None
    return known.filter(pl.col("url").is_not_null()).unique("url", keep="first", maintain_order=True)


def describe(listing: pl.DataFrame, metadata: pl.DataFrame) -> pl.DataFrame:
    """Return `listing` with stars and topics from `metadata`, and its licence where the repository's own files tell none.

    URLs are compared without .git, trailing slash, scheme and case of the host.
    """
    spellings = [licenses.normalise(license) for license in metadata["license"]]
    told = metadata.with_columns(_key("url"), license=pl.Series(spellings, dtype=pl.String))
    joined = listing.with_columns(_key("repository")).join(
        told.unique("key", keep="first", maintain_order=True), on="key", how="left", suffix="_told", maintain_order="left"
    )
    filled = [pl.coalesce(name, f"{name}_told").alias(name) for name in _TOLD]
    return joined.with_columns(filled).select(listing.columns)


def _key(column: str) -> pl.Expr:
    url = pl.col(column).str.replace(r"^[a-zA-Z+]+://(?:[^/@]*@)?", "").str.strip_chars_end("/").str.strip_suffix(".git")
    host = url.str.extract(r"^([^/]*)").str.to_lowercase()
    return (host + url.str.replace(r"^[^/]*", "")).alias("key")


def _words(line: str) -> Sequence[str]:
    words = line.split()
    comment = next((number for number, word in enumerate(words) if word.startswith("#")), len(words))  # a # inside a URL is none
    return words[:comment]


def _source(path: Path, number: int, words: Sequence[str]) -> GitSource:
    if len(words) > 2:
        raise RepositoriesError(f"{path}:{number}: a line is `url` or `url ref`, this one has {len(words)} words")
    try:
        return GitSource(url=words[0], **({"ref": words[1]} if len(words) == 2 else {}))
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, problem['loc'])) or 'line'}: {problem['msg']}" for problem in error.errors())
        raise RepositoriesError(f"{path}:{number}: {reasons}") from None

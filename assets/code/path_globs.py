"""Globs as in .gitignore, of every repository or of one: `src/**/*.py`, `owner/name:src/**`."""

from functools import lru_cache

import polars as pl

from assets.code import repository_names
from assets.code.repository_names import Name


def matches(frame: pl.DataFrame, globs: tuple[str, ...]) -> pl.Series:
    """Tell which rows of {path, repository?} have a path that one of `globs` matches, in the repository that it names."""
    holds = pl.repeat(False, frame.height, eager=True)
    for entry in globs:
        name, regex = compiled(entry)
        found = frame["path"].str.contains(regex).fill_null(False)
        if name is not None and found.any():
            found &= _is_of(frame, name)
        holds |= found
    return holds


def _is_of(frame: pl.DataFrame, name: Name) -> pl.Series:
    """Decide once for each repository."""
    if "repository" not in frame.columns:
        return pl.repeat(False, frame.height, eager=True)
    names = repository_names.listed([name])
    same = [
        text for text in frame["repository"].unique() if text and repository_names.is_among(repository_names.of_repository(text), names)
    ]
    return frame["repository"].is_in(same).fill_null(False)


@lru_cache(maxsize=1024)
def compiled(entry: str) -> tuple[Name | None, str]:
    """Return the repository (null: every one) and the regular expression of `entry`. Raises ValueError."""
    from pathspec.patterns.gitwildmatch import GitWildMatchPattern

    repository, colon, glob = entry.rpartition(":")
    if glob.startswith(("//", "!", "#")) or (colon and not repository) or ("@" in repository and "/" not in repository):
        raise ValueError(entry)
    regex, _ = GitWildMatchPattern.pattern_to_regex(glob)
    if regex is None:
        raise ValueError(entry)
    try:
        pl.Series([""]).str.contains(regex)  # polars has its own dialect: what it does not take is refused here
    except pl.exceptions.PolarsError:
        raise ValueError(entry) from None
    return (repository_names.of_repository(repository) if colon else None), regex

"""Chats in files: JSON Lines, JSON (a list of rows) and Parquet, also packed with gzip or zstd."""

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from assets import records
from assets.code.sources.listing import printable_path
from assets.conversations.sources import listing, rows
from assets.conversations.sources.listing import Problem
from assets.conversations.sources.settings import ConversationFiles, ConversationReadingSettings, ConversationSourceError
from assets.records import Broken

_DEFAULTS = ConversationReadingSettings()


def list_files(
    sources: Iterable[ConversationFiles], settings: ConversationReadingSettings = _DEFAULTS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger) of the rows in all files that `sources` name; a file that two of them name is the first one's.

    A file's `source` is its path below the folder that was named (or below what of a glob is no pattern), behind the source's name.
    What cannot be used is a ledger row with file and line: `over_size`, `unreadable`, `unknown_file`. Raises ConversationSourceError
    when a path matches nothing, or two files have one name.
    """
    listed, problems = [listing.frame([])], list[Problem]()
    for path, name, license_id in _named(sources):
        if not records.is_known(path):
            problems.append(listing.problem(name, "unknown_file"))
            continue
        found = []
        for part in listing.ranges(rows.stream(path, settings.max_row_bytes), settings.range_bytes):
            if isinstance(part, Broken):
                problems.append(listing.problem(name, part.rule, part.line))
            else:
                found.append({"kind": "files", "source": name, "license": license_id} | part)
        listed.append(listing.located(listing.frame(found), path))
    return pl.concat(listed, rechunk=True), listing.problems(problems)


def _named(sources: Iterable[ConversationFiles]) -> Iterator[tuple[Path, str, str | None]]:
    """Yield (file, name, licence), each file once. Raises ConversationSourceError when two files have one name."""
    seen: set[str] = set()
    names: set[str] = set()
    for source in sources:
        for path, below in _paths(source.path):
            if path in seen:
                continue
            shown = printable_path(os.fsencode(f"{source.name}/{below}" if source.name else below))
            if shown in names:
                raise ConversationSourceError(f"conversations.files: two files are called {shown}. Give one of the paths a `name`.")
            seen.add(path)
            names.add(shown)
            yield Path(path), shown, source.license


def _paths(pattern: str) -> list[tuple[str, str]]:
    """Return (absolute path, path below the folder that is named) of every file that is meant, sorted."""
    found = [pattern] if os.path.lexists(pattern) else glob.glob(pattern, recursive=True)
    if not found:
        raise ConversationSourceError(f"conversations.files: {printable_path(os.fsencode(pattern))} matches no file. Correct the path.")
    root = os.path.abspath(_fixed(pattern))
    files = set[str]()
    for name in found:
        files.update(_of_folder(os.path.abspath(name)) if os.path.isdir(name) else [os.path.abspath(name)])
    return [(path, os.path.relpath(path, root).replace(os.sep, "/")) for path in sorted(files)]


def _fixed(pattern: str) -> str:
    """Return the folder that `pattern` is, or begins with."""
    folder = pattern if os.path.isdir(pattern) else os.path.dirname(pattern)
    while not os.path.lexists(folder or ".") and glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder or "."


def _of_folder(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(place, name) for name in names if records.is_known(Path(name)))

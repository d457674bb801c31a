"""PDFs in files of this machine: folders, single files and globs."""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from assets.code.sources import folders as code_folders
from assets.code.sources import license_files
from assets.code.sources.listing import path_bytes, printable_path
from assets.documents.sources import listing
from assets.documents.sources.receiving import HEADER, HEADER_WITHIN

_STEP = 1 << 20
_SUFFIX = b".pdf"


class Opened(NamedTuple):
    """What a file holds, or the rule that refuses it."""

    sha256: str | None
    n_bytes: int
    rule: str | None


def list_paths(paths: Sequence[str], max_bytes: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (listing, ledger) of the PDFs that `paths` name: files, folders (every *.pdf below, links are not followed), or globs.

    `license` is what the licence files of the closest folder say: of a folder that is named, of a single file the one that it is in.
    Refused are missing, unreadable, empty, over_size, not_pdf, not_a_file and link.
    """
    rows: list[dict[str, Any]] = []
    problems: list[tuple[str, str, str, str, str]] = []
    seen: set[bytes] = set()
    for path in dict.fromkeys(paths):
        for root, name, origin, is_link in _files(path):
            file = os.path.join(root, name)
            if not is_link:
                if os.path.realpath(file) in seen:  # overlapping paths name the same file
                    continue
                seen.add(os.path.realpath(file))
            found = Opened(None, 0, "link") if is_link else look(file, max_bytes)
            if found.rule:
                problems.append(("folder", origin, found.rule, "dropped", origin))
            else:
                rows.append(_row(root, name, origin, path, found))
    return _licensed(listing.frame(rows)), listing.problems(problems)


def look(file: bytes, max_bytes: int) -> Opened:
    """Return the SHA-256 of `file`, or why it is none of ours. Waits for nothing."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Opened(None, 0, "missing")
    except (OSError, ValueError):
        return Opened(None, 0, "unreadable")
    try:
        with open(descriptor, "rb") as opened:
            return _look(opened, max_bytes)
    except OSError:
        return Opened(None, 0, "unreadable")


def _look(opened: Any, max_bytes: int) -> Opened:
    status = os.fstat(opened.fileno())
    size = status.st_size
    if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
        return Opened(None, size, "not_a_file")
    if size == 0 or size > max_bytes:
        return Opened(None, size, "empty" if size == 0 else "over_size")
    start = opened.read(HEADER_WITHIN)
    if HEADER not in start:
        return Opened(None, size, "not_pdf")
    digest, size = hashlib.sha256(start), len(start)
    while part := opened.read(_STEP):
        digest.update(part)
        size += len(part)
        if size > max_bytes:  # it grows while it is read
            return Opened(None, size, "over_size")
    return Opened(digest.hexdigest(), size, None)


def _files(path: str) -> Iterator[tuple[bytes, bytes, str, bool]]:
    """Yield (folder, path below it, origin, is a link that is not followed) of what `path` names; a path that names nothing is one, too."""
    if os.path.isdir(path):
        root = os.fsencode(os.path.abspath(path))
        for name, is_link in sorted(_walk(root)):
            yield root, name, f"{path.rstrip('/')}/{printable_path(name)}", is_link
        return
    named = [path] if os.path.lexists(path) else sorted(glob.glob(path, recursive=True))
    for file in [name for name in named if not os.path.isdir(name)] or [path]:
        folder, name = os.path.split(os.fsencode(os.path.abspath(file)))
        yield folder, name, printable_path(os.fsencode(file)), False


def _walk(root: bytes) -> Iterator[tuple[bytes, bool]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != b".git")
        for found in names:
            if found.lower().endswith(_SUFFIX):
                file = os.path.join(folder, found)
                yield os.path.relpath(file, root), os.path.islink(file)


def _row(root: bytes, name: bytes, origin: str, path: str, found: Opened) -> dict[str, Any]:
    given = path.rstrip("/") if os.path.isdir(path) else os.path.dirname(origin) or "."
    location, below = printable_path(os.path.join(root, name)), printable_path(name)
    told = {"source": "folder", "origin": origin, "location": location, "root": given or "/", "path": below}
    return told | {"sha256": found.sha256, "n_bytes": found.n_bytes}


def _licensed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with the licence of the closest folder with licence files."""
    known: dict[str, str | None] = {}
    for location, path in rows.select("location", "path").iter_rows():
        root = location[: len(location) - len(path)].rstrip("/") or "/"
        folder = os.path.dirname(path)
        while f"{root}/{folder}" not in known:
            known[f"{root}/{folder}"] = _license(path_bytes(os.path.join(root, folder)))
            folder = os.path.dirname(folder)
    licenses = [_nearest(location, path, known) for location, path in rows.select("location", "path").iter_rows()]
    return rows.with_columns(license=pl.Series(licenses, dtype=pl.String))


def _nearest(location: str, path: str, known: dict[str, str | None]) -> str | None:
    root = location[: len(location) - len(path)].rstrip("/") or "/"
    folder = os.path.dirname(path)
    while known[f"{root}/{folder}"] is None and folder:
        folder = os.path.dirname(folder)
    return known[f"{root}/{folder}"]


def _license(folder: bytes) -> str | None:
    """Return what the licence files in `folder` say: an SPDX expression, `UNRECOGNISED`, or None without one."""
    try:
        entries = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
        files = [(printable_path(entry.name), "100644", entry.stat().st_size, printable_path(entry.name)) for entry in entries]
    except OSError:
        return None
    found = license_files.find(files)
    read = partial(code_folders.read_files, os.fsdecode(folder))
    told = license_files.detect(found, read).get(license_files.ROOT) if found else None
    return told or (license_files.UNRECOGNISED if found else None)

"""Source code in a folder of this machine."""

import os
import stat
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import polars as pl

from assets.code import licenses
from assets.code.sources import license_files, listing


def list_folders(chosen: Iterable[Path | str]) -> pl.DataFrame:
    """Return the listings of the folders `chosen`, one after another. Raises NotADirectoryError for what is not a folder.

    Each is sorted by path and without anything called .git; links are listed, never followed. `repository` is the folder as given.
    """
    return listing.frame_of_levels([_list(folder) for folder in chosen])


def list_folder(folder: Path | str) -> pl.DataFrame:
    """Return the listing of one folder."""
    return list_folders([folder])


def _list(folder: Path | str) -> tuple[dict[str, Sequence[Any]], dict[str, Any]]:
    """Return the columns of the listing of `folder`, and what is the same in all its rows."""
    root = os.path.abspath(folder)
    if not os.path.isdir(root):
        raise NotADirectoryError(f"source folder {str(folder)!r} does not exist or is not a folder")
    entries = list(_walk(os.fsencode(root)))
    columns: dict[str, Sequence[Any]] = dict(zip(_COLUMNS, zip(*entries, strict=True) if entries else [()] * 4, strict=True))
    columns["path"] = listing.printable_paths(columns["path"])
    found = license_files.find(zip(columns["path"], columns["mode"], columns["n_bytes"], columns["path"], strict=True))
    expressions = license_files.detect(found, partial(read_files, root))
    level = {"source": "folder", "repository": str(folder), "location": root, "license": expressions.get(license_files.ROOT)}
    return columns | {"nearest_license": license_files.nearest(columns["path"], expressions)}, level


def read_files(root: str, paths: Sequence[Hashable], *, follow: bool = False) -> Iterator[bytes | None]:
    """Yield the beginning of each file of `paths` (printable, below `root`), None for one that cannot be read."""
    for path in paths:
        yield open_file(root, str(path), licenses.MAX_LICENSE_BYTES, follow=follow)[0]


def open_file(root: str, path: str, max_bytes: int, *, follow: bool) -> tuple[bytes | None, str | None]:
    """Return (up to `max_bytes` of the file, None) or (None, missing or unreadable). Waits for nothing; a link is followed on demand."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(os.path.join(os.fsencode(root), listing.path_bytes(path)), flags)
    except FileNotFoundError:
        return None, "missing"
    except (OSError, ValueError):
        return None, "unreadable"
    try:
        return _read(descriptor, max_bytes), None
    except OSError:
        return None, "unreadable"
    finally:
        os.close(descriptor)


def _read(descriptor: int, max_bytes: int) -> bytes:
    content = part = os.read(descriptor, max_bytes)
    while part and len(content) < max_bytes:  # a read ends early at a signal, and on some file systems
        part = os.read(descriptor, max_bytes - len(content))
        content += part
    return content


_COLUMNS = ("path", "mode", "n_bytes", "digest")
_Entry = tuple[bytes, str, int, str]


def _walk(root: bytes) -> Iterator[_Entry]:
    """Yield _COLUMNS of all that is below `root`."""
    pending, start = [root], len(root.rstrip(b"/")) + 1  # os.path.relpath takes most of the time of a listing
    while pending:
        folder = pending.pop()
        try:
            entries = [entry for entry in os.scandir(folder) if entry.name != b".git"]
        except OSError:
            yield folder[start:] or b".", "040000", 0, "unreadable"
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                yield _describe(entry, entry.path[start:])


def _describe(entry: os.DirEntry[bytes], path: bytes) -> _Entry:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # gone since it was listed
        return path, "000000", 0, "unreadable"
    return path, _mode(found.st_mode), found.st_size, f"{found.st_size}:{found.st_mtime_ns}"


@lru_cache(maxsize=256)
def _mode(st_mode: int) -> str:
    if stat.S_ISLNK(st_mode):
        return "120000"
    if not stat.S_ISREG(st_mode):  # reading a pipe would wait for ever
        return "000000"
    return "100755" if st_mode & stat.S_IXUSR else "100644"

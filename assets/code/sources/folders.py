"""Source code in a folder of this machine."""

import os
import stat
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from assets.code import licenses
from assets.code.sources import license_files, listing


def list_folder(folder: Path | str) -> pl.DataFrame:
    """Return the listing of `folder`, sorted by path, without anything called .git; links are listed, never followed.

    `repository` is `folder` as given. Raises NotADirectoryError when it is not a folder.
    """
    root = os.path.abspath(folder)
    if not os.path.isdir(root):
        raise NotADirectoryError(f"source folder {str(folder)!r} does not exist or is not a folder")
    rows = list(_walk(os.fsencode(root)))
    found = license_files.find((row["path"], row["mode"], row["n_bytes"], row["path"]) for row in rows)
    expressions = license_files.detect(found, partial(read_files, root))
    level = {"source": "folder", "repository": str(folder), "location": root, "license": expressions.get(license_files.ROOT)}
    closest = license_files.nearest((row["path"] for row in rows), expressions)
    return listing.frame(level | row | {"nearest_license": nearest} for row, nearest in zip(rows, closest, strict=True))


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


def _walk(root: bytes) -> Iterator[dict[str, Any]]:
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = [entry for entry in os.scandir(folder) if entry.name != b".git"]
        except OSError:
            yield _row(root, folder, "040000", 0, "unreadable")
            continue
        pending += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        yield from (_describe(root, entry) for entry in entries if not entry.is_dir(follow_symlinks=False))


def _describe(root: bytes, entry: os.DirEntry[bytes]) -> dict[str, Any]:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # gone since it was listed
        return _row(root, entry.path, "000000", 0, "unreadable")
    return _row(root, entry.path, _mode(found.st_mode), found.st_size, f"{found.st_size}:{found.st_mtime_ns}")


def _row(root: bytes, path: bytes, mode: str, n_bytes: int, digest: str) -> dict[str, Any]:
    name = listing.printable_path(path[len(root.rstrip(b"/")) + 1 :] or b".")  # os.path.relpath takes most of the time of a listing
    return {"path": name, "mode": mode, "n_bytes": n_bytes, "digest": digest}


def _mode(st_mode: int) -> str:
    if stat.S_ISLNK(st_mode):
        return "120000"
    if not stat.S_ISREG(st_mode):  # reading a pipe would wait for ever
        return "000000"
    return "100755" if st_mode & stat.S_IXUSR else "100644"

"""Source code in a folder of this machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from assets.code import licenses
from assets.code.sources import listing


def list_folder(folder: Path | str) -> pl.DataFrame:
    """Return the listing of `folder`, sorted by path, without anything called .git; links are listed, never followed.

    `repository` is `folder` as given. Raises NotADirectoryError when it is not a folder.
    """
    root = os.path.abspath(folder)
    if not os.path.isdir(root):
        raise NotADirectoryError(f"source folder {str(folder)!r} does not exist or is not a folder")
    level = {"source": "folder", "repository": str(folder), "location": root, "license": _license(root)}
    return listing.frame([level | row for row in _walk(os.fsencode(root))])


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
    name = listing.printable_path(os.path.relpath(path, root))
    return {"path": name, "mode": mode, "n_bytes": n_bytes, "digest": digest}


def _mode(st_mode: int) -> str:
    if stat.S_ISLNK(st_mode):
        return "120000"
    if not stat.S_ISREG(st_mode):  # reading a pipe would wait for ever
        return "000000"
    return "100755" if st_mode & stat.S_IXUSR else "100644"


def _license(root: str) -> str | None:
    names = sorted(name for name in os.listdir(root) if licenses.is_license_file(name) and os.path.isfile(os.path.join(root, name)))
    texts = {}
    for name in names:
        with open(os.path.join(root, name), "rb") as file:
            texts[name] = file.read(licenses.MAX_LICENSE_BYTES)
    return licenses.of_files(texts)

"""Source code in the distributions that are installed beside this program."""

import base64
import csv
import os
import re
from functools import partial
from importlib import metadata
from typing import Any

import polars as pl

from assets.code import languages, licenses
from assets.code.sources import folders, license_files, listing


class PackageNotInstalledError(ValueError):
    """A distribution that the settings name is not installed."""


def list_package(name: str) -> pl.DataFrame:
    """Return the listing of the source files of the installed distribution `name`: those whose name tells a language.

    What RECORD knows (path, SHA-256, size) is believed and not looked up again. `repository` is the name in PyPI's spelling.
    Raises PackageNotInstalledError.
    """
    try:
        distribution = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError) as error:
        problem = f"package source {name!r} is not an installed distribution: install it or correct the name"
        raise PackageNotInstalledError(problem) from error
    root = os.path.abspath(str(distribution.locate_file("")))
    files = [file for file in _recorded(distribution) if _is_inside(file)]
    level = {
        "source": "package",
        "repository": re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower(),
        "revision": distribution.version,
        "location": root,
        "license": license_of(distribution),
    }
    rows = [_row(file) for file in files if languages.of_path(file.as_posix()) is not None]
    closest = license_files.nearest((row["path"] for row in rows), _expressions(root, files))
    return listing.frame(level | row | {"nearest_license": nearest} for row, nearest in zip(rows, closest, strict=True))


def license_of(distribution: metadata.Distribution) -> str | None:
    """Return the SPDX expression that the metadata declares, else what its licence files say, else null."""
    declared = distribution.metadata
    fields = [*(declared.get_all("License-Expression") or []), *(declared.get_all("License") or [])]
    found = next(filter(None, map(licenses.normalise, fields)), None)
    found = found or licenses.of_classifiers(declared.get_all("Classifier") or [])
    return found or licenses.of_files(_license_texts(distribution))


def _recorded(distribution: metadata.Distribution) -> list[metadata.PackagePath]:
    """Return the files that RECORD names, whether they are there or not.

    `distribution.files` tells that too, unless something imported importlib_metadata: then it looks for each of them and leaves some out.
    """
    record = distribution.read_text("RECORD")
    if record is None:
        return list(distribution.files or [])
    files = []
    for name, digest, size in csv.reader(record.splitlines()):
        file = metadata.PackagePath(name)
        file.hash, file.size, file.dist = metadata.FileHash(digest) if digest else None, int(size) if size else None, distribution
        files.append(file)
    return files


def _is_inside(file: metadata.PackagePath) -> bool:
    return file.parts[0] != ".." and not file.parts[0].endswith((".dist-info", ".egg-info"))


def _expressions(root: str, files: list[metadata.PackagePath]) -> dict[str, str | None]:
    """What the licence files beside the code say: those of bundled projects, since a package's own stands in its metadata."""
    named = (listing.printable_path(os.fsencode(file.as_posix())) for file in files if licenses.is_license_file(file.name))
    found = license_files.find((path, "100644", 1, path) for path in named)
    return license_files.detect(found, partial(folders.read_files, root, follow=True))


def _row(file: metadata.PackagePath) -> dict[str, Any]:
    n_bytes, digest = file.size, None
    if file.hash is not None:
        digest = f"{file.hash.mode}:{base64.urlsafe_b64decode(file.hash.value + '==').hex()}"
    if n_bytes is None or digest is None:  # an editable installation, or a file that was made while installing
        n_bytes, digest = _stat(file)
    return {"path": listing.printable_path(os.fsencode(file.as_posix())), "mode": "100644", "n_bytes": n_bytes, "digest": digest}


def _stat(file: metadata.PackagePath) -> tuple[int, str]:
    try:
        found = os.stat(file.locate())
    except OSError:
        return 0, "missing"
    return found.st_size, f"{found.st_size}:{found.st_mtime_ns}"


def _license_texts(distribution: metadata.Distribution) -> dict[str, bytes]:
    texts = {}
    for file in sorted(distribution.files or [], key=str):
        if file.parts[0].endswith(".dist-info") and licenses.is_license_file(file.name) and os.path.isfile(file.locate()):
            with open(file.locate(), "rb") as opened:
                texts[file.name] = opened.read(licenses.MAX_LICENSE_BYTES)
    return texts

"""Files of an export: rows go in, and out come the files with their sizes and SHA-256. Equal rows make equal bytes."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from assets.conversations.inner_json import dumps

# Line ends of Unicode, which JSON allows in strings and some readers take for the end of a line.
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


class File(BaseModel, frozen=True):
    """A file of an export."""

    name: str
    split: str | None = None
    rows: int | None = None
    bytes: int
    sha256: str


class Sink(Protocol):
    """Where the rows of one split go."""

    def add(self, row: dict[str, Any], known: str) -> None:
        """Add a row, which was made of the example with the id `known`."""

    def close(self) -> list[File]:
        """Finish, and return the files in their order; none where there was no row."""


def described(folder: Path, name: str, split: str | None = None, rows: int | None = None) -> File:
    """Return what is to be said of the file `name` in `folder`."""
    digest = hashlib.sha256()
    with (folder / name).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return File(name=name, split=split, rows=rows, bytes=(folder / name).stat().st_size, sha256=digest.hexdigest())


class Lines:
    """One JSON object a line, in UTF-8; `with_ids` writes the ids of the rows, line by line, into a file beside it."""

    def __init__(self, folder: Path, split: str, with_ids: bool = False) -> None:
        self._folder, self._split, self._rows = folder, split, 0
        names = [f"{split}.jsonl", *([f"{split}.ids.txt"] if with_ids else [])]
        self._files = {name: (folder / name).open("w", encoding="utf-8", newline="\n") for name in names}

    def add(self, row: dict[str, Any], known: str) -> None:
        """Add a row."""
        for file, line in zip(self._files.values(), (dumps(row).translate(_LINE_ENDS), known), strict=False):
            file.write(line + "\n")
        self._rows += 1

    def close(self) -> list[File]:
        """Finish the files."""
        return [made for name, file in self._files.items() for made in _closed(file, self._folder, name, self._split, self._rows)]


class Table:
    """CSV after RFC 4180 in UTF-8 with a header; null is an empty field."""

    def __init__(self, folder: Path, split: str, columns: tuple[str, ...]) -> None:
        self._folder, self._split, self._rows = folder, split, 0
        self._file = (folder / f"{split}.csv").open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, columns, lineterminator="\r\n")
        self._writer.writeheader()

    def add(self, row: dict[str, Any], known: str) -> None:
        """Add a row."""
        self._writer.writerow(row)
        self._rows += 1

    def close(self) -> list[File]:
        """Finish the file."""
        return _closed(self._file, self._folder, f"{self._split}.csv", self._split, self._rows)


def _closed(file: io.TextIOWrapper, folder: Path, name: str, split: str, rows: int) -> list[File]:
    file.close()
    if rows:
        return [described(folder, name, split, rows)]
    (folder / name).unlink()  # readers cannot tell the columns of a file without rows
    return []

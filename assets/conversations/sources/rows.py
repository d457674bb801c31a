"""The rows of a file with their places: as `records` has them, and JSON documents element by element, as they stand in the file."""

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from assets import records
from assets.records import Broken, Record

_READ_BYTES = 1_048_576
_COMMA, _END = b",]"
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
_MARKS = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)  # of a string; possessive, because a string may be megabytes


def stream(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    """Yield the rows of `path` in their order; what cannot be read on ends with one that is broken. Holds one row, or a batch, at a time.

    A JSON document is a list, whose elements are the rows, or one row.
    """
    if not _is_document(path):
        yield from records.stream(path, max_bytes)
        return
    number = 0
    try:
        for found in _elements(path, max_bytes):
            number = found.line
            yield found
    except (OSError, EOFError, ValueError, zlib.error):
        yield Broken(number + 1, "unreadable")


def fetch(path: Path, wanted: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield (place, JSON) of the rows at the places `wanted` ({place: bytes}), ascending; ends early at damage."""
    if not _is_document(path):
        yield from records.fetch(path, wanted)
        return
    try:
        yield from records.fetch_bytes(path, wanted)
    except (OSError, EOFError, zlib.error):
        return


def _is_document(path: Path) -> bool:
    try:
        return records.is_document(path)
    except (OSError, EOFError, zlib.error):
        return False


def _elements(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    number, at = 0, 0
    with records.unpacked(path) as file:
        for start, end in _spans(path):
            while at < start and (skipped := file.read(min(start - at, _READ_BYTES))):
                at += len(skipped)
            if end - start > max_bytes:
                number += 1
                yield Broken(number, "over_size")
                continue
            data = file.read(end - start)
            at += len(data)
            if stripped := data.strip():
                number += 1
                yield Record(start + len(data) - len(data.lstrip()), number, stripped)


def _spans(path: Path) -> Iterator[tuple[int, int]]:
    """Yield where each element of the list in `path` begins and ends. Raises ValueError where that is not to be told."""
    with records.unpacked(path) as file:
        head = file.read(_READ_BYTES)
        first = _BEFORE.match(head).end()  # type: ignore[union-attr]
        if head[first : first + 1] != b"[":
            yield first, first + _length(file, len(head) - first)
            return
        depth, start = 0, first + 1
        for at, mark in _marks(file, head, first):
            is_over = not depth and start > first + 1
            depth += (mark in b"[{") - (mark in b"]}")
            if is_over or (depth == 0 and mark != _END):
                raise ValueError("the list ends before the file does")
            if depth == 0 or (depth == 1 and mark == _COMMA):
                yield start, at
                start = at + 1
        if depth:
            raise ValueError("the list does not end")


def _length(file: io.BufferedIOBase, known: int) -> int:
    while data := file.read(_READ_BYTES):
        known += len(data)
    return known


def _marks(file: io.BufferedIOBase, data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, byte) of every bracket and comma from `at` on that does not stand in a string; `data` is what was read of the file."""
    before, is_inside = 0, False
    while data:
        while at < len(data):
            if is_inside:
                at = _INSIDE.match(data, at).end()  # type: ignore[union-attr]
                if at >= len(data) or data[at] == 92:  # the string goes on, perhaps after half of an escape
                    break
                at, is_inside = at + 1, False
            elif found := _MARKS.search(data, at):
                at = found.end()
                is_inside = data[found.start()] == 34
                if not is_inside:
                    yield before + found.start(), data[found.start()]
            else:
                at = len(data)
        more = file.read(_READ_BYTES)
        before, data, at = before + at, (data[at:] + more if more else b""), 0

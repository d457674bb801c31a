"""JSON values in files of other people: one a line, one a row of Parquet, or the elements of one document; found again by position."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet")
_COMPRESSIONS = (".gz", ".zst")
_MARK = b"\xef\xbb\xbf"
_BATCH_ROWS = 256  # of Parquet that are Python objects at the same time
_FIRST_LINE_BYTES = 16_777_216
_SKIPPED_BYTES = 1_048_576  # read at once of what is passed over


class Record(NamedTuple):
    """An object: where it is (byte of the unpacked file, or number of the row or element from 0), its line or row from 1, its JSON."""

    at: int
    line: int
    data: bytes


class Broken(NamedTuple):
    """A line or row that cannot be used: unreadable, or over_size."""

    line: int
    rule: str


def is_known(path: Path) -> bool:
    """Tell whether the name of `path` says that it holds records."""
    return _plain_name(path).endswith(SUFFIXES)


def is_document(path: Path) -> bool:
    """Tell whether `path` is one JSON document: a list, whose elements are the records, or one record. Raises what reading it raises."""
    return _reader(path) is _document


def stream(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    """Yield the records of `path` in their order; what cannot be read on ends with one that is broken. Never holds more than one of
    at most `max_bytes`, or a batch of rows."""
    line = 0
    try:
        for found in _reader(path)(path, max_bytes):
            line = found.line
            yield found
    except _failures(path):
        yield Broken(line + 1, "unreadable")


def fetch(path: Path, wanted: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield (position, JSON) of the records at the positions `wanted` ({position: bytes}), ascending; ends early at damage."""
    try:
        reader = _reader(path)
        if reader is _rows:
            yield from _fetch_rows(path, wanted)
        elif reader is _lines:
            yield from fetch_bytes(path, wanted)
        else:
            yield from (
                (found.at, found.data) for found in _document(path, sys.maxsize - 1) if isinstance(found, Record) and found.at in wanted
            )
    except _failures(path):
        return


def load(data: bytes) -> Any:
    """Return the JSON value in `data`. Raises ValueError when it is none, or one that is nested too deeply."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _failures(path: Path) -> tuple[type[Exception], ...]:
    """Return what reading `path` may raise. pyarrow is imported for the files that need it."""
    usual = (OSError, EOFError, ValueError, zlib.error)
    if not path.name.lower().endswith((".parquet", ".zst")):
        return usual
    from pyarrow import ArrowException

    return (*usual, ArrowException)


def _reader(path: Path) -> Callable[[Path, int], Iterator[Record | Broken]]:
    name = _plain_name(path)
    return _rows if name.endswith(".parquet") else _document if name.endswith(".json") and not _has_lines(path) else _lines


def _has_lines(path: Path) -> bool:
    """Tell whether the first line of `path` is an object by itself: many a file of lines is called .json."""
    with unpacked(path) as file:
        line = file.readline(_FIRST_LINE_BYTES).removeprefix(_MARK)
    try:
        return line.lstrip().startswith(b"{") and isinstance(load(line), dict)
    except ValueError:
        return False


def _plain_name(path: Path) -> str:
    name = path.name.lower()
    ending = next((ending for ending in _COMPRESSIONS if name.endswith(ending)), "")
    return name.removesuffix(ending)


def unpacked(path: Path) -> io.BufferedIOBase:
    """Return `path` opened for reading, without its compression."""
    name = path.name.lower()
    if name.endswith(".gz"):
        return gzip.open(path)
    if name.endswith(".zst"):
        import pyarrow

        return io.BufferedReader(pyarrow.input_stream(str(path), compression="zstd"), _SKIPPED_BYTES)
    return path.open("rb")


def _lines(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    with unpacked(path) as file:
        at, line = 0, 0
        while data := file.readline(max_bytes + 1):
            start, line = at, line + 1
            at += len(data)
            if len(data) > max_bytes:
                while not data.endswith(b"\n") and (data := file.readline(_SKIPPED_BYTES)):
                    at += len(data)
                yield Broken(line, "over_size")
                continue
            if start == 0 and data.startswith(_MARK):
                start, data = len(_MARK), data[len(_MARK) :]
            if data := data.rstrip():
                yield Record(start, line, data)


def _document(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    """Yield the elements of the array in `path`, or its one object."""
    data = bytearray()  # grows in place
    with unpacked(path) as file:
        while len(data) <= max_bytes and (part := file.read(_SKIPPED_BYTES)):
            data += part
    if len(data) > max_bytes:
        yield Broken(1, "over_size")
        return
    document = load(bytes(data.removeprefix(_MARK)))
    for number, element in enumerate(document if isinstance(document, list) else [document]):
        yield Record(number, number + 1, _dump(element))


def _rows(path: Path, max_bytes: int) -> Iterator[Record | Broken]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        for number, row in enumerate(row for batch in file.iter_batches(_BATCH_ROWS) for row in batch.to_pylist()):
            data = _dump(row)
            yield Record(number, number + 1, data) if len(data) <= max_bytes else Broken(number + 1, "over_size")


def _fetch_rows(path: Path, wanted: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        first = 0
        for group in range(file.num_row_groups):
            last = first + file.metadata.row_group(group).num_rows
            if any(first <= at < last for at in wanted):
                rows = (row for batch in file.iter_batches(_BATCH_ROWS, [group]) for row in batch.to_pylist())
                yield from ((number, _dump(row)) for number, row in enumerate(rows, first) if number in wanted)
            first = last


def fetch_bytes(path: Path, wanted: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield (place, bytes) of what is `wanted` ({place in the unpacked file: bytes}), ascending. Raises what opening and reading raise."""
    with unpacked(path) as file:
        place, is_plain = 0, not path.name.lower().endswith(_COMPRESSIONS)
        for at, n_bytes in sorted(wanted.items()):
            if is_plain:
                file.seek(at)
            while not is_plain and place < at and (skipped := file.read(min(at - place, _SKIPPED_BYTES))):
                place += len(skipped)
            data = file.read(n_bytes)
            place += len(data)
            yield at, data


def _dump(value: Any) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, default=_as_json).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _as_json(value: Any) -> Any:
    """Return what JSON has for a value of Parquet."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

"""What a pull request in files is made of: lines, rows and diffs of several files, found and read again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from blake3 import blake3
from pydantic import BaseModel

from assets import records
from assets.pull_requests.sources import shapes

SCHEMA: dict[str, Any] = {
    "kind": pl.String,  # bundle, pull, review, comment, diff, or name: the name of a file says that there is such a pull request
    "file": pl.Int64,
    "at": pl.Int64,
    "n_bytes": pl.Int64,
    "digest": pl.Binary,
}
_BATCH_BYTES = 16_000_000  # of files that are in memory at the same time


class Located(BaseModel, frozen=True, extra="forbid"):
    """Where the parts of a pull request are, and the commits that its comments and its payload name."""

    files: tuple[str, ...]  # absolute paths
    parts: tuple[tuple[str, int, int, int], ...]  # kind, number of the file, position in it, bytes
    shas: tuple[str, ...] = ()
    base_sha: str | None = None


class Read(NamedTuple):
    """A bundle, and the texts that were too large to be read; or the rule that says why there is none."""

    content: dict[str, Any] | None
    rule: str | None = None
    left_out: tuple[tuple[str, int], ...] = ()


def located(row: Mapping[str, Any], paths: Sequence[Path]) -> tuple[Located, str]:
    """Return where the parts in `row` (lists of the columns of `SCHEMA`; shas, base_sha) are, and the digest of their contents."""
    used = sorted(set(row["file"]))
    numbers = {file: number for number, file in enumerate(used)}
    parts = tuple(zip(row["kind"], (numbers[file] for file in row["file"]), row["at"], row["n_bytes"], strict=True))
    shas = tuple(sorted({sha for sha in row["shas"] if sha is not None}))
    place = Located(files=tuple(str(paths[file]) for file in used), parts=parts, shas=shas, base_sha=row["base_sha"])
    return place, _digest(zip(row["kind"], row["digest"], strict=True))


def read(entries: Sequence[tuple[str, str]], max_diff_bytes: int) -> Iterator[Read]:
    """Yield what is at each of `entries` ((location, digest) of a listing), in their order.

    The rules are `gone` (a file is not there any more) and `changed` (it is not what was listed: list it again).
    """
    batch: list[tuple[Located, str]] = []
    size = 0
    for location, digest in entries:
        batch.append((Located.model_validate_json(location), digest))
        size += sum(part[3] for part in batch[-1][0].parts)
        if size >= _BATCH_BYTES:
            yield from _read_batch(batch, max_diff_bytes)
            batch, size = [], 0
    yield from _read_batch(batch, max_diff_bytes)


def _read_batch(batch: Sequence[tuple[Located, str]], max_diff_bytes: int) -> Iterator[Read]:
    """Yield the bundles of `batch`: each file is gone through once for all of them."""
    wanted: dict[str, dict[int, int]] = defaultdict(dict)
    for place, _ in batch:
        for kind, file, at, n_bytes in place.parts:
            if kind not in ("diff", "name"):
                wanted[place.files[file]][at] = n_bytes
    found = {(file, at): data for file, places in wanted.items() for at, data in records.fetch(Path(file), places)}
    for place, digest in batch:
        yield _assembled(place, digest, found, max_diff_bytes)


def _assembled(place: Located, digest: str, found: Mapping[tuple[str, int], bytes], max_diff_bytes: int) -> Read:
    if not all(Path(file).exists() for file in place.files):
        return Read(None, "gone")
    parts, hashes = [], []
    left_out = tuple(("diff", n_bytes) for kind, _, _, n_bytes in place.parts if kind == "diff" and n_bytes > max_diff_bytes)
    for kind, file, at, n_bytes in place.parts:
        if kind == "diff" and n_bytes > max_diff_bytes:
            continue
        data = _bytes(kind, place.files[file], found.get((place.files[file], at)))
        if data is None:
            return Read(None, "changed")
        hashes.append((kind, blake3(data).digest() if kind != "name" else b""))
        parts.append((kind, data))
    if not left_out and _digest(hashes) != digest:
        return Read(None, "changed")
    return Read(shapes.assemble((kind, _value(kind, data)) for kind, data in parts if kind != "name"), None, left_out)


def _bytes(kind: str, file: str, found: bytes | None) -> bytes | None:
    if kind == "name":
        return b""
    try:
        return Path(file).read_bytes() if kind == "diff" else found
    except OSError:
        return None


def _value(kind: str, data: bytes) -> Any:
    """Return text or JSON; bytes that are not UTF-8 become U+FFFD, as GitHub writes them."""
    return data.decode("utf-8", "replace") if kind == "diff" else records.load(data)


def _digest(parts: Any) -> str:
    hasher = blake3()
    for kind, digest in parts:
        hasher.update(kind.encode() + b"\0" + digest)
    return hasher.hexdigest(length=16)

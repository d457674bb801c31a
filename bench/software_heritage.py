"""Contents by SHA-1 out of an S3 bucket: this project (fetched, proven, stored, read) against the bare client on the same server.

`python -m bench.software_heritage [blobs] [rounds]` runs moto's server in a process of its own and takes turns between the two; the
bare client keeps the same number of requests in flight, and throws away what it gets.
"""

import asyncio
import gzip
import hashlib
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from assets.code.sources import listing, software_heritage
from assets.code.sources.object_store import ObjectStore
from bench import corpus
from tests import faulty_s3

MAX_FILE_BYTES = 1_048_576


def main(blobs: int = 2_000, rounds: int = 3) -> list[dict[str, Any]]:
    """Measure, print and return one row: blobs a second of both, and the ratio."""
    contents = {hashlib.sha1(data).hexdigest(): data for data in _contents(blobs)}
    bare, ours = [], []
    with _server() as url:
        faulty_s3.fill(url, "softwareheritage", {blob: gzip.compress(data) for blob, data in contents.items()})
        store = ObjectStore(endpoint_url=url)
        for turn in range(rounds):
            pair = [(bare, lambda: _bare(store, list(contents))), (ours, lambda: _ours(store, contents))]
            for times, run in pair if turn % 2 else reversed(pair):  # neither always goes first
                started = time.perf_counter()
                run()
                times.append(time.perf_counter() - started)
    rates = [len(contents) / statistics.median(times) for times in (ours, bare)]
    row = {
        "stage": "software heritage contents",
        "what": f"{len(contents):,} blobs, {store.requests_in_flight} requests in flight",
        "ours": round(rates[0]),
        "peer": round(rates[1]),
        "peer_version": f"obstore {version('obstore')} alone",
        "ratio": round(rates[0] / rates[1], 3),
        "goal": 0.8,
        "unit": "blobs/s",
    }
    print(row)
    return [row]


def _contents(count: int) -> Iterator[bytes]:
    if corpus.CORPUS.exists():
        yield from (text.encode() for text in pl.scan_parquet(corpus.CORPUS).head(count).collect()["content"])
        return
    files = (file for folder in sys.path for file in sorted(Path(folder).glob("*/**/*.py")) if file.stat().st_size < MAX_FILE_BYTES)
    yield from (file.read_bytes() for file in islice(files, count))


@contextmanager
def _server() -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join()


def _serve(connection: Any) -> None:
    with faulty_s3.serve() as server:
        connection.send(server.url)
        connection.recv()


def _bare(store: ObjectStore, blobs: list[str]) -> None:
    import obstore

    async def some(client: Any, waiting: Iterator[str]) -> None:
        for blob in waiting:
            await (await obstore.get_async(client, blob)).bytes_async()

    async def everything() -> None:
        client, waiting = store.open(), iter(blobs)
        await asyncio.gather(*(some(client, waiting) for _ in range(store.requests_in_flight)))

    asyncio.run(everything())


def _ours(store: ObjectStore, contents: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = software_heritage.Location(store=store, blobs=Path(folder) / "blobs.sqlite").model_dump_json()
        rows = [{"blob": blob, "digest": blob, "location": place, "path": blob} for blob in contents]
        entries = listing.frame(rows)
        for (data, _), blob in zip(software_heritage.read_contents(entries, MAX_FILE_BYTES), entries["blob"], strict=True):
            assert data == contents[blob]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

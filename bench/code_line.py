"""Throughput and peak memory of raw_code to cleaned_chunks: `python -m bench.code_line [profile] [workers]`.

Runs the stages of the graph over the sources of a profile in a fresh lake, through the engine and without Dagster. MB are of source
content. Peak memory is the largest resident set of any worker process (getrusage).
"""

import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from assets.code import deduplication
from assets.code.assets import CLEAN, FINGERPRINT, KEEP_SURVIVORS, READ
from assets.code.sources import folders, listing, packages
from assets.corpus.assets import CHUNK
from resources.engine import LocalEngine
from resources.lake import Draft, Lake, Shard
from resources.platform import home
from resources.settings import Settings, load


def main(profile: str, workers: int) -> None:
    """Measure and print one table."""
    settings = load(profile)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.at(Path(folder))
        engine = LocalEngine(lake, settings.engine.model_copy(update={"workers": workers}))
        rows = list(_stages(lake, engine, settings))
        engine.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    megabytes = rows[0][1]
    print(f"\n{platform.platform()}, {os.cpu_count()} cores, {workers} workers, profile {profile}, {megabytes:.1f} MB of source")
    for name, _, seconds, count in rows:
        print(f"{name:<22}{count:>9,} rows{seconds:>8.1f} s{megabytes / seconds:>8.1f} MB/s")
    total = sum(seconds for _, _, seconds, _ in rows)
    print(f"{'whole chain':<22}{'':>14}{total:>8.1f} s{megabytes / total:>8.1f} MB/s, peak {peak:,.0f} MB in the largest worker")


def _stages(lake: Lake, engine: LocalEngine, settings: Settings):  # type: ignore[no-untyped-def]
    sources, code = settings.sources.code, settings.code
    found = pl.concat([*map(packages.list_package, sources.packages), *map(folders.list_folder, sources.folders)])
    shards = listing.shard_listing(found, settings.engine.shard_max_bytes, code.reading.max_file_bytes)
    raw = yield from _timed("raw_code", lambda draft: engine.build(draft, [READ.bind(code.reading)], _put(lake, shards), _silent), lake)
    clean = yield from _timed("clean_code", lambda draft: engine.build(draft, [CLEAN.bind(code.cleaning)], raw.parts, _silent), lake)

    def deduplicate(draft: Draft) -> None:
        prints = [engine.read(result) for result in engine.map(draft, [FINGERPRINT.bind(code.deduplication)], clean.parts, _silent)]
        decisions = deduplication.group(pl.concat(prints))
        inputs = [
            (shard, lake.put(decisions.join(rows.select("id"), on="id", how="semi").sort("id"), shard.label))
            for shard, rows in zip(clean.parts, prints, strict=True)
        ]
        engine.build(draft, [KEEP_SURVIVORS.bind(code.deduplication)], inputs, _silent)

    unique = yield from _timed("deduplicated_code", deduplicate, lake)
    model = Lake.at(home()).snapshot("base_model")
    tokenizer = lake.put(pl.DataFrame({"tokenizer_json": [(model.folder / "tokenizer.json").read_text(encoding="utf-8")]}), "tokenizer")
    chunk = CHUNK.bind(settings.corpus.chunking)
    yield from _timed(
        "cleaned_chunks", lambda draft: engine.build(draft, [chunk], [(part, tokenizer) for part in unique.parts], _silent), lake
    )


def _timed(name: str, build: Callable[[Draft], None], lake: Lake):  # type: ignore[no-untyped-def]
    draft = lake.draft(name)
    started = time.perf_counter()
    build(draft)
    seconds = time.perf_counter() - started
    size = sum(part.content_bytes for part in draft.parts) / 1e6
    yield name, size, seconds, sum(part.rows for part in draft.parts)
    return draft


def _put(lake: Lake, shards: Sequence[tuple[str, pl.DataFrame]]) -> list[Shard]:
    return [lake.put(rows, label) for label, rows in shards]


def _silent(_: str) -> None:
    """Progress would be part of what is measured."""


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "demo", int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1)

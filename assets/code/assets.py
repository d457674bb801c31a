"""The code line: source files as they are, repaired, and without their copies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets.automation import on_new_data
from assets.code import cleaning, deduplication, reading
from assets.code.checks import CLEAN_CODE, DEDUPLICATED_CODE, RAW_CODE
from assets.code.sources import folders, git, listing, packages
from resources.engine import Stage
from resources.lake import Lake, Shard, Snapshot
from resources.platform import Platform
from resources.settings import CodeSources

READ = Stage(reading.read_entries, version="1")
CLEAN = Stage(cleaning.clean, version="1")
FINGERPRINT = Stage(deduplication.fingerprint, version="1")
KEEP_SURVIVORS = Stage(deduplication.keep_survivors, version="1")


@dg.asset(**RAW_CODE.declaration("git", "parquet", stages=[READ]))
def raw_code(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """Source files as found in git repositories, folders and installed packages: bytes untouched, with path, revision and licence.

    Binary, over-size, unreadable and undecodable files, symlinks, submodules and Git LFS pointers are in the ledger instead.
    """
    sources = platform.settings.sources.code
    if not (sources.git or sources.folders or sources.packages):
        raise dg.Failure("sources.code names no source: add a git URL, a folder or a package to the profile.", allow_retries=False)
    draft = platform.lake.draft("raw_code")
    found = pl.concat(list(_listings(context, sources, platform.lake)))
    shards = listing.shard_listing(found, platform.settings.engine.shard_max_bytes, platform.settings.code.reading.max_file_bytes)
    inputs = [platform.lake.put(rows, label) for label, rows in shards]
    platform.engine.build(draft, [READ.bind(platform.settings.code.reading)], inputs, context.log.info)
    yield from RAW_CODE.publish(context, platform, draft, entries_found=found.height)


def _listings(context: dg.AssetExecutionContext, sources: CodeSources, lake: Lake) -> Iterator[pl.DataFrame]:
    """What every source holds, without reading it."""
    for source in sources.git:
        context.log.info(f"raw_code: asking {source.repository} for {source.ref}")
        yield git.list_blobs(git.sync(source, Path(lake.storage.uri("mirrors"))))
    for folder in sources.folders:
        yield folders.list_folder(folder)
    for package in sources.packages:
        yield packages.list_package(package)


@dg.asset(**CLEAN_CODE.declaration("parquet", "polars", stages=[CLEAN]), automation_condition=on_new_data)
def clean_code(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    raw_code: Snapshot,
) -> Iterator[Any]:
    """Files as text: UTF-8, \\n line ends, no control characters, within the limits on size and line length."""
    draft = platform.lake.draft("clean_code", [raw_code])
    # Redaction will be the second stage of this chain: fused, a file is read and written once.
    platform.engine.build(draft, [CLEAN.bind(platform.settings.code.cleaning)], raw_code.shards, context.log.info)
    yield from CLEAN_CODE.publish(context, platform, draft)


@dg.asset(**DEDUPLICATED_CODE.declaration("parquet", "tree-sitter", stages=[FINGERPRINT, KEEP_SURVIVORS]), automation_condition=on_new_data)
def deduplicated_code(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    clean_code: Snapshot,
) -> Iterator[Any]:
    """One survivor of each cluster of files that are equal, or equal apart from comments and layout.

    The survivor is the one with a permissive licence, then the shortest path, then the lowest id.
    """
    draft = platform.lake.draft("deduplicated_code", [clean_code])
    chosen = platform.settings.code.deduplication
    prints = platform.engine.map(draft, [FINGERPRINT.bind(chosen)], clean_code.shards, context.log.info)
    narrow = [platform.engine.read(result) for result in prints]
    decisions = deduplication.group(pl.concat(narrow))
    inputs: list[tuple[Shard, Shard]] = [
        (shard, platform.lake.put(decisions.join(rows.select("id"), on="id", how="semi").sort("id"), shard.label))
        for shard, rows in zip(clean_code.shards, narrow, strict=True)
    ]
    platform.engine.build(draft, [KEEP_SURVIVORS.bind(chosen)], inputs, context.log.info)
    clusters = decisions.filter(pl.col("cluster_size") > 1)
    yield from DEDUPLICATED_CODE.publish(
        context, platform, draft, clusters=clusters["cluster_id"].n_unique(), copies_dropped=decisions["keep"].not_().sum()
    )

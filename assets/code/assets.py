"""The code line: source files as they are, repaired and redacted, and without their copies."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from glob import glob
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import ledger
from assets.automation import on_new_data
from assets.code import cleaning, deduplication, opt_outs, quality, reading, references
from assets.code.checks import CLEAN_CODE, DEDUPLICATED_CODE, NEAR_DUPLICATE_CLUSTERS, RAW_CODE
from assets.code.licenses import policy
from assets.code.opt_outs import OptOuts
from assets.code.references import Reference
from assets.code.sources import blobs, folders, git, listing, packages, repositories, software_heritage
from assets.redaction import redaction
from resources.engine import Stage
from resources.lake import Draft, Lake, Shard, Snapshot
from resources.platform import Platform

READ = Stage(reading.read_entries, version="2", by_row=True)
OPT_OUT = Stage(opt_outs.drop_opted_out, version="1")
CLEAN = Stage(cleaning.clean, version="2")
LICENSE = Stage(policy.apply_policy, version="1")
JUDGE = Stage(quality.judge, version="1")
REDACT = Stage(redaction.redact_files, version="6")
REFERENCE = Stage(references.reference_files, version="1")
FINGERPRINT = Stage(deduplication.fingerprint, version="2")
KEEP_SURVIVORS = Stage(deduplication.keep_survivors, version="2")
_TOGETHER_BYTES = 64_000_000  # of content that is read at once


@dg.asset(**RAW_CODE.declaration("git", "parquet", stages=[READ, OPT_OUT]))
def raw_code(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """Source files as found in git repositories, Software Heritage, folders and installed packages: bytes untouched.

    Each has path, revision, language and licence. What is opted out, and binary, over-size, unreadable and undecodable files,
    symlinks, submodules and Git LFS pointers are in the ledger instead; so are repositories that could not be reached.
    """
    sources, opted_out = platform.settings.sources.code, opt_outs.load(platform.settings.sources.code.opt_outs)
    if sources.is_empty:
        raise dg.Failure("sources.code names no source: add a git URL, a folder or a package to the profile.", allow_retries=False)
    draft = platform.lake.draft("raw_code")
    found, problems = _listed(context, platform, opted_out)
    if found.is_empty():
        raise dg.Failure(f"No source holds a file that may be read: {_reasons(problems)}", allow_retries=False)
    shards = listing.shard_listing(found, platform.settings.engine.shard_max_bytes, platform.settings.code.reading.max_file_bytes)
    inputs = platform.lake.put_all(shards)
    archived = _archived(platform)
    by_content = opted_out.by_content
    chain = [READ.bind(platform.settings.code.reading), *([] if by_content.is_empty else [OPT_OUT.bind(by_content)])]
    platform.engine.build(draft, chain, inputs, context.log.info)
    draft.ledgers.append(platform.lake.put(problems.select(pl.lit("raw_code").alias("asset"), pl.all()), "listing"))
    yield from RAW_CODE.publish(context, platform, draft, entries_found=found.height, **_counts(problems), **_fetched(archived))


def _listed(context: dg.AssetExecutionContext, platform: Platform, opted_out: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What all sources hold, without what is opted out, and the ledger of that and of the sources that could not be listed."""
    sources, mirrors = platform.settings.sources.code, Path(platform.lake.storage.uri("mirrors"))
    wanted = [*sources.git, *(source for path in sources.repositories_from for source in repositories.read_list(path))]
    limit, log = platform.settings.code.reading.max_file_bytes, context.log.info
    found, problems = git.list_all(wanted, mirrors, sources.fetch, limit, log, opted_out.authors)
    for path in sources.repository_metadata:
        found = repositories.describe(found, repositories.read_metadata(path))
    for source in sources.software_heritage:
        software_heritage.check_store(source)
    others = [
        *(software_heritage.list_contents(source, _blobs(platform)) for source in sources.software_heritage),
        *platform.engine.spread(folders.list_folders, sources.folders),
        *map(packages.list_package, sources.packages),
    ]
    kept, dropped = opt_outs.drop_listed(pl.concat([found, *others], rechunk=True), opted_out)  # polars.format panics on an empty chunk
    return kept, pl.concat([ledger.empty(), problems, dropped])


def _blobs(platform: Platform) -> Path:
    return Path(platform.lake.storage.uri("blobs"))


def _archived(platform: Platform) -> dict[Path, int]:
    """The files that hold fetched blobs, and how much was fetched into each."""
    sources = platform.settings.sources.code.software_heritage
    return {file: blobs.fetches(file)[1] for file in {software_heritage.location(source, _blobs(platform)).blobs for source in sources}}


def _fetched(archived: dict[Path, int]) -> dict[str, int]:
    """What was fetched since, as metadata."""
    each = [blobs.fetches(file, since)[0].model_dump() for file, since in sorted(archived.items())]
    return {f"blobs_{name}": sum(counts[name] for counts in each) for name in each[0]} if each else {}


def _reasons(problems: pl.DataFrame) -> str:
    return "; ".join(problems["detail"].head(5).to_list()) or "the sources are empty."


def _counts(problems: pl.DataFrame) -> dict[str, int]:
    """How often each rule met a listing, as metadata."""
    return {f"listing_{rule}": count for rule, count in problems.group_by("rule").len().sort("rule").rows()}


@dg.asset(**CLEAN_CODE.declaration("parquet", "polars", stages=[LICENSE, CLEAN, JUDGE, REDACT]), automation_condition=on_new_data)
def clean_code(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    raw_code: Snapshot,
) -> Iterator[Any]:
    """Files as text that may be used: UTF-8, \\n line ends, of a licence that the policy allows, past the quality filters.

    Secrets and personal data are replaced so that a file that parsed still parses.
    """
    draft, chosen = platform.lake.draft("clean_code", [raw_code]), platform.settings.code
    chain = [LICENSE.bind(chosen.licenses), CLEAN.bind(chosen.cleaning), JUDGE.bind(chosen.quality), REDACT.bind(chosen.redaction)]
    platform.engine.build(draft, chain, raw_code.shards, context.log.info)
    yield from CLEAN_CODE.publish(context, platform, draft, **_redactions(platform, draft))


def _redactions(platform: Platform, draft: Draft) -> dict[str, int]:
    """How many values of each class were replaced, as metadata."""
    each = platform.lake.preview(draft).scan().select(pl.col("redactions").explode()).drop_nulls().unnest("redactions")
    counts = each.group_by("class").agg(pl.col("count").sum()).sort("class").collect()
    return {f"redacted_{name}": count for name, count in counts.rows()}


@dg.asset(**NEAR_DUPLICATE_CLUSTERS.declaration("parquet", "numba", stages=[FINGERPRINT]), automation_condition=on_new_data)
def near_duplicate_clusters(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    clean_code: Snapshot,
) -> Iterator[Any]:
    """For each file the cluster of its copies, the survivor of it, and the exact Jaccard similarity to the survivor.

    Copies are equal, equal apart from layout, or share 70 % of their token 5-shingles (by the settings).
    """
    draft = platform.lake.draft("near_duplicate_clusters", [clean_code])
    found = _group(platform, draft, clean_code, context.log.info)
    copies = found.filter(~pl.col("keep"))["kind"].value_counts().sort("kind").rows()
    clusters = found.filter(pl.col("cluster_size") > 1)["cluster_id"].n_unique()
    yield from NEAR_DUPLICATE_CLUSTERS.publish(context, platform, draft, clusters=clusters, **{f"{kind}_copies": n for kind, n in copies})


def _group(platform: Platform, draft: Draft, clean_code: Snapshot, log: Callable[[str], object]) -> pl.DataFrame:
    """Fill `draft`, a part for each shard of clean_code, and return the decisions about all files."""
    chosen, lake, engine = platform.settings.code.deduplication, platform.lake, platform.engine
    fingerprint = FINGERPRINT.bind(chosen.fingerprint)
    prints = engine.read(engine.map(draft, [fingerprint], clean_code.shards, log))
    others = [shard for reference in chosen.against for shard in _reference(platform, draft, reference, log)]
    known = _known_pairs(lake, fingerprint)
    reference = engine.read(engine.map(draft, [fingerprint], others, log))
    places = zip([*clean_code.shards, *others], [rows["id"] for rows in (*prints, *reference)], strict=True)
    read = partial(contents, lake, list(places))
    found = deduplication.group(pl.concat(prints), read, chosen, known, pl.concat(reference) if reference else None)
    parts = deduplication.as_datasets(found.decisions, [rows["id"] for rows in prints])
    draft.parts += lake.put_all(zip((shard.label for shard in clean_code.shards), parts, strict=True))
    pairs = lake.put(found.pairs, "pairs")
    draft.summary, draft.stages = {"pairs": pairs.model_dump()}, [fingerprint.identity]
    draft.memo_keys.add(pairs.key)
    return found.decisions


def _reference(platform: Platform, draft: Draft, reference: Reference, log: Callable[[str], object]) -> list[Shard]:
    """The rows of a dataset that files are compared with, as `fingerprint` takes them."""
    if reference.dataset:
        shards = platform.lake.snapshot(reference.dataset, reference.snapshot).shards
    else:
        files = sorted(glob(str(reference.parquet), recursive=True))
        if not files:
            raise dg.Failure(f"code.deduplication.against: {reference.name}: no file matches {reference.parquet}", allow_retries=False)
        texts = (pl.read_parquet(file, columns=[reference.content_column]) for file in files)
        shards = [platform.lake.put(rows, f"{reference.name} {number}") for number, rows in enumerate(texts)]
    return [result.part for result in platform.engine.map(draft, [REFERENCE.bind(reference)], shards, log)]


def contents(lake: Lake, places: Sequence[tuple[Shard, pl.Series]], ids: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the contents of the rows `ids`, those of some shards at a time; `places` are shards with the ids of their rows."""
    wanted, schema = pl.Series(ids, dtype=pl.String).implode(), {"id": pl.String, "content": pl.String}
    held = [shard for shard, known in places if known.is_in(wanted).any()]
    ends = accumulate(shard.content_bytes for shard in held)
    for _, some in groupby(zip(held, ends, strict=True), lambda place: place[1] // _TOGETHER_BYTES):
        files = [lake.storage.uri(shard.key) for shard, _ in some]  # one scan of many takes half the time of many scans
        yield pl.scan_parquet(files, schema=schema, extra_columns="ignore").filter(pl.col("id").is_in(wanted)).collect()


def _known_pairs(lake: Lake, fingerprint: Stage) -> pl.DataFrame | None:
    """What the published clusters were verified by: as long as tokens are cut the same way, it stays true of the texts."""
    if not lake.current("near_duplicate_clusters"):
        return None
    manifest = lake.snapshot("near_duplicate_clusters").manifest
    pairs = Shard.model_validate(manifest.summary["pairs"])
    same = manifest.stages == [fingerprint.identity]
    return pl.read_parquet(lake.storage.uri(pairs.key)) if same and lake.storage.exists(pairs.key) else None


@dg.asset(**DEDUPLICATED_CODE.declaration("parquet", "polars", stages=[KEEP_SURVIVORS]), automation_condition=on_new_data)
def deduplicated_code(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    clean_code: Snapshot,
    near_duplicate_clusters: Snapshot,
) -> Iterator[Any]:
    """One survivor of each cluster of copies: the best by the order of the profile."""
    if near_duplicate_clusters.manifest.parents["clean_code"] != clean_code.id:
        raise dg.Failure("near_duplicate_clusters was made from another snapshot of clean_code: materialize it first.", allow_retries=False)
    draft = platform.lake.draft("deduplicated_code", [clean_code, near_duplicate_clusters])
    decisions = {shard.label: shard for shard in near_duplicate_clusters.shards}
    inputs: Sequence[Any] = [(shard, decisions[shard.label]) for shard in clean_code.shards]
    platform.engine.build(draft, [KEEP_SURVIVORS.bind(platform.settings.code.deduplication)], inputs, context.log.info)
    yield from DEDUPLICATED_CODE.publish(context, platform, draft)

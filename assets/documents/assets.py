"""The document line: PDFs as they are, and their text as cleaned Markdown sections."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import ledger, tokenizer
from assets.automation import on_new_data
from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.documents import extraction, redacting
from assets.documents.checks import DOCUMENT_SECTIONS, RAW_DOCUMENTS
from assets.documents.sources import acquiring, folders, listing, opted_out, reading
from resources import search
from resources.engine import Stage
from resources.lake import Snapshot
from resources.platform import Platform

READ = Stage(reading.read_documents, version="1")
OPT_OUT = Stage(opted_out.drop_opted_out, version="1")
EXTRACT = Stage(extraction.extract, version="3")
REDACT = Stage(redacting.redact_sections, version="4")
EMBEDDED = "embedded"


@dg.asset(**RAW_DOCUMENTS.declaration("pdf", "parquet", stages=[READ, OPT_OUT]))
def raw_documents(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """PDFs from folders, URLs and a web search: bytes untouched, each content once, with origin, title and licence.

    What could not be had, is no PDF, is too large, repeats another or is opted out is in the ledger. Empty where the profile names no
    documents.
    """
    sources, draft = platform.settings.sources.documents, platform.lake.draft("raw_documents")
    opted = opt_outs.load(platform.settings.sources.code.opt_outs)
    found, problems, counts = _listed(context, platform, opted)
    shards = listing.shard_listing(found, sources.shard_max_bytes) or [("none", found)]
    inputs = platform.lake.put_all(shards)
    settings = reading.DocumentReadingSettings(max_document_bytes=sources.fetch.max_document_bytes)
    chain = [READ.bind(settings), *([] if opted.is_empty else [OPT_OUT.bind(opted)])]
    platform.engine.build(draft, chain, inputs, context.log.info)
    draft.ledgers.append(platform.lake.put(problems.select(pl.lit("raw_documents").alias("asset"), pl.all()), "listing"))
    yield from RAW_DOCUMENTS.publish(context, platform, draft, **counts)


def _listed(context: dg.AssetExecutionContext, platform: Platform, opted: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """What all sources hold, the ledger of what could not be had, and numbers for the user."""
    sources, store = platform.settings.sources.documents, Path(platform.lake.storage.uri("documents"))
    acquired = acquiring.acquire(sources, store, opted, search.key(), time.time(), context.log.info)
    own = _embedded(Path(platform.lake.storage.uri(EMBEDDED))) if sources.embedded else listing.frame([])
    once, repeated = listing.without_repeats(pl.concat([acquired.entries, own]))
    return once, pl.concat([ledger.empty(), acquired.problems, repeated]), acquired.counts


def _embedded(folder: Path) -> pl.DataFrame:
    """Write the documents that come along into `folder` and list them, by the same origins on every machine."""
    from assets.documents.demo import render

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in render.documents().items():
        (folder / name).write_bytes(content)
    found, _ = folders.list_paths([str(folder)], max(path.stat().st_size for path in folder.iterdir()))
    origin = pl.col("origin").str.split("/").list.last()
    return found.with_columns(origin=pl.format("{}/{}", pl.lit(EMBEDDED), origin), license=pl.lit("Apache-2.0"))


@dg.asset(**DOCUMENT_SECTIONS.declaration("pdfium", "parquet", stages=[EXTRACT, REDACT]), automation_condition=on_new_data)
def document_sections(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    raw_documents: Snapshot,
    base_model: Snapshot,
) -> Iterator[Any]:
    """Sections of documents as cleaned Markdown within the token budget, with the headings above them and their pages.

    Without running heads, page numbers, contents, form blanks, text that no reader sees, secrets and personal data.
    """
    draft, chosen = platform.lake.draft("document_sections", [raw_documents, base_model]), platform.settings.documents
    counter = tokenizer.side_input(platform.lake, base_model)
    extract = EXTRACT.bind(chosen.extraction)
    read = platform.engine.map(draft, [extract], [(shard, counter) for shard in raw_documents.shards], context.log.info)
    draft.stages = [extract.identity]
    draft.ledgers = [result.ledger for result in read if result.ledger.rows]
    platform.engine.build(draft, [REDACT.bind(chosen.redaction)], [(result.part, counter) for result in read], context.log.info)
    yield from DOCUMENT_SECTIONS.publish(context, platform, draft)

"""The conversation line: function-calling chats as published, and in one canonical form."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import pictures
from assets.automation import on_new_data
from assets.conversations import anomalies, bounds, conversion, redacting, slices
from assets.conversations.checks import RAW_CONVERSATIONS, TOOL_CONVERSATIONS
from assets.conversations.sources import embedded, files, huggingface, listing, reading
from resources.alerts import Alerts
from resources.engine import Stage
from resources.lake import Draft, Snapshot
from resources.platform import Platform

READ = Stage(reading.read_rows, version="1")
CONVERT = Stage(conversion.to_tool_conversations, version="1")
BOUND = Stage(bounds.drop_out_of_bounds, version="1")
REDACT = Stage(redacting.redact_conversations, version="4")


@dg.asset(**RAW_CONVERSATIONS.declaration("huggingface", "parquet", stages=[READ]))
def raw_conversations(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """Function-calling chats as published: rows of Hugging Face datasets (with the commit) and of JSON Lines, JSON and Parquet files.

    What is no row is in the ledger with file and line. Empty where the profile names no conversations.
    """
    sources, draft = platform.settings.sources.conversations, platform.lake.draft("raw_conversations")
    store = Path(platform.lake.storage.uri("conversations"))
    of_hub, refused, about = huggingface.list_all(sources.huggingface, store, sources.reading, context.log.info)
    of_files, unread = files.list_files(sources.files, sources.reading)
    place = Path(platform.lake.storage.uri("embedded_conversations"))
    own, unlisted = embedded.list_embedded(place, sources.reading) if sources.embedded else (of_files.clear(), unread.clear())
    found, problems = pl.concat([of_hub, of_files, own], rechunk=True), pl.concat([refused, unread, unlisted])
    shards = listing.shard_listing(found, platform.settings.engine.shard_max_bytes) or [("none", found)]
    inputs = platform.lake.put_all(shards)
    platform.engine.build(draft, [READ.bind(sources.reading)], inputs, context.log.info)
    draft.ledgers.append(platform.lake.put(problems.select(pl.lit("raw_conversations").alias("asset"), pl.all()), "listing"))
    shown = {"dataset", "config", "split", "revision", "rows_seen", "rows_kept"}
    datasets = pl.DataFrame([one.model_dump(include=shown) for one in about])
    yield from RAW_CONVERSATIONS.publish(context, platform, draft, datasets=dg.MetadataValue.md(pictures.table(datasets)))


@dg.asset(**TOOL_CONVERSATIONS.declaration("parquet", "polars", stages=[CONVERT, BOUND, REDACT]), automation_condition=on_new_data)
def tool_conversations(
    context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform], raw_conversations: Snapshot
) -> Iterator[Any]:
    """Conversations in one canonical form: messages with roles, calls with ids, tools as JSON Schemas, arguments checked against them.

    Nothing is cut. Broken inner JSON is repaired where only one repair is possible, and says so; everything else is in the ledger.
    Secrets and personal data are replaced, the same in a call as in what is said about it.
    """
    draft, chosen = platform.lake.draft("tool_conversations", [raw_conversations]), platform.settings.conversations
    redaction = redacting.ConversationRedactionSettings(redaction=chosen.redaction, conversion=chosen.conversion)
    chain = [CONVERT.bind(chosen.conversion), BOUND.bind(chosen.bounds), REDACT.bind(redaction)]
    platform.engine.build(draft, chain, raw_conversations.shards, context.log.info)
    _tell(platform, draft)
    rows = platform.lake.preview(draft).scan().select(slices.COLUMNS).collect()
    report = slices.slices(rows, chosen.balance.slices)
    tables = {name: dg.MetadataValue.md(pictures.table(frame)) for name, frame in (("slices", report.shares), ("evenness", report.tests))}
    yield from TOOL_CONVERSATIONS.publish(context, platform, draft, **tables)


def _tell(platform: Platform, draft: Draft) -> None:
    """Send a message when the dataset as a whole is odd."""
    rows = platform.lake.preview(draft).scan().select(anomalies.COLUMNS).collect()
    found = anomalies.anomalies(rows, platform.settings.conversations.anomalies) if rows.height else ()
    if found:
        severity = "error" if any(one.severity == "error" for one in found) else "warn"
        alerts = Alerts(Path(platform.lake.storage.root), platform.settings.alerts)
        alerts.send("tool_conversations is odd", [one.line for one in found], severity)  # type: ignore[arg-type]

"""The corpus: chunks of code, questions with grounded answers, chats, and splits that do not leak."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from assets import pictures, tokenizer
from assets.automation import on_new_data
from assets.corpus import chat, chunking, questions, sections, splits
from assets.corpus.checks import CHAT_EXAMPLES, CHATML_SPLITS, CLEANED_CHUNKS, QA_PAIRS
from assets.pull_requests.tasks import review_chat
from resources.engine import Stage
from resources.lake import Draft, Lake, Shard, Snapshot
from resources.platform import Platform

CHUNK = Stage(chunking.chunk, version="2")
SECTIONS = Stage(sections.as_chunks, version="1")
ASK = Stage(questions.ask, version="2")
TO_CHAT = Stage(chat.to_chat, version="2")
TO_REVIEW_CHAT = Stage(review_chat.to_review_chat, version="2")
FINGERPRINT = Stage(splits.fingerprint_examples, version="2")
ASSIGN_SPLITS = Stage(splits.assign_splits, version="2")


@dg.asset(**CLEANED_CHUNKS.declaration("parquet", "tree-sitter", stages=[CHUNK, SECTIONS]), automation_condition=on_new_data)
def cleaned_chunks(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    deduplicated_code: Snapshot,
    document_sections: Snapshot,
    base_model: Snapshot,
) -> Iterator[Any]:
    """Functions, methods, classes and sections within the token budget, each a literal slice of its file or document.

    With docstring or leading comment, signature, lines, needed imports, and the count of the base model's tokens.
    """
    draft = platform.lake.draft("cleaned_chunks", [deduplicated_code, document_sections, base_model])
    counter = tokenizer.side_input(platform.lake, base_model)
    inputs = [(shard, counter) for shard in deduplicated_code.shards]
    platform.engine.build(draft, [CHUNK.bind(platform.settings.corpus.chunking)], inputs, context.log.info)
    if document_sections.manifest.rows:
        platform.engine.build(draft, [SECTIONS], document_sections.shards, context.log.info)
    picture = _token_histogram(platform.lake, draft, "Tokens per chunk")
    yield from CLEANED_CHUNKS.publish(context, platform, draft, tokens=dg.MetadataValue.md(picture))


@dg.asset(**QA_PAIRS.declaration("parquet", "polars", stages=[ASK]), automation_condition=on_new_data)
def qa_pairs(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    cleaned_chunks: Snapshot,
) -> Iterator[Any]:
    """Questions about chunks whose answers stand in them: what the docstring says, with the characters that it came from.

    A docstring that says nothing yields no pair.
    """
    draft = platform.lake.draft("qa_pairs", [cleaned_chunks])
    platform.engine.build(draft, [ASK.bind(platform.settings.corpus.questions)], cleaned_chunks.shards, context.log.info)
    shapes = platform.lake.preview(draft).scan().group_by("shape").len("pairs").sort("pairs", "shape", descending=True).collect()
    picture = pictures.bars("Pairs by question shape", shapes["shape"].to_list(), shapes["pairs"].to_list(), "pairs")
    yield from QA_PAIRS.publish(context, platform, draft, shapes=dg.MetadataValue.md(picture))


@dg.asset(**CHAT_EXAMPLES.declaration("parquet", "polars", stages=[TO_CHAT, TO_REVIEW_CHAT]), automation_condition=on_new_data)
def chat_examples(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    qa_pairs: Snapshot,
    review_tasks: Snapshot,
) -> Iterator[Any]:
    """Chats ready to train on, whatever the source: system, user and assistant messages, without anything that reads as a control token."""
    draft, chosen = platform.lake.draft("chat_examples", [qa_pairs, review_tasks]), platform.settings.corpus
    platform.engine.build(draft, [TO_CHAT.bind(chosen.chat)], qa_pairs.shards, context.log.info)
    if review_tasks.manifest.rows:
        platform.engine.build(draft, [TO_REVIEW_CHAT.bind(chosen.review_chat)], review_tasks.shards, context.log.info)
    sources = platform.lake.preview(draft).scan().group_by("source").len("chats").sort("source").collect()
    yield from CHAT_EXAMPLES.publish(context, platform, draft, rows_by_source=dg.MetadataValue.md(pictures.table(sources)))


@dg.asset(**CHATML_SPLITS.declaration("parquet", "polars", stages=[FINGERPRINT, ASSIGN_SPLITS]), automation_condition=on_new_data)
def chatml_splits(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    chat_examples: Snapshot,
    base_model: Snapshot,
) -> Iterator[Any]:
    """Train, validation and test by group (repository or package), with token counts and weights.

    What is near-equal to a held-out example is dropped from the splits before it, so nothing straddles two of them.
    """
    draft = platform.lake.draft("chatml_splits", [chat_examples, base_model])
    chosen, counter = platform.settings.corpus.splits, tokenizer.side_input(platform.lake, base_model)
    prints = platform.engine.map(draft, [FINGERPRINT.bind(chosen)], [(shard, counter) for shard in chat_examples.shards], context.log.info)
    narrow = [platform.engine.read(result) for result in prints]
    assignments = splits.assign(pl.concat(narrow), chosen)
    inputs: list[tuple[Shard, Shard]] = [
        (shard, platform.lake.put(assignments.join(rows.select("id"), on="id", how="semi").sort("id"), shard.label))
        for shard, rows in zip(chat_examples.shards, narrow, strict=True)
    ]
    platform.engine.build(draft, [ASSIGN_SPLITS.bind(chosen)], inputs, context.log.info)
    picture = _token_histogram(platform.lake, draft, "Tokens per example")
    yield from CHATML_SPLITS.publish(
        context, platform, draft, tokens=dg.MetadataValue.md(picture), rows_by_split=dg.MetadataValue.md(_by_split(platform.lake, draft))
    )


def _token_histogram(lake: Lake, draft: Draft, title: str) -> str:
    return pictures.histogram(title, lake.preview(draft).scan().select("n_tokens").collect()["n_tokens"].to_list(), "tokens")


def _by_split(lake: Lake, draft: Draft) -> str:
    counts = pl.len().alias("rows"), pl.col("group_id").n_unique().alias("groups"), pl.col("n_tokens").sum().alias("tokens")
    return pictures.table(lake.preview(draft).scan().group_by("split").agg(*counts).sort("split").collect())

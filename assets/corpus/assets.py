"""The corpus: chunks of code, questions with grounded answers, chats, and splits that do not leak."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import pictures, tokenizer
from assets.automation import on_new_data
from assets.conversations import balance, similarity, slices
from assets.conversations import chats as conversation_chats
from assets.corpus import chat, mixture, questions
from assets.corpus.benchmarks import reading
from assets.corpus.checks import BENCHMARKS, CHAT_EXAMPLES, CHATML_SPLITS, CLEANED_CHUNKS, QA_PAIRS
from assets.corpus.chunks import chunking, sections
from assets.corpus.decontamination.index import index_benchmarks
from assets.corpus.decontamination.matching import decontaminate
from assets.corpus.generation import grouping, running
from assets.corpus.splits import assignment
from assets.corpus.template import mask
from assets.corpus.template.mask import MaskSettings
from assets.pull_requests.tasks import review_chat
from resources.engine import Stage
from resources.engine.local import filled
from resources.engine.task import Result
from resources.lake import Draft, Lake, Shard, Snapshot
from resources.lake.lake import INPUTS
from resources.llm.resource import Llm
from resources.platform import Platform

CHUNK = Stage(chunking.chunk, version="5", by_row=True)
SECTIONS = Stage(sections.as_chunks, version="1")
ASK = Stage(questions.ask, version="2")
GENERATE = Stage(running.generate, version="1")
TO_CHAT = Stage(chat.to_chat, version="3")
TO_REVIEW_CHAT = Stage(review_chat.to_review_chat, version="2")
PRINT_CONVERSATIONS = Stage(similarity.fingerprint_conversations, version="2")
TO_CONVERSATION_CHAT = Stage(conversation_chats.to_balanced_chats, version="1")
MIX = Stage(mixture.apply_mixture, version="1")
INDEX = Stage(index_benchmarks, version="2")
DECONTAMINATE = Stage(decontaminate, version="2")
FINGERPRINT = Stage(assignment.fingerprint_examples, version="3")
ASSIGN_SPLITS = Stage(assignment.assign_splits, version="3")


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


@dg.asset(**QA_PAIRS.declaration("parquet", "polars", stages=[ASK, GENERATE]), automation_condition=on_new_data)
def qa_pairs(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    llm: dg.ResourceParam[Llm],
    cleaned_chunks: Snapshot,
) -> Iterator[Any]:
    """Questions about chunks with answers that stand in them, and the characters that each answer came from.

    From documentation: what a docstring says; one that says nothing yields no pair. From language models, where the profile names some:
    asked from the chunk alone, answered with the lines that say so, and judged by rules.
    """
    draft = platform.lake.draft("qa_pairs", [cleaned_chunks])
    platform.engine.build(draft, [ASK.bind(platform.settings.corpus.questions)], cleaned_chunks.shards, context.log.info)
    spent = _generate(platform, llm, draft, cleaned_chunks, context.log.info) if llm.settings.endpoints else {}
    shapes = platform.lake.preview(draft).scan().group_by("shape").len("pairs").sort("pairs", "shape", descending=True).collect()
    picture = pictures.bars("Pairs by question shape", shapes["shape"].to_list(), shapes["pairs"].to_list(), "pairs")
    yield from QA_PAIRS.publish(context, platform, draft, shapes=dg.MetadataValue.md(picture), **spent)


def _generate(platform: Platform, llm: Llm, draft: Draft, chunks: Snapshot, log: Callable[[str], object]) -> dict[str, Any]:
    """Add to `draft` what language models ask and answer, and return what that took.

    Not through the engine: what was not answered must not be remembered as if it were done. The ledger of completions remembers instead.
    """
    chosen, lake = platform.settings.corpus.generation, platform.lake
    chunks.verify(chunks.shards)
    files = {shard: lake.storage.uri(shard.key) for shard in chunks.shards}
    narrow = (pl.read_parquet(file, columns=list(grouping.COLUMNS)) for file in files.values())
    askable = pl.Series([found for rows in narrow for found in running.askable(rows, chosen)], dtype=pl.String)
    last = grouping.last_id(askable, chosen.max_chunks)
    with llm.opened(log) as client:
        for shard, file in files.items():
            pairs, lost = running.generate(pl.read_parquet(file), chosen, client.complete, last)
            lost = lost.select(pl.lit(draft.asset).alias("asset"), pl.all())
            draft.parts += [lake.put(pairs, shard.label)] if pairs.height else []
            draft.ledgers += [lake.put(lost, shard.label)] if lost.height else []
    draft.memo_keys |= {shard.key for shard in [*draft.parts, *draft.ledgers] if shard.key.startswith(INPUTS)}
    draft.stages += [GENERATE.bind(chosen).identity, *(endpoint.model for endpoint in llm.settings.endpoints)]
    totals = client.totals
    draft.summary = {"unasked": totals.unasked, "failed": totals.failed, "stopped": client.stopped}
    return {f"llm_{name}": value for name, value in totals.metadata().items()}


@dg.asset(
    **CHAT_EXAMPLES.declaration("parquet", "polars", stages=[TO_CHAT, TO_REVIEW_CHAT, PRINT_CONVERSATIONS, TO_CONVERSATION_CHAT, MIX]),
    automation_condition=on_new_data,
)
def chat_examples(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    qa_pairs: Snapshot,
    review_tasks: Snapshot,
    tool_conversations: Snapshot,
) -> Iterator[Any]:
    """Chats ready to train on, whatever the source, in the mixture that the profile asks for; nothing in them reads as a control token.

    Messages of system, user, assistant and tools, with the tools that they may call, and the keys that each must stay together with.
    """
    draft, chosen = platform.lake.draft("chat_examples", [qa_pairs, review_tasks, tool_conversations]), platform.settings.corpus
    made = platform.engine.map(draft, [TO_CHAT.bind(chosen.chat)], qa_pairs.shards, context.log.info)
    if review_tasks.manifest.rows:
        made += platform.engine.map(draft, [TO_REVIEW_CHAT.bind(chosen.review_chat)], review_tasks.shards, context.log.info)
    shown = {}
    if tool_conversations.manifest.rows:
        conversations, effect = _conversation_chats(platform, draft, tool_conversations, context.log.info)
        made, shown = made + conversations, {"balance": dg.MetadataValue.md(pictures.table(effect))}
    narrow = platform.engine.read(made, [*mixture.NARROW])
    decisions = mixture.decide(pl.concat(narrow), chosen.mixture)
    inputs = [(result.part, _beside(platform.lake, decisions, rows, result.part)) for result, rows in zip(made, narrow, strict=True)]
    draft.ledgers += filled([result.ledger for result in made])
    platform.engine.build(draft, [MIX.bind(chosen.mixture)], inputs, context.log.info)
    table = pictures.table(mixture.table(pl.concat(narrow), decisions, chosen.mixture))
    yield from CHAT_EXAMPLES.publish(context, platform, draft, mixture=dg.MetadataValue.md(table), **shown)


def _conversation_chats(
    platform: Platform, draft: Draft, conversations: Snapshot, log: Callable[[str], object]
) -> tuple[list[Result], pl.DataFrame]:
    """Return chats of conversations, grouped by cluster and balanced, and what each slice counted for before and after."""
    line, engine, lake = platform.settings.conversations, platform.engine, platform.lake
    prints = engine.map(draft, [PRINT_CONVERSATIONS.bind(line.similarity)], conversations.shards, log)
    narrow = engine.read(prints)
    rows = conversations.scan().select(slices.COLUMNS).collect()
    sides = similarity.clusters(pl.concat(narrow), line.similarity), balance.balance(rows, line.balance)
    inputs = [
        (shard, *(_beside(lake, side, part, shard) for side in sides)) for shard, part in zip(conversations.shards, narrow, strict=True)
    ]
    return engine.map(draft, [TO_CONVERSATION_CHAT.bind(line.chats)], inputs, log), balance.effect(rows, sides[1], line.balance)


def _beside(lake: Lake, decisions: pl.DataFrame, rows: pl.DataFrame, shard: Shard) -> Shard:
    """Store what was decided about the rows of a shard, to be handed to a stage beside it."""
    return lake.put(decisions.join(rows.select("id"), on="id", how="semi").sort("id"), shard.label)


@dg.asset(**BENCHMARKS.declaration("parquet"))
def benchmarks(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """The problems of the evaluation sets that the profile registers: what must not be trained on.

    From packages, files and Hugging Face datasets, each with its version. A set that cannot be read is an error: it must not pass for
    clean.
    """
    chosen, lake, draft = platform.settings.corpus.benchmarks, platform.lake, platform.lake.draft("benchmarks")
    rows, problems = reading.read_benchmarks(chosen, Path(lake.storage.uri("benchmarks")), context.log.info)
    draft.parts = [lake.put(rows, "benchmarks")]
    draft.ledgers = [lake.put(problems.select(pl.lit(draft.asset).alias("asset"), pl.all()), "benchmarks")]
    draft.memo_keys |= {shard.key for shard in [*draft.parts, *draft.ledgers]}
    sets = rows.group_by("benchmark", "revision", "license").len("problems").sort("benchmark", "revision")
    yield from BENCHMARKS.publish(context, platform, draft, sets=dg.MetadataValue.md(pictures.table(sets)))


@dg.asset(
    **CHATML_SPLITS.declaration("parquet", "polars", stages=[INDEX, DECONTAMINATE, FINGERPRINT, ASSIGN_SPLITS]),
    automation_condition=on_new_data,
)
def chatml_splits(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    chat_examples: Snapshot,
    base_model: Snapshot,
    benchmarks: Snapshot,
) -> Iterator[Any]:
    """Train, validation and test by group (repository, pull request, document, cluster of conversations), with token counts and weights.

    Without what holds a problem of a registered benchmark. What is near-equal to a held-out example is dropped from the splits before it,
    so nothing straddles two of them.
    """
    draft = platform.lake.draft("chatml_splits", [chat_examples, base_model, benchmarks])
    engine, chosen, log = platform.engine, platform.settings.corpus.splits, context.log.info
    template = tokenizer.template_input(platform.lake, base_model)
    clean = _decontaminated(platform, draft, chat_examples, benchmarks, log)
    prints = engine.map(draft, [FINGERPRINT.bind(chosen)], [(shard, template) for shard in clean], log)
    narrow = engine.read(prints)
    ids, joined = [rows.select("id") for rows in narrow], pl.concat(narrow, rechunk=True)
    del narrow  # shingles are most of what is held here
    assignments = assignment.assign(joined, chosen)
    inputs = [(shard, _beside(platform.lake, assignments, rows, shard)) for shard, rows in zip(clean, ids, strict=True)]
    engine.build(draft, [ASSIGN_SPLITS.bind(chosen)], inputs, log)
    shown = {"tokens": _token_histogram(platform.lake, draft, "Tokens per example"), "rows_by_split": _by_split(platform.lake, draft)}
    shown["mask"] = _mask(platform, draft, template)
    yield from CHATML_SPLITS.publish(context, platform, draft, **{name: dg.MetadataValue.md(text) for name, text in shown.items()})


def _decontaminated(
    platform: Platform, draft: Draft, examples: Snapshot, benchmarks: Snapshot, log: Callable[[str], object]
) -> list[Shard]:
    """Return the shards of `examples` without what holds a problem of a benchmark; the ledger goes to `draft`."""
    if not benchmarks.manifest.rows:
        return examples.shards
    chosen = platform.settings.corpus.decontamination
    (index,) = platform.engine.map(draft, [INDEX.bind(chosen)], benchmarks.shards, log)
    inputs = [(shard, index.part) for shard in examples.shards]
    results = platform.engine.map(draft, [DECONTAMINATE.bind(chosen)], inputs, log)
    draft.stages += [stage.bind(chosen).identity for stage in (INDEX, DECONTAMINATE)]
    draft.ledgers += [result.ledger for result in results if result.ledger.rows]
    return [result.part for result in results]


def _mask(platform: Platform, draft: Draft, template: Shard) -> str:
    """Some training rows as the model sees them, token by token, with where the loss is."""
    settings = MaskSettings()
    rows = mask.chosen(platform.lake.preview(draft).scan(), settings)
    return mask.picture(rows, pl.read_parquet(platform.lake.storage.uri(template.key)), settings)


def _token_histogram(lake: Lake, draft: Draft, title: str) -> str:
    return pictures.histogram(title, lake.preview(draft).scan().select("n_tokens").collect()["n_tokens"].to_list(), "tokens")


def _by_split(lake: Lake, draft: Draft) -> str:
    counts = pl.len().alias("rows"), pl.col("group_id").n_unique().alias("groups"), pl.col("n_tokens").sum().alias("tokens")
    return pictures.table(lake.preview(draft).scan().group_by("split").agg(*counts).sort("split").collect())

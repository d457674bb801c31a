"""The pull-request line: pull requests as their host returned them, review comments on their line, and what they teach."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import pictures
from assets.automation import on_new_data
from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.pull_requests import opted_out
from assets.pull_requests.bronze import reading
from assets.pull_requests.checks import BRONZE_PRS, REVIEW_TASKS, SILVER_REVIEW_COMMENTS
from assets.pull_requests.silver import bots, comments, people, redacting, repeats, validity
from assets.pull_requests.sources import fetching, files, git_refs, listing
from assets.pull_requests.tasks import making
from resources.engine import Stage
from resources.github.connected import connected
from resources.lake import Draft, Shard, Snapshot
from resources.platform import Platform

READ = Stage(reading.read_pull_requests, version="1")
OPT_OUT = Stage(opted_out.drop_opted_out, version="1")
ALIGN = Stage(comments.align_comments, version="1")
KEEP_HUMAN = Stage(bots.keep_human, version="1")
PSEUDONYMISE = Stage(people.pseudonymise, version="1")
REDACT = Stage(redacting.redact_comments, version="4")
LABEL = Stage(validity.label, version="1")
NARROW = Stage(repeats.narrow, version="1")
DROP_REPEATS = Stage(repeats.drop_repeats, version="1")
MAKE_TASKS = Stage(making.make_tasks, version="3")


@dg.asset(**BRONZE_PRS.declaration("github", "git", "parquet", stages=[READ, OPT_OUT]))
def bronze_prs(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """Pull requests as GitHub, git and files have them: payload as returned, diff, commits, reviews and review comments.

    Beside the payload stand typed columns, and for each commit that was reviewed its diff and the change that followed. What could not be
    had or read, and what is opted out, is in the ledger. Empty where the profile names no source of pull requests.
    """
    draft = platform.lake.draft("bronze_prs")
    opted = opt_outs.load(platform.settings.sources.code.opt_outs)
    found, problems, counts = _listed(context, platform, opted)
    shards = listing.shard_listing(found, platform.settings.pull_requests.shard_max_bytes) or [("none", found)]
    inputs = platform.lake.put_all(shards)
    chain = [READ.bind(platform.settings.pull_requests.reading), *([] if opted.is_empty else [OPT_OUT.bind(opted)])]
    platform.engine.build(draft, chain, inputs, context.log.info)
    draft.ledgers.append(platform.lake.put(problems.select(pl.lit("bronze_prs").alias("asset"), pl.all()), "listing"))
    yield from BRONZE_PRS.publish(context, platform, draft, pull_requests_found=found.height, **counts)


def _listed(context: dg.AssetExecutionContext, platform: Platform, opted: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """What all sources hold, without what is opted out; the ledger of that and of what could not be had; numbers for the user."""
    sources, log = platform.settings.sources.pull_requests, context.log.info
    of_api, missed, counts = _fetched(platform, opted, context)
    of_files, unread = files.list_files(sources.files, sources.file_reading) if sources.files else (listing.frame([]), missed.clear())
    mirrors = Path(platform.lake.storage.uri("mirrors"))
    of_git, of_files, unreachable = git_refs.list_pulls(sources.git, mirrors, of_files, platform.settings.sources.code.fetch, log)
    once, repeated = listing.without_repeats(pl.concat([of_api, of_git, of_files], rechunk=True))
    kept, dropped = opted_out.drop_listed(once, opted)
    problems = pl.concat([missed, unread, unreachable, repeated, dropped])
    rules = dict(problems.group_by("rule").len().sort("rule").rows())
    return kept, problems, counts | {f"listing_{rule}": count for rule, count in rules.items()}


def _fetched(platform: Platform, opted: OptOuts, context: dg.AssetExecutionContext) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Fetch what is new from the API of the profile; return the listing of what is there now, what could not be had, and counts."""
    wanted, left_out = opted_out.drop_repositories(platform.settings.sources.pull_requests, opted)
    if not wanted.repositories:
        return listing.frame([]), left_out, {}
    folder = Path(platform.lake.storage.uri("pull_requests"))
    forge = Path(platform.lake.storage.uri("forge")) if platform.settings.sources.pull_requests.embedded_forge else None
    with connected(wanted, forge) as (settings, client):
        fetched = fetching.fetch_all(client, folder, settings, context.log.info)
        found = listing.of_store(fetched.entries, settings.host, fetched.file)
    counts = {f"api_{name}": count for name, count in fetched.counts.items()}
    return found, pl.concat([left_out, fetched.problems]), counts


@dg.asset(
    **SILVER_REVIEW_COMMENTS.declaration(
        "parquet", "polars", stages=[ALIGN, KEEP_HUMAN, PSEUDONYMISE, REDACT, LABEL, NARROW, DROP_REPEATS]
    ),
    automation_condition=on_new_data,
)
def silver_review_comments(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform], bronze_prs: Snapshot) -> Iterator[Any]:
    """Review comments that people wrote and that provably sit on their line, each with method and proof.

    Threaded, each remark once, logins as pseudonyms, without secrets and personal data, labelled by what they are. Bots, repeats, and what
    cannot be proven are in the ledger with the reason.
    """
    draft, chosen = platform.lake.draft("silver_review_comments", [bronze_prs]), platform.settings.pull_requests
    chain = [
        ALIGN.bind(chosen.alignment), KEEP_HUMAN.bind(chosen.humans), PSEUDONYMISE.bind(chosen.people),
        REDACT.bind(chosen.redaction), LABEL.bind(chosen.validity),
    ]  # fmt: skip
    labelled = platform.engine.map(draft, chain, bronze_prs.shards, context.log.info)
    draft.stages = [stage.identity for stage in chain]
    draft.ledgers = [result.ledger for result in labelled if result.ledger.rows]
    inputs = _with_repeats(platform, draft, [result.part for result in labelled], context)
    platform.engine.build(draft, [DROP_REPEATS.bind(chosen.repeats)], inputs, context.log.info)
    rows = platform.lake.preview(draft).scan()
    methods = rows.group_by("method").agg(comments=pl.len(), confidence=pl.col("confidence").mean().round(3)).sort("method").collect()
    yield from SILVER_REVIEW_COMMENTS.publish(context, platform, draft, methods=dg.MetadataValue.md(pictures.table(methods)))


def _with_repeats(platform: Platform, draft: Draft, shards: list[Shard], context: dg.AssetExecutionContext) -> list[tuple[Shard, Shard]]:
    """Return each shard with the decisions about its rows: a remark is looked for in the whole repository."""
    chosen = platform.settings.pull_requests.repeats
    narrow = platform.engine.read(platform.engine.map(draft, [NARROW.bind(chosen)], shards, context.log.info))
    decisions = repeats.repeats(pl.concat(narrow), chosen)
    of_shard = (decisions.join(rows.select("id"), on="id", how="semi", maintain_order="left") for rows in narrow)
    return [(shard, platform.lake.put(rows, shard.label)) for shard, rows in zip(shards, of_shard, strict=True)]


@dg.asset(**REVIEW_TASKS.declaration("parquet", "polars", stages=[MAKE_TASKS]), automation_condition=on_new_data)
def review_tasks(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    bronze_prs: Snapshot,
    silver_review_comments: Snapshot,
) -> Iterator[Any]:
    """What a reviewer does, as tasks: does this hunk need a comment and where, which comment, and what the code becomes.

    Hunks that nobody commented on, in pull requests that people reviewed, are the negative examples; what the code became is taken from
    the suggestion, or from the commit that followed.
    """
    if silver_review_comments.manifest.parents["bronze_prs"] != bronze_prs.id:
        raise dg.Failure("silver_review_comments was made from another snapshot of bronze_prs: materialize it first.", allow_retries=False)
    draft = platform.lake.draft("review_tasks", [bronze_prs, silver_review_comments])
    beside = {shard.label: shard for shard in silver_review_comments.shards}
    nothing = platform.lake.put(silver_review_comments.scan().head(0).collect(), "none")
    inputs = [(shard, beside.get(shard.label, nothing)) for shard in bronze_prs.shards]
    platform.engine.build(draft, [MAKE_TASKS.bind(_task_settings(platform))], inputs, context.log.info)
    counts = platform.lake.preview(draft).scan().group_by("task").len("rows").sort("task").collect()
    yield from REVIEW_TASKS.publish(context, platform, draft, rows_by_task=dg.MetadataValue.md(pictures.table(counts)))


def _task_settings(platform: Platform) -> making.ReviewTaskSettings:
    """The same value gets the same name in comments and in the hunks of tasks."""
    chosen = platform.settings.pull_requests
    return chosen.tasks.model_copy(update={"redaction": chosen.redaction})

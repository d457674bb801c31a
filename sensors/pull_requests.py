"""Asks for new pull requests: a small question to each repository now and then, and a run when one of them has an answer."""

import json
from pathlib import Path

import dagster as dg
from blake3 import blake3
from pydantic import BaseModel

from assets.code import opt_outs
from assets.pull_requests import opted_out
from assets.pull_requests.sources.api import GithubError, Refused
from assets.pull_requests.sources.github_settings import GithubSettings
from jobs import refresh_pull_requests
from resources.github.connected import connected
from resources.lake import Lake
from resources.settings import Settings

ASKED_PER_TICK = 20  # repositories: a tick stays short, and a thousand repositories take their turns


class _Cursor(BaseModel):
    """Where the sensor is: whose turn is next, and per repository the ETag of its newest pull request and when that was updated."""

    turn: int = 0
    etags: dict[str, str] = {}
    updated: dict[str, str] = {}


@dg.sensor(job=refresh_pull_requests, minimum_interval_seconds=300, description="Fetches pull requests when a repository has new ones.")
def new_pull_requests(
    context: dg.SensorEvaluationContext, lake: dg.ResourceParam[Lake], settings: dg.ResourceParam[Settings]
) -> dg.SensorResult | dg.SkipReason:
    """Ask some repositories, by their ETags (which costs nothing of the limit); ask for a run when something changed.

    Does not ask while fewer requests are left than the profile reserves for others.
    """
    sources = settings.sources.pull_requests
    wanted, _ = opted_out.drop_repositories(sources, opt_outs.load(settings.sources.code.opt_outs))
    if not wanted.repositories:
        return dg.SkipReason("sources.pull_requests names no repository")
    cursor = _Cursor.model_validate_json(context.cursor or "{}")
    before = dict(cursor.updated)
    forge = Path(lake.storage.uri("forge")) if sources.embedded_forge else None
    problem = _ask(wanted, forge, cursor, context)
    changed = sorted(name for name, moment in cursor.updated.items() if before.get(name) != moment)
    state = cursor.model_dump_json()
    if not changed:
        return dg.SensorResult(skip_reason=dg.SkipReason(problem or "no repository has new pull requests"), cursor=state)
    key = blake3(json.dumps(cursor.updated, sort_keys=True).encode()).hexdigest(length=8)
    run = dg.RunRequest(run_key=f"pull_requests-{key}", tags={"corpusmith/repositories": str(len(changed))})
    return dg.SensorResult(run_requests=[run], cursor=state)


def _ask(wanted: GithubSettings, forge: Path | None, cursor: _Cursor, context: dg.SensorEvaluationContext) -> str | None:
    """Ask the next repositories and note the answers in `cursor`; return why fewer were asked than it was the turn of."""
    from assets.pull_requests.sources import discovery

    names = wanted.repositories
    turns = [names[(cursor.turn + step) % len(names)] for step in range(min(ASKED_PER_TICK, len(names)))]
    with connected(wanted.hurried, forge) as (settings, client):
        for name in turns:
            try:
                latest = discovery.poll(client, name, cursor.etags.get(name))
            except Refused as refused:
                context.log.warning(str(refused))
            except GithubError as error:  # the limit, or the host: the next tick goes on here
                return str(error)
            else:
                _note(cursor, name, latest.etag, latest.updated_at)
                if latest.is_scarce:
                    return f"{settings.host}: the requests that are left of the limit are reserved for others"
            cursor.turn = (names.index(name) + 1) % len(names)
    return None


def _note(cursor: _Cursor, name: str, etag: str | None, updated_at: str | None) -> None:
    if etag:
        cursor.etags[name] = etag
    if updated_at:
        cursor.updated[name] = updated_at

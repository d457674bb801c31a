"""What several of these tests share."""

import asyncio
from collections.abc import Callable
from typing import Any

from assets.pull_requests.sources.api import Api
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
from resources.github.connection import Connection
from resources.github.limits import Clock
from tests.github_server import REPOSITORY, Hours, Hub

PULL = f"/repos/{REPOSITORY}/pulls/1"


SECRET = "gh" + "p_" + "s3cr3t" * 6


def ask(
    hub: Hub,
    what: Callable[[Connection], Any],
    environment: dict[str, str] | None = None,
    clock: Clock | None = None,
    log: list[str] | None = None,
    **settings: Any,
) -> Any:
    chosen = GithubSettings(base_url=hub.url + hub.prefix, **settings)
    client = GithubClient(chosen, environment or {}, clock or Hours())  # type: ignore[arg-type]

    async def run() -> Any:
        async with client.opened((log if log is not None else []).append, lambda: "3 of 4 pull requests done") as session:
            return await what(await session.of(REPOSITORY))

    return asyncio.run(run())


def pull(api: Api) -> Any:
    return api.json(PULL[1:])

"""What several of these tests share."""

from pathlib import Path
from typing import Any

from assets.pull_requests.sources import fetching, store
from assets.pull_requests.sources.fetching import Fetched
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
from tests.github_server import REPOSITORY, Hours, Hub

PULLS = f"/repos/{REPOSITORY}/pulls"


def fetch(hub: Hub, folder: Path, clock: Hours | None = None, log: list[str] | None = None, **fields: Any) -> Fetched:
    chosen = GithubSettings(**{"base_url": hub.url, "name": "hub", "repositories": (REPOSITORY,)} | fields)
    hub.requests.clear()
    client = GithubClient(chosen, {}, clock or Hours())  # type: ignore[arg-type]
    return fetching.fetch_all(client, folder, chosen, (log if log is not None else []).append)


def bundle(fetched: Fetched, number: int, repository: str = REPOSITORY) -> dict[str, Any]:
    with store.opened(fetched.file) as connection:
        return store.read(connection, repository, number)


def rules(fetched: Fetched) -> list[tuple[str, str, str]]:
    return fetched.problems.select("rule", "action", "detail").rows()

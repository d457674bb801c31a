"""A client for what the profile names: a GitHub host, or the small forge that comes along, which runs as long as it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github.client import GithubClient, github_client

EMBEDDED = "embedded-forge"


@contextmanager
def connected(settings: GithubSettings, embedded: Path | None) -> Iterator[tuple[GithubSettings, GithubClient]]:
    """Yield the settings with the address that is asked, and a client for it. With `embedded`, the forge in that folder is asked."""
    if embedded is None:
        yield settings, github_client(settings)
        return
    from resources.forge import Forge

    with Forge.serve(embedded) as forge:
        here: dict[str, Any] = {"base_url": forge.base_url, "name": settings.name or EMBEDDED}
        local = settings.model_copy(update=here)
        yield local, GithubClient(local, {})  # nobody's token is for it

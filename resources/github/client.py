"""A client of a GitHub API: githubkit's authentication and connections; payloads stay as they were sent.

Nothing but the API's own origin is ever asked, wherever a redirect or a `next` link points, so that credentials stay there. githubkit's
disk cache is off: the store of pull requests remembers the ETags that are worth it, and bodies are kept only there.
"""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from assets.pull_requests.sources.api import Refused
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github.connection import Connection
from resources.github.credentials import App, CredentialsError, Token, credentials
from resources.github.limits import Clock, Gate

if TYPE_CHECKING:
    from githubkit import GitHub

USER_AGENT = "corpusmith"


class GithubClient:
    """Speaks to the host of `settings` with the credentials of `environment`. Raises CredentialsError when they cannot be used."""

    def __init__(self, settings: GithubSettings, environment: Mapping[str, str], clock: Clock | None = None) -> None:
        self._settings, self._clock = settings, clock or Clock()
        self._credentials = credentials(settings.base_url, environment)

    @asynccontextmanager
    async def opened(self, log: Callable[[str], object], progress: Callable[[], str]) -> AsyncIterator["GithubSession"]:
        """Open connections; long waits are said to `log`, with what `progress` returns."""
        async with AsyncExitStack() as stack:
            yield GithubSession(self._settings, self._credentials, self._clock, stack, log, progress)


class GithubSession:
    """A client with open connections, one pool for each installation of an app, else one."""

    def __init__(
        self,
        settings: GithubSettings,
        known: Token | App | None,
        clock: Clock,
        stack: AsyncExitStack,
        log: Callable[[str], object],
        progress: Callable[[], str],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._settings, self._credentials, self._clock, self._stack = settings, known, clock, stack
        self._log, self._progress = log, progress
        self._connections: dict[str, Connection] = {}

    async def of(self, repository: str) -> Connection:
        """Return the connection for `repository`. Raises Refused when the app is not installed there, and CredentialsError."""
        by_owner = isinstance(self._credentials, App) and self._credentials.installation_id is None
        key = repository.split("/")[0].lower() if by_owner else ""
        if key not in self._connections:
            self._connections[key] = await self._open(await self._strategy(repository))
        return self._connections[key]

    async def _strategy(self, repository: str) -> Any:
        from githubkit import AppAuthStrategy, TokenAuthStrategy, UnauthAuthStrategy

        if isinstance(self._credentials, Token):
            return TokenAuthStrategy(self._credentials.value)
        if self._credentials is None:
            return UnauthAuthStrategy()
        _check_key(self._credentials)
        app = AppAuthStrategy(self._credentials.app_id, self._credentials.private_key)
        installation = self._credentials.installation_id
        if installation is None:
            installation = await self._installation(await self._open(app), repository)
        return app.as_installation(installation)

    async def _installation(self, api: Connection, repository: str) -> int:
        """Return the installation of the app that sees `repository`."""
        try:
            found = (await api.json(f"repos/{repository}/installation")).data.get("id")
        except Refused as refused:
            rule = "forbidden" if refused.rule == "gone" else refused.rule
            raise Refused(rule, refused.status, f"{repository}: installation of the app") from None
        if not isinstance(found, int):
            raise Refused("broken_answer", 200, f"{repository}: installation of the app")
        return found

    async def _open(self, strategy: Any) -> Connection:
        settings = self._settings
        http = await self._stack.enter_async_context(_github(strategy, settings).get_async_client())
        gate = Gate(settings.host, self._clock, settings.max_wait_s, settings.reserve_requests, self.counts)
        gate.say, gate.progress = self._log, self._progress
        return Connection(http, gate, self._clock, settings, self.counts)


def github_client(settings: GithubSettings, clock: Clock | None = None) -> GithubClient:
    """Return the client for `settings` with the credentials of this process's environment."""
    return GithubClient(settings, os.environ, clock)


def _github(strategy: Any, settings: GithubSettings) -> "GitHub[Any]":
    from githubkit import GitHub
    from githubkit.cache import MemCacheStrategy

    return GitHub(
        strategy,
        base_url=settings.base_url,
        user_agent=USER_AGENT,
        timeout=settings.timeout_s,
        follow_redirects=False,
        http_cache=False,
        cache_strategy=MemCacheStrategy(),  # the default one is shared, and knows an app's token by its number only, not by the host
        auto_retry=False,
    )


def _check_key(app: App) -> None:
    """Raise CredentialsError when the key cannot sign: what the libraries say about it could quote it."""
    import jwt

    try:
        jwt.encode({}, app.private_key, algorithm="RS256")
    except Exception:
        raise CredentialsError("CORPUSMITH_GITHUB_APP_PRIVATE_KEY is not an RSA key in PEM form. Set it again.") from None

"""What discovery and fetching need of a GitHub API, and how it says no. `resources.github` is the one that speaks HTTP."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol


class GithubError(RuntimeError):
    """The API cannot be used. The message names host, place and remedy; it quotes neither what was sent nor what was answered."""

    blames_the_source = True


class RateLimited(GithubError):
    """The API asks for a longer wait than the settings allow. `until` says when to come back; everything fetched so far is kept."""

    def __init__(self, host: str, until: datetime, wait_s: float, progress: str = "") -> None:
        self.host, self.until = host, until
        done = f" {progress}; what is stored stays." if progress else ""
        when = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        super().__init__(f"{host} asks to wait {wait_s:,.0f} s: run again after {when}, or raise max_wait_s.{done}")


class Refused(GithubError):
    """One address cannot be had, and asking again now would not help.

    `rule` is gone (404, 410), forbidden (401, 403), blocked (451, or a takedown), unreachable (5xx and the network), broken_answer (not
    what the API promises), too_large, or refused (another status); `status` is the last one, 0 when there was none.
    """

    def __init__(self, rule: str, status: int, where: str) -> None:
        self.rule, self.status, self.where = rule, status, where
        super().__init__(f"{where}: {rule} ({status or 'no answer'})")


class Answer(NamedTuple):
    """What came back: JSON, and the headers that matter. `is_unchanged`: the ETag still holds and `data` is null."""

    data: Any
    etag: str | None = None
    next_url: str | None = None
    is_scarce: bool = False  # no more requests of the limit are left than the settings reserve for others
    is_unchanged: bool = False
    is_moved: bool = False


class Api(Protocol):
    """The API as one repository's owner lets us use it. All raise Refused, RateLimited or GithubError."""

    async def json(self, path: str, params: Mapping[str, str] | None = None, etag: str | None = None, expect: type = dict) -> Answer:
        """Return the answer to GET `path` (relative to the base URL), whose JSON is of type `expect`."""

    def pages(self, path: str, params: Mapping[str, str] | None = None, expect: type = list) -> AsyncIterator[Answer]:
        """Yield the answers to GET `path` and to each page that the one before it names as the next."""

    async def diff(self, path: str, max_bytes: int) -> str:
        """Return the diff at `path`. Refused as too_large when it has more than `max_bytes`."""


class Session(Protocol):
    """A client at work: its connections are open."""

    counts: Counter[str]

    async def of(self, repository: str) -> Api:
        """Return the API with the credentials for `repository`."""


class Client(Protocol):
    """Who speaks to a host."""

    def opened(self, log: Callable[[str], object], progress: Callable[[], str]) -> AbstractAsyncContextManager[Session]:
        """Open connections; long waits are said to `log`, with what `progress` returns."""

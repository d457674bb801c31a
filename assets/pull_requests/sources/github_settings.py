"""Which pull requests of which repositories are wanted from a GitHub API, and how hard it may be asked for them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

_REPOSITORY = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9._-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")


class GithubSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """Repositories of one GitHub host, filters, and limits. The token is in the environment: resources/github/credentials.py."""

    base_url: str = Field("https://api.github.com", description="of the REST API; GitHub Enterprise Server: https://HOST/api/v3")
    name: str | None = Field(None, min_length=1, description="what the host is called in row ids; none: its base_url")
    repositories: tuple[str, ...] = Field((), description="owner/name")
    state: Literal["all", "open", "closed", "merged"] = Field("all", description="closed includes merged")
    authors: tuple[str, ...] = Field((), description="logins that opened the pull request; none: all")
    labels: tuple[str, ...] = Field((), description="a pull request has at least one of them; none: all")
    since: datetime | None = Field(None, description="opened at or after; UTC when it says no zone")
    until: datetime | None = Field(None, description="opened before")
    min_review_comments: int = Field(0, ge=0, description="fewest review comments by people; bots do not count")
    discovery: Literal["search", "listing"] = Field(
        "search", description="how a repository is walked the first time: searched by windows of creation dates, or listed page by page"
    )
    # docs.github.com, "Best practices for using the REST API": requests one after another, or few at a time, avoid secondary limits.
    parallel_requests: int = Field(4, ge=1, le=100, description="requests in flight; GitHub allows 100")
    timeout_s: float = Field(30.0, gt=0, description="longest silence of the server; an answer may take ten times as long")
    max_attempts: int = Field(8, ge=1, description="for what is worth repeating: 5xx, timeouts, dropped connections, broken answers")
    backoff_s: float = Field(0.5, ge=0, description="before the second attempt; doubles each time, up to 30 s")
    # The primary limit counts by the hour, so that no wait for it is longer than that.
    max_wait_s: float = Field(4_000.0, ge=0, description="longest wait for a limit; beyond it the run stops and says when to come back")
    reserve_requests: int = Field(
        100, ge=0, description="requests of the limit that are left to others, at most a tenth of the limit; then we wait for the next hour"
    )
    # GitHub answers no diff of more than 20,000 lines or 1 MB ("Limits for viewing content and diffs in a repository").
    max_diff_bytes: int = Field(2_000_000, gt=0, description="a larger diff is left out")
    max_reviewed_commits: int = Field(10, ge=0, description="of a pull request: commits whose diffs are fetched, most commented first")

    @property
    def host(self) -> str:
        """What stands for the host in rows and row ids."""
        return self.name or self.base_url

    @property
    def hurried(self) -> "GithubSettings":
        """The same for who looks now and then and must not wait: one attempt of ten seconds, and no waiting for limits."""
        return self.model_copy(update={"max_attempts": 1, "max_wait_s": 0.0, "timeout_s": min(self.timeout_s, 10.0)})

    @field_validator("base_url")
    @classmethod
    def _is_plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("give http(s)://HOST or http(s)://HOST/api/v3")
        if parts.username or parts.password:
            raise ValueError("credentials do not belong into the URL: put the token into the environment (CORPUSMITH_GITHUB_TOKEN)")
        return url.rstrip("/")

    @field_validator("repositories")
    @classmethod
    def _are_repositories(cls, repositories: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [number for number, repository in enumerate(repositories) if not _REPOSITORY.fullmatch(repository)]
        if wrong:
            raise ValueError(f"entry {wrong[0]} is not owner/name")
        once: dict[str, str] = {}
        for repository in repositories:
            once.setdefault(repository.lower(), repository)
        return tuple(once.values())

    @field_validator("since", "until")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_wanted(facts: Mapping[str, Any], settings: GithubSettings) -> bool:
    """Tell whether the filters of `settings` let a pull request with `facts` (facts.facts) through, as far as they are known."""
    comments, created = facts.get("review_comments"), datetime.fromisoformat(facts["created_at"])
    is_state = settings.state in ("all", facts["state"]) or (settings.state == "merged" and facts["is_merged"])
    return (
        is_state
        and (not settings.authors or (facts["author"] or "").lower() in {author.lower() for author in settings.authors})
        and (not settings.labels or not {label.lower() for label in facts["labels"]}.isdisjoint(label.lower() for label in settings.labels))
        and (settings.since is None or created >= settings.since)
        and (settings.until is None or created < settings.until)
        and (comments is None or comments >= settings.min_review_comments)
    )

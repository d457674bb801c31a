"""What is read of a git repository, and how repositories are fetched: the settings of git sources."""

import re
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, Field, field_validator, model_validator

_REMEDY = "set CORPUSMITH_GIT_TOKEN or CORPUSMITH_GIT_TOKEN_<HOST> in the environment, or use a credential helper of git"
_HTTP = re.compile(r"https?://", re.IGNORECASE)


class GitSource(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A git repository and what to read of it."""

    url: str = Field(pattern=r"^[^-\s][^\s]*$", description="URL without credentials, or local path")
    ref: str = Field("HEAD", pattern=r"^[^-\s][^\s:^~?*\[\\]*$", description="branch, tag, full ref or full commit SHA")
    branches: Literal["heads"] | None = Field(None, description="heads: the last commit of every branch, in the place of ref")
    depth: int | None = Field(1, ge=1, description="commits of history that are fetched; null: all of it, with every branch and tag")
    timeout_s: float = Field(3600.0, gt=0, description="longest time that one git command may take")

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        if without_credentials(url) != url:
            raise ValueError(f"a URL must not hold a user or a password: {_REMEDY}")
        if _HTTP.match(url) and ("?" in url or "#" in url):
            raise ValueError(f"the URL of a repository has no query and no fragment; if it is a token, {_REMEDY}")
        return url

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> Self:
        if self.branches and self.ref != "HEAD":
            raise ValueError("give ref or branches, not both")
        return self

    @property
    def repository(self) -> str:
        """What the repository is called in datasets, ledgers and messages."""
        return self.url


class FetchSettings(BaseModel, frozen=True, extra="forbid"):
    """How repositories are fetched."""

    parallel_fetches: int = Field(8, ge=1, le=64, description="repositories that are asked at the same time")
    answer_timeout_s: float = Field(60.0, gt=0, description="longest silence of a host, and longest time it may take to name its refs")
    partial: bool = Field(True, description="ask hosts to leave out blobs that are too large to be read")
    max_packs: int = Field(50, ge=1, description="a mirror with more of them is packed anew; git's own gc.autoPackLimit")
    max_loose_objects: int = Field(6_700, ge=1, description="a mirror with more of them is packed anew; git's own gc.auto")


def without_credentials(url: str) -> str:
    """Return `url` without user and password; an ssh user stays, since it belongs to the address."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    user, host = parts.netloc.rsplit("@", 1)
    kept = f"{user.split(':', 1)[0]}@" if "ssh" in parts.scheme else ""
    return urlunsplit(parts._replace(netloc=kept + host))

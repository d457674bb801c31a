"""Credentials for a GitHub API: a token or a GitHub App, from the environment only.

In this order: `CORPUSMITH_GITHUB_TOKEN_<HOST>`, the token for one host (dots as _, hyphens as __; it also goes over plain http); a
GitHub App, `CORPUSMITH_GITHUB_APP_ID` with `_PRIVATE_KEY` (PEM, or the path of a PEM file) and, when it is not to be looked up by the
repository's owner, `_INSTALLATION_ID`; `CORPUSMITH_GITHUB_TOKEN`, for any https host that the profile names and for this machine;
`GITHUB_TOKEN`, for api.github.com. Nothing set: without credentials, 60 requests an hour.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from assets.pull_requests.sources.api import GithubError

PREFIX = "CORPUSMITH_GITHUB_TOKEN"
APP = "CORPUSMITH_GITHUB_APP"


class CredentialsError(GithubError):
    """A variable of the environment cannot be used. The message names the variable, never its value."""


class Token(NamedTuple):
    """A personal or installation access token."""

    value: str

    def __repr__(self) -> str:
        """Keep the secret out of messages."""
        return "Token(***)"


class App(NamedTuple):
    """A GitHub App; without `installation_id` the installation is looked up by repository."""

    app_id: str
    private_key: str
    installation_id: int | None

    def __repr__(self) -> str:
        """Keep the secret out of messages."""
        return f"App({self.app_id!r}, ***, {self.installation_id})"


def variable(host: str) -> str:
    """Return the name of the environment variable with the token of `host`."""
    return f"{PREFIX}_{host.upper().replace('-', '__').replace('.', '_').replace(':', '_')}"


def credentials(base_url: str, environment: Mapping[str, str]) -> Token | App | None:
    """Return what `environment` holds for the API at `base_url`, None when it gets nothing. Raises CredentialsError."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if named := environment.get(variable(host)):
        return _token(variable(host), named)
    if parts.scheme != "https" and not _is_loopback(host):
        return None
    if environment.get(f"{APP}_ID"):
        return _app(environment)
    if general := environment.get(PREFIX):
        return _token(PREFIX, general)
    actions = environment.get("GITHUB_TOKEN") if host == "api.github.com" else None
    return _token("GITHUB_TOKEN", actions) if actions else None


def _token(name: str, value: str) -> Token:
    stripped = value.strip()
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise CredentialsError(f"{name} holds characters that no token has. Set it again.")
    return Token(stripped)


def _app(environment: Mapping[str, str]) -> App:
    key, installation = environment.get(f"{APP}_PRIVATE_KEY", "").strip(), environment.get(f"{APP}_INSTALLATION_ID", "").strip()
    if key and "-----BEGIN" not in key:
        try:
            key = Path(key).read_text(encoding="ascii")
        except (OSError, ValueError):
            key = ""
    if "-----BEGIN" not in key:
        raise CredentialsError(f"{APP}_PRIVATE_KEY holds neither a PEM key nor the path of a file with one. Set it, or unset {APP}_ID.")
    if installation and not installation.isdecimal():
        raise CredentialsError(f"{APP}_INSTALLATION_ID is not a number. Correct it, or unset it to look it up by repository.")
    return App(environment[f"{APP}_ID"].strip(), key.replace("\\n", "\n"), int(installation) if installation else None)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

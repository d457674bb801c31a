"""Credentials for git: a token from the environment, handed over by a credential helper and never on a command line.

`CORPUSMITH_GIT_TOKEN_<HOST>` is the token for one host (dots as _, hyphens as __: CORPUSMITH_GIT_TOKEN_GITHUB_COM); it also goes over
plain http. `CORPUSMITH_GIT_TOKEN` goes to any https host that asks, and to this machine. A value `user:token` names the user that a host
wants. Without a token git asks the helpers that its own configuration names.
"""

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

PREFIX = "CORPUSMITH_GIT_TOKEN"
_USER, _PASSWORD = "CORPUSMITH_GIT_USER", "CORPUSMITH_GIT_PASSWORD"
_ANY_USER = "x-access-token"  # GitHub's name for the bearer of a token; GitLab and Gitea take any
_HELPER = f"""!f() {{ test "$1" = get && printf 'username=%s\\npassword=%s\\n' "${_USER}" "${_PASSWORD}"; }}; f"""


def variable(host: str) -> str:
    """Return the name of the environment variable with the token of `host`."""
    return f"{PREFIX}_{host.upper().replace('-', '__').replace('.', '_').replace(':', '_')}"


def handed_over(url: str, environment: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return (variables, git configuration) that let git answer the host of `url`, and no other one, with its token."""
    found = token(url, environment)
    if found is None:
        return {}, []
    user, password = found
    parts = urlsplit(url)
    key = f"credential.{parts.scheme.lower()}://{parts.netloc}.helper"
    return {_USER: user, _PASSWORD: password}, [(key, ""), (key, _HELPER)]  # the empty one puts other helpers aside


def token(url: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (user, token) for the host of `url`, None when it gets none."""
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    value = environment.get(variable(parts.hostname))
    if not value and (parts.scheme.lower() == "https" or _is_loopback(parts.hostname)):
        value = environment.get(PREFIX)
    if not value or not value.isprintable():
        return None
    user, colon, password = value.rpartition(":")
    return (user, password) if colon else (_ANY_USER, value)


def redact(text: str, url: str | None, environment: Mapping[str, str]) -> str:
    """Return `text` without the token of the host of `url`, in each form that a message could quote it in."""
    found = token(url, environment) if url else None
    if found is None:
        return text
    basic = base64.b64encode(":".join(found).encode()).decode()
    for form in (found[1], quote(found[1], safe=""), basic):
        text = text.replace(form, "***")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""What a repository is called, whoever writes it: URL, git@host:owner/name, owner/name, the name of a distribution, or a folder."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_SCP = re.compile(r"(?:[^@/\s]+@)?([^/:@\s]{2,}):(?!//)(.+)")
_TWO_PARTS = frozenset(["github.com", "bitbucket.org", "codeberg.org"])  # here a repository is owner/name, and more is a place inside it


class Name(NamedTuple):
    """`host` is null when it is not said, empty for a folder of this machine; `path` is owner/name, a distribution's name, or a folder."""

    host: str | None
    path: str

    @property
    def owners(self) -> list["Name"]:
        """The owner, and for groups within groups each of them, outermost first."""
        parts = self.path.split("/")[:-1] if self.host != "" else []
        return [Name(self.host, "/".join(parts[: count + 1])) for count in range(len(parts))]


def of_repository(text: str) -> Name:
    """Return the name of the repository `text`. Case, credentials, port, www., .git and a trailing / make no difference."""
    host, path = _split(text.strip())
    if host == "":
        return Name("", _plain(path))
    parts = [part for part in unquote(path).split("/-/")[0].split("/") if part]
    if host is None and len(parts) > 2 and "." in parts[0]:  # github.com/owner/name
        host, parts = parts[0].lower(), parts[1:]
    host = host.removeprefix("www.") if host else host
    parts = parts[:2] if host in _TWO_PARTS else parts
    if host is None and len(parts) == 1:
        return Name(None, re.sub(r"[-_.]+", "-", parts[0]).lower())  # as PyPI spells distributions
    return Name(host, _plain("/".join(parts)))


def of_owner(text: str) -> Name:
    """Return the name of the owner (user, organisation or group) `text`: name, @name, host/name or URL."""
    host, path = _split(text.strip().removeprefix("@"))
    parts = [part for part in unquote(path).split("/") if part]
    if host is None and len(parts) > 1 and "." in parts[0]:
        host, parts = parts[0].lower(), parts[1:]
    return Name(host.removeprefix("www.") if host else host, "/".join(parts).lower())


def _split(text: str) -> tuple[str | None, str]:
    if "://" in text:
        parts = urlsplit(text)
        return ("" if parts.scheme == "file" else parts.hostname or ""), parts.path
    if text.startswith("/"):
        return "", text
    if found := _SCP.fullmatch(text):
        return found[1].lower(), found[2]
    return None, text


def _plain(path: str) -> str:
    return path.strip("/").lower().removesuffix(".git").rstrip("/")


Listed = dict[str, frozenset[str | None]]


def listed(names: Iterable[Name]) -> Listed:
    """Return the hosts of each path; null stands for every host."""
    hosts: Listed = {}
    for name in names:
        hosts[name.path] = hosts.get(name.path, frozenset()) | {name.host}
    return hosts


def is_among(name: Name, names: Listed) -> bool:
    """Tell whether `name` is listed; who does not say a host means every host."""
    known = names.get(name.path, frozenset())
    return bool(known) and (name.host is None or None in known or name.host in known)

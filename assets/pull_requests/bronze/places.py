"""Which pull request something belongs to, by the URLs that GitHub puts into everything."""

import re
from typing import Any, NamedTuple

_NAME = r"[A-Za-z0-9_.-]+"
_API = re.compile(rf"(https?)://([^/@\s?#]+)(?:/api/v3)?/repos/({_NAME})/({_NAME})/pulls/(\d{{1,18}})(?![\d])")
_PAGE = re.compile(rf"(https?)://([^/@\s?#]+)/({_NAME})/({_NAME})/pull/(\d{{1,18}})(?![\d])")
_REPOSITORY = re.compile(rf"{_NAME}/{_NAME}")
GITHUB = "https://github.com"


class Place(NamedTuple):
    """A pull request: the origin of its host's pages, owner/name and number."""

    host: str
    repository: str
    number: int


def of_url(url: Any) -> Place | None:
    """Return the pull request that `url` is about: of the API (also of GitHub Enterprise) or of a page; None for any other value."""
    found = (_API.match(url) or _PAGE.match(url)) if isinstance(url, str) else None
    if found is None:
        return None
    scheme, host, owner, name, number = found.groups()
    return Place(GITHUB if host == "api.github.com" else f"{scheme}://{host.lower()}", f"{owner}/{name}", int(number))


def of_comment(comment: dict[str, Any]) -> Place | None:
    """Return the pull request that a review comment or a review says it belongs to."""
    return of_url(comment.get("html_url")) or of_url(comment.get("pull_request_url"))


def of_pull(pull: dict[str, Any]) -> Place | None:
    """Return the pull request that the payload of GET /pulls/N is of."""
    if found := of_url(pull.get("html_url")) or of_url(pull.get("url")):
        return found
    base = pull.get("base")
    repository = base.get("repo") if isinstance(base, dict) else None
    return of_names(repository.get("full_name") if isinstance(repository, dict) else None, pull.get("number"))


def of_names(repository: Any, number: Any) -> Place | None:
    """Return the pull request `number` of `repository` (owner/name) on GitHub, None when they are no such things."""
    if not isinstance(repository, str) or not _REPOSITORY.fullmatch(repository):
        return None
    return Place(GITHUB, repository, number) if type(number) is int and 0 < number < 10**18 else None

"""What a request asks for: a place, a media type, a page, an order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from resources.forge.payloads import NAME, REPOSITORY_IDS
from resources.forge.replies import Reply

DIFF_TYPES = ("application/vnd.github.diff", "application/vnd.github.v3.diff")
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `path` as it came, `rest` what follows the repository in it, `accept` the media type."""

    method: str
    path: str
    query: Query
    accept: str = ""
    rest: str = ""

    @property
    def wants_diff(self) -> bool:
        """Whether the client asks for text instead of JSON."""
        return any(kind in self.accept for kind in DIFF_TYPES)

    def number(self, name: str, default: int, most: int = 1_000_000_000) -> int:
        """Return a number from the query, and the default for what is none."""
        text = self.query.get(name, "")
        return max(1, min(most, int(text))) if text.isascii() and text.isdigit() and len(text) < 10 else default

    @property
    def since(self) -> str:
        """Return the time from which on something must have been updated, as the facts write times."""
        since = re.sub(r"\.\d+|\+00:?00$", "", self.query.get("since", ""))
        return since if not since or since.endswith("Z") else f"{since}Z"


def paged(url: str, call: Call, items: list[Any], default: int = 30) -> tuple[list[Any], dict[str, str]]:
    """Return the page's items, and the Link header that leads to the others, under /repositories/ID as GitHub's does."""
    per_page, page = call.number("per_page", default, max(100, default)), call.number("page", 1)
    last = max(1, -(-len(items) // per_page))
    pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    wanted = [name for name in pages if (page > 1 if name in ("prev", "first") else page < last)]
    path = call.path if call.path == "/search/issues" else f"/repositories/{REPOSITORY_IDS[NAME]}{call.rest}"
    links = [f'<{url}{path}?{urlencode({**call.query, "page": pages[name]})}>; rel="{name}"' for name in wanted]
    return items[(page - 1) * per_page : page * per_page], {"link": ", ".join(links)} if links else {}


def ordered(call: Call, items: list[Any], key: Callable[[Any, str], Any]) -> list[Any]:
    """Sort comments by the query's sort: "created" or "updated", oldest first unless a sort is asked for."""
    name = "updated" if call.query.get("sort") == "updated" else "created"
    descending = call.query.get("direction", "desc" if "sort" in call.query else "asc") == "desc"
    return sorted(items, key=lambda item: key(item, name), reverse=descending)


def as_text(diff: bytes, call: Call) -> Reply:
    """Return a diff in the media type that was asked for."""
    kind = next(kind for kind in DIFF_TYPES if kind in call.accept)
    return Reply(200, diff, {"content-type": f"{kind}; charset=utf-8"})

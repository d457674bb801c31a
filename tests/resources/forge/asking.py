"""What several of these tests share."""

from collections.abc import Iterator
from typing import Any

import httpx

HERE = "/repos/corpusmith/dayshift"


DIFF = {"accept": "application/vnd.github.v3.diff"}


def ask(client: httpx.Client, path: str, **query: Any) -> Any:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def pages(client: httpx.Client, url: str) -> Iterator[httpx.Response]:
    while url:
        reply = client.get(url)
        yield reply
        url = reply.links.get("next", {}).get("url", "")

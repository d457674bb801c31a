"""A small server that answers like GitHub's API about one repository, misbehaves on request and writes down what was asked.

For what the forge of `resources.forge` cannot do: answers that are wrong in a chosen place, and repositories of any shape.
"""

import hashlib
import json
import random
import re
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.threaded_server import Server, serving

REPOSITORY = "owner-1/project"
FAULTS = ("429", "secondary", "abuse", "primary", "500", "502", "503", "reset", "truncated", "broken", "html")
NOW = 1_700_000_000  # what the server's clock shows


class Asked(NamedTuple):
    """A request that came in, and what it got."""

    target: str
    status: int
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Hub:
    """`pulls` by number, `lists` by (number, "comments" | "reviews" | "commits" | "files"), `diffs` by path."""

    url: str = ""
    prefix: str = ""
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    lists: dict[tuple[int, str], list[Any]] = field(default_factory=dict)
    diffs: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Callable[[dict[str, str], dict[str, str]], Reply]] = field(default_factory=dict)
    plans: dict[str, deque[str]] = field(default_factory=dict)
    share: float = 0.0  # of requests that meet one of FAULTS, each target once
    seed: int = 0
    page: int = 100
    requests: list[Asked] = field(default_factory=list)
    before: Callable[[str], None] = lambda target: None
    _met: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, path: str, *faults: str) -> None:
        """Let the next requests for `path` meet `faults`; "forever" repeats the one after it."""
        self.plans[path] = deque(faults)

    def asked(self, path: str) -> int:
        """How many requests there were for `path`."""
        return sum(asked.path == path for asked in self.requests)

    def add(self, number: int, comments: int = 1, created: str = "2024-01-02T03:04:05Z", **fields: Any) -> dict[str, Any]:
        """Open a pull request with so many comments by people."""
        base, head = _sha(f"base {number}"), _sha(f"head {number}")
        self.pulls[number] = {
            "number": number,
            "state": "open",
            "user": {"login": "author-1", "type": "User"},
            "labels": [],
            "created_at": created,
            "updated_at": created,
            "merged_at": None,
            "review_comments": comments,
            "commits": 1,
            "base": {"sha": base, "repo": {"full_name": REPOSITORY}},
            "head": {"sha": head},
        } | fields
        said = [{"id": number * 1000 + k, "body": f"{k}", "original_commit_id": head, "user": {"login": "r"}} for k in range(comments)]
        self.lists |= {(number, "comments"): said, (number, "reviews"): [], (number, "commits"): [{"sha": head}], (number, "files"): []}
        self.diffs[f"/repos/{REPOSITORY}/pulls/{number}"] = f"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-{number}\n+x\n"
        return self.pulls[number]

    def reply(self, target: str, headers: dict[str, str]) -> Reply:
        """Answer as GitHub would."""
        parts = urlsplit(target)
        path, query = parts.path.removeprefix(self.prefix), {key: values[0] for key, values in parse_qs(parts.query).items()}
        if path in self.answers:
            return self.answers[path](query, headers)
        if path == "/search/issues":
            return self._search(target, query)
        rest = re.sub(rf"^/(repos/{REPOSITORY}|repositories/7)", "", path)
        if rest == path:
            return as_json({"message": "Not Found"}, 404)
        if "diff" in headers.get("accept", ""):
            known = self.diffs.get(f"/repos/{REPOSITORY}{rest}")
            return (200, {"content-type": "application/vnd.github.v3.diff"}, known.encode()) if known else as_json({}, 404)
        return self._json(target, rest, query, headers)

    def _json(self, target: str, rest: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        if rest == "/pulls":
            key = "updated_at" if query["sort"] == "updated" else "created_at"
            rows = sorted(self.pulls.values(), key=lambda pull: (pull[key], pull["number"]), reverse=query["direction"] == "desc")
            listed = [{name: value for name, value in row.items() if name not in ("review_comments", "commits")} for row in rows]
            return self._paged(target, query, listed, headers)
        found = re.fullmatch(r"/pulls/(\d+)(?:/(\w+))?", rest)
        if not found or int(found[1]) not in self.pulls:
            return as_json({"message": "Not Found"}, 404)
        if found[2]:
            return self._paged(target, query, self.lists[int(found[1]), found[2]], headers)
        return tagged(as_json(self.pulls[int(found[1])]), headers)

    def _search(self, target: str, query: dict[str, str]) -> Reply:
        if f"repo:{REPOSITORY}" not in query["q"]:
            return as_json({"message": "Validation Failed"}, 422)
        start, end = re.search(r"created:(\S+)\.\.(\S+)", query["q"]).groups()  # type: ignore[union-attr]
        rows = [pull for pull in self.pulls.values() if start <= pull["created_at"] <= end]
        items = sorted(rows, key=lambda pull: (pull["created_at"], pull["number"]))
        status, headers, body = self._paged(target, query, items[:1000], {})
        return status, headers, json.dumps({"total_count": len(rows), "incomplete_results": False, "items": json.loads(body)}).encode()

    def _paged(self, target: str, query: dict[str, str], rows: list[Any], headers: dict[str, str]) -> Reply:
        size, number = min(int(query.get("per_page", 30)), self.page), int(query.get("page", 1))
        status, sent, body = as_json(rows[(number - 1) * size : number * size])
        if number * size < len(rows):
            path = urlsplit(target).path.replace(f"/repos/{REPOSITORY}", "/repositories/7")  # as GitHub's links do
            sent["link"] = f'<{self.url}{path}?{urlencode(query | {"page": str(number + 1)})}>; rel="next", <{self.url}>; rel="last"'
        return tagged((status, sent, body), headers)

    def fault(self, target: str) -> str | None:
        """Return what the request for `target` meets."""
        with self._lock:
            queue = self.plans.get(urlsplit(target).path)
            if queue:
                return queue[1] if queue[0] == "forever" else queue.popleft()
            if not self.share or target in self._met:
                return None
            self._met.add(target)
            dice = random.Random(f"{self.seed} {target}")
            return dice.choice(FAULTS) if dice.random() < self.share else None


def as_json(data: Any, status: int = 200, **headers: str) -> Reply:
    """Return `data` as an answer."""
    return status, {"content-type": "application/json; charset=utf-8"} | headers, json.dumps(data).encode()


def tagged(reply: Reply, asked: dict[str, str]) -> Reply:
    """Return `reply` with its ETag, or that it is what the client has."""
    etag = f'W/"{hashlib.sha256(reply[2]).hexdigest()}"'
    if asked.get("if-none-match") == etag:
        return 304, {"etag": etag}, b""
    return reply[0], reply[1] | {"etag": etag}, reply[2]


def faulty(kind: str) -> Reply:
    """Return the answer of a server that does not want, or cannot, now; `kind` is one of FAULTS, or a status."""
    if kind == "429":
        return as_json({"message": "Too many requests"}, 429, **{"retry-after": "7"})
    if kind == "secondary":
        return as_json({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}, 403)
    if kind == "abuse":
        return as_json({"message": "You have triggered an abuse detection mechanism."}, 403, **{"retry-after": "60"})
    if kind == "primary":
        limit = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 1800)}
        return as_json({"message": "API rate limit exceeded for user ID 1."}, 403, **limit)
    if kind == "html":
        return 200, {"content-type": "text/html"}, b"<html><body>Unicorn!</body></html>"
    return as_json({"message": "as planned"}, int(kind))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are written apart
    server: Server

    def do_GET(self) -> None:
        hub = self.server.hub
        hub.before(self.path)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        asked = {name.lower(): value for name, value in self.headers.items()}
        kind = hub.fault(self.path)
        if kind == "reset":
            hub.requests.append(Asked(self.path, 0, asked))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        cut = kind in ("truncated", "broken")
        status, headers, body = faulty(kind) if kind and not cut else hub.reply(self.path, asked)
        hub.requests.append(Asked(self.path, status, asked))
        sent = body[: len(body) // 2] if cut and status == 200 else body
        self._send(status, headers, sent, len(sent) if kind == "broken" and "json" in headers.get("content-type", "") else len(body))
        self.close_connection = cut

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def _send(self, status: int, headers: dict[str, str], body: bytes, length: int) -> None:
        self.send_response_only(status)
        stamped = {"date": self.date_time_string(NOW)} | headers
        for name, value in stamped.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests provoke errors."""


def serve(kind: type[Hub] = Hub, **fields: Any) -> AbstractContextManager[Hub]:
    """Run the server in threads of this process."""
    return serving(_Handler, kind, **fields)


class Hours:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self.time = float(NOW)
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        import asyncio

        self.slept.append(seconds)
        until = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, until)


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

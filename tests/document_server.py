"""A small web server for tests: PDFs, robots.txt, redirects, faults, and a search by SerpAPI's protocol. Writes down what was asked."""

import gzip
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.threaded_server import Server, serving

Reply = tuple[int, dict[str, str], bytes]
PAGE = 10  # results on a page of the search
NOW = 1_700_000_000.0  # when tests take place


def pdf(text: str = "", size: int = 200) -> bytes:
    """Return what passes for a PDF from the outside."""
    return b"%PDF-1.4\n% " + text.encode() + b"\n" + b"x" * size


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    at: float


@dataclass
class Hub:
    """What the server has; `plans` are statuses, "reset", "cut", "slow", "trickle" or "gzip" for the next requests of a path."""

    url: str
    pages: dict[str, Reply] = field(default_factory=dict)
    plans: dict[str, deque[str | Reply]] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    key: str = ""
    requests: list[Asked] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    pause_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """host:port."""
        return urlsplit(self.url).netloc

    def add(self, path: str, body: bytes, **headers: str) -> str:
        """Serve `body` as a PDF; return its URL."""
        self.pages[path] = (200, {"content-type": "application/pdf"} | headers, body)
        return self.url + path

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Redirect `path`; return its URL."""
        self.pages[path] = (status, {"location": location}, b"")
        return self.url + path

    def robots(self, text: str) -> None:
        """Serve `text` as robots.txt."""
        self.pages["/robots.txt"] = (200, {"content-type": "text/plain"}, text.encode())

    def plan(self, path: str, *faults: str | Reply) -> None:
        """Let the next requests for `path` meet `faults`."""
        self.plans[path] = deque(faults)

    def asked(self, path: str) -> int:
        """How many requests there were for `path`."""
        return Counter(request.path for request in self.requests)[path]

    def reply(self, asked: Asked) -> Reply:
        """Answer without a fault."""
        if asked.path == "/search.json":
            return self._search(asked.query)
        status, headers, body = self.pages.get(asked.path, (404, {}, b"not here"))
        if "etag" in headers and asked.headers.get("if-none-match") == headers["etag"]:
            return 304, headers, b""
        return status, headers, body

    def _search(self, query: dict[str, str]) -> Reply:
        if query.get("api_key") != self.key:
            return as_json({"error": "Invalid API key. Your API key should be here: https://serpapi.com/manage-api-key"}, 401)
        start = int(query.get("start", 0))
        rows = self.results[start : start + PAGE]
        answer: dict[str, Any] = {"search_metadata": {"status": "Success"}, "search_parameters": query}
        if not rows:
            empty = {"search_information": {"organic_results_state": "Fully empty"}}
            return as_json(answer | empty | {"error": "Google hasn't returned any results for this query."})
        if start + PAGE < len(self.results):
            following = urlencode({"engine": "google", "q": query["q"], "start": start + PAGE})
            answer["serpapi_pagination"] = {"current": start // PAGE + 1, "next": f"https://elsewhere.invalid/search.json?{following}"}
        return as_json(answer | {"organic_results": rows})


def as_json(data: Any, status: int = 200) -> Reply:
    """Return `data` as an answer."""
    import json

    return status, {"content-type": "application/json; charset=utf-8"}, json.dumps(data).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        hub, parts = self.server.hub, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(parts.path, query, {name.lower(): value for name, value in self.headers.items()}, time.monotonic())
        with hub._lock:
            hub.requests.append(asked)
            hub.in_flight += 1
            hub.most_in_flight = max(hub.most_in_flight, hub.in_flight)
            queue = hub.plans.get(parts.path)
            fault = queue.popleft() if queue else None
        try:
            time.sleep(hub.pause_s)
            self._send(hub.reply(asked) if not isinstance(fault, tuple) else fault, fault if isinstance(fault, str) else None)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with hub._lock:
                hub.in_flight -= 1

    def _send(self, reply: Reply, fault: str | None) -> None:
        status, headers, body = reply
        if fault == "reset":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "slow":
            time.sleep(1.0)
        if fault and fault.isdigit():
            status, headers, body = int(fault), {}, b"as planned"
        if fault == "gzip":
            headers, body = headers | {"content-encoding": "gzip"}, gzip.compress(body)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304 and "transfer-encoding" not in headers:
            self.send_header("content-length", headers.get("x-length", str(len(body))))
        self.end_headers()
        if fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif fault == "trickle":
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                time.sleep(0.05)
        elif status != 304:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests provoke errors."""


def serve(make: Callable[..., Hub] = Hub, **fields: Any) -> AbstractContextManager[Hub]:
    """Run the server in threads of this process."""
    return serving(_Handler, make, **fields)

"""The forge as a server in a thread of this process."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from resources.forge import build
from resources.forge.api import Api
from resources.forge.calls import Call
from resources.forge.facts import Facts
from resources.forge.faults import Faults, Kind, Mischief
from resources.forge.limits import Limits
from resources.forge.payloads import BLOCKED, EMPTY, MOVED, NAME, OWNER, Shapes
from resources.forge.replies import Problem, Reply, faulty
from resources.forge.size import DEMO, Size
from resources.forge.stored import Stored

START_TIMEOUT_S = 10.0
OLDEST_VERSION = "2022-11-28"  # what GitHub answers with when a client names none
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came in, and what it got: `fault` is what was done to the answer, None where it was let alone."""

    method: str
    target: str
    status: int
    fault: Kind | None = None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Forge:
    """A running forge."""

    home: Path
    size: Size
    base_url: str
    faults: Faults
    limits: Limits
    token: str | None
    requests: list[Asked] = field(default_factory=list)
    _api: Api = field(init=False)
    _mischief: Mischief = field(init=False)

    repositories = (f"{OWNER}/{NAME}",)
    moved, empty, blocked = f"{OWNER}/{MOVED}", f"{OWNER}/{EMPTY}", f"{OWNER}/{BLOCKED}"

    def __post_init__(self) -> None:
        """Open what was built."""
        stored = Stored(self.repository_path, Facts(self.home / build.FACTS))
        self._api = Api(stored, Shapes(), self.base_url, self.faults, self.limits, self.token)
        self._mischief = Mischief(self.faults)

    @property
    def repository_path(self) -> Path:
        """The bare repository, with refs/heads/main, refs/pull/N/head and, for open ones, refs/pull/N/merge."""
        return self.home / build.REPOSITORY

    @property
    def git_url(self) -> str:
        """What git clones."""
        return self.repository_path.as_uri()

    @classmethod
    @contextmanager
    def serve(
        cls,
        folder: Path,
        faults: Faults = Faults(),  # noqa: B008 - frozen
        size: Size = DEMO,
        rate_limit: int | None = None,
        token: str | None = None,
        *,
        rate_window_s: float = 3_600.0,
        port: int = 0,
    ) -> Iterator["Forge"]:
        """Build the forge in `folder` where it is not there yet, and serve it on 127.0.0.1 (`port` 0: any free one).

        `rate_limit` requests are answered in each window of `rate_window_s`; with `token`, every request must bear it.
        """
        home = build.build(folder.resolve(), size)
        with socket.create_server(("127.0.0.1", port)) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            forge = cls(home, size, url, faults, Limits(rate_limit, rate_window_s), token)
            with _running(forge, listening):
                yield forge

    def update(self, number: int) -> None:
        """Let something happen to a pull request (see `build.update`); its `updated_at` moves."""
        build.update(self.home, self.size, number)

    def asked(self, path: str) -> int:
        """Return how often a path was asked for, faults and all."""
        return sum(asked.path == path for asked in self.requests)

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
        """Answer one request: the ASGI application."""
        if scope["type"] != "http":
            return
        from starlette.concurrency import run_in_threadpool
        from starlette.datastructures import Headers, QueryParams

        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        kind = self._mischief.next(scope["method"], target)
        await asyncio.sleep(self.faults.latency_s + (self.faults.slow_s if kind == "slow" else 0))
        call = Call(scope["method"], scope["raw_path"].decode("latin-1"), dict(QueryParams(query)), Headers(scope=scope).get("accept", ""))
        reply = await run_in_threadpool(self._reply, call, Headers(scope=scope), kind)
        self.requests.append(Asked(call.method, target, reply.status, kind))
        await _send(reply, kind, send)

    def _reply(self, call: Call, headers: Any, kind: Kind | None) -> Reply:
        """Let a request in, answer it, and say what is left of the limit."""
        resource = "search" if call.path.startswith("/search/") else "core"
        try:
            reply = self._let_in(call, headers, kind, resource)
        except Problem as refused:
            reply = refused.reply
        if reply.status == 304:
            self.limits.give_back(resource)
        version = {"x-github-api-version-selected": headers.get("x-github-api-version", OLDEST_VERSION)}
        reply.headers = version | self.limits.peek(resource).headers() | reply.headers
        return reply

    def _let_in(self, call: Call, headers: Any, kind: Kind | None, resource: str) -> Reply:
        self._authenticate(call, headers.get("authorization"))
        if kind is not None and kind not in ("slow", "dropped", "truncated"):
            return faulty(kind, self.faults)
        if call.path != "/rate_limit":
            self.limits.take(resource)
        return self._api.answer(call).tagged(headers.get("if-none-match", ""))

    def _authenticate(self, call: Call, authorization: str | None) -> None:
        if self.token is None or (call.path.startswith("/app/") and (authorization or "").startswith("Bearer ")):
            return
        if authorization is None:
            raise Problem(401, "Requires authentication")
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "token") or given != self.token:
            raise Problem(401, "Bad credentials")


async def _send(reply: Reply, kind: Kind | None, send: Send) -> None:
    body = reply.body
    if kind == "truncated":
        body = body[: len(body) // 2]
    headers = {
        "server": "forge", "x-github-request-id": uuid4().hex[:24].upper(), "x-github-media-type": "github.v3; format=json",
        **reply.headers,
    }  # fmt: skip
    if reply.status != 304:
        headers["content-length"] = str(len(body))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    if kind == "dropped":
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        return  # the server closes a connection whose answer was not finished
    await send({"type": "http.response.body", "body": body})


@contextmanager
def _running(forge: Forge, listening: socket.socket) -> Iterator[None]:
    import uvicorn

    # Half answers are on purpose here, and uvicorn would log each of them as an error of the application.
    logger, level = logging.getLogger("uvicorn.error"), logging.getLogger("uvicorn.error").level
    logger.setLevel(logging.CRITICAL)
    config = uvicorn.Config(forge, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True, name="forge")
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the forge did not start")
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_TIMEOUT_S)
        logger.setLevel(level)

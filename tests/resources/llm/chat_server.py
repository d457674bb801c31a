"""A server on loopback that speaks the chat-completions protocol, with faults on purpose. It counts what it was asked."""

import asyncio
import json
import logging
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from typing import Any

from assets.corpus.generation.completions import Completion, Request
from resources.llm.settings import LlmSettings

KINDS = ("429", "429-after", "429-date", "500", "503-after", "cut", "broken", "stall", "wrong_schema", "prose", "fenced")
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"question": {"type": "string"}, "words": {"type": "integer"}},
        "required": ["question", "words"],
        "additionalProperties": False,
    }
)
STALL_S = 30.0
Send = Callable[[dict[str, Any]], Awaitable[None]]


def prompt_of(body: dict[str, Any]) -> str:
    """What a call is about: the same for all attempts at a request."""
    prompt = next(message["content"] for message in body["messages"] if message["role"] == "user")
    return prompt.split("\n\nAnswer with JSON only")[0]


def echo(body: dict[str, Any]) -> str:
    """What is said to a `request`."""
    prompt = prompt_of(body)
    return json.dumps({"question": f"What is {prompt}?", "words": len(prompt.split())})


def request(prompt: str, schema: str | None = SCHEMA) -> Request:
    """A request that the server answers."""
    return Request((("system", "Ask about what you are told."), ("user", prompt)), schema, 64)


def settings(*servers: "ChatServer", **changed: Any) -> LlmSettings:
    """Settings that wait for little."""
    endpoints = [{"name": server.name, "base_url": server.url, "model": server.model, **server.extra} for server in servers]
    quick = {"timeout_s": 2.0, "first_backoff_s": 0.01, "max_backoff_s": 0.05, "max_wait_s": 30.0, "concurrency": 4}
    breaker = {"failures_in_a_row": 5, "cooldown_s": 0.05, "max_probes": 3}
    return LlmSettings.model_validate({"endpoints": endpoints, **quick, "breaker": breaker, **changed})


def usable(completions: list[Completion]) -> list[tuple[Any, str | None]]:
    return [(completion.data, completion.error) for completion in completions]


@dataclass(slots=True)
class ChatServer:
    """`share` of the calls (decided by `seed`, the prompt and how often it was asked before) meet one of `kinds`.

    `always` is what every call meets, `special` what each call with a prompt meets. `formats` are the response formats that are refused.
    `says` makes the text of an answer from the body of a call. Errors quote the key, as those of some servers do.
    `kill_at` (phase, n): the process `victim` is killed at the n-th call, when it is received, half answered or answered.
    """

    name: str = "first"
    model: str = "echo"
    url: str = ""
    share: float = 0.0
    kinds: tuple[str, ...] = KINDS
    seed: int = 0
    always: str | None = None
    special: dict[str, str] = field(default_factory=dict)
    retry_after: str = "0"
    location: str = ""
    formats: tuple[str, ...] = ()
    latency_s: float = 0.0
    usage: bool = True
    kill_at: tuple[str, int] | None = None
    victim: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    says: Callable[[dict[str, Any]], str] = echo
    received: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    @property
    def calls(self) -> int:
        return self.received.total()

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
        raw, more = b"", True
        while more:
            message = await receive()
            raw, more = raw + message.get("body", b""), message.get("more_body", False)
        body = json.loads(raw)
        self.bodies.append(body)
        self.times.append(time.monotonic())
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        prompt = prompt_of(body)
        fault = self._fault(prompt)
        self.received[prompt] += 1
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            self._kill("received")
            await asyncio.sleep(self.latency_s)
            await self._answer(body, prompt, fault, receive, send)
        finally:
            self.under_way -= 1

    def _fault(self, prompt: str) -> str | None:
        digest = sha256(f"{self.seed} {prompt} {self.received[prompt]}".encode()).digest()
        if prompt in self.special:
            return self.special[prompt]
        if self.always is None and int.from_bytes(digest[:8]) / 2**64 >= self.share:
            return None
        return self.always or self.kinds[digest[8] % len(self.kinds)]

    def _kill(self, phase: str) -> None:
        if self.victim and self.kill_at and self.kill_at[0] == phase and self.calls >= self.kill_at[1]:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0

    async def _answer(self, body: dict[str, Any], prompt: str, fault: str | None, receive: Any, send: Send) -> None:
        form = (body.get("response_format") or {}).get("type")
        if form in self.formats:
            return await _send(send, 400, b'{"error": {"message": "response_format is not supported"}}')
        if fault and fault[:3].isdigit():
            after = {"after": self.retry_after, "date": formatdate(time.time() - 1, usegmt=True)}.get(fault[4:])
            headers = ({"retry-after": after} if after is not None else {}) | ({"location": self.location} if self.location else {})
            message = f"not now, {self.headers[-1].get('authorization')}"
            return await _send(send, int(fault[:3]), json.dumps({"error": {"message": message}}).encode(), headers)
        if fault == "stall" and await _gone(receive):
            return None
        payload = json.dumps(self._payload(body, fault)).encode()
        if fault == "broken":
            payload = payload[:-20]
        whole = fault not in ("cut", "broken", "wrong_schema", "prose", "refusal", "length")
        if whole:
            self.delivered[prompt] += 1
        await _send(send, 200, payload, cut=fault == "cut", half=lambda: self._kill("answering"))
        self._kill("answered")
        return None

    def _payload(self, body: dict[str, Any], fault: str | None) -> dict[str, Any]:
        content: str | None = self.says(body)
        message: dict[str, Any] = {"role": "assistant"}
        changed = {
            "wrong_schema": '{"question": 3}',
            "prose": "I would ask what this is.",
            "fenced": f"Here it is:\n```json\n{content}\n```\nI hope that helps.",
        }
        content = changed.get(fault or "", content)
        if fault == "refusal":
            content, message["refusal"] = None, "I cannot."
        message["content"] = content
        usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
        choice = {"index": 0, "message": message, "finish_reason": "length" if fault == "length" else "stop"}
        answer = {"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}
        return answer | ({"usage": usage} if self.usage else {})


async def _gone(receive: Any) -> bool:
    """Stall until the client leaves."""
    try:
        async with asyncio.timeout(STALL_S):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _send(
    send: Send, status: int, body: bytes, more: dict[str, str] | None = None, *, cut: bool = False, half: Callable[[], None] | None = None
) -> None:
    headers = {"content-type": "application/json", "content-length": str(len(body)), **(more or {})}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    if half is not None:
        half()
    if not cut:
        await send({"type": "http.response.body", "body": body[len(body) // 2 :]})


@contextmanager
def serving(**fields: Any) -> Iterator[ChatServer]:
    """Serve on a free port in a thread of this process."""
    import uvicorn

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # half answers are on purpose here
    server = ChatServer(**fields)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        server.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        running = uvicorn.Server(uvicorn.Config(server, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.005)
        try:
            yield server
        finally:
            running.should_exit = True
            thread.join(10)

"""A real S3 server on loopback (moto's) behind a front that misbehaves on request and writes down what was asked."""

import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><AWSAccessKeyId>never-log-me</AWSAccessKeyId></Error>'
Start = Callable[..., Any]


@dataclass
class FaultyS3:
    """Faults by key: each request takes the next one of its key's queue, "forever" repeats the one after it."""

    url: str = ""
    faults: dict[str, deque[str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    authorizations: dict[str, set[str]] = field(default_factory=dict)  # by key: an earlier client may still be asking for others
    delay_s: float = 0.0
    everything: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _moto: Any = None

    def plan(self, key: str, *faults: str) -> None:
        """Let the next requests for the object `key` meet `faults`: 503 SlowDown, 429 …, truncated, garbage, reset, or ok."""
        self.faults[key] = deque(faults)

    def asked(self, key: str) -> int:
        """How many requests there were for `key`."""
        return self.requests.count(key)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        key = environ["PATH_INFO"].rsplit("/", 1)[-1]
        with self._lock:
            self.requests.append(key)
            self.authorizations.setdefault(key, set()).add(environ.get("HTTP_AUTHORIZATION", "none").split("/")[0])
            fault = self.everything or self._next(key)
        time.sleep(self.delay_s)
        return self._answer(fault, environ, start)

    def _next(self, key: str) -> str:
        queue = self.faults.get(key)
        if not queue:
            return "ok"
        if queue[0] == "forever":
            return queue[1]
        return queue.popleft()

    def _answer(self, fault: str, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if fault == "ok":
            return self._moto(environ, start)
        if fault == "reset":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        if fault in ("truncated", "garbage"):
            body = b"\x1f\x8b not what gzip makes" if fault == "garbage" else b"\x1f\x8b"
            length = len(body) if fault == "garbage" else 1000
            start("200 OK", [("Content-Length", str(length)), ("ETag", '"x"'), ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")])
            return [body]
        status, code = fault.split(" ")
        body = ERROR.format(code).encode()
        start(f"{status} Fault", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: tests provoke errors."""


@contextmanager
def serve() -> Iterator[FaultyS3]:
    """Run the server in threads of this process."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    front = FaultyS3(_moto=DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    front.url = f"http://127.0.0.1:{server.port}"
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fill(url: str, bucket: str, objects: dict[str, bytes], prefix: str = "content/") -> None:
    """Make a bucket that anybody may read and put `objects` into it."""
    import boto3

    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    client.create_bucket(Bucket=bucket)
    for key, body in objects.items():
        client.put_object(Bucket=bucket, Key=prefix + key, Body=body, ACL="public-read")

"""A server in threads of this process, for the tests' own HTTP servers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """What its handlers share is in `hub`."""

    daemon_threads = True
    block_on_close = False
    hub: Any


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], make: Callable[..., Any], **fields: Any) -> Iterator[Any]:
    """Yield the hub that `make(url=..., **fields)` makes, and serve it."""
    server = Server(("127.0.0.1", 0), handler)
    server.hub = make(url=f"http://127.0.0.1:{server.server_port}", **fields)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

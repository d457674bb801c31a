"""What asking costs beside the model: `python -m bench.generation [requests]`.

Asks a server on loopback that answers at once, with and without faults at 30 % of the calls, and then asks all of it again out of the
ledger. Server and client share the machine; seconds of the processor are the client's.
"""

import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from resources.llm import Client
from tests.resources.llm.chat_server import ChatServer, request, serving, settings

REQUESTS = 2_000
CONCURRENCY = 32
PROMPT = "def total(values):\n    return sum(values)\n" * 40
FAULTS = ("429", "500", "cut", "broken", "wrong_schema", "prose", "fenced")


def serve(share: float, pipe: Connection) -> None:
    """Serve until the other end is closed; the URL goes through the pipe."""
    with serving(share=share, kinds=FAULTS) as server:
        pipe.send(server.url)
        pipe.recv()
        pipe.send(server.calls)


def measure(count: int, share: float) -> None:
    """Print calls a second with faults at `share` of the calls, and completions a second out of the ledger."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=serve, args=(share, there))
    child.start()
    chosen = settings(ChatServer(url=here.recv()), concurrency=CONCURRENCY, max_retries=10, timeout_s=10)
    requests = [request(f"{number}\n{PROMPT}") for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        with Client(chosen, Path(folder) / "completions.sqlite", str) as client:
            wall, processor = time.perf_counter(), time.process_time()
            found = client.complete(requests)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
        with Client(chosen, Path(folder) / "completions.sqlite", str) as again:
            known = time.process_time()
            assert again.complete(requests) == found
            known = time.process_time() - known
    here.send(None)
    calls = here.recv()
    child.join()
    usable = sum(completion.error is None for completion in found)
    asked = f"faults {share:.0%}: {usable} of {count} usable, {calls} calls, {calls / wall:,.0f} calls/s"
    print(f"{asked}, {1e3 * processor / calls:.2f} ms of processor a call; remembered: {count / known:,.0f}/s", flush=True)


if __name__ == "__main__":
    for faults in (0.0, 0.3):
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS, faults)

"""`python -m resources.forge FOLDER`: the forge as a process of its own. Prints its URL, serves until it is ended."""

import argparse
import signal
import threading
from pathlib import Path

from resources.forge import DEMO, Faults, Forge, Size


def main() -> None:
    """Read the command line, serve."""
    parser = argparse.ArgumentParser(prog="python -m resources.forge", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pull-requests", type=int, default=0, help="0: the written project of the demo")
    parser.add_argument("--comments", type=int, default=0)
    parser.add_argument("--rate-limit", type=int, default=None)
    parser.add_argument("--faults", type=float, default=0.0, help="share of the requests that meet one")
    given = parser.parse_args()
    size = Size(given.pull_requests, given.comments) if given.pull_requests else DEMO
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    with Forge.serve(given.folder, Faults(share=given.faults), size, given.rate_limit, port=given.port) as forge:
        print(forge.base_url, flush=True)
        ended.wait()


if __name__ == "__main__":
    main()

"""1,000 pull requests with 20,000 review comments, fetched from the local forge into an empty store, read and aligned: rate and memory.

`python -m bench.pull_requests [pull requests] [comments]`. The forge and the fetching run in a process each. The peer is the bare
httpx client that asks the same addresses, as many at a time, and throws the answers away.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

_OURS = """
import asyncio, json, os, resource, sys, time
from pathlib import Path
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.silver.comments import AlignSettings, align_comments
from assets.pull_requests.sources import fetching, listing
from assets.pull_requests.sources.github_settings import GithubSettings
from resources.github import GithubClient
from resources.settings import PullRequests
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
url, repository, folder = sys.argv[1:]
settings = GithubSettings(base_url=url, name="forge", repositories=(repository,))
started, spent = time.perf_counter(), time.process_time()
found = fetching.fetch_all(GithubClient(settings, {}), Path(folder), settings, print)
times = {"s": time.perf_counter() - started, "cpu_s": time.process_time() - spent}
sizes = {"entries": found.entries.height, "problems": found.problems.height, "peak_mb": peak(), "aligned": 0}
for _, rows in listing.shard_listing(listing.of_store(found.entries, "forge", found.file), PullRequests().shard_max_bytes):
    sizes["aligned"] += align_comments(read_pull_requests(rows, PullReadingSettings())[0], AlignSettings())[0].height
print("\\x1e" + json.dumps(times | found.counts | sizes | {"aligned_peak_mb": peak()}))
"""
_BARE = """
import asyncio, json, sys, time
import httpx
targets = [line.split(" ", 1) for line in open(sys.argv[2], encoding="utf-8").read().split("\\n") if line]
async def some(http, waiting):
    for accept, target in waiting:
        await http.get(target, headers={"accept": accept})
async def everything():
    async with httpx.AsyncClient(base_url=sys.argv[1], timeout=60) as http:
        waiting = iter(targets)
        await asyncio.gather(*(some(http, waiting) for _ in range(4)))
started = time.perf_counter()
asyncio.run(everything())
print("\\x1e" + json.dumps({"s": time.perf_counter() - started}))
"""
_JSON, _DIFF = "application/vnd.github+json", "application/vnd.github.v3.diff"
_MAX_MB = 300


def main(pull_requests: int = 1_000, comments: int = 20_000) -> list[dict[str, Any]]:
    """Measure, print and return two rows: pull requests a second against the bare client, and the largest resident set."""
    with tempfile.TemporaryDirectory() as folder, _forge(Path(folder) / "forge", pull_requests, comments) as (url, repository):
        first = _run(_OURS, url, repository, f"{folder}/first")  # the forge makes its diffs now, and has them the next time
        targets = Path(folder) / "targets"
        targets.write_text("\n".join(_targets(Path(folder) / "first", repository)), encoding="utf-8")
        bare = _run(_BARE, url, str(targets))
        ours = _run(_OURS, url, repository, f"{folder}/second")
        asked = len(targets.read_text(encoding="utf-8").split("\n"))
    print(first, ours, sep="\n")
    assert first["entries"] == ours["entries"] == pull_requests
    what = f"{pull_requests:,} pull requests, {comments:,} comments, {ours['requests']:,} requests"
    rates = [ours["requests"] / ours["s"], asked / bare["s"]]
    peer = {"peer": round(rates[1]), "peer_version": f"httpx {version('httpx')} alone", "ratio": round(rates[0] / rates[1], 3)}
    limit = round(5_000 / 3_600, 1)  # what GitHub's primary limit lets a token ask
    memory = {"peak_mb": "fetching", "aligned_peak_mb": f"fetching, reading and aligning {ours['aligned']:,} comments"}
    rows = [
        {"stage": "pull requests fetched", "what": what, "ours": round(rates[0]), **peer, "goal": limit, "unit": "requests/s"},
        *(
            {
                "stage": "pull requests fetched",
                "what": f"largest resident set, {done}",
                "ours": round(max(first[name], ours[name])),
                "goal": _MAX_MB,
                "unit": "MB",
            }
            for name, done in memory.items()
        ),
    ]
    print(*rows, sep="\n")
    return rows


def _targets(folder: Path, repository: str) -> Iterator[str]:
    """What fetching asked for, again, from what it stored."""
    from assets.pull_requests.sources import store

    (file,) = folder.glob("*.sqlite")
    for name, number, _ in list(store.entries(file)):
        path = f"/repos/{name}/pulls/{number}"
        yield from (f"{_JSON} {path}", f"{_DIFF} {path}", f"{_JSON} {path}")
        yield from (f"{_JSON} {path}/{kind}?per_page=100" for kind in ("comments", "reviews", "commits"))
        with store.opened(file) as connection:
            bundle = store.read(connection, repository, number)
        base, head = bundle["pull"]["base"]["sha"], bundle["pull"]["head"]["sha"]
        for item in bundle["reviewed"]:
            if item["commit"] != head:
                yield f"{_DIFF} /repos/{name}/compare/{base}...{item['commit']}"
                if item["follow_up"] is not None:
                    yield f"{_DIFF} /repos/{name}/compare/{item['commit']}...{head}"


def _run(script: str, *arguments: str) -> dict[str, Any]:
    child = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    result: dict[str, Any] = {}
    for line in child.stdout:
        if line.startswith("\x1e"):
            result = json.loads(line[1:])
        else:
            print(line, end="", flush=True)
    if child.wait():
        raise RuntimeError("the measured process failed")
    return result


@contextmanager
def _forge(folder: Path, pull_requests: int, comments: int) -> Iterator[tuple[str, str]]:
    """Run the forge in a process of its own; yield its URL and the name of its repository."""
    from resources.forge import Forge

    size = ["--pull-requests", str(pull_requests), "--comments", str(comments)]
    server = subprocess.Popen([sys.executable, "-m", "resources.forge", str(folder), *size], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield server.stdout.readline().strip(), Forge.repositories[0]
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""git blobs to rows of raw_code against git alone: `python -m bench.git_blobs`.

The repository is real source: the text files of this environment's packages, in one commit, packed with fresh deltas. Both
sides are asked for the same blobs in the same shards, in turn: `git cat-file --batch --buffer` piped into `cat`, and the stage that
reads, hashes, decodes and describes each blob (git included, which runs beside it). The rate is that of the best round; MB are of content.
"""

import os
import resource
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # as in the engine's workers on two cores

import polars as pl

from assets.code import reading
from assets.code.sources import git, git_objects, listing
from bench.corpus import FOLDER

MAX_FILES, MAX_FILE_BYTES, SHARD_BYTES = 20_000, 1_048_576, 64_000_000
SUFFIXES = (
    ".py",
    ".pyi",
    ".pyx",
    ".js",
    ".ts",
    ".c",
    ".h",
    ".cpp",
    ".hpp",
    ".java",
    ".css",
    ".html",
    ".json",
    ".md",
    ".rst",
    ".txt",
    ".yaml",
)
SETTINGS = reading.ReadingSettings(max_file_bytes=MAX_FILE_BYTES)


def main(rounds: int = 3) -> list[dict[str, Any]]:
    """Measure, print and return the row of the table."""
    repository = _repository()
    head = _git(repository, "rev-parse", "HEAD").decode().strip()
    began = time.perf_counter()
    entries = git_objects.list_blobs(git.GitRevision("bench", head, repository))
    listed = time.perf_counter() - began
    shards = [rows for _, rows in listing.shard_listing(entries, SHARD_BYTES)]
    n_bytes, n_blobs = sum(entries["n_bytes"]), entries.height
    measured = [(_sum(_alone(repository, rows) for rows in shards), _sum(_ours(rows) for rows in shards)) for _ in range(rounds)]
    alone, ours = (min(seconds for seconds, _ in side) for side in zip(*measured, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n_blobs:,} blobs, {n_bytes / 1e6:,.0f} MB in {len(shards)} shards; listed in {listed:.2f} s; peak {peak:,.0f} MB")
    print(f"{n_blobs / ours:,.0f} rows/s against {n_blobs / alone:,.0f} blobs/s")
    for (wall, cpu), (our_wall, our_cpu) in measured:  # with two idle cores the ratio of CPU seconds bounds that of seconds
        print(f"git alone {wall:.2f} s ({cpu:.2f} s of CPU), ours {our_wall:.2f} s ({our_cpu:.2f} s beside git): {wall / our_wall:.2f}")
    paired = min(_in_workers(shards) for _ in range(rounds))
    print(f"two workers at once, as the engine reads: {paired:.2f} s, {alone / paired:.2f} of one git")
    row = {"stage": "raw_code", "what": "git blobs to rows, one worker", "ours": n_bytes / 1e6 / ours, "unit": "MB/s"}
    row |= {"peer": "git cat-file --batch"}
    row |= {"peer_version": _git(repository, "version").decode().split()[2], "peer_value": n_bytes / 1e6 / alone}
    row |= {"ratio": alone / ours, "goal": 0.8}
    both = row | {"what": "git blobs to rows, two workers", "ours": n_bytes / 1e6 / paired, "ratio": alone / paired}
    print(row, both, sep="\n")
    return [row, both]


def _in_workers(shards: list[pl.DataFrame]) -> float:
    """Return the seconds that two warm processes take."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(_ours, [shard.head(50) for shard in shards[:2]]))
        began = time.perf_counter()
        list(pool.map(_ours, shards))
        return time.perf_counter() - began


def _sum(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    seconds, cpu = zip(*pairs, strict=True)
    return sum(seconds), sum(cpu)


def _alone(repository: Path, rows: pl.DataFrame) -> tuple[float, float]:
    """Return (seconds, CPU seconds of git and cat)."""
    request = "".join(f"{blob}\n" for blob in rows["blob"]).encode()
    command = ["git", f"--git-dir={repository}", "cat-file", "--batch", "--buffer"]
    began, spent = time.perf_counter(), _spent(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        sink = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        assert process.stdin is not None and process.stdout is not None
        process.stdout.close()
        process.stdin.write(request)
        process.stdin.close()
        process.wait()
        sink.wait()
    return time.perf_counter() - began, _spent(resource.RUSAGE_CHILDREN) - spent


def _ours(rows: pl.DataFrame) -> tuple[float, float]:
    """Return (seconds, CPU seconds of this process, without git's)."""
    began, spent = time.perf_counter(), _spent(resource.RUSAGE_SELF)
    kept, dropped = reading.read_entries(rows, SETTINGS)
    if kept.height + dropped.height != rows.height:
        raise RuntimeError(f"{rows.height} blobs were asked for, {kept.height + dropped.height} came back")
    return time.perf_counter() - began, _spent(resource.RUSAGE_SELF) - spent


def _spent(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _repository() -> Path:
    """Return a bare repository with the packages' text files, made at the first call."""
    repository = FOLDER / "git_blobs.git"
    if not (repository / "complete").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _git(None, "init", "--quiet", "--bare", str(repository))
        with subprocess.Popen(["git", f"--git-dir={repository}", "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.writelines(_commands())
        _git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
        _git(repository, "repack", "-a", "-d", "-f", "-q")
        (repository / "complete").touch()
    return repository


def _commands() -> Iterator[bytes]:
    root = sysconfig.get_paths()["purelib"]
    yield b"commit refs/heads/main\ncommitter Bench <bench@example.org> 1700000000 +0000\ndata 5\nfiles\n"
    for path in _files(root):
        content = Path(path).read_bytes()
        yield b"M 100644 inline %s\ndata %d\n" % (os.path.relpath(path, root).encode(), len(content))
        yield content + b"\n"


def _files(root: str) -> list[str]:
    found = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names if name.endswith(SUFFIXES)]
    small = [path for path in found if os.path.getsize(path) < MAX_FILE_BYTES and path.isascii() and " " not in path]
    return sorted(small)[:: -(-len(small) // MAX_FILES)]


def _git(repository: Path | None, *arguments: str) -> bytes:
    place = [f"--git-dir={repository}"] if repository else []
    return subprocess.run(["git", *place, *arguments], check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)

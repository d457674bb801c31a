"""What survives a kill: the training's folder, its lock, and which checkpoints in it can be trusted.

A checkpoint counts only when its list of files, written last, stands beside files of the listed sizes. That holds at
every moment at which a process can die: while a checkpoint is written, and while an old one is deleted.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFEST = "complete.json"
IDENTITY = "identity.json"
CHECKPOINT = re.compile(r"checkpoint-(\d+)")


@contextmanager
def exclusive(folder: Path, wait_s: float) -> Iterator[None]:
    """Hold `folder` for this process alone; wait up to `wait_s` for a dying predecessor, then raise RuntimeError."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_s
    with (folder / "lock").open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{folder}: another training is running in this folder; wait for it, or stop it") from None
                time.sleep(0.2)
        yield


def claim(folder: Path, identity: str) -> None:
    """Empty `folder` unless what is in it was made by the training called `identity` (settings, data and base model)."""
    path = folder / IDENTITY
    if path.is_file() and path.read_text() == identity:
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()
    write_atomically(path, identity)


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to a temporary file and rename it: a reader, or the next run after a kill, sees all of it or nothing."""
    scratch = path.with_name(f".{path.name}.tmp")
    with scratch.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def seal(checkpoint: Path) -> None:
    """Flush every file of `checkpoint` to disk, then write the list that makes it count."""
    sizes = {}
    for path in sorted(checkpoint.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            sizes[path.relative_to(checkpoint).as_posix()] = path.stat().st_size
    write_atomically(checkpoint / MANIFEST, json.dumps(sizes, sort_keys=True))


def is_complete(checkpoint: Path) -> bool:
    """Say whether `checkpoint` was sealed and still holds all of its files at their sizes."""
    try:
        sizes = json.loads((checkpoint / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    paths = {checkpoint / name: size for name, size in sizes.items()}
    return bool(paths) and all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def checkpoints(folder: Path) -> dict[int, Path]:
    """Return the complete checkpoints by step, in order of steps; delete the others."""
    found = {}
    for path in folder.glob("checkpoint-*"):
        match = CHECKPOINT.fullmatch(path.name)
        if match and is_complete(path):
            found[int(match[1])] = path
        else:
            shutil.rmtree(path)
    return dict(sorted(found.items()))


def prune(folder: Path, keep: set[int]) -> None:
    """Delete the checkpoints whose step is not in `keep`."""
    for step, path in checkpoints(folder).items():
        if step not in keep:
            shutil.rmtree(path)

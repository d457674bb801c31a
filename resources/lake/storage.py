"""The one seam to files: everything the lake and the engine read or write goes through a `Storage`.

Keys are relative paths with `/`. An object store can stand behind the same methods: `commit_folder` is the only
one that needs an order there (upload the files, the manifest last) instead of a rename.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from assets import disk

TEMPORARY = "tmp"  # under the root, so that a rename never crosses a file system


@dataclass(frozen=True)
class Storage:
    """Files under one local folder; every write is complete or absent at any kill point."""

    root: Path

    def uri(self, key: str) -> str:
        """Return what polars and DuckDB open for `key`."""
        return f"{self.root}/{key}"  # joining Paths takes most of the time of finding out that nothing changed

    def exists(self, key: str) -> bool:
        """Return whether `key` is there."""
        return os.path.exists(self.uri(key))

    def size(self, key: str) -> int:
        """Return the bytes of `key`. Raises FileNotFoundError."""
        return os.path.getsize(self.uri(key))

    def read(self, key: str) -> bytes:
        """Return the bytes of `key`. Raises FileNotFoundError."""
        with open(self.uri(key), "rb") as file:
            return file.read()

    def digest(self, key: str) -> str:
        """Return the BLAKE3 digest of the bytes of `key` as 64 hex digits. Raises FileNotFoundError."""
        return blake3().update_mmap(self.uri(key)).hexdigest()

    def names(self, prefix: str) -> list[str]:
        """Return the sorted names directly under `prefix`; empty when it is not there."""
        folder = self.root / prefix
        return sorted(entry.name for entry in os.scandir(folder)) if folder.is_dir() else []

    def write(self, key: str, data: bytes, *, durable: bool = True) -> None:
        """Put `data` at `key` in one step. `durable` as for `commit_folder`."""
        self.write_with(key, lambda path: path.write_bytes(data), durable=durable)

    def write_with(self, key: str, writer: Callable[[Path], object], *, durable: bool = True) -> None:
        """Let `writer` fill a temporary file, then move it to `key` in one step. `durable` as for `commit_folder`."""
        with self._temporary() as folder:
            writer(folder / "file")
            if durable:
                disk.sync(folder / "file")
            self._move(folder / "file", self.root / key, durable)

    def append(self, key: str, line: str) -> None:
        """Add one line to the log at `key`."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
            os.fsync(log.fileno())

    def commit_folder(self, prefix: str, files: Mapping[str, str | bytes], *, durable: bool = True) -> bool:
        """Make a folder appear with all `files` (name -> bytes, or key of an existing file) at once.

        Returns False, and changes nothing, when `prefix` is already there. What is not `durable` may be lost or cut short when the
        power fails, though not when a process is killed: for what is compared with its digest before it is used, and can be made again.
        To wait for the disk takes longer than to write a usual shard.
        """
        target = self.root / prefix
        if target.exists():
            return False
        with self._temporary() as folder:
            for name, source in files.items():
                self._place(source, folder / name, durable)
            if durable:
                disk.sync(folder)
            try:
                self._move(folder, target, durable)
            except OSError:  # another writer was first: a folder cannot replace one that is not empty
                if not target.exists():
                    raise
                return False
        return True

    def link(self, key: str, to: str) -> None:
        """Let `to` be the file at `key`, replacing what was there in one step."""
        with self._temporary() as folder:
            self._place(key, folder / "file", durable=True)
            self._move(folder / "file", self.root / to, durable=True)

    def remove(self, key: str) -> None:
        """Remove a file or a folder; it vanishes in one step. Nothing happens when it is not there."""
        with self._temporary() as folder, suppress(FileNotFoundError):
            os.rename(self.root / key, folder / "removed")

    def clear_temporary(self) -> None:
        """Remove what killed processes left half-written."""
        for name in self.names(TEMPORARY):
            if not is_alive(int(name.split("-")[0])):
                shutil.rmtree(self.root / TEMPORARY / name, ignore_errors=True)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold the exclusive lock named `key`; the kernel lets go of it when the process dies."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        folder = self.root / TEMPORARY / f"{os.getpid()}-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, source: str | bytes, target: Path, durable: bool) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
        else:
            try:
                os.link(self.root / source, target)
            except OSError:  # a file system without hard links
                shutil.copyfile(self.root / source, target)
        if durable:
            disk.sync(target)  # a link too: its file may have been written without

    def _move(self, source: Path, target: Path, durable: bool) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
        if durable:
            disk.sync(target.parent)


def is_alive(pid: int) -> bool:
    """Return whether a process `pid` exists on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The lake: snapshots of datasets, the refs that say which one is current, and the log of what was published."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3

from resources.lake import parquet
from resources.lake.manifest import Manifest, Shard, Verdict, snapshot_id
from resources.lake.snapshot import Snapshot
from resources.lake.storage import Storage

MAIN = "main"
REJECTED = "rejected"
TASKS = "memo/tasks"  # finished shards, by the key of what made them
INPUTS = "memo/inputs"  # small frames that tasks read beside their shard: a folder by the content, in it a file by its digest
FILES = "memo/files"  # files of folder snapshots, by content
_WRITERS = 4  # at a time


class LakeError(Exception):
    """Something that was asked of the lake is not there, or came too late."""


class PublicationConflict(LakeError):
    """Another writer published the same dataset in the meantime."""


@dataclass
class Draft:
    """What a step is about to write: its parents, and the shards as they are finished."""

    asset: str
    base: str | None
    parents: dict[str, str] = field(default_factory=dict)
    parts: list[Shard] = field(default_factory=list)
    ledgers: list[Shard] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    memo_keys: set[str] = field(default_factory=set)
    verdicts: list[Verdict] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lake:
    """All datasets under one storage."""

    storage: Storage

    @classmethod
    def at(cls, home: Path) -> "Lake":
        """Return the lake in the folder `home`."""
        return cls(Storage(home.resolve()))

    def current(self, asset: str, ref: str = MAIN) -> str | None:
        """Return the id that `ref` holds, None when the dataset has none."""
        key = f"lake/{asset}/refs/{ref}"
        return self.storage.read(key).decode().strip() if self.storage.exists(key) else None

    def snapshot(self, asset: str, snapshot: str | None = None) -> Snapshot:
        """Return a handle on `snapshot` (default: the published one). Raises LakeError naming what is missing."""
        snapshot = snapshot or self.current(asset)
        if snapshot is None:
            raise LakeError(f"{asset} has no published snapshot: materialize {asset} first.")
        key = f"lake/{asset}/snapshots/{snapshot}/manifest.json"
        if not self.storage.exists(key):
            known = ", ".join(self.storage.names(f"lake/{asset}/snapshots")) or "none"
            raise LakeError(f"{asset} has no snapshot {snapshot} (there are: {known}).")
        return Snapshot(Manifest.model_validate_json(self.storage.read(key)), self.storage)

    def open(self, asset: str, snapshot: str | None = None) -> pl.LazyFrame:
        """Return the rows of a dataset. Raises LakeError, CorruptShard."""
        return self.snapshot(asset, snapshot).scan()

    def draft(self, asset: str, parents: Sequence[Snapshot] = ()) -> Draft:
        """Begin a new snapshot of `asset`; what is published now is what it will replace."""
        return Draft(asset, self.current(asset), {parent.asset: parent.id for parent in parents})

    def put(self, frame: pl.DataFrame, label: str) -> Shard:
        """Store a small frame by its content, as an input of tasks (a listing, decisions, a tokenizer).

        A frame that is there already is not encoded to find that out: its folder is named by its content, the file in it by its own.
        """
        folder = f"{INPUTS}/{parquet.name(frame)}"
        known = (f"{folder}/{name}" for name in self.storage.names(folder))
        key = next((key for key in known if key == f"{folder}/{self.storage.digest(key)}.parquet"), None)
        if key is None:
            data = parquet.encode(frame)
            key = f"{folder}/{blake3(data).hexdigest()}.parquet"
            self.storage.write(key, data, durable=False)
        digest, n_bytes = Path(key).stem, self.storage.size(key)
        return Shard(label=label, key=key, digest=digest, rows=frame.height, bytes=n_bytes, content_bytes=parquet.content_bytes(frame))

    def put_all(self, frames: Iterable[tuple[str, pl.DataFrame]]) -> list[Shard]:
        """Store frames by their labels, as `put` does: several at a time, because most of it is hashing, compressing and writing."""
        with ThreadPoolExecutor(_WRITERS) as threads:
            return list(threads.map(lambda labelled: self.put(labelled[1], labelled[0]), frames))

    def put_folder(self, draft: Draft, folder: Path) -> None:
        """Make the files of `folder` the parts of `draft`."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest = blake3().update_mmap(path).hexdigest()
            key = f"{FILES}/{digest}"
            if not self.storage.exists(key) or self.storage.digest(key) != digest:
                self.storage.write_with(key, partial(shutil.copyfile, path))
            name = path.relative_to(folder).as_posix()
            draft.parts.append(Shard(label=name, key=key, digest=digest, bytes=path.stat().st_size))

    def preview(self, draft: Draft) -> Snapshot:
        """Return a handle on what `draft` holds so far, for the checks that decide on it. Nothing is written."""
        return Snapshot(self._manifest(draft), self.storage)

    def commit(self, draft: Draft) -> Snapshot:
        """Write the snapshot of `draft`. No ref points to it yet: `publish` or `reject` it."""
        drafted = self._manifest(draft)
        prefix = f"lake/{draft.asset}/snapshots/{drafted.id}"
        placed = {"parts": _placed(drafted.parts, prefix, "part"), "ledgers": _placed(drafted.ledgers, prefix, "ledger")}
        manifest = drafted.model_copy(update=placed)
        shards = zip([*manifest.parts, *manifest.ledgers], [*drafted.parts, *drafted.ledgers], strict=True)
        files: dict[str, str | bytes] = {to.key.removeprefix(prefix + "/"): source.key for to, source in shards}
        if not self.storage.commit_folder(prefix, files | {"manifest.json": manifest.encode()}):
            self._refresh(manifest, prefix, files)
        return Snapshot(manifest, self.storage)

    def publish(self, snapshot: Snapshot, base: str | None) -> None:
        """Let readers see `snapshot` instead of `base`.

        Raises PublicationConflict when another writer has replaced `base` by something else since it was read.
        """
        asset = snapshot.asset
        with self.storage.lock(f"lake/{asset}/refs/.lock"):
            now = self.current(asset)
            if now not in (base, snapshot.id):
                raise PublicationConflict(
                    f"{asset}: snapshot {now} was published while {snapshot.id} was being made from {base}. "
                    f"Readers keep {now}; materialize {asset} again to build on it."
                )
            if now != snapshot.id:
                self._point(asset, MAIN, snapshot)

    def reject(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` for inspection under the ref `rejected`; readers go on with what they had."""
        self._point(snapshot.asset, REJECTED, snapshot)

    def log(self, asset: str) -> list[dict[str, Any]]:
        """Return what was published and rejected, oldest first: {time, ref, snapshot, rows, bytes}."""
        key = f"lake/{asset}/refs/log.jsonl"
        lines = self.storage.read(key).decode().splitlines() if self.storage.exists(key) else []
        return [json.loads(line) for line in lines]

    def assets(self) -> list[str]:
        """Return the names of all datasets that have a folder."""
        return self.storage.names("lake")

    def _point(self, asset: str, ref: str, snapshot: Snapshot) -> None:
        self.storage.write(f"lake/{asset}/refs/{ref}", (snapshot.id + "\n").encode())
        entry: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "ref": ref, "snapshot": snapshot.id}
        entry |= {"rows": snapshot.manifest.rows, "bytes": snapshot.manifest.n_bytes}
        self.storage.append(f"lake/{asset}/refs/log.jsonl", json.dumps(entry))

    def _refresh(self, manifest: Manifest, prefix: str, files: Mapping[str, str | bytes]) -> None:
        """The same content is there already: mend files that went bad, and let the manifest tell the newest parents."""
        for shard in [*manifest.parts, *manifest.ledgers]:
            source = files[shard.key.removeprefix(prefix + "/")]
            if isinstance(source, str) and not self._is_intact(shard):
                self.storage.link(source, shard.key)
        if self.storage.read(f"{prefix}/manifest.json") != manifest.encode():
            self.storage.write(f"{prefix}/manifest.json", manifest.encode())

    def _is_intact(self, shard: Shard) -> bool:
        return self.storage.exists(shard.key) and self.storage.digest(shard.key) == shard.digest

    def _manifest(self, draft: Draft) -> Manifest:
        return Manifest(
            asset=draft.asset, id=snapshot_id(draft.parts, draft.ledgers), parts=draft.parts, ledgers=draft.ledgers,
            columns=self._columns(draft.parts), parents=draft.parents, stages=draft.stages,
            memo_keys=sorted(draft.memo_keys), verdicts=draft.verdicts, summary=draft.summary,
        )  # fmt: skip

    def _columns(self, parts: Sequence[Shard]) -> dict[str, str]:
        if not parts or not parts[0].key.endswith(".parquet"):
            return {}
        schema = pl.read_parquet_schema(self.storage.uri(parts[0].key))
        return {name: str(dtype) for name, dtype in schema.items()}


def _placed(shards: Sequence[Shard], prefix: str, kind: str) -> list[Shard]:
    """Name the files of a snapshot: Parquet shards by their number, files of a folder by their own name."""
    names = [f"{kind}-{number:05d}.parquet" if shard.key.endswith(".parquet") else shard.label for number, shard in enumerate(shards)]
    return [shard.model_copy(update={"key": f"{prefix}/{name}"}) for name, shard in zip(names, shards, strict=True)]

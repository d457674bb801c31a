"""A handle on one immutable snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from blake3 import blake3

from resources.lake.manifest import Manifest, Shard
from resources.lake.storage import Storage

_MISSING = "nothing, it is missing"


class CorruptShard(Exception):
    """The bytes of a shard do not match its manifest."""


@dataclass(frozen=True)
class Snapshot:
    """What one asset was at one time. Its frames and files are checked against the manifest when they are opened."""

    manifest: Manifest
    storage: Storage

    @property
    def asset(self) -> str:
        """The dataset that this is a snapshot of."""
        return self.manifest.asset

    @property
    def id(self) -> str:
        """The snapshot's id, which is also Dagster's data version."""
        return self.manifest.id

    @property
    def shards(self) -> list[Shard]:
        """The parts, to be mapped over."""
        return self.manifest.parts

    @property
    def folder(self) -> Path:
        """The folder that the files are in."""
        return Path(self.storage.uri(f"lake/{self.asset}/snapshots/{self.id}"))

    def scan(self) -> pl.LazyFrame:
        """Return all rows. Raises CorruptShard."""
        return self._scan(self.manifest.parts)

    def ledger(self) -> pl.LazyFrame:
        """Return all ledger rows. Raises CorruptShard."""
        return self._scan(self.manifest.ledgers)

    def verify(self, shards: Sequence[Shard] | None = None) -> None:
        """Compare the bytes of `shards` (default: of every file) with the manifest. Raises CorruptShard naming the first that differs."""
        for shard in shards if shards is not None else [*self.manifest.parts, *self.manifest.ledgers]:
            verify(self.storage, shard, f"{self.asset} snapshot {self.id}")

    def _scan(self, shards: Sequence[Shard]) -> pl.LazyFrame:
        self.verify(shards)
        return pl.scan_parquet([self.storage.uri(shard.key) for shard in shards])


def verify(storage: Storage, shard: Shard, owner: str) -> None:
    """Compare the bytes of `shard`, which belongs to `owner`, with its digest. Raises CorruptShard."""
    found = storage.digest(shard.key) if storage.exists(shard.key) else _MISSING
    if found != shard.digest:
        raise _corrupt(storage, shard, owner, found)


def read(storage: Storage, shard: Shard, owner: str) -> bytes:
    """Return the bytes of `shard`, which belongs to `owner`, once they are compared with its digest. Raises CorruptShard."""
    try:
        data = storage.read(shard.key)
    except FileNotFoundError:
        raise _corrupt(storage, shard, owner, _MISSING) from None
    if (found := blake3(data).hexdigest()) != shard.digest:
        raise _corrupt(storage, shard, owner, found)
    return data


def _corrupt(storage: Storage, shard: Shard, owner: str, found: str) -> CorruptShard:
    return CorruptShard(
        f"{storage.uri(shard.key)} (shard {shard.label!r} of {owner}) hashes to {found[:22]}, its manifest says {shard.digest[:16]}. "
        "Materialize the asset that made it again: it rewrites what differs."
    )

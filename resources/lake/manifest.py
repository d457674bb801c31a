"""What a snapshot consists of: shards with their hashes, and where they came from."""

from collections.abc import Iterable
from typing import Any

from blake3 import blake3
from pydantic import BaseModel, Field


class Shard(BaseModel, frozen=True):
    """A Parquet file (or, in a folder snapshot, any file) with what its bytes must hash to."""

    label: str = Field(description="what the shard holds, stable across refreshes; a file's name in a folder snapshot")
    key: str = Field(description="where it is, relative to the storage's root")
    digest: str = Field(description="BLAKE3 of its bytes, 64 hex digits")
    rows: int = 0
    bytes: int = Field(default=0, description="of the file")
    content_bytes: int = Field(default=0, description="of what it stands for: the column n_bytes, else the frame in memory")


class Verdict(BaseModel, frozen=True):
    """What one check said of a snapshot before it was published. `facts` name rows and counts, never their text."""

    check: str
    passed: bool
    blocking: bool = True
    description: str = ""
    facts: dict[str, Any] = {}


class Manifest(BaseModel, frozen=True):
    """The table of contents of one snapshot. It holds no clock time: the same build writes the same manifest."""

    asset: str
    id: str
    parts: list[Shard]
    ledgers: list[Shard] = []
    columns: dict[str, str] = {}
    parents: dict[str, str] = {}
    stages: list[str] = Field(default=[], description="function@version#settings hash of each stage, in order")
    memo_keys: list[str] = Field(default=[], description="memo entries and inputs that it was made from")
    verdicts: list[Verdict] = []
    summary: dict[str, Any] = {}

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    def encode(self) -> bytes:
        """Return the manifest as it is stored."""
        return (self.model_dump_json(indent=1) + "\n").encode()

    @property
    def n_bytes(self) -> int:
        """Bytes of all parts."""
        return sum(part.bytes for part in self.parts)


def snapshot_id(parts: Iterable[Shard], ledgers: Iterable[Shard]) -> str:
    """Return the id of a snapshot: 16 hex digits over what its files hash to, in order. Labels and places do not count."""
    content = "\n".join(["parts", *(part.digest for part in parts), "ledgers", *(ledger.digest for ledger in ledgers)])
    return blake3(content.encode()).hexdigest(length=8)

"""The lake: datasets as snapshots of content-addressed Parquet shards. A reader sees the old one or the new one, never half of one."""

from resources.lake.lake import Draft, Lake, LakeError, PublicationConflict
from resources.lake.manifest import Manifest, Shard, Verdict
from resources.lake.snapshot import CorruptShard, Snapshot
from resources.lake.storage import Storage

__all__ = ["CorruptShard", "Draft", "Lake", "LakeError", "Manifest", "PublicationConflict", "Shard", "Snapshot", "Storage", "Verdict"]

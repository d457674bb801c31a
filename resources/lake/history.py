"""What a dataset was before: its versions, what differs between two, and the removal of old ones."""

from collections.abc import Iterable

import polars as pl

from resources.lake.lake import FILES, INPUTS, MAIN, TASKS, Lake
from resources.lake.manifest import Manifest

VERSIONS = {
    "snapshot": pl.String, "published": pl.String, "rows": pl.Int64, "bytes": pl.Int64, "is_current": pl.Boolean, "is_kept": pl.Boolean,
}  # fmt: skip


def versions(lake: Lake, asset: str) -> pl.DataFrame:
    """Return {snapshot, published, rows, bytes, is_current, is_kept} of every publication, newest first."""
    current, kept = lake.current(asset), set(lake.storage.names(f"lake/{asset}/snapshots"))
    rows = [
        {
            "snapshot": entry["snapshot"], "published": entry["time"], "rows": entry["rows"], "bytes": entry["bytes"],
            "is_current": entry["snapshot"] == current, "is_kept": entry["snapshot"] in kept,
        }
        for entry in reversed(lake.log(asset)) if entry["ref"] == MAIN
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=VERSIONS)


def diff(lake: Lake, asset: str, old: str, new: str) -> pl.DataFrame:
    """Return {id, change}: row ids that are in (`added`) or out (`removed`) of snapshot `new`, or `changed` in any column.

    Rows of shards that both snapshots share are not read. Raises LakeError, CorruptShard.
    """
    before, after = lake.snapshot(asset, old), lake.snapshot(asset, new)
    shared = {shard.digest for shard in before.shards} & {shard.digest for shard in after.shards}
    left, right = (_row_hashes(lake, snapshot.manifest, shared) for snapshot in (before, after))
    joined = left.join(right, on="id", how="full", coalesce=True, suffix="_new")
    change = (
        pl.when(pl.col("hash").is_null()).then(pl.lit("added"))
        .when(pl.col("hash_new").is_null()).then(pl.lit("removed"))
        .when(pl.col("hash") != pl.col("hash_new")).then(pl.lit("changed"))
    )  # fmt: skip
    return joined.select("id", change=change).drop_nulls().sort("id")


def prune(lake: Lake, keep: int) -> dict[str, int]:
    """Remove all but the newest `keep` published snapshots of each dataset, and memo entries that nothing refers to any more.

    What a ref points to, and the parents of what stays, are never removed. Returns {snapshots, memo_entries}: how many were removed.
    Raises ValueError when `keep` is below 1.
    """
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}: the published snapshot cannot be pruned.")
    lake.storage.clear_temporary()
    removed = 0
    for asset in lake.assets():
        wanted = _wanted(lake, asset, keep)
        for name in set(lake.storage.names(f"lake/{asset}/snapshots")) - wanted:
            lake.storage.remove(f"lake/{asset}/snapshots/{name}")
            removed += 1
    return {"snapshots": removed, "memo_entries": _prune_memo(lake)}


def _row_hashes(lake: Lake, manifest: Manifest, shared: Iterable[str]) -> pl.DataFrame:
    frames = [
        pl.read_parquet(lake.storage.uri(shard.key)).select("id", hash=pl.struct(pl.all()).hash(seed=0))
        for shard in manifest.parts if shard.digest not in shared
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema={"id": pl.String, "hash": pl.UInt64}), *frames])


def _wanted(lake: Lake, asset: str, keep: int) -> set[str]:
    """Snapshots of `asset` that stay: the last published, whatever a ref holds, the parents of current snapshots elsewhere."""
    published = dict.fromkeys(entry["snapshot"] for entry in reversed(lake.log(asset)) if entry["ref"] == MAIN)
    refs = {lake.current(asset, ref) for ref in lake.storage.names(f"lake/{asset}/refs") if not ref.startswith((".", "log"))}
    parents = {lake.snapshot(other).manifest.parents.get(asset) for other in lake.assets() if lake.current(other)}
    return {name for name in {*list(published)[:keep], *refs, *parents} if name}


def _prune_memo(lake: Lake) -> int:
    kept = [lake.snapshot(asset, name) for asset in lake.assets() for name in lake.storage.names(f"lake/{asset}/snapshots")]
    manifests = [snapshot.manifest for snapshot in kept]
    used = {key for manifest in manifests for key in manifest.memo_keys}
    used |= {key.rpartition("/")[0] for key in used if key.startswith(INPUTS)}
    used |= {f"{FILES}/{part.digest}" for manifest in manifests for part in manifest.parts}
    entries = [f"{folder}/{name}" for folder in (*_task_folders(lake), INPUTS, FILES) for name in lake.storage.names(folder)]
    unused = [key for key in entries if key not in used]
    for key in unused:
        lake.storage.remove(key)
    return len(unused)


def _task_folders(lake: Lake) -> list[str]:
    return [f"{TASKS}/{name}" for name in lake.storage.names(TASKS)]

"""Work that is not a map over shards (a conversion, a training, an evaluation), remembered by what it is made from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from blake3 import blake3
from pydantic import BaseModel

from resources.lake import Draft, Lake, Shard
from resources.lake.lake import INPUTS, TASKS

Make = Callable[[Path], dict[str, Any]]


class Record(BaseModel, frozen=True):
    """What such work left: files or frames, and a summary."""

    shards: list[Shard]
    summary: dict[str, Any]


def once(lake: Lake, draft: Draft, recipe: Sequence[str], make: Make, log: Callable[[str], object]) -> None:
    """Fill `draft` with what `recipe` (code version, settings, and by themselves the draft's parents) names.

    Unless that is remembered, `make` is called with a work folder that outlives a kill: it goes on with what it finds there,
    adds parts to `draft` and returns the summary. The folder is removed when the result is stored.
    """
    key = f"{TASKS}/{_digest(draft, recipe)}"
    record = _recall(lake, key)
    if record is None:
        work = Path(lake.storage.uri(f"work/{draft.asset}/{key.rsplit('/', 1)[-1]}"))
        work.mkdir(parents=True, exist_ok=True)
        record = Record(summary=make(work), shards=draft.parts)
        lake.storage.commit_folder(key, {"result.json": record.model_dump_json().encode()})
        lake.storage.remove(f"work/{draft.asset}")
    else:
        log(f"{draft.asset}: remembered, nothing to compute")
    draft.parts, draft.summary, draft.stages = list(record.shards), record.summary, list(recipe)
    draft.memo_keys |= {key} | {shard.key for shard in record.shards if shard.key.startswith(INPUTS)}


def _digest(draft: Draft, recipe: Sequence[str]) -> str:
    parents = [f"{asset}={snapshot}" for asset, snapshot in sorted(draft.parents.items())]
    digest = blake3("\n".join([draft.asset, *recipe, *parents]).encode()).hexdigest(length=16)
    return f"{digest[:2]}/{digest}"


def _recall(lake: Lake, key: str) -> Record | None:
    """Return the stored record, None when there is none or a file of it went bad."""
    if not lake.storage.exists(f"{key}/result.json"):
        return None
    record = Record.model_validate_json(lake.storage.read(f"{key}/result.json"))
    if all(lake.storage.exists(shard.key) and lake.storage.digest(shard.key) == shard.digest for shard in record.shards):
        return record
    lake.storage.remove(key)
    return None

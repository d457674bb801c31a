"""One unit of work: a chain of stages, the shards that it reads, and the key that its result is stored under.

A worker needs nothing else, so the same function serves local processes and a cluster.
"""

import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from blake3 import blake3
from pydantic import BaseModel, ValidationError

from resources.lake import parquet
from resources.lake.lake import TASKS
from resources.lake.manifest import Shard
from resources.lake.snapshot import read
from resources.lake.storage import Storage

StageFunction = Callable[..., tuple[pl.DataFrame, pl.DataFrame]]
_MOST_KEPT_BYTES = 4_000_000  # of a side frame, packed: a worker keeps two that are smaller
Outcome = tuple[pl.DataFrame, list[pl.DataFrame]]  # the kept rows, and the ledger of each stage


class StageFailure(Exception):
    """A stage raised. The message names stage, shard and row, and never holds the row's text.

    An exception whose class says `blames_the_source = True` is repeated in its own words: it must hold no secret and no row's text.
    """


@dataclass(frozen=True)
class Stage:
    """A pure function (frame, settings, *side frames) -> (kept, ledger), with the version of its code and its settings.

    `by_row` promises that no row has a say in what becomes of another, and that kept rows and ledger are in the order of the rows they
    come from: what two frames give, one after the other, is what the two give as one. Several workers may then share a shard.
    """

    function: StageFunction
    version: str
    settings: BaseModel | None = None
    by_row: bool = False

    def bind(self, settings: BaseModel) -> "Stage":
        """Return the stage with `settings`."""
        return replace(self, settings=settings)

    @property
    def name(self) -> str:
        """module.function@version"""
        return f"{self.function.__module__}.{self.function.__qualname__}@{self.version}"

    @cached_property
    def identity(self) -> str:
        """The name with the hash of the settings: what decides the output besides the input."""
        settings = self.settings.model_dump_json() if self.settings else ""
        return f"{self.name}#{blake3(settings.encode()).hexdigest(length=8)}"


@dataclass(frozen=True)
class Task:
    """Run `chain` on `inputs[0]`; the first stage gets the other inputs as side frames."""

    asset: str
    chain: tuple[Stage, ...]
    inputs: tuple[Shard, ...]

    @property
    def label(self) -> str:
        """What the output shard holds."""
        return self.inputs[0].label

    @cached_property
    def key(self) -> str:
        """Where the result is stored: the same work has the same key."""
        parts = [self.asset, *(stage.identity for stage in self.chain), *(shard.digest for shard in self.inputs)]
        digest = blake3("\n".join(parts).encode()).hexdigest(length=16)
        return f"{TASKS}/{digest[:2]}/{digest}"


class Result(BaseModel, frozen=True):
    """A finished task: the kept rows and the ledger, as stored."""

    part: Shard
    ledger: Shard

    def labelled(self, label: str) -> "Result":
        """Return the result under `label`: shards of equal content share a result, not a label."""
        return Result(part=self.part.model_copy(update={"label": label}), ledger=self.ledger.model_copy(update={"label": label}))


def recall(storage: Storage, task: Task) -> Result | None:
    """Return the stored result of `task`, or None when there is none or its bytes went bad (it is removed then)."""
    record = f"{task.key}/result.json"
    if not storage.exists(record):
        return None
    with suppress(ValidationError):  # cut short when the power failed
        result = Result.model_validate_json(storage.read(record))
        if all(storage.exists(shard.key) and storage.digest(shard.key) == shard.digest for shard in (result.part, result.ledger)):
            return result
    storage.remove(task.key)
    return None


def run(storage: Storage, task: Task) -> Result:
    """Compute `task` and store its result in one step. Raises StageFailure, CorruptShard."""
    return store(storage, task, [compute(storage, task)])


def compute(storage: Storage, task: Task, number: int = 0, count: int = 1) -> Outcome:
    """Return what becomes of part `number` of `count` of the rows. Raises StageFailure, CorruptShard."""
    first, *others = task.inputs
    owner = f"the input of {task.asset}"
    side = [(_kept_frame if shard.bytes <= _MOST_KEPT_BYTES else _frame)(storage, shard, owner) for shard in others]
    kept, ledgers = parts(_frame(storage, first, owner), count)[number], []
    for stage in task.chain:
        kept, ledger = _apply(storage, task, stage, kept, side)
        ledgers.append(ledger.select(pl.lit(task.asset).alias("asset"), pl.all()))
        side = []
    return kept, ledgers


def _frame(storage: Storage, shard: Shard, owner: str) -> pl.DataFrame:
    """Return the rows of `shard`, read from memory: polars takes a fifth longer to find its way through a file."""
    return pl.read_parquet(read(storage, shard, owner))


_kept_frame = lru_cache(maxsize=2)(_frame)  # most tasks of a worker read the same side frames


def parts(frame: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """Cut `frame` into `count` frames of about as much content each (by n_bytes where it has that), some of which may be empty."""
    weights = frame["n_bytes"].to_numpy() if "n_bytes" in frame.columns else np.ones(frame.height)
    ends = np.searchsorted(np.append(0, np.cumsum(weights)), weights.sum() * np.arange(count + 1) / count)
    ends[-1] = frame.height
    return [frame.slice(start, end - start) for start, end in pairwise(ends.tolist())]


def store(storage: Storage, task: Task, outcomes: Sequence[Outcome]) -> Result:
    """Store the outcomes of all parts of `task` as its result."""
    kept = pl.concat([rows for rows, _ in outcomes])
    ledger = pl.concat([part for stage in zip(*(ledgers for _, ledgers in outcomes), strict=True) for part in stage])
    contents = {"part.parquet": (kept, parquet.encode(kept)), "ledger.parquet": (ledger, parquet.encode(ledger))}
    shards = [
        Shard(
            label=task.label, key=f"{task.key}/{name}", digest=blake3(data).hexdigest(),
            rows=frame.height, bytes=len(data), content_bytes=parquet.content_bytes(frame),
        )
        for name, (frame, data) in contents.items()
    ]  # fmt: skip
    result = Result(part=shards[0], ledger=shards[1])
    files: dict[str, str | bytes] = {name: data for name, (_, data) in contents.items()}
    storage.commit_folder(task.key, files | {"result.json": result.model_dump_json().encode()}, durable=False)
    return result


def _apply(
    storage: Storage, task: Task, stage: Stage, frame: pl.DataFrame, side: Sequence[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    try:
        return stage.function(frame, stage.settings, *side)
    except Exception as error:
        if getattr(error, "blames_the_source", False):  # no row is to blame, and halving would wait for a dead host again and again
            raise StageFailure(f"{task.asset}: shard {task.label!r}: {error}") from None
        row = _failing_row(stage, frame, side)
        digest = task.key.rsplit("/", 1)[-1]
        report = f"failures/{digest}.txt"
        storage.write(report, "".join(traceback.format_exception(error)).encode("utf-8", "replace"))
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise StageFailure(
            f"{task.asset}: {stage.name} failed on shard {task.label!r}, {_describe(row)}: {type(error).__name__} "
            f"at {place.name}, line {place.lineno}. The traceback is in {storage.uri(report)}."
        ) from None


def _failing_row(stage: Stage, frame: pl.DataFrame, side: Sequence[pl.DataFrame]) -> dict[str, Any] | None:
    """Halve the frame until one row is left that fails alone; None when no single row does."""
    while frame.height > 1:
        half = frame.height // 2
        first, second = frame.head(half), frame.tail(frame.height - half)
        frame = first if _fails(stage, first, side) else second
    return frame.row(0, named=True) if frame.height and _fails(stage, frame, side) else None


def _fails(stage: Stage, frame: pl.DataFrame, side: Sequence[pl.DataFrame]) -> bool:
    try:
        stage.function(frame, stage.settings, *side)
    except Exception:
        return True
    return False


def _describe(row: dict[str, Any] | None) -> str:
    if row is None:
        return "no single row is to blame"
    named = [f"{name} {row[name]}" for name in ("id", "repository", "path") if row.get(name)]
    return "row " + ", ".join(named or ["without an id"])

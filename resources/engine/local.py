"""The engine of one machine: worker processes."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, Field

from resources.engine import pool
from resources.engine import task as tasks
from resources.engine.progress import Progress
from resources.engine.task import Result, Stage, StageFailure, Task
from resources.lake import CorruptShard, Draft, Lake, Shard
from resources.lake.lake import INPUTS

Log = Callable[[str], object]
Item = TypeVar("Item")
Made = TypeVar("Made")
_MIN_SHARE_BYTES = 250_000  # less content of a shard is not worth a worker of its own
_SHARES = 4  # of each worker in the work: one is at most what it waits for the others at the end


class EngineSettings(BaseModel, frozen=True, extra="forbid"):
    """How much of the machine the engine takes."""

    workers: int = Field(default=max(1, os.cpu_count() or 1), ge=0, description="processes; 0 runs all in the calling process")
    inline_max_bytes: int = Field(default=2_000_000, ge=0, description="less input is not worth starting workers for")
    shard_max_bytes: int = Field(default=64_000_000, gt=0, description="content of one shard, held in memory several times over")


class EngineError(Exception):
    """Some shards failed. The finished ones are remembered: the next run computes the failed ones only."""


class LocalEngine:
    """Maps chains of stages over shards in processes of this machine."""

    def __init__(self, lake: Lake, settings: EngineSettings) -> None:
        """Store results in the memo of `lake`."""
        self.lake = lake
        self.settings = settings
        self.computed = self.remembered = 0
        self._pool: ProcessPoolExecutor | None = None
        self._told: set[str] = set()  # of what was said once it need not be said that it is remembered

    def map(self, draft: Draft, chain: Sequence[Stage], inputs: Iterable[Shard | Sequence[Shard]], log: Log = print) -> list[Result]:
        """Run `chain` on each of `inputs` (a shard, or a shard with its side inputs) and return the results in their order.

        What is remembered is not computed again. Memo keys are noted in `draft`. Raises EngineError naming every
        shard that failed, after all others are finished and stored.
        """
        work = [Task(draft.asset, tuple(chain), (item,) if isinstance(item, Shard) else tuple(item)) for item in inputs]
        known = self._recall(list({task.key: task for task in work}.values()))
        new = {task.key: task for task in work if task.key not in known}
        # The largest first: no worker is left alone with it at the end. Results keep the order of the inputs.
        missing = sorted(new.values(), key=lambda task: task.inputs[0].content_bytes, reverse=True)
        title = f"{draft.asset}: {chain[-1].function.__name__}"
        progress = Progress(title, work, known, log if missing or title not in self._told else _silent)
        self._told.add(title)
        failures = self._compute(missing, known, progress)
        self.computed += len(missing) - len(failures)
        self.remembered += len(work) - len(missing)
        if failures:
            raise EngineError(f"{len(failures)} of {len(work)} shards failed, the others are kept:\n" + "\n".join(failures))
        _note(draft, work)
        return [known[task.key].labelled(task.label) for task in work]

    def build(self, draft: Draft, chain: Sequence[Stage], inputs: Iterable[Shard | Sequence[Shard]], log: Log = print) -> None:
        """Map, and make the results the parts and ledgers of `draft`. Empty parts are left out, except when all are empty."""
        results = self.map(draft, chain, inputs, log)
        draft.stages += [stage.identity for stage in chain]
        draft.parts += filled([result.part for result in results])
        draft.ledgers += filled([result.ledger for result in results])

    def read(self, results: Sequence[Result], columns: Sequence[str] | None = None) -> list[pl.DataFrame]:
        """Return the kept rows of each of `results`, of all or some columns; read at once, because most are small and many."""
        frames = [pl.scan_parquet(self.lake.storage.uri(result.part.key)) for result in results]
        return pl.collect_all([frame.select(columns) for frame in frames] if columns else frames)

    def spread(self, function: Callable[[Sequence[Item]], Made], items: Sequence[Item]) -> list[Made]:
        """Return what `function`, which a module holds, makes of `items`, some at a time and in their order; nothing is remembered.

        For what no memo can spare, such as looking at the files of a source. Workers that are up share it: none are started for it,
        because what it takes is mostly less than that. What `function` raises is raised here.
        """
        size = -(-len(items) // (_SHARES * self.settings.workers)) if self._pool else 0
        if self._pool is None or size == 0:
            return [function(items)]
        try:
            return list(self._pool.map(function, [items[start : start + size] for start in range(0, len(items), size)]))
        except BrokenProcessPool:  # the next map finds out which worker dies of what
            self._pool = None
            return [function(items)]

    def close(self) -> None:
        """End the worker processes."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _recall(self, work: Sequence[Task]) -> dict[str, Result]:
        """Return what is remembered of `work`, by key: threads share it, because most of it is hashing."""
        with ThreadPoolExecutor(max(1, self.settings.workers)) as threads:
            found = threads.map(partial(tasks.recall, self.lake.storage), work)
            return {task.key: result for task, result in zip(work, found, strict=True) if result}

    def _compute(self, work: Sequence[Task], known: dict[str, Result], progress: Progress) -> list[str]:
        """Add the results of `work` to `known`; return a line for each task that failed."""
        few = self._pool is None and sum(task.inputs[0].content_bytes for task in work) <= self.settings.inline_max_bytes
        if few or not self.settings.workers:
            return [line for task in work if (line := self._settle(task, [], known, progress))]
        failures: dict[str, str] = {}
        suspects: list[Task] = []
        rest = list(work)
        while rest:
            died, failed = self._in_pool(rest, known, progress)
            failures |= failed
            suspects += died
            rest = [task for task in rest if task.key not in known and task.key not in failures and task not in died]
        for task in suspects:  # alone in the pool: whose worker dies now is to blame itself
            died, failed = self._in_pool([task], known, progress)
            failures |= failed
            if died:
                failures[task.key] = f"{task.asset}: the worker died twice on shard {task.label!r} (killed, or out of memory)."
        return list(failures.values())

    def _in_pool(self, work: Sequence[Task], known: dict[str, Result], progress: Progress) -> tuple[list[Task], dict[str, str]]:
        """Run `work` until done or until a worker dies; return the tasks that were running then, and the failures by key."""
        workers = self._workers()
        futures = {task.key: self._submit(workers, task, work) for task in work}
        owner = {future: task for task in work for future in futures[task.key]}
        running = Counter(task.key for task in owner.values())
        failures: dict[str, str] = {}
        unfinished: set[str] = set()
        for future in as_completed(owner):
            task = owner[future]
            running[task.key] -= 1
            if running[task.key]:
                continue
            try:
                if line := self._settle(task, futures[task.key], known, progress):
                    failures[task.key] = line
            except BrokenProcessPool:
                unfinished.add(task.key)
        if not unfinished:
            return [], failures
        self._pool = None
        # Tasks are handed out in order, so what the workers held is at the front; one result each may have been on its way.
        return [task for task in work if task.key in unfinished][: 2 * self.settings.workers], failures

    def _submit(self, workers: ProcessPoolExecutor, task: Task, work: Sequence[Task]) -> list[Future[Any]]:
        """Hand `task` to a worker, or to several where they would have nothing else to do."""
        fair = sum(other.inputs[0].content_bytes for other in work) / self.settings.workers
        share = max(_MIN_SHARE_BYTES, fair / _SHARES)
        count = min(self.settings.workers, round(task.inputs[0].content_bytes / share))
        if count < 2 or not all(stage.by_row for stage in task.chain):
            return [workers.submit(tasks.run, self.lake.storage, task)]
        return [workers.submit(tasks.compute, self.lake.storage, task, number, count) for number in range(count)]

    def _settle(self, task: Task, futures: Sequence[Future[Any]], known: dict[str, Result], progress: Progress) -> str | None:
        """Note the result of `task`, which its `futures` computed, or is computed here; return a line when it failed."""
        try:
            known[task.key] = self._result(task, [future.result() for future in futures])
        except (StageFailure, CorruptShard) as error:
            return str(error)
        progress.advance(task)
        return None

    def _result(self, task: Task, found: list[Any]) -> Result:
        if not found:
            return tasks.run(self.lake.storage, task)
        return found[0] if isinstance(found[0], Result) else tasks.store(self.lake.storage, task, found)

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = pool.start(self.settings.workers)
        return self._pool


def filled(shards: Sequence[Shard]) -> list[Shard]:
    """Return the shards that hold rows; the first one when none does, because it carries the schema."""
    return [shard for shard in shards if shard.rows] or list(shards[:1])


def _silent(_: str) -> None:
    """Say nothing."""


def _note(draft: Draft, work: Sequence[Task]) -> None:
    draft.memo_keys |= {task.key for task in work}
    draft.memo_keys |= {shard.key for task in work for shard in task.inputs if shard.key.startswith(INPUTS)}

"""What a person sees of long work: shards, rows, MB/s and the time that is left."""

import time
from collections.abc import Callable, Mapping, Sequence

from resources.engine.task import Result, Task

INTERVAL_S = 5.0


class Progress:
    """Logs how far a map is, at most every `INTERVAL_S` seconds, and once at the end."""

    def __init__(self, title: str, work: Sequence[Task], known: Mapping[str, Result], log: Callable[[str], object]) -> None:
        """Start the clock for what is not `known` yet."""
        missing = [task for task in work if task.key not in known]
        self.title, self.log = title, log
        self.total, self.todo = len(work), len(missing)
        self.todo_bytes = sum(task.inputs[0].content_bytes for task in missing)
        self.done = self.done_bytes = self.done_rows = 0
        self.started = self.reported = time.monotonic()
        if not missing:
            log(f"{title}: {self.total} shards, all remembered")

    def advance(self, task: Task) -> None:
        """Count a finished task."""
        self.done += 1
        self.done_rows += task.inputs[0].rows
        self.done_bytes += task.inputs[0].content_bytes
        now = time.monotonic()
        if self.done == self.todo or now - self.reported >= INTERVAL_S:
            self.reported = now
            self.log(self._line(now - self.started))

    def _line(self, seconds: float) -> str:
        rate = self.done_bytes / max(seconds, 1e-3)
        left = (self.todo_bytes - self.done_bytes) / max(rate, 1.0)
        remembered = f", {self.total - self.todo} remembered" if self.total > self.todo else ""
        eta = f", {left:.0f} s left" if self.done < self.todo else f" in {seconds:.1f} s"
        return f"{self.title}: {self.done} of {self.todo} shards{remembered}, {self.done_rows:,} rows, {rate / 1e6:.1f} MB/s{eta}"

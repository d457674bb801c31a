"""What a person sees of requests that are on their way."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from resources.llm.spending import Totals

INTERVAL_S = 5.0


@dataclass(slots=True)
class Progress:
    """Counts what is settled of `todo` requests."""

    todo: int
    totals: Totals
    say: Callable[[str], object]
    settled: int = 0
    started: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Say how far it is, every `INTERVAL_S` seconds, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            self.say(self.line())

    def line(self) -> str:
        """Return how far it is."""
        seconds = time.monotonic() - self.started
        left = f", {seconds / self.settled * (self.todo - self.settled):,.0f} s left" if 0 < self.settled < self.todo else ""
        end = f" in {seconds:,.1f} s" if self.settled == self.todo else left
        spent = self.totals
        failed = f", {spent.failed:,} failed" if spent.failed else ""
        money = f", {spent.money:,.4f} in money" if spent.money else ""
        tokens = f"{spent.tokens_in:,} tokens in, {spent.tokens_out:,} out"
        return f"llm: {self.settled:,} of {self.todo:,} requests{failed}, {spent.calls:,} calls, {tokens}{money}{end}"

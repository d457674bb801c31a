"""When an endpoint may be called: one gate for all workers, closed by limits (429) and by failures in a row.

Closed means that no call is made. When it opens again, one call goes first; the others follow when that one was answered. So N workers
never try again at once, and an endpoint that is down is asked a bounded number of times: see BreakerSettings.
"""

import asyncio
import time

from resources.llm.answers import Fault
from resources.llm.settings import LlmSettings


class GivenUp(Exception):
    """The endpoint is not asked any more in this run. The message says why."""


class Closed(Exception):
    """The endpoint failed too often in a row, and is left alone for a while."""


class Breaker:
    """The state of one endpoint. Every `entered` is followed by one of `answered`, `failed` and `left`, which are told what it returned."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self.given_up: str | None = None
        self.answers = 0
        self._opens_at = 0.0
        self._failures = self._probes = self._refusals = 0
        self._answered_at: float | None = None  # or the moment of the first call
        self._is_guarded = self._is_probing = False
        self._changed = asyncio.Event()

    async def entered(self, may_wait: bool) -> bool:
        """Return when a call may be made, and whether it is the one that goes first. Limits are waited for, failures if `may_wait`.

        Raises GivenUp, and Closed.
        """
        while True:
            if self.given_up is not None:
                raise GivenUp(self.given_up)
            wait_s = self._opens_at - time.monotonic()
            if wait_s <= 0 and not self._is_probing:
                break
            if not may_wait and self._failures >= self._settings.breaker.failures_in_a_row:
                raise Closed
            await self._pause(wait_s if wait_s > 0 else None)
        self._is_probing = self._is_guarded
        if self._answered_at is None:
            self._answered_at = time.monotonic()
        return self._is_probing

    def answered(self, is_probe: bool) -> None:
        """Take note of an answer, whatever it says: the endpoint is there. One that was asked before the gate closed does not open it."""
        self.answers += 1
        self._failures = self._probes = self._refusals = 0
        self._answered_at = time.monotonic()
        if is_probe:
            self._is_guarded = False
        self.left(is_probe)

    def left(self, is_probe: bool) -> None:
        """Take note that a call is over."""
        if is_probe:
            self._is_probing = False
        self._tell()

    def failed(self, fault: Fault, is_probe: bool) -> None:
        """Take note of a call that brought no answer, and close the gate if need be."""
        if fault.blame == "hopeless":
            self.given_up = fault.reason
        elif fault.blame == "limit":
            self._limited(fault.wait_s, is_probe)
        else:
            self._broke(fault.reason, is_probe)
        self.left(is_probe)

    def _limited(self, wait_s: float | None, is_probe: bool) -> None:
        """Wait as long as the server asks, else twice as long each time that the gate is closed anew."""
        now = time.monotonic()
        if is_probe or not self._is_guarded:
            self._refusals += 1
        if wait_s is None:
            wait_s = min(self._settings.max_backoff_s, self._settings.first_backoff_s * 2 ** min(max(0, self._refusals - 1), 20))
        if now + wait_s - (self._answered_at or now) > self._settings.max_wait_s:
            self.given_up = "http_429"
        self._close(wait_s)

    def _broke(self, reason: str, is_probe: bool) -> None:
        settings = self._settings.breaker
        self._failures += 1
        if self._failures < settings.failures_in_a_row:
            return
        self._probes += is_probe
        if self._probes >= settings.max_probes:
            self.given_up = reason
        self._close(settings.cooldown_s * 2**self._probes)

    def _close(self, wait_s: float) -> None:
        self._is_guarded = True
        self._opens_at = max(self._opens_at, time.monotonic() + wait_s)

    async def _pause(self, wait_s: float | None) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _tell(self) -> None:
        """Wake everybody who waits at the gate."""
        self._changed.set()
        self._changed = asyncio.Event()

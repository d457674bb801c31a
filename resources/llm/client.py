"""Answers requests: from the ledger where it can, else from the first endpoint that will; what arrives is kept at once."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple, Self

from assets.conversations.inner_json import dumps
from assets.corpus.generation.completions import Completion, Request
from resources.llm import calls, structured
from resources.llm.answers import Answer, Fault
from resources.llm.breaker import Closed, GivenUp
from resources.llm.endpoint import Endpoint, Exhausted, Timed
from resources.llm.ledger import Entry, Known, Ledger, opened_ledger, request_text
from resources.llm.progress import Progress
from resources.llm.settings import EndpointSettings, LlmSettings
from resources.llm.spending import OutOfBudget, Totals, exhausted

_HINTS = {
    "http_401": "the key is refused",
    "http_402": "the account has nothing left",
    "http_404": "no such model, or base_url is wrong",
    "http_429": "its limit or quota leaves nothing for longer than llm.max_wait_s",
    "connection": "it cannot be reached, or breaks off",
    "timeout": "it takes longer than llm.timeout_s",
}
UNASKED = ("budget", "unavailable")  # no failures of a request: the next run asks it


class Trail(NamedTuple):
    """How far a request is at one endpoint: what is known of it, or what is asked next, after `repeats` unusable answers."""

    request_key: str
    key: str
    messages: calls.Messages
    repeats: int = 0
    known: Known | None = None


class Client:
    """A run's way to the language models. For one thread; a context manager.

    A request that any of the endpoints' models has answered before is not asked again; where several have, the first in order of
    preference counts. What failed for good is returned as it failed, until `Ledger.forget_failures`. Duplicates are asked once.
    """

    def __init__(self, settings: LlmSettings, ledger_file: Path, say: Callable[[str], object]) -> None:
        self.totals = Totals()
        self.stopped: str | None = None
        """Why calls were not made; None when no request was left unasked."""
        self._settings, self._ledger_file, self._say = settings, ledger_file, say
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the ledger. Raises sqlite3.DatabaseError and OSError."""
        self._ledger: Ledger = self._stack.enter_context(opened_ledger(self._ledger_file))
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._endpoints = [Endpoint(endpoint, self._settings, self.totals) for endpoint in self._settings.endpoints]
        return self

    def __exit__(self, *_: object) -> None:
        """Close connections and ledger."""
        try:
            self._runner.run(self._close())
        finally:
            self._stack.close()

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Return the completion of each request, in order. Raises sqlite3.DatabaseError and OSError, never for what an endpoint does."""
        settled: dict[Request, Completion] = {}
        todo = []
        for request in dict.fromkeys(requests):
            if completion := self._remembered(request):
                settled[request] = completion
            else:
                todo.append(request)
        self.totals.requests += len(settled) + len(todo)
        self.totals.remembered += len(settled)
        self.totals.failed += sum(completion.error is not None for completion in settled.values())
        if todo:
            settled |= self._runner.run(self._all(todo))
        return [settled[request] for request in requests]

    def _remembered(self, request: Request) -> Completion | None:
        known = [trail.known for endpoint in self._settings.endpoints if (trail := self._trail(endpoint, request)).known]
        known.sort(key=lambda entry: entry is not None and entry.state == "failed")  # stable: what is done goes first
        return known[0].completion if known and known[0] else None

    def _trail(self, endpoint: EndpointSettings, request: Request) -> Trail:
        """Follow a request through the ledger, from one unusable answer to the next."""
        key = calls.key(endpoint, request, request.messages)
        trail = Trail(key, key, request.messages)
        while (known := self._ledger.get(trail.key)) is not None:
            if known.state != "repeated":
                return trail._replace(known=known)
            trail = _next(endpoint, request, trail, known)
        return trail

    async def _all(self, todo: list[Request]) -> dict[Request, Completion]:
        progress, results = Progress(len(todo), self.totals, self._say), dict[Request, Completion]()
        ticker = asyncio.create_task(progress.run())
        try:
            async with asyncio.TaskGroup() as group:
                pending = iter(todo)
                for _ in range(min(self._settings.concurrency, len(todo))):
                    group.create_task(self._work(pending, results, progress))
        except BaseExceptionGroup as raised:
            raise raised.exceptions[0] from None
        finally:
            ticker.cancel()
        self._say(progress.line())
        return results

    async def _work(self, pending: Iterator[Request], results: dict[Request, Completion], progress: Progress) -> None:
        for request in pending:
            completion = await self._complete(request)
            results[request] = completion
            progress.settled += 1
            if completion.error in UNASKED:
                self.totals.unasked += 1
            elif completion.error is not None:
                self.totals.failed += 1

    async def _complete(self, request: Request) -> Completion:
        try:
            return await self._routed(request)
        except OutOfBudget:
            self._stop(exhausted(self._settings.budget, self.totals) or "")
            return _nothing("budget")

    async def _routed(self, request: Request) -> Completion:
        """Ask the endpoints in order: first those that work, then, waiting, those that were left alone for a while."""
        blamed: tuple[EndpointSettings, str] | None = None
        left = list(self._endpoints)
        for may_wait in (False, True):
            for endpoint in tuple(left):
                try:
                    return await self._asked(endpoint, request, may_wait)
                except Closed:
                    continue
                except GivenUp:
                    pass
                except Exhausted as exhaustion:
                    blamed = (endpoint.settings, exhaustion.reason) if exhaustion.is_own else blamed
                left.remove(endpoint)
        if blamed is not None:
            return self._failed(blamed[0], request, blamed[1])
        self._stop("; ".join(map(_why, self._endpoints)) or "llm.endpoints is empty")
        return _nothing("unavailable")

    async def _asked(self, endpoint: Endpoint, request: Request, may_wait: bool) -> Completion:
        """Ask one endpoint until its answer can be used, or it was asked often enough."""
        trail = self._trail(endpoint.settings, request)
        while trail.known is None:
            try:
                timed = await endpoint.ask(request, trail.messages, trail.key, may_wait)
            except Fault as fault:
                return self._failed(endpoint.settings, request, fault.reason)
            known = self._ledger.write(self._judged(endpoint.settings, request, trail, timed))
            trail = _next(endpoint.settings, request, trail, known) if known.state == "repeated" else trail._replace(known=known)
        return trail.known.completion

    def _judged(self, endpoint: EndpointSettings, request: Request, trail: Trail, timed: Timed) -> Entry:
        """Return the ledger's row for an answer."""
        answer = timed.answer
        entry = Entry(
            trail.key, trail.request_key, "done", endpoint.name, endpoint.model, answer.text, None, answer.finish_reason, None, None,
            answer.tokens_in, answer.tokens_out, answer.counted, timed.latency_s, timed.money,
        )  # fmt: skip
        error, problem = _error(answer, request), None
        if error is None and request.schema is not None:
            try:
                return entry._replace(data=dumps(structured.parse(answer.text, request.schema)))
            except structured.Unusable as unusable:
                error, problem = "invalid_json", str(unusable)
        if error is None:
            return entry
        if problem is not None and trail.repeats < self._settings.max_repeats:
            return entry._replace(state="repeated", problem=problem)
        return entry._replace(state="failed", error=error, problem=problem, request=request_text(request))

    def _failed(self, endpoint: EndpointSettings, request: Request, reason: str) -> Completion:
        """Keep that a request brings no answer, and return that."""
        trail = self._trail(endpoint, request)
        entry = Entry(trail.key, trail.request_key, "failed", endpoint.name, endpoint.model, error=reason, request=request_text(request))
        return self._ledger.write(entry).completion

    def _stop(self, reason: str) -> None:
        if self.stopped is None:
            self.stopped = reason
            self._say(f"llm: no more calls are made: {reason}")

    async def _close(self) -> None:
        for endpoint in self._endpoints:
            with suppress(OSError):
                await endpoint.close()


def _next(endpoint: EndpointSettings, request: Request, trail: Trail, known: Known) -> Trail:
    """Return what is asked after an answer that could not be used."""
    messages = structured.corrected(trail.messages, known.completion.text, known.problem, request.schema or "")
    return Trail(trail.request_key, calls.key(endpoint, request, messages), messages, trail.repeats + 1)


def _error(answer: Answer, request: Request) -> str | None:
    """Return why an answer is of no use, whatever it says."""
    if answer.refused:
        return "refused"
    if answer.finish_reason == "length":
        return "cut_off"
    return "empty_answer" if request.schema is None and not (answer.text or "").strip() else None


def _nothing(error: str) -> Completion:
    return Completion(None, None, None, None, error)


def _why(endpoint: Endpoint) -> str:
    reason = endpoint.breaker.given_up or "no answer"
    return f"{endpoint.settings.name}: {reason}" + (f" ({_HINTS[reason]})" if reason in _HINTS else "")

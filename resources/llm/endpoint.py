"""One endpoint: its connection, its breaker, and the retries of a call."""

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from assets.corpus.generation.completions import Request
from resources.llm import answers, calls, structured
from resources.llm.answers import Answer, Fault
from resources.llm.breaker import Breaker, GivenUp
from resources.llm.settings import EndpointSettings, LlmSettings
from resources.llm.spending import OutOfBudget, Spent, Totals, cost, exhausted

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_CONNECT_S = 10.0
_NOT_RETRIED = "http_403"  # the same prompt will not be let in, though another may be
_MAX_REFUSALS = 20  # of one request by limits, while others are answered: it may be larger than what the limit allows
_NO_KEY = "none"  # what servers are sent that want no key; the official client insists on one


class Exhausted(Exception):
    """A request brought no answer in all its attempts. `is_own`: the endpoint answered others meanwhile, so it is the request's fault."""

    def __init__(self, reason: str, is_own: bool) -> None:
        super().__init__(reason)
        self.reason, self.is_own = reason, is_own


class Timed(NamedTuple):
    """An answer, the seconds that its call took, and its price."""

    answer: Answer
    latency_s: float
    money: float


class Endpoint:
    """Asks one endpoint. Belongs to one event loop."""

    def __init__(self, settings: EndpointSettings, llm: LlmSettings, totals: Totals) -> None:
        self.settings, self.breaker = settings, Breaker(llm)
        self._llm, self._totals = llm, totals
        self._spent = totals.by_endpoint.setdefault(settings.name, Spent())
        self._mode: structured.Mode = "json_schema" if settings.json_output == "auto" else settings.json_output
        self._client: AsyncOpenAI | None = None

    async def ask(self, request: Request, messages: calls.Messages, key: str, may_wait: bool) -> Timed:
        """Return the answer to `messages`. `may_wait`: for an endpoint that is left alone for a while; else that is Closed.

        Raises Fault (the request's own), Exhausted, Closed, GivenUp and OutOfBudget.
        """
        answers_before: int | None = None
        attempt = refusals = 0
        while True:
            try:
                return await self._once(request, messages, may_wait)
            except Fault as fault:
                if fault.blame == "request":
                    raise
                answers_before = self.breaker.answers if answers_before is None else answers_before
                refusals += fault.blame == "limit"
                if fault.blame in ("limit", "format", "hopeless") and refusals < _MAX_REFUSALS:
                    continue  # the gate waits for limits; another form of request is asked at once
                if fault.reason == _NOT_RETRIED:
                    raise Exhausted(fault.reason, self.breaker.answers > 0) from None
                if attempt == self._llm.max_retries or refusals == _MAX_REFUSALS:
                    raise Exhausted(fault.reason, self.breaker.answers > answers_before) from None
            await asyncio.sleep(self._backoff_s(key, attempt))
            attempt += 1

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def _backoff_s(self, key: str, attempt: int) -> float:
        longest = min(self._llm.max_backoff_s, self._llm.first_backoff_s * 2 ** min(attempt, 20))
        return longest * (0.5 + 0.5 * calls.share(key, attempt))

    async def _once(self, request: Request, messages: calls.Messages, may_wait: bool) -> Timed:
        """Make one call, when the breaker lets it through and the budget is not used up, and tell both what came of it."""
        client = self._opened()
        is_probe = await self.breaker.entered(may_wait)
        if exhausted(self._llm.budget, self._totals):
            self.breaker.left(is_probe)
            raise OutOfBudget
        self._spent.calls += 1
        try:
            timed = await self._call(client, request, messages)
        except Fault as fault:
            self._spent.faults += 1
            if fault.blame in ("request", "format"):
                self.breaker.answered(is_probe)
            else:
                self.breaker.failed(fault, is_probe)
            raise
        except BaseException:
            self.breaker.left(is_probe)
            raise
        self.breaker.answered(is_probe)
        self._pay(timed)
        return timed

    def _pay(self, timed: Timed) -> None:
        self._spent.tokens_in += timed.answer.tokens_in
        self._spent.tokens_out += timed.answer.tokens_out
        self._spent.money += timed.money

    async def _call(self, client: "AsyncOpenAI", request: Request, messages: calls.Messages) -> Timed:
        mode = self._mode
        if request.schema is not None and mode != "json_schema":
            messages = structured.told(messages, request.schema)
        body = calls.body(self.settings, request, messages)
        if request.schema is not None:
            body |= structured.response_format(mode, request.schema)
        started = time.monotonic()
        try:
            content = await self._content(client, body)
        except Fault as fault:
            if fault.blame == "format":
                raise self._stepped_down(mode, fault.reason) from None
            raise
        latency_s = time.monotonic() - started
        answer = answers.read(content, sum(len(text) for _, text in messages))
        return Timed(answer, latency_s, cost(self.settings, answer))

    def _stepped_down(self, refused: structured.Mode, reason: str) -> Fault:
        """Return what a refused response_format means: ask in a simpler form from now on, where one is left."""
        if self.settings.json_output != "auto" or refused == "none":
            return Fault(reason, "request")
        if self._mode == refused:  # of several calls under way that are refused, the first one changes it
            self._mode = structured.NEXT[refused]
        return Fault(reason, "format")

    async def _content(self, client: "AsyncOpenAI", body: dict[str, Any]) -> bytes:
        """Return the body of a 200. What goes wrong becomes a Fault without its text, which could quote the key or the prompt."""
        from openai import APIConnectionError, APIStatusError

        try:
            async with asyncio.timeout(self._llm.timeout_s):
                named = {name: body.pop(name) for name in ("model", "messages")}
                response = await client.chat.completions.with_raw_response.create(**named, extra_body=body)
                if response.status_code == 200:
                    return response.content
                raise Fault(f"http_{response.status_code}", "hopeless")
        except TimeoutError:
            raise Fault("timeout", "endpoint") from None
        except APIConnectionError:
            raise Fault("connection", "endpoint") from None
        except APIStatusError as error:
            raise answers.refusal(error.status_code, error.response.headers, error.response.content, "response_format" in body) from None
        except (UnicodeError, TypeError, ValueError):
            raise Fault("not_sendable", "request") from None

    def _opened(self) -> "AsyncOpenAI":
        """Return the official client, with its retries off and without what it would take from the environment. Raises GivenUp."""
        if self._client is not None:
            return self._client
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        key = self._key()
        timeout = Timeout(self._llm.timeout_s, connect=min(_CONNECT_S, self._llm.timeout_s))
        http = DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False)  # the key goes to no other place
        self._client = AsyncOpenAI(api_key=key, base_url=self.settings.base_url, max_retries=0, timeout=timeout, http_client=http)
        self._client.organization = self._client.project = self._client.admin_api_key = None
        return self._client

    def _key(self) -> str:
        variable = self.settings.api_key_env
        if variable is None:
            return _NO_KEY
        key = os.environ.get(variable, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            self.breaker.given_up = f"{variable} {'holds no key that can be sent' if key else 'is not set'}"
            raise GivenUp(self.breaker.given_up)
        return key

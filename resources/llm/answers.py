"""What a server's answer says: the text and its cost, or what is wrong, and whose fault that is."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from assets import http_dates

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CHARACTERS_A_TOKEN = 3  # fewer than of any tokenizer on prose: a server that counts nothing must not get around the budget
_WAITS = (429, 503)
_PASSING = (408, 409, 425)
_HOPELESS = (401, 402, 404)  # key, account or model (and redirects): no request of this run will fare better
_FORMAT_REFUSALS = (400, 415, 422, 501)
_FORMAT_WORDS = (b"response_format", b"json_schema", b"json_object", b"guided", b"grammar", b"structured")
_QUOTA_WORDS = (b"insufficient_quota", b"billing")

Blame = Literal["request", "endpoint", "limit", "format", "hopeless"]


class Answer(NamedTuple):
    """A completion as the server returned it. `tokens_*` are estimates where it did not count."""

    text: str | None
    finish_reason: str | None
    refused: bool
    tokens_in: int
    tokens_out: int
    counted: bool


class Fault(Exception):
    """A call that brought no answer.

    reason: rule-like, such as "timeout", "connection", "broken_answer", "http_500"; holds nothing that was sent or received.
    blame: request (will not do better), endpoint (may do better later), limit (429: wait), format (takes no response_format),
        hopeless (no call to this endpoint will do better).
    wait_s: what the server asks to wait, None where it does not say.
    """

    def __init__(self, reason: str, blame: Blame, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.blame, self.wait_s = reason, blame, wait_s


def read(content: bytes, prompt_characters: int) -> Answer:
    """Return what the body of a 200 says. Raises Fault (`broken_answer`) for what is not a chat completion."""
    try:
        payload = json.loads(content)
        choice = payload["choices"][0]
        message = choice["message"]
        if not isinstance(message, dict) or payload.get("error") or choice.get("error"):
            raise Fault("broken_answer", "endpoint")
        text, refusal, finish = _text(message.get("content")), message.get("refusal"), choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise Fault("broken_answer", "endpoint") from None
    usage = payload.get("usage") if isinstance(payload.get("usage"), dict) else {}
    counts = [_count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    estimates = (prompt_characters // _CHARACTERS_A_TOKEN + 1, len(text or "") // _CHARACTERS_A_TOKEN + 1)
    tokens_in, tokens_out = (estimate if count is None else count for count, estimate in zip(counts, estimates, strict=True))
    finish = finish if isinstance(finish, str) else None
    return Answer(text, finish, bool(refusal) or finish == "content_filter", tokens_in, tokens_out, None not in counts)


def refusal(status: int, headers: Mapping[str, str], content: bytes, asked_for_json: bool) -> Fault:
    """Return what a status that is not 200 means."""
    reason, start = f"http_{status}", content[:65_536].lower()
    if asked_for_json and status in _FORMAT_REFUSALS and any(word in start for word in _FORMAT_WORDS):
        return Fault(reason, "format")
    if status < 400 or status in _HOPELESS or (status == 429 and any(word in start for word in _QUOTA_WORDS)):
        return Fault(reason, "hopeless")
    wait_s = seconds_after(headers)
    if status == 429 or (status in _WAITS and wait_s is not None):
        return Fault(reason, "limit", wait_s)
    # 403 may be about one prompt or about the key: other requests show which, so the endpoint is blamed and the breaker counts.
    if status >= 500 or status in _PASSING or status == 403:
        return Fault(reason, "endpoint")
    return Fault(reason, "request")


def seconds_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After (a number or a date) or Retry-After-Ms asks for; None where neither does."""
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None and re.fullmatch(r"\s*\d{1,12}(\.\d{1,12})?\s*", milliseconds):
        return float(milliseconds) * 0.001
    return http_dates.retry_after_s(headers, time.time())


def _text(content: Any) -> str | None:
    """Return the text of a message's content: a string, or a list of parts as some servers send it."""
    if isinstance(content, list):
        content = "".join(part.get("text") or "" for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        return None
    return _SURROGATE.sub("\ufffd", content)  # half a character cannot be stored anywhere


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None

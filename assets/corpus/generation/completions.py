"""What the corpus asks of a language model: requests in, completions out, in the same order.

The endpoint itself (HTTP, retries, cache, budget) is a resource; the stages of this package only see a function of type `Complete`,
so that they stay pure: equal completions give equal rows.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Request(NamedTuple):
    """One chat completion to ask for.

    messages: pairs (role, content).
    schema: the JSON Schema, as canonical JSON text, of what the answer must be; None asks for free text.
    max_tokens: upper bound of the answer, in the model's tokens.
    """

    messages: tuple[tuple[str, str], ...]
    schema: str | None
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0


class Completion(NamedTuple):
    """What came of one request.

    text: as returned; None when the request failed.
    data: the parsed answer, valid under the request's schema; None when no schema was asked for or the request failed.
    error: None when usable, else a rule-like reason such as "timeout", "http_400", "invalid_json", "cut_off", "refused", "budget",
        "unavailable".
    """

    text: str | None
    data: Any
    finish_reason: str | None
    model: str | None
    error: str | None


Complete = Callable[[Sequence[Request]], list[Completion]]
"""Answers every request, in the same order; never raises for a single request."""

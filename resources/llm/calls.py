"""What is sent for a request, and the key that its completion is remembered under."""

import json
from collections.abc import Sequence
from typing import Any

from blake3 import blake3

from assets.corpus.generation.completions import Request
from resources.llm.settings import EndpointSettings

Messages = tuple[tuple[str, str], ...]
_KEY_BYTES = 16


def body(endpoint: EndpointSettings, request: Request, messages: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the body of a chat-completions call, without what asks for JSON."""
    sent: dict[str, Any] = dict(endpoint.parameters)
    sent["model"] = endpoint.model
    sent["messages"] = [{"role": role, "content": content} for role, content in messages]
    sent[endpoint.max_tokens_field] = request.max_tokens
    if "temperature" not in endpoint.leave_out:
        sent["temperature"] = request.temperature
    if "seed" not in endpoint.leave_out:
        sent["seed"] = request.seed
    return sent


def key(endpoint: EndpointSettings, request: Request, messages: Sequence[tuple[str, str]]) -> str:
    """Return the BLAKE3 of model, parameters, prompt and schema, in hexadecimal.

    The endpoint's address and how it is asked for JSON are no part of it: two servers of one model share their completions.
    """
    content = {"body": body(endpoint, request, messages), "schema": request.schema}
    return blake3(canonical(content).encode("utf-8", "surrogatepass")).hexdigest(_KEY_BYTES)


def canonical(value: Any) -> str:
    """Return the one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def share(*parts: object) -> float:
    """Return a number from 0 to 1 that only `parts` decide: what jitter is made of, so that runs repeat."""
    digest = blake3("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest(8)
    return int.from_bytes(digest) / 2**64

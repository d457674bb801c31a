"""xLAM's data (function-calling-60k): a row is a `query`, its `tools` and the `answers`, which are calls and all parallel."""

from typing import Any

from assets.conversations import calls, inner_json, tools
from assets.conversations.canonical import Draft
from assets.conversations.refusal import Refused

Payload = dict[str, Any]


def is_form(payload: Payload) -> bool:
    """Return whether a row has xLAM's columns."""
    return isinstance(payload.get("query"), str) and "answers" in payload


def read(payload: Payload, draft: Draft) -> None:
    """Read a row into `draft`; parameters that are described by Python's types become JSON Schemas. Raises Refused with the place."""
    declared = _value(payload.get("tools") or [], "tools")
    declared = [tools.from_python_types(tool) for tool in (declared if isinstance(declared, list) else [declared])]
    tools.declare_field(draft, declared, "tools")
    draft.say("user", payload["query"])
    answers = _value(payload["answers"], "answers")
    if answers:
        draft.call(None, calls.of_value(answers, draft, "answers"))


def _value(value: Any, field: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return inner_json.loads(value) if value.strip() else []
    except Refused as refused:
        raise refused.within(field) from None

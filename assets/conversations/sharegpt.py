"""ShareGPT with tools: `conversations` of {from, value} in the roles system, human, gpt, function_call, observation; `tools` as JSON text.

A function_call is a JSON object, or a list of them when the calls are parallel. gpt followed by function_call is one message with text and
calls. A response whose call its place does not tell carries `tool_call_id` and `name` beside its value. The tags of Hermes' form are
hidden inside of texts, so that a row is not taken for one of that form (see `escapes`).
"""

import re
from collections.abc import Iterator
from typing import Any

from assets.conversations import calls, tools
from assets.conversations.canonical import Conversation, Draft, Message, call_id, positional
from assets.conversations.escapes import hide_tags, reveal_tags
from assets.conversations.inner_json import dumps
from assets.conversations.refusal import Refused

ROLES = {
    **dict.fromkeys(("system",), "system"),
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "model", "chatgpt", "bot"), "assistant"),
    **dict.fromkeys(("function_call", "tool_call", "tool_calls"), "call"),
    **dict.fromkeys(("observation", "tool", "function", "function_response", "tool_response"), "tool"),
}
_NAMES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}
_NUMBERED = re.compile(r"call_([1-9][0-9]{0,8})")
Payload = dict[str, Any]


def read(payload: Payload, draft: Draft) -> None:
    """Read a row into `draft`. Raises Refused with the place."""
    tools.declare_field(draft, payload.get("tools"), "tools")
    if isinstance(system := payload.get("system"), str):
        draft.say("system", reveal_tags(system))
    for field, role, text, entry in entries(payload):
        _read_entry(field, role, text, entry, draft)


def entries(payload: Payload) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield (field, role, text, entry) of each turn. Raises Refused (`unknown_role`, `unsupported_content`)."""
    for number, entry in enumerate(payload["conversations"]):
        field = f"conversations[{number}]"
        if not isinstance(entry, dict):
            raise Refused("unsupported_content", "a turn is no object", field=field)
        named, text = entry.get("from", entry.get("role")), entry.get("value", entry.get("content"))
        role = ROLES.get(named.lower().replace("-", "_")) if isinstance(named, str) else None
        if role is None:
            raise Refused("unknown_role", "a turn has no known role", field=field)
        yield field, role, _text(text, role, field), entry


def _text(value: Any, role: str, field: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if role in ("tool", "call"):
        return dumps(value)
    raise Refused("unsupported_content", "what is said is no text", field=field)


def _read_entry(field: str, role: str, text: str, entry: dict[str, Any], draft: Draft) -> None:
    if role == "call":
        made, after = calls.in_text(text, 0, draft, field)
        draft.call(reveal_tags(calls.remainder(after, draft, field, len(text) - len(after))), made)
    elif role == "tool":
        respond(reveal_tags(text), entry, draft)
    else:
        draft.say(role, reveal_tags(text))


def respond(text: str, entry: dict[str, Any], draft: Draft) -> None:
    """Add a response, to the call that its entry names, or to the next."""
    known, name = entry.get("tool_call_id"), entry.get("name")
    name = name if isinstance(name, str) else None
    if isinstance(known, str) and (number := _NUMBERED.fullmatch(known)):
        draft.link(text, int(number[1]), name)
    elif known is None and "tool_call_id" in entry:
        draft.link(text, None, name)
    else:
        draft.respond(text, name)


def render(conversation: Conversation) -> Payload:
    """Return a conversation as a ShareGPT row."""
    linked = not positional(conversation)
    turns = [turn for message in conversation.messages for turn in _turns(message, linked)]
    return {"conversations": turns, "tools": dumps([tools.bare(tool) for tool in conversation.tools])}


def _turns(message: Message, linked: bool) -> list[dict[str, Any]]:
    said: dict[str, Any] = {"from": _NAMES[message.role], "value": hide_tags(message.content or "")}
    if message.role == "tool" and linked:
        said |= {"tool_call_id": call_id(message.answers), "name": message.name}
    if not message.calls:
        return [said]
    written = [calls.as_written(call) for call in message.calls]
    asked = {"from": "function_call", "value": dumps(written if len(written) > 1 else written[0])}
    return [said, asked] if message.content else [asked]

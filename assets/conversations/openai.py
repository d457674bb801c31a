"""OpenAI's form: `messages` with tool_calls, `tools`; also the older function_call, role function and `functions`.

Content may be a list of text parts, which are joined; parts that are no text (pictures, sound) are refused. The role developer is system.
The tags of Hermes' form are hidden inside of texts, so that a row is not taken for one of that form (see `escapes`).
"""

from typing import Any

from assets.conversations import calls, inner_json, tools
from assets.conversations.canonical import Call, Conversation, Draft, Message, call_id, numbered
from assets.conversations.escapes import hide_tags, reveal_tags
from assets.conversations.inner_json import dumps
from assets.conversations.refusal import Refused

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
Payload = dict[str, Any]


def read(payload: Payload, draft: Draft) -> None:
    """Read a row into `draft`. Raises Refused with the place."""
    for field in ("tools", "functions"):
        tools.declare_field(draft, payload.get(field), field)
    for number, message in enumerate(payload["messages"]):
        field = f"messages[{number}]"
        named = message.get("role") if isinstance(message, dict) else None
        role = ROLES.get(named) if isinstance(named, str) else None
        if role is None:
            raise Refused("unknown_role", "a message has no known role", field=field)
        _read_message(message, role, reveal_tags(text_of(message, role, field)), field, draft)


def text_of(message: dict[str, Any], role: str, field: str) -> str:
    """Return what a message says; parts of text are joined. Raises Refused (`unsupported_content`)."""
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in content):
        return "".join(part["text"] for part in content)
    if role == "tool":
        return dumps(content)
    raise Refused("unsupported_content", "content is no text", field=field)


def _read_message(message: dict[str, Any], role: str, text: str, field: str, draft: Draft) -> None:
    given = message.get("tool_calls") or ([message["function_call"]] if message.get("function_call") else [])
    if role == "assistant" and given:
        if isinstance(given, str):
            given = _listed(given, f"{field}.tool_calls")
        made = calls.of_value(given, draft, f"{field}.tool_calls")
        draft.call(text, made, [_id(call) for call in given] if isinstance(given, list) else None)
    elif role == "tool":
        name = message.get("name") if isinstance(message.get("name"), str) else None
        if "tool_call_id" in message:
            draft.respond_to(text, _id(message, "tool_call_id"), name)
        else:
            draft.respond(text, name)
    else:
        draft.say(role, text)


def _listed(text: str, field: str) -> Any:
    try:
        return inner_json.loads(text)
    except Refused as refused:
        raise refused.within(field) from None


def _id(value: Any, key: str = "id") -> str | None:
    known = value.get(key) if isinstance(value, dict) else None
    return known if isinstance(known, str) else None


def render(conversation: Conversation) -> Payload:
    """Return a conversation as OpenAI's messages and tools."""
    return {"messages": [_message(message, first) for message, first in numbered(conversation)], "tools": list(conversation.tools)}


def _message(message: Message, first: int) -> dict[str, Any]:
    said: dict[str, Any] = {"role": message.role, "content": None if message.content is None else hide_tags(message.content)}
    if message.calls:
        said["tool_calls"] = [_call(call, number) for number, call in enumerate(message.calls, first)]
    if message.role == "tool":
        said["tool_call_id"] = call_id(message.answers)
        said |= {"name": message.name} if message.name is not None else {}
    return said


def _call(call: Call, number: int) -> dict[str, Any]:
    return {"id": call_id(number), "type": "function", "function": {"name": call.name, "arguments": dumps(call.arguments)}}

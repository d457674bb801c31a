"""Messages of five fields and tools as JSON, in the two forms that chat templates take them in.

`native`: what a template takes that renders tools itself: `tool_calls` and tools as objects. `flat`: plain messages for every other
template, in the form of NousResearch's Hermes models (github.com/NousResearch/Hermes-Function-Calling): tools as JSON lines in `<tools>`
in the system message, each call as JSON in `<tool_call>` in the assistant's, each result in `<tool_response>`, those that follow one
another in one message. JSON keeps the order of its keys, so equal rows give equal bytes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from assets.conversations.escapes import hide_tags
from assets.conversations.inner_json import dumps

NO_TOOLS = "[]"
_TAG = re.compile(r"<(?=/?(?:tools|tool_call|tool_response)>)")
_BEFORE = "You may call one or more of the functions whose signatures are in <tools></tools>:\n<tools>\n"
_AFTER = (
    "\n</tools>\nFor each call, return a JSON object with the function's name and arguments in <tool_call></tool_call>:\n"
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
Row = Mapping[str, Any]  # a message as stored: values of canonical.MESSAGE; fields that are null may be absent
Message = dict[str, Any]  # a message as a template takes it


def has_tools(messages: Sequence[Row], tools: str) -> bool:
    """Return whether there are tools, calls or results."""
    return tools != NO_TOOLS or any(message["role"] == "tool" or message.get("tool_calls") for message in messages)


def native(messages: Sequence[Row], tools: str) -> tuple[list[Message], list[Any] | None]:
    """Return (messages, tools) with calls and tools as objects; null fields are absent, and tools None where there are none."""
    return [_native(message) for message in messages], json.loads(tools) or None


def _native(row: Row) -> Message:
    message: Message = {"role": row["role"]}
    if row["content"] is not None:
        message["content"] = row["content"]
    if row.get("tool_calls"):
        message["tool_calls"] = [_call(call) for call in json.loads(row["tool_calls"])]
    if row["role"] == "tool":
        message |= {key: row[key] for key in ("tool_call_id", "name") if row.get(key) is not None}
    return message


def _call(call: Mapping[str, Any]) -> Message:
    function = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": call.get("id"), "type": "function", "function": function}


def flat(messages: Sequence[Message], tools: Sequence[Any] | None, response_role: str = "tool") -> list[Message]:
    """Return `native` messages and tools as messages of role and content. Results get `response_role`.

    Tags in what somebody says are hidden by a zero-width space, those in JSON are written with its escape for `<`.
    """
    turns: list[Message] = []
    rest = list(messages)
    if tools:
        system = hide_tags(rest.pop(0).get("content") or "") if rest and rest[0]["role"] == "system" else ""
        turns.append({"role": "system", "content": f"{system}\n\n{_told(tools)}" if system else _told(tools)})
    after_response = False
    for message in rest:
        is_response = message["role"] == "tool"
        if is_response and after_response:
            turns[-1]["content"] += "\n" + content(message)
        else:
            turns.append({"role": response_role if is_response else message["role"], "content": content(message)})
        after_response = is_response
    return turns


def content(message: Message) -> str:
    """Return what a `native` message says, with its calls, or as a result, in Hermes' form."""
    said = hide_tags(message.get("content") or "")
    if message["role"] == "tool":
        return f"<tool_response>\n{said}\n</tool_response>"
    calls = [written(call["function"]) for call in message.get("tool_calls") or ()]
    return "\n".join([*([said] if said or not calls else []), *calls])


def written(function: Mapping[str, Any]) -> str:
    """Return a call (name, arguments) in Hermes' form."""
    return f"<tool_call>\n{_json({'name': function['name'], 'arguments': function['arguments']})}\n</tool_call>"


def _told(tools: Sequence[Any]) -> str:
    return _BEFORE + "\n".join(_json(tool) for tool in tools) + _AFTER


def _json(value: Any) -> str:
    return _TAG.sub(r"\\u003c", dumps(value))

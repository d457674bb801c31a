"""Hermes' form, which xLAM's models share: tools in `<tools>`, calls in `<tool_call>`, responses in `<tool_response>`, inside of texts.

Rows have `conversations` (from, value) or `messages` (role, content), and often their tools in a column too. Several `<tool_call>` in one
turn are parallel; one may hold several objects, each on its line. A response is `{"name": …, "content": …}` in its tags, in a turn of the
role tool, or of the user after a call. Tags without JSON in them are text. What the renderer writes itself: `tool_call_id` in a response
whose call its place does not tell.
"""

import re
from typing import Any

from assets.conversations import calls, inner_json, openai, sharegpt, tools
from assets.conversations.canonical import MAX_PARTS, Call, Conversation, Draft, Message, call_id, positional
from assets.conversations.escapes import hide_tags, in_json, reveal_tags
from assets.conversations.inner_json import dumps
from assets.conversations.refusal import Refused

_CALL = re.compile(r"<tool_call>\s*(?=[{\[])")
_CALL_END = "</tool_call>"
_TOOLS = re.compile(r"\n{0,2}<tools>\s*(?=[{\[])")
_TOOLS_END = re.compile(r"</tools>")
_RESPONSE, _RESPONSE_END = "<tool_response>", "</tool_response>"
_NAMES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "tool"}
_STRUCTURED = {"function_call", "tool_call", "tool_calls", "observation"}
Payload = dict[str, Any]


def column_of_turns(payload: Payload) -> str | None:
    """Return the column that holds the turns of a row, one that is not empty before one that is; None without such a column."""
    lists = [name for name in ("conversations", "messages") if isinstance(payload.get(name), list)]
    return max(lists, key=lambda name: bool(payload[name]), default=None)


def is_form(turns: list[Any]) -> bool:
    """Return whether calls, responses or tools stand in tags inside of turns, and none in fields of their own."""
    tagged = False
    for entry in turns:
        if not isinstance(entry, dict):
            return False
        named, text = entry.get("from", entry.get("role")), entry.get("value", entry.get("content"))
        if str(named) in _STRUCTURED or entry.get("tool_calls") or entry.get("function_call"):
            return False
        tagged = tagged or (isinstance(text, str) and _has_tags(str(named), text))
    return tagged


def _has_tags(role: str, text: str) -> bool:
    if "<tool" not in text:
        return False
    if role == "system":
        return bool(_TOOLS.search(text))
    if role in ("tool", "user", "human"):
        return text.lstrip().startswith("<tool_response>")
    return bool(_CALL.search(text))


def read(payload: Payload, draft: Draft) -> None:
    """Read a row into `draft`. Raises Refused with the place."""
    tools.declare_field(draft, payload.get("tools"), "tools")
    if isinstance(system := payload.get("system"), str):
        draft.say("system", _system(system, "system", draft))
    for field, role, text in _turns_of(payload):
        if role == "system":
            draft.say("system", _system(text, field, draft))
        elif role == "tool" or (role == "user" and text.lstrip().startswith("<tool_response>")):
            _read_responses(text, draft)
        elif role == "user":
            draft.say("user", reveal_tags(text))
        else:
            _read_answer(text, field, draft)


def _turns_of(payload: Payload) -> list[tuple[str, str, str]]:
    if column_of_turns(payload) == "conversations":
        return [(field, role, text) for field, role, text, _ in sharegpt.entries(payload)]
    turns = []
    for number, message in enumerate(payload["messages"]):
        field, role = f"messages[{number}]", openai.ROLES.get(str(message.get("role")))
        if role is None:
            raise Refused("unknown_role", "a message has no known role", field=field)
        turns.append((field, role, openai.text_of(message, role, field)))
    return turns


def _system(text: str, field: str, draft: Draft) -> str:
    """Declare the tools of a prompt, and return the prompt without their block. Those that a column declares too stand once."""
    opening = _TOOLS.search(text)
    if opening is None:
        return reveal_tags(text)
    closing = _TOOLS_END.search(text, opening.end())
    end = closing.start() if closing else len(text)
    found = Draft(tools=[])
    tools.declare_text(found, text[opening.end() : end], field)
    known = [dumps(tool) for tool in draft.tools]
    tools.declare(draft, [tool for tool in found.tools if dumps(tool) not in known], field)
    draft.repairs.extend(found.repairs)
    return reveal_tags(text[: opening.start()] + (text[closing.end() :] if closing else ""))


def _read_answer(text: str, field: str, draft: Draft) -> None:
    found, said, late, at = list[Call](), "", list[str](), 0
    while opening := _CALL.search(text, at):
        if found:
            late.append(text[at : opening.start()])
        else:
            said = text[: opening.start()].removesuffix("\n")
        at = _read_calls(text, opening.end(), field, found, draft)
        stop, following = text.find(_CALL_END, at), _CALL.search(text, at)
        if stop < 0 or (following and following.start() < stop):
            stop = following.start() if following else len(text)
            draft.repaired("missing_separator", field, stop)
        late.append(text[at:stop].strip(calls.STRAY))
        at = stop + (len(_CALL_END) if text.startswith(_CALL_END, stop) else 0)
    if not found:
        return draft.say("assistant", reveal_tags(text))
    late = [part.strip() for part in (*late, text[at:]) if part.strip()]
    if late:
        draft.repaired(calls.TRAILING_TEXT, field, at)
    return draft.call(reveal_tags("\n".join([*([said] if said else []), *late])), found)


def _read_calls(text: str, at: int, field: str, found: list[Call], draft: Draft) -> int:
    """Add the calls that stand at `at`, one after another, and return where they end."""
    while at < len(text) and text[at] in "{[":
        made, rest = calls.in_text(text[at:], at, draft, field)
        found.extend(made)
        if len(found) > MAX_PARTS:
            raise Refused("too_long", f"more than {MAX_PARTS} calls in a message", at, field)
        at = len(text) - len(rest.lstrip())
    return at


def _read_responses(text: str, draft: Draft) -> None:
    for body in _bodies(text) or [text]:
        try:
            value = inner_json.loads(body)
        except Refused:
            value = None
        if isinstance(value, dict) and "content" in value and value.keys() <= {"content", "name", "tool_call_id"}:
            content = value["content"] if isinstance(value["content"], str) else dumps(value["content"])
            sharegpt.respond(content, value, draft)
        else:
            draft.respond(reveal_tags(body))


def _bodies(text: str) -> list[str]:
    """Return what stands in the response tags of a text; none if something stands outside of them."""
    bodies, at = [], 0
    while (start := text.find(_RESPONSE, at)) >= 0 and (end := text.find(_RESPONSE_END, start)) >= 0:
        if text[at:start].strip():
            return []
        bodies.append(text[start + len(_RESPONSE) : end].removeprefix("\n").removesuffix("\n"))
        at = end + len(_RESPONSE_END)
    return [] if text[at:].strip() else bodies


def render(conversation: Conversation) -> Payload:
    """Return a conversation in Hermes' form."""
    linked = not positional(conversation)
    messages = list(conversation.messages)
    first = messages.pop(0).content if messages and messages[0].role == "system" else ""
    prompt = hide_tags(first or "") + _tools(conversation)
    turns = [{"from": _NAMES[message.role], "value": _text(message, linked)} for message in messages]
    return {"conversations": ([{"from": "system", "value": prompt}] if prompt else []) + turns}


def _tools(conversation: Conversation) -> str:
    lines = [in_json(dumps(tool)) for tool in conversation.tools]
    return "\n\n<tools>\n" + "\n".join(lines) + "\n</tools>" if lines else ""


def _text(message: Message, linked: bool) -> str:
    if message.role == "tool":
        link = {"tool_call_id": call_id(message.answers), "name": message.name} if linked else {}
        return f"<tool_response>\n{in_json(dumps({**link, 'content': message.content}))}\n</tool_response>"
    written = [f"<tool_call>\n{in_json(dumps(calls.as_written(call)))}\n</tool_call>" for call in message.calls]
    return "\n".join([*([hide_tags(message.content)] if message.content or not written else []), *written])

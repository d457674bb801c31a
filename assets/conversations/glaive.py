"""Glaive function calling v2: a row is `system` ("SYSTEM: …" with the tools as JSON) and `chat` (see `glaive_turns`).

A call is `<functioncall> {"name": …, "arguments": '{…}'}` in an assistant's turn; several of them in one turn are parallel, text before
the first is what the assistant says with them. Responses follow in the order of the calls. What this form has no words for:

- marks inside of texts are hidden (see `escapes`);
- responses in another order, to no call, or under a name of their own: a third column `tool_responses` lists for each response
  [number of its call or null, name]. Readers of Glaive's data ignore it.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from assets.conversations import calls, glaive_turns, tools
from assets.conversations.canonical import Call, Conversation, Draft, Message, positional
from assets.conversations.escapes import hide_marks, hide_objects, in_json, reveal_marks, reveal_objects
from assets.conversations.refusal import Refused

_CALL = re.compile(r"<functioncall>(?=\s*[{\[])")
_SYSTEM = re.compile(r"\A\s*SYSTEM: ?")
_NAMES = {"system": "SYSTEM", "user": "USER", "tool": "FUNCTION RESPONSE"}
Payload = dict[str, Any]


def is_form(payload: Payload) -> bool:
    """Return whether a row has Glaive's columns."""
    return isinstance(payload.get("chat"), str) and isinstance(payload.get("system"), str | None)


def read(payload: Payload, draft: Draft) -> None:
    """Read a row into `draft`. Raises Refused with the place."""
    _read_system(payload.get("system") or "", draft)
    listed = payload.get("tool_responses")
    links = iter(listed if isinstance(listed, list) else ())
    try:
        turns = glaive_turns.split(payload["chat"])
    except Refused as refused:
        raise refused.within("chat") from None
    for turn, following in zip(turns, [*turns, None][1:], strict=True):
        if turn.guessed or (turn.role == "assistant" and not turn.ended):
            draft.repaired("missing_separator", "chat", turn.start + (0 if following is None else len(turn.text)))
        _read_turn(turn, draft, links)


def _read_system(system: str, draft: Draft) -> None:
    text = _SYSTEM.sub("", tools.take_out(draft, system, "system"), count=1)
    if not draft.tools:
        text = text.removesuffix("\n").removesuffix("\n")
    draft.say("system", reveal_objects(text) if text.strip() else "")


def _read_turn(turn: glaive_turns.Turn, draft: Draft, links: Iterator[Any]) -> None:
    if turn.role == "tool":
        return _respond(reveal_marks(turn.text), next(links, None), draft)
    first = _CALL.search(turn.text) if turn.role == "assistant" else None
    if first is None:
        return draft.say(turn.role, reveal_marks(turn.text))
    found, rest = list[Call](), list[str]()
    parts = [*(mark.end() for mark in _CALL.finditer(turn.text, first.start())), len(turn.text) + len("<functioncall>")]
    for start, stop in pairwise(parts):
        text = turn.text[start : stop - len("<functioncall>")]
        blank = len(text) - len(text.lstrip())
        made, after = calls.in_text(text[blank:], turn.start + start + blank, draft, "chat")
        found.extend(made)
        rest.append(calls.remainder(after, draft, "chat", turn.start + start + len(text) - len(after)))
    said = turn.text[: first.start()].removesuffix(" ")
    return draft.call(reveal_marks("\n".join(filter(None, [said, *rest]))), found)


def _respond(text: str, link: Any, draft: Draft) -> None:
    match link:
        case [int() as number, name] if isinstance(name, str | None):
            draft.link(text, number, name)
        case [None, name] if isinstance(name, str | None):
            draft.link(text, None, name)
        case _:
            draft.respond(text)


def render(conversation: Conversation) -> Payload:
    """Return a conversation as a row of Glaive's data."""
    messages = list(conversation.messages)
    system = messages.pop(0).content if messages and messages[0].role == "system" else ""
    payload: Payload = {
        "system": _system(hide_objects(system or ""), conversation),
        "chat": "".join(_turn(message) for message in messages),
    }
    responses = [[message.answers, message.name] for message in messages if message.role == "tool"]
    return payload if positional(conversation) else {**payload, "tool_responses": responses}


def _system(prompt: str, conversation: Conversation) -> str:
    declared = "\n\n".join(tools.as_lines(conversation.tools, indent=4))
    return f"SYSTEM: {prompt}\n{declared}{chr(10) * min(len(conversation.tools), 2) or chr(10)}"


def _turn(message: Message) -> str:
    said = hide_marks(message.content or "")
    if message.role != "assistant":
        return f"{_NAMES[message.role]}: {said}\n\n\n"
    parts = ([said] if said or not message.calls else []) + [_call(call) for call in message.calls]
    return f"ASSISTANT: {' '.join(parts)} <|endoftext|>\n\n\n"


def _call(call: Call) -> str:
    name, arguments = (in_json(json.dumps(value, ensure_ascii=False)) for value in (call.name, call.arguments))
    return f'<functioncall> {{"name": {name}, "arguments": \'{arguments}\'}}'

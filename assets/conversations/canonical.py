"""The one form that every conversation is brought into, whatever it was published as.

Roles are system, user, assistant and tool. An assistant message has text, calls, or both; calls that stand in one message are parallel,
calls in messages that follow one another are sequential. A tool message answers one call. The form is normal, so that a conversation
that goes through another format and back is equal:

- calls are numbered through the conversation: `call_1`, `call_2` … Published ids only tell which response belongs to which call;
- a response whose source names no call answers the next unanswered call of the latest message with calls (of its own tool, where it names
  one); one that finds none has no `tool_call_id`. The `name` of a response is that of the call's tool, or what was published;
- an assistant message without calls, followed by one with calls and without text, is one message;
- blank system messages are left out; no text is null in a message with calls, and empty in every other message;
- `tools` are in OpenAI's form, `{"type": "function", "function": {…}}`; equal declarations of a tool stand once.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from assets.conversations.inner_json import dumps
from assets.conversations.refusal import Refused

ROLES = ("system", "user", "assistant", "tool")
MESSAGE = pl.Struct(dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name"), pl.String))
MAX_PARTS = 5_000  # messages, calls or tools of a row; more are nobody's conversation
Tool = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call: the name of the tool, and its arguments, which are a JSON object unless they are malformed."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Message:
    """A message; `answers` is the number (from 1) of the call that a tool message answers, None when it answers none."""

    role: str
    content: str | None = None
    calls: tuple[Call, ...] = ()
    answers: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class Conversation:
    """Messages in order, and the tools that are declared, in OpenAI's form."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()


@dataclass
class Draft:
    """A conversation while it is read: brings what is said into the normal form, and keeps the repairs with their places."""

    messages: list[Message] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    repairs: list[tuple[str, str]] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _open: list[int] = field(default_factory=list)

    def say(self, role: str, content: str) -> None:
        """Add a message without calls; a blank one of the system is left out."""
        if role != "system" or content.strip():
            self.messages.append(Message(role, content))

    def call(self, content: str | None, calls: list[Call], ids: list[str | None] | None = None) -> None:
        """Add an assistant's message with calls, which were published with `ids`; words that stood behind arguments are said with it."""
        content = "\n".join(filter(None, [content, *self.late]))
        self.late.clear()
        while not content and self.messages and self.messages[-1].role == "assistant" and not self.messages[-1].calls:
            content = self.messages.pop().content or ""
        first = len(self._names) + 1
        self._names.extend(call.name for call in calls)
        self._open = list(range(first, first + len(calls)))
        self._ids.update({known: number for number, known in enumerate(ids or (), first) if known is not None})
        self.messages.append(Message("assistant", content or None, tuple(calls)))
        self._check_size(len(self._names))

    def respond(self, content: str, name: str | None = None) -> None:
        """Add a response that names no call."""
        numbers = [number for number in self._open if name is None or self._names[number - 1] == name]
        self._respond(content, name, numbers[0] if numbers else None)

    def respond_to(self, content: str, known: str | None, name: str | None = None) -> None:
        """Add a response to the call that was published with the id `known`; to none where there is no such call."""
        self._respond(content, name, None if known is None else self._ids.get(known))

    def link(self, content: str, number: int | None, name: str | None = None) -> None:
        """Add a response to the call with that number; to none where there is no such call before it."""
        self._respond(content, name, number if number and 0 < number <= len(self._names) else None)

    def _respond(self, content: str, name: str | None, number: int | None) -> None:
        self._check_size(len(self.messages))
        if number in self._open:
            self._open.remove(number)
        self.messages.append(Message("tool", content, answers=number, name=self._names[number - 1] if number else name))

    @staticmethod
    def _check_size(parts: int) -> None:
        if parts > MAX_PARTS:
            raise Refused("too_long", f"more than {MAX_PARTS} messages or calls")

    def repaired(self, repair: str, field_name: str, offset: int = 0) -> None:
        """Note that `repair` was needed at a place."""
        self.repairs.append((repair, f"{field_name} offset {offset}"))

    def finished(self) -> Conversation:
        """Return the conversation. Raises Refused (`no_turns`, `not_unicode`)."""
        if all(message.role == "system" for message in self.messages):
            raise Refused("no_turns", "nobody says anything")
        conversation = Conversation(tuple(self.messages), tuple(self.tools))
        try:
            dumps([[_texts(message) for message in conversation.messages], conversation.tools]).encode()
        except UnicodeEncodeError:
            raise Refused("not_unicode", "half of a surrogate pair stands alone") from None
        return conversation


def _texts(message: Message) -> list[Any]:
    return [message.content, message.name, [[call.name, call.arguments] for call in message.calls]]


def positional(conversation: Conversation) -> bool:
    """Return whether the order alone tells which call each response answers, and no response has a name of its own."""
    draft = Draft()
    for message in conversation.messages:
        if message.calls:
            draft.call(message.content, list(message.calls))
        elif message.role == "tool":
            draft.respond(message.content or "")
    found = [message for message in draft.messages if message.role == "tool"]
    return found == [message for message in conversation.messages if message.role == "tool"]


def call_id(number: int | None) -> str | None:
    """Return the id of the call with that number."""
    return None if number is None else f"call_{number}"


def numbered(conversation: Conversation) -> list[tuple[Message, int]]:
    """Return each message with the number of its first call (or of the next call, where it has none)."""
    numbers, following = [], 1
    for message in conversation.messages:
        numbers.append(following)
        following += len(message.calls)
    return list(zip(conversation.messages, numbers, strict=True))


def to_rows(conversation: Conversation) -> list[dict[str, str | None]]:
    """Return the messages as values of MESSAGE."""
    return [
        {
            "role": message.role,
            "content": message.content,
            "tool_calls": _calls_json(message.calls, first) if message.calls else None,
            "tool_call_id": call_id(message.answers),
            "name": message.name,
        }
        for message, first in numbered(conversation)
    ]


def _calls_json(calls: tuple[Call, ...], first: int) -> str:
    return dumps([{"id": f"call_{number}", "name": call.name, "arguments": call.arguments} for number, call in enumerate(calls, first)])


def from_rows(messages: list[dict[str, str | None]], tools: str) -> Conversation:
    """Return the conversation of a row of tool_conversations: the inverse of `to_rows` and of the column `tools`."""
    return Conversation(tuple(_message(message) for message in messages), tuple(json.loads(tools)))


def _message(row: dict[str, str | None]) -> Message:
    calls = tuple(Call(call["name"], call["arguments"]) for call in json.loads(row["tool_calls"] or "[]"))
    answers = row["tool_call_id"]
    message = Message(str(row["role"]), row["content"], calls, name=row["name"])
    return message if answers is None else replace(message, answers=int(answers.removeprefix("call_")))

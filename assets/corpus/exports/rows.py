"""An example as the formats see it, and why one of them cannot hold it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from assets.conversations import canonical
from assets.conversations.canonical import Conversation, Message

FACTS = ("id", "source", "slice", "language", "license", "group_id", "weight")


class Example(NamedTuple):
    """A chat with what is known about it (FACTS)."""

    facts: dict[str, Any]
    conversation: Conversation


class Written(NamedTuple):
    """A row of a format. `altered` names what was changed in its texts, `noted` what one of its readers will stumble over."""

    row: dict[str, Any]
    altered: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()


class NotHeld(Exception):
    """A format cannot hold a chat; `reason` is counted in the manifest."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def examples(frame: pl.DataFrame) -> Iterator[Example]:
    """Yield the rows of a frame of chatml_splits."""
    for row in frame.select(*FACTS, "messages", "tools").iter_rows(named=True):
        yield Example({name: row[name] for name in FACTS}, canonical.from_rows(row["messages"], row["tools"]))


def system_and_turns(conversation: Conversation) -> tuple[str, list[Message]]:
    """Return (what the system message says, the other messages). Raises NotHeld where a system message is not the first."""
    turns = list(conversation.messages)
    system = turns.pop(0).content or "" if turns[0].role == "system" else ""
    if any(message.role == "system" for message in turns):
        raise NotHeld("system_message_inside")
    return system, turns


def has_tools(conversation: Conversation) -> bool:
    """Return whether there are tools, calls or responses."""
    return bool(conversation.tools) or any(message.calls or message.role == "tool" for message in conversation.messages)


def exchanges(conversation: Conversation) -> tuple[str, list[tuple[str, str]]]:
    """Return (system, [(question, answer), …]) of a chat that is nothing but that. Raises NotHeld."""
    if has_tools(conversation):
        raise NotHeld("tools")
    system, turns = system_and_turns(conversation)
    questions, answers = turns[::2], turns[1::2]
    if any(turn.role != "user" for turn in questions) or any(turn.role != "assistant" for turn in answers):
        raise NotHeld("turns_do_not_alternate")
    if len(questions) != len(answers):
        raise NotHeld("ends_without_answer")
    return system, [(asked.content or "", answered.content or "") for asked, answered in zip(questions, answers, strict=True)]

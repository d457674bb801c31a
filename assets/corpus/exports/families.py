"""Chats as the text that a model family's chat template makes of them (`templates/`), as transformers renders it.

A row is `text` beside its facts. It ends with the family's end of turn, and begins with its first token only where that is asked for.
What one of the family's control tokens could be read from, in any text, argument or tool, gets a zero-width space (`control_tokens`).
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from assets.conversations import inner_json
from assets.conversations.canonical import Conversation, Message, numbered
from assets.conversations.escapes import ZERO_WIDTH_SPACE
from assets.conversations.refusal import Refused
from assets.corpus.exports.chats import template_call
from assets.corpus.exports.rows import Example, NotHeld, Written, exchanges, system_and_turns
from assets.corpus.template import engine

TEMPLATES = Path(__file__).with_name("templates")
CONTROL_TOKENS = "control_tokens"


class Family(NamedTuple):
    """What is particular to a family: its first and last token, what reads as a control token, and what it cannot hold."""

    bos: str
    eos: str
    control: re.Pattern[str]
    check: Callable[[Conversation], None]


def check_llama3(conversation: Conversation) -> None:
    """Raise NotHeld for what Llama 3.1 has no form for: it makes one call at a time, and says nothing beside it."""
    _, turns = system_and_turns(conversation)
    if conversation.tools and turns[0].role != "user":
        raise NotHeld("starts_without_question")
    _check_calls(turns)
    if any(len(message.calls) > 1 for message in turns):
        raise NotHeld("parallel_calls")


def _check_calls(turns: list[Message]) -> None:
    if any(message.calls and message.content for message in turns):
        raise NotHeld("text_beside_calls")


def check_mistral(conversation: Conversation) -> None:
    """Raise NotHeld for what Mistral's V3 format refuses.

    That is another order of turns, text beside calls, and calls and responses that do not match.
    """
    _, turns = system_and_turns(conversation)
    _check_calls(turns)
    pending: set[int] = set()
    expected = "user"
    for message, first in numbered(conversation)[len(conversation.messages) - len(turns) :]:
        if message.role == "tool":
            _check_response(message, pending)
            expected = "assistant"
            continue
        if pending:
            raise NotHeld("calls_without_response")
        if message.role != expected:
            raise NotHeld("turns_do_not_alternate")
        if not (message.calls or (message.content or "").rstrip(" ")):
            raise NotHeld("empty_message")
        pending = set(range(first, first + len(message.calls)))
        expected = "user" if message.role == "assistant" else "assistant"
    if turns[-1].role != "assistant":
        raise NotHeld("ends_without_answer")


def _check_response(message: Message, pending: set[int]) -> None:
    if message.answers not in pending:
        raise NotHeld("response_without_call")
    pending.discard(message.answers)


def check_gemma(conversation: Conversation) -> None:
    """Raise NotHeld for everything but questions and answers in turn: Gemma has no roles and no tokens for tools."""
    exchanges(conversation)


# Mistral's are all control pieces of the V3 vocabulary, and those that later vocabularies add around system prompts, tools and thoughts.
_MISTRAL = (
    r"/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT|THINK)|TOOL_CALLS|TOOL_CONTENT|CALL_ID|ARGS|PREFIX|MIDDLE|SUFFIX"
    r"|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|control_\d{1,4}"
)
_GEMMA = r"bos|eos|pad|unk|mask|2mass|start_of_turn|end_of_turn|start_of_image|end_of_image|image_soft_token|unused\d{1,4}"
FAMILIES = {
    "llama3": Family("<|begin_of_text|>", "<|eot_id|>", re.compile(r"<(?=\|[^\s<>|]{1,64}\|>)"), check_llama3),
    "mistral": Family("<s>", "</s>", re.compile(rf"<(?=(?:/?s|unk|pad)>)|\[(?=(?:{_MISTRAL})\])"), check_mistral),
    "gemma": Family("<bos>", "<eos>", re.compile(rf"<(?=(?:{_GEMMA})>)|\[(?=@BOS@\])"), check_gemma),
}


def to_text(example: Example, name: str, with_bos: bool = False) -> Written:
    """Return the row of an example in the family `name`. Raises NotHeld."""
    family = FAMILIES[name]
    family.check(example.conversation)
    messages = [_message(message, first) for message, first in numbered(example.conversation)]
    given = {"messages": messages, "tools": list(example.conversation.tools)}
    has_tokens = bool(family.control.search(inner_json.dumps(given)))  # looked for at once: few rows have some
    hidden = _mapped(given, family.control) if has_tokens else given
    text = render(name, hidden["messages"], hidden["tools"], family.bos if with_bos else "")
    return Written({**example.facts, "text": text}, (CONTROL_TOKENS,) if has_tokens else ())


def _message(message: Message, first: int) -> dict[str, Any]:
    """Return a message as the templates take it; trailing spaces of an answer go, as mistral-common and the others' `trim` have it."""
    content = message.content or ""
    said: dict[str, Any] = {"role": message.role, "content": content.rstrip(" ") if message.role == "assistant" else content}
    if message.calls:
        said["tool_calls"] = [template_call(call, _nine(number)) for number, call in enumerate(message.calls, first)]
    if message.role == "tool":
        said |= {"tool_call_id": _nine(message.answers), "value": _value(content)}
    return said


def _nine(number: int | None) -> str | None:
    """Return the id of a call in the nine letters and digits that Mistral wants."""
    return None if number is None else f"call{number:05d}"


def _value(content: str) -> Any:
    """Return a response as the JSON value that it is, else as it stands; an empty one is {}, as in mistral-common."""
    try:
        return inner_json.loads(content) if content else {}
    except Refused:
        return content


def _mapped(value: Any, control: re.Pattern[str]) -> Any:
    """Return a JSON value whose strings and keys hold no control token."""
    if isinstance(value, str):
        return control.sub(lambda found: found[0] + ZERO_WIDTH_SPACE, value)
    if isinstance(value, dict):
        mapped = {_mapped(key, control): _mapped(item, control) for key, item in value.items()}
        if len(mapped) < len(value):  # two keys that differ in nothing but the space
            raise NotHeld("control_tokens_in_keys")
        return mapped
    return [_mapped(item, control) for item in value] if isinstance(value, list) else value


def render(name: str, messages: list[dict[str, Any]], tools: list[Any], bos: str = "") -> str:
    """Return what the template of the family `name` makes of messages and tools."""
    given = {"messages": messages, "tools": tools or None, "bos_token": bos, "eos_token": FAMILIES[name].eos}
    text, _ = engine.compiled(_source(name)).render(**given, documents=None, add_generation_prompt=False)
    return text


@cache
def _source(name: str) -> str:
    return (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8").rstrip("\n")

"""Chats as JSON: one function per format, from an example to a row. Each raises NotHeld for what its format cannot hold."""

from typing import Any

from assets.conversations import openai, sharegpt
from assets.conversations.canonical import Call, Conversation, Message, call_id, numbered
from assets.conversations.escapes import hide_tags
from assets.conversations.inner_json import dumps
from assets.corpus.exports.rows import Example, NotHeld, Written, exchanges

HIDDEN_TAGS = "hermes_tags_hidden"  # what `openai` and `sharegpt` do, so that `formats.read` takes their rows for what they are
# What pandas, which reads CSV for datasets, takes for a missing value (pandas.read_csv, na_values), quoted or not.
_MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN"}
    | {"None", "n/a", "nan", "null"}
)


def to_openai(example: Example) -> Written:
    """OpenAI's form: `messages`, whose calls carry their arguments as JSON text, and `tools` where there are some.

    It has no other field, because the API refuses unknown ones; the ids of the rows stand in `<split>.ids.txt`, line by line.
    `assets.conversations.formats.read` gives back the same conversation.
    """
    row = openai.render(example.conversation)
    if not row["tools"]:
        del row["tools"]
    return Written(row, _hidden(example.conversation))


def to_sharegpt(example: Example) -> Written:
    """ShareGPT as LLaMA-Factory documents it: conversations of from and value, tools as JSON text, empty where there are none.

    `formats.read` gives back the same conversation. Noted is what LLaMA-Factory skips: turns that do not alternate (parallel calls have
    several responses in a row), or a chat that does not end with an answer.
    """
    row = sharegpt.render(example.conversation)
    tools = row["tools"] if example.conversation.tools else ""
    skipped = ("llama_factory_skips_it",) if _is_skipped([turn["from"] for turn in row["conversations"]]) else ()
    return Written({**example.facts, "conversations": row["conversations"], "tools": tools}, _hidden(example.conversation), skipped)


def _is_skipped(names: list[str]) -> bool:
    """Return whether LLaMA-Factory's rule does not hold: human and observation in odd places, gpt and function_call in even ones."""
    turns = names[1:] if names[0] == "system" else names
    odd, even = set(turns[::2]), set(turns[1::2])
    return len(turns) % 2 == 1 or not odd <= {"human", "observation"} or not even <= {"gpt", "function_call"}


def _hidden(conversation: Conversation) -> tuple[str, ...]:
    texts = [message.content or "" for message in conversation.messages]
    return (HIDDEN_TAGS,) if any(hide_tags(text) != text for text in texts) else ()


def to_chatml(example: Example) -> Written:
    """Messages as transformers' chat templates and TRL take them: arguments as objects, no field that is null, tools as JSON text.

    TRL reads the text of `tools`; as a column of objects, Arrow would give every schema the fields of all others.
    """
    messages = [_message(message, first) for message, first in numbered(example.conversation)]
    return Written({**example.facts, "messages": messages, "tools": dumps(list(example.conversation.tools))})


def _message(message: Message, first: int) -> dict[str, Any]:
    """Return a message; one with calls and no text says "", because some templates add its content to another text."""
    said: dict[str, Any] = {"role": message.role, "content": message.content or ""}
    if message.calls:
        said["tool_calls"] = [template_call(call, call_id(number)) for number, call in enumerate(message.calls, first)]
    if message.role == "tool":
        said |= {} if message.answers is None else {"tool_call_id": call_id(message.answers)}
        said |= {} if message.name is None else {"name": message.name}
    return said


def template_call(call: Call, known: str | None) -> dict[str, Any]:
    """Return a call with the id `known` as chat templates take it."""
    return {"id": known, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def to_alpaca(example: Example) -> Written:
    """Alpaca with LLaMA-Factory's `system` and `history`: the last question and answer, and the earlier ones before them.

    Its loss is on the answers of the history too. Chats with tools, and those that do not alternate, are not held.
    """
    system, pairs = exchanges(example.conversation)
    question, answer = pairs[-1]
    row = {"instruction": question, "input": "", "output": answer, "system": system, "history": [list(pair) for pair in pairs[:-1]]}
    return Written({**example.facts, **row})


def to_csv(example: Example) -> Written:
    """One question (`prompt`) and one answer (`completion`), as TRL names them, with `system` beside them.

    Chats with several questions or with tools are not held, nor a text that readers of CSV change: NUL, and words that they take for a
    missing value ("None", "NA" …).
    """
    system, pairs = exchanges(example.conversation)
    if len(pairs) > 1:
        raise NotHeld("several_questions")
    row = {"system": system, "prompt": pairs[0][0], "completion": pairs[0][1]}
    if any("\0" in text for text in row.values()):
        raise NotHeld("nul_character")
    if {row["prompt"], row["completion"]} & _MISSING:
        raise NotHeld("reads_as_missing")
    return Written({**example.facts, **row})

"""A snapshot's rows with everything that a format may trip over: several turns, tools in all their orders, control tokens, odd texts."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from assets import passport
from assets.conversations import canonical
from assets.conversations.canonical import Call, Conversation, Draft
from assets.corpus.exports.rows import FACTS, Example
from assets.corpus.splits import assignment

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a place",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}
CLOCK = {
    "type": "function",
    "function": {"name": "clock", "parameters": {"type": "object", "properties": {"zone": {"type": ["string", "null"]}}}},
}


def talk(*said: tuple[str, str], tools: tuple[dict[str, Any], ...] = ()) -> Conversation:
    """Return a conversation of (role, text); the roles `call` and `calls` make a call of the weather, or one and one of the clock."""
    draft = Draft(tools=list(tools))
    for role, text in said:
        if role == "call":
            draft.call(None, [Call("weather", {"place": text})])
        elif role == "calls":
            draft.call(None, [Call("weather", {"place": text}), Call("clock", {"zone": None})])
        elif role == "tool":
            draft.respond(text)
        else:
            draft.say(role, text)
    return draft.finished()


CONVERSATIONS = {
    "single": talk(("system", "Be brief."), ("user", "What does f do?"), ("assistant", "It adds 1.")),
    "no_system": talk(("user", "Sum?\n\n```python\na, b\n```"), ("assistant", ' "a" + b,\r\nthen\tc ')),
    "several": talk(("system", "S"), ("user", "q1"), ("assistant", "a1"), ("user", "q2"), ("assistant", "a2")),
    "one_call": talk(
        ("system", "S"), ("user", "Rain?"), ("call", "Bergen"), ("tool", '{"rain": true}'), ("assistant", "Yes."), tools=(WEATHER,)
    ),
    "parallel": talk(
        ("user", "Rain, and when?"), ("calls", "Oslo"), ("tool", "dry"), ("tool", "12"), ("assistant", "Dry at 12."), tools=(WEATHER, CLOCK)
    ),
    "unused_tools": talk(("user", "Hello"), ("assistant", "Hello!"), tools=(CLOCK,)),
    "control": talk(("user", "Is <s>[INST]x[/INST]</s> or <start_of_turn>model or <|eot_id|> text?"), ("assistant", "</s> is text.")),
    "missing": talk(("user", "What does it return?"), ("assistant", "None")),
    "no_answer": talk(("user", "Anybody?"), ("user", "Hello?")),
    "tags": talk(("user", "What is <tool_call>?"), ("assistant", "A tag of <tools>.\u2028Next \x85 line, é 😀")),
}


def example(conversation: Conversation, **facts: Any) -> Example:
    """Return an example of a conversation, with facts of no interest where none are given."""
    known = {"id": "0" * 32, "source": "code_qa", "slice": None, "language": "Python", "license": "MIT", "group_id": "g", "weight": 1.0}
    return Example({name: facts.get(name, known[name]) for name in FACTS}, conversation)


def frame(conversations: dict[str, Conversation], copies: int = 1) -> pl.DataFrame:
    """Return rows of chatml_splits: each conversation in train `copies` times, and once more in validation."""
    rows = []
    for name, conversation in conversations.items():
        for copy in range(copies + 1):
            known = passport.row_id("chat_examples", name, str(copy))
            rows.append(
                {
                    "id": known,
                    "parent_ids": [passport.row_id("parent", known)],
                    "split": "train" if copy < copies else "validation",
                    "group_id": f"repository:{name}",
                    "source": "tool_conversation" if conversation.tools else "code_qa",
                    "slice": "single" if conversation.tools else None,
                    "language": None if conversation.tools else "Python",
                    "license": "Apache-2.0" if conversation.tools else "MIT",
                    "messages": canonical.to_rows(conversation),
                    "tools": json.dumps(list(conversation.tools), ensure_ascii=False),
                    "weight": 0.5,
                    "n_tokens": 100,
                    "n_answer_tokens": 10,
                }
            )
    return pl.DataFrame(rows, schema=assignment.SCHEMA).sample(fraction=1, shuffle=True, seed=1)


def write(rows: pl.DataFrame, folder: Path, n_files: int = 3) -> list[Path]:
    """Write rows as the shards of a snapshot; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-rows.height // n_files)
    files = [folder / f"part-{number:05d}.parquet" for number in range(n_files)]
    for number, file in enumerate(files):
        rows.slice(number * size, size).write_parquet(file)
    return files


def by_id(rows: pl.DataFrame) -> dict[str, Conversation]:
    """Return the conversations of rows."""
    return {row["id"]: canonical.from_rows(row["messages"], row["tools"]) for row in rows.iter_rows(named=True)}

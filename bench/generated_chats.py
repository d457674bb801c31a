"""Generated chats and pairs for the benchmarks: each depends on its number alone."""

import json
import random
from typing import Any

import polars as pl
from pydantic import BaseModel

from assets import ledger, passport
from assets.corpus import chat, questions

_SOURCES = {"code_qa": 50, "document_qa": 20, "review_comment": 10, "tool_conversation": 20}
_ASKED = {"code_qa": "code", "document_qa": "document"}
_LETTERS = random.Random(0)
_WORDS = ["".join(_LETTERS.choices("etaoinshrdlucmfwypvbgk", k=_LETTERS.randint(2, 9))) for _ in range(20_000)]
_PHRASES = [_LETTERS.choices(_WORDS, k=_LETTERS.randint(4, 14)) for _ in range(400)]


class Nothing(BaseModel, frozen=True):
    """No settings."""


def generate(numbers: pl.DataFrame, _: Nothing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chat_examples with `numbers` that are no questions; each depends on its number alone."""
    made = [_chat(number) for number in numbers["number"].to_list()]
    return pl.DataFrame([row for row in made if row["source"] not in _ASKED], schema=chat.SCHEMA), ledger.empty()


def generate_pairs(numbers: pl.DataFrame, _: Nothing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the qa_pairs with `numbers`."""
    made = [_chat(number) for number in numbers["number"].to_list()]
    return pl.DataFrame([_pair(row) for row in made if row["source"] in _ASKED], schema=questions.SCHEMA), ledger.empty()


def _pair(row: dict[str, Any]) -> dict[str, Any]:
    said = {message["role"]: message["content"] for message in row["messages"]}
    about = {"repository": row["group_keys"][0].partition(":")[2], "path": "a.py", "language": row["language"], "license": "MIT"}
    asked = {"question": said["user"], "answer": said["assistant"], "shape": row["slice"], "generator": "docstring", "turn": 0}
    named = {"id": row["id"], "dialogue": row["id"], "parent_ids": row["parent_ids"], "kind": _ASKED[row["source"]]}
    return dict.fromkeys(questions.SCHEMA) | about | asked | named | {"span_start": 0, "span_end": 1}


def _chat(number: int) -> dict[str, Any]:
    draw = random.Random(number)
    fate = draw.random()
    told = _words(number if fate > 0.12 else draw.randrange(number + 1))
    if 0.02 < fate <= 0.12:
        for _ in range(len(told) // draw.choice((100, 40, 20, 12))):
            told[draw.randrange(len(told))] = draw.choice(_WORDS)
    (source,) = draw.choices(list(_SOURCES), list(_SOURCES.values()))
    asked, said = " ".join(told[: len(told) // 4]), " ".join(told[len(told) // 4 :])
    keys = {
        "code_qa": [f"repository:r{int(draw.paretovariate(0.8))}"],
        "document_qa": [f"document:d{draw.randrange(20_000)}"],
        "review_comment": [f"repository:p{draw.randrange(500)}", f"pull_request:p{draw.randrange(500)}#{draw.randrange(99)}"],
        "tool_conversation": [f"conversation:{number // 3 if draw.random() < 0.3 else number}"],
    }
    messages = [_message("system", "You are an assistant."), _message("user", asked + "?"), _message("assistant", said + ".")]
    if source == "tool_conversation":
        call: dict[str, Any] = {"id": "call_1", "name": draw.choice(_WORDS), "arguments": {word: draw.choice(_WORDS) for word in told[:3]}}
        result = _message("tool", json.dumps({"status": "ok", "items": told[3:12]}), tool_call_id="call_1", name=call["name"])
        messages[2:2] = [_message("assistant", None, tool_calls=json.dumps([call])), result]
    return {
        "id": passport.row_id("bench", str(number)), "parent_ids": [passport.row_id("parent", str(number))], "source": source,
        "slice": draw.choice(("what", "why")), "language": draw.choice(("Python", "Java")) if source == "code_qa" else None,
        "group_keys": keys[source], "license": "MIT", "messages": messages, "tools": "[]", "weight": 1.0,
    }  # fmt: skip


def _words(number: int) -> list[str]:
    draw = random.Random(f"text {number}")
    told = draw.choices(_WORDS, k=draw.randint(40, 110))
    for _ in range(draw.randint(0, 3)):
        told[draw.randrange(len(told)) :] += draw.choice(_PHRASES)
    return told


def _message(role: str, content: str | None, **more: str) -> dict[str, str | None]:
    return dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name")) | {"role": role, "content": content} | more

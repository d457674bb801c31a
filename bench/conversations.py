"""From a file of the size of Glaive's data to tool_conversations and chats, on one core: `python -m bench.conversations [rows]`.

The rows are generated in Glaive's envelope: several tools in a prompt, calls with and without text, single-quoted arguments that hold
apostrophes, errors, chats without calls, addresses, some that need a repair and some that end in the ledger. Seconds are of the processor.
"""

import json
import random
import sys
import time
from typing import Any

import polars as pl

from assets.conversations.chats import ConversationChatSettings, to_conversation_chats
from assets.conversations.conversion import RAW_SCHEMA, ConversationSettings, to_tool_conversations
from assets.conversations.redacting import ConversationRedactionSettings, redact_conversations
from assets.conversations.similarity import SimilaritySettings, clusters, fingerprint_conversations

ROWS = 34_000
GOAL_S = 60.0
_CITIES = [
    "Paris",
    "Lima",
    "Oslo",
    "Accra",
    "Quito",
    "Delhi",
    "Tunis",
    "Bergen",
    "Porto",
    "Hanoi",
    "Leeds",
    "Malmö",
    "Graz",
    "Turku",
    "Ghent",
    "Basel",
    "Split",
    "Cork",
    "Nice",
    "Bath",
]
_VERBS = [
    "find",
    "book",
    "convert",
    "plan",
    "track",
    "compare",
    "rate",
    "translate",
    "schedule",
    "cancel",
    "price",
    "list",
    "check",
    "order",
    "measure",
    "count",
]
_THINGS = [
    "flight",
    "recipe",
    "currency",
    "meeting",
    "parcel",
    "hotel",
    "movie",
    "text",
    "taxi",
    "invoice",
    "stock",
    "song",
    "map",
    "ticket",
    "lesson",
    "plant",
]
_TYPES = ("string", "integer", "number", "boolean")


def rows(count: int, seed: int = 0) -> pl.DataFrame:
    """Return `count` rows of raw_conversations, the same for the same seed."""
    draw = random.Random(seed)
    payloads = [json.dumps(_payload(draw), ensure_ascii=False) for _ in range(count)]
    payloads[::20] = [text.replace("it's urgent", f"mail me at {_address(at)}") for at, text in enumerate(payloads[::20])]
    columns: dict[str, Any] = {
        "id": [f"{number:032x}" for number in range(count)],
        "parent_ids": [[]] * count,
        "source": ["generated"] * count,
        "revision": [None] * count,
        "row_number": range(count),
        "license": ["Apache-2.0"] * count,
        "payload": payloads,
    }
    return pl.DataFrame(columns, schema=RAW_SCHEMA)


def _address(number: int) -> str:
    return "@".join([f"{_CITIES[number % 20].lower()}.desk", f"{_THINGS[number % 16]}-harbour.io"])


def _payload(draw: random.Random) -> dict[str, str]:
    tools = [_tool(draw) for _ in range(draw.choice((0, 1, 1, 2)))]
    declared = "".join(f"{json.dumps(tool, indent=4)}\n\n" for tool in tools)
    prompt = "functions. Use them if required -\n" if tools else "no functions.\n"
    turns = [_turn(draw, tools) for _ in range(draw.choice((1, 2, 2, 3, 4, 6)))]
    return {"system": f"SYSTEM: You are a helpful assistant with access to the following {prompt}{declared}", "chat": "".join(turns)}


def _tool(draw: random.Random) -> dict[str, Any]:
    names = draw.sample(_THINGS, draw.randint(1, 4))
    properties = {name: {"type": draw.choice(_TYPES), "description": f"The {name} to {draw.choice(_VERBS)}"} for name in names}
    parameters = {"type": "object", "properties": properties, "required": names[:1]}
    name = f"{draw.choice(_VERBS)}_{names[0]}"
    return {"name": name, "description": f"{name.replace('_', ' the ')} for somebody's trip", "parameters": parameters}


def _turn(draw: random.Random, tools: list[dict[str, Any]]) -> str:
    verb, thing, city = draw.choice(_VERBS), draw.choice(_THINGS), draw.choice(_CITIES)
    asked = f"USER: Hello, can you {verb} a {thing} near {city}? I've {draw.randint(2, 999)} of them, and it's urgent.\n\n\n"
    words = " ".join(draw.choices(_CITIES + _VERBS + _THINGS, k=draw.randint(20, 120)))
    answered = f"ASSISTANT: Here's what I found about the {thing}: {words}. <|endoftext|>\n\n\n"
    return asked + (_called(draw, draw.choice(tools), city) if tools and draw.random() < 0.6 else "") + answered


def _called(draw: random.Random, tool: dict[str, Any], city: str) -> str:
    drawn = {"string": f"{city}'s best", "integer": draw.randint(1, 99), "number": draw.random() * 100, "boolean": draw.random() < 0.5}
    values = {name: drawn[described["type"]] for name, described in tool["parameters"]["properties"].items()}
    arguments, chance = json.dumps(values, ensure_ascii=False), draw.random()
    if chance < 0.02:
        arguments = arguments.replace("'", "\\'")
    elif chance < 0.03:
        arguments = arguments.replace('":', "=")
    response = {"error": "not found"} if draw.random() < 0.1 else {"status": "success", "near": city, "items": draw.sample(_THINGS, 3)}
    call = f'<functioncall> {{"name": "{tool["name"]}", "arguments": \'{arguments}\'}}'
    return f"ASSISTANT: {call} <|endoftext|>\n\n\nFUNCTION RESPONSE: {json.dumps(response)}\n\n\n"


def main(count: int = ROWS) -> list[dict[str, Any]]:
    """Print and return the rows of the table."""
    raw = rows(count)
    to_tool_conversations(raw.head(10), ConversationSettings())  # imports
    started = time.process_time()
    kept, ledger = to_tool_conversations(raw, ConversationSettings())
    converted = time.process_time() - started
    redact_conversations(kept.head(10), ConversationRedactionSettings())  # compiled rules
    started = time.process_time()
    clean, changes = redact_conversations(kept, ConversationRedactionSettings())
    redacted = time.process_time() - started
    started = time.process_time()
    narrow, _ = fingerprint_conversations(clean, SimilaritySettings())
    printed = time.process_time() - started
    clusters(narrow.head(10), SimilaritySettings())  # compiled kernels
    started = time.process_time()
    found = clusters(narrow, SimilaritySettings())
    clustered = time.process_time() - started
    started = time.process_time()
    chats, notes = to_conversation_chats(clean, ConversationChatSettings(), found)
    chatted = time.process_time() - started
    megabytes = raw["payload"].str.len_bytes().sum() / 1e6
    dropped = ledger.filter(pl.col("action") == "dropped").height
    what = f"{count:,} rows, {megabytes:.0f} MB; {kept.height:,} kept, {dropped} in the ledger, {kept['repaired'].sum()} repaired"
    table = [
        _row("to_tool_conversations", what, converted, GOAL_S * count / ROWS),
        _row("redact_conversations", f"{kept.height:,} conversations, {changes.height} places replaced", redacted, None),
        _row("conversation fingerprints", f"{kept.height:,} conversations", printed, None),
        _row("conversation clusters", f"{kept.height:,} conversations, {found['cluster_id'].n_unique():,} clusters", clustered, None),
        _row("to_conversation_chats", f"{chats.height:,} chats, {notes.height} in the ledger", chatted, None),
    ]
    for row in table:
        print(row, flush=True)
    return table


def _row(stage: str, what: str, seconds: float, goal: float | None) -> dict[str, Any]:
    known = {"stage": stage, "what": what, "peer_version": None, "ours": round(seconds, 1), "peer": None, "ratio": None}
    return {**known, "goal": goal, "unit": "seconds on a core"}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)

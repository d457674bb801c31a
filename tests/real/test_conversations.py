"""Published conversations: five rows as Glaive published them, and two hundred that were converted to ShareGPT."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import passport
from assets.conversations import formats
from assets.conversations.canonical import from_rows
from assets.conversations.conversion import RAW_SCHEMA, ConversationSettings, to_tool_conversations

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "conversations"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs the shared data")
ROLES = {"human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "tool"}


def published() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / "glaive_raw_5.jsonl").read_text(encoding="utf-8").splitlines()]


def converted() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((FOLDER / "glaive_toolcall_en_demo_first200.json").read_text(encoding="utf-8"))
    return rows


def kept(payloads: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [(passport.row_id("r", str(at)), [], "s", None, at, None, json.dumps(payload)) for at, payload in enumerate(payloads)]
    found, notes = to_tool_conversations(pl.DataFrame(rows, schema=RAW_SCHEMA, orient="row"), ConversationSettings())
    assert found.height == len(payloads) and notes.height == 0
    return found


def test_published_rows() -> None:
    rows = kept(published())
    names = [[tool["function"]["name"] for tool in json.loads(tools)] for tools in rows["tools"]]
    assert names == [
        ["get_exchange_rate"],
        ["get_news_headlines"],
        ["generate_password", "create_task"],
        ["generate_password"],
        ["calculate_median"],
    ]
    calls = [
        [(call["name"], call["arguments"]) for message in messages if message["tool_calls"] for call in json.loads(message["tool_calls"])]
        for messages in rows["messages"]
    ]
    assert calls == [
        [],
        [("get_news_headlines", {"country": "United States"}), ("get_news_headlines", {"country": "France"})],
        [("generate_password", {"length": 12, "include_symbols": True})],
        [("generate_password", {"length": 12, "include_numbers": True, "include_special_characters": True})],
        [("calculate_median", {"numbers": [5, 2, 9, 1, 7, 4, 6, 3, 8]})],
    ]
    assert rows["n_turns"].to_list() == [1, 2, 2, 2, 2] and rows["invalid_arguments"].sum() == 0 and not rows["orphan_call"].any()
    assert [
        formats.render(from_rows(messages, tools), "glaive") for messages, tools in rows.select("messages", "tools").iter_rows()
    ] == published()


def test_converted_rows_lose_nothing() -> None:
    rows = kept(converted())
    for payload, messages, tools in zip(converted(), rows["messages"], rows["tools"], strict=True):
        turns = payload["conversations"]
        assert [message["role"] for message in messages] == [ROLES[turn["from"]] for turn in turns]
        for turn, message in zip(turns, messages, strict=True):
            if turn["from"] == "function_call":
                call = json.loads(message["tool_calls"])[0]
                assert {name: call[name] for name in ("name", "arguments")} == json.loads(turn["value"])
            else:
                assert message["content"] == turn["value"]
        assert [tool["function"] for tool in json.loads(tools)] == json.loads(payload["tools"] or "[]")


@pytest.mark.parametrize("name", formats.RENDERED)
def test_all_rows_come_back_through_every_form(name: str) -> None:
    for payload in published() + converted():
        _, conversation, _ = formats.read(payload)
        _, found, repairs = formats.read(json.loads(json.dumps(formats.render(conversation, name))))
        assert found == conversation and not repairs

"""The stage: every row in the canonical form or in the ledger, and described rightly."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger, passport, validation
from assets.conversations.conversion import RAW_SCHEMA, SCHEMA, ConversationSettings, to_tool_conversations
from assets.conversations.features import is_error
from tests.assets.conversations.random_conversations import MARKS

SETTINGS = ConversationSettings()
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}
Message = dict[str, Any]


def raw(*payloads: Any) -> pl.DataFrame:
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    rows = [(passport.row_id("raw", str(at)), [], "s", None, at, "MIT", text) for at, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=RAW_SCHEMA, orient="row")


def user(text: str = "x") -> Message:
    return {"role": "user", "content": text}


def asks(*arguments: Any, name: str = "f") -> Message:
    calls = [{"id": f"i{at}", "function": {"name": name, "arguments": json.dumps(given)}} for at, given in enumerate(arguments)]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def answers(text: str = "1") -> Message:
    return {"role": "tool", "content": text}


SAYS = {"role": "assistant", "content": "y"}


def described(*messages: Message) -> dict[str, Any]:
    kept, notes = to_tool_conversations(raw({"messages": messages, "tools": [TOOL]}), SETTINGS)
    assert kept.height == 1 and notes.height == 0
    return kept.row(0, named=True)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((user(), SAYS), {"complexity": "none", "n_turns": 1, "n_calls": 0, "turn_bucket": "1", "call_bucket": "0", "ends_on_user": False}),
        ((SAYS,), {"n_turns": 0, "turn_bucket": "0"}),
        ((user(), SAYS, user()), {"n_turns": 2, "turn_bucket": "2-3", "ends_on_user": True}),
        ((user(), SAYS) * 4, {"turn_bucket": "4-5"}),
        ((user(), SAYS) * 6, {"turn_bucket": "6+"}),
        ((user(), asks({"a": 1}), answers(), SAYS), {"complexity": "simple", "n_calls": 1, "call_bucket": "1", "parallel": False}),
        ((user(), asks({"a": 1, "b": 2, "c": 3})), {"complexity": "moderate", "invalid_arguments": 0}),
        ((user(), asks({}), answers(), asks({}), answers()), {"complexity": "complex", "parallel": False, "call_bucket": "2-3"}),
        ((user(), asks({}, {})), {"complexity": "complex", "parallel": True}),
        ((user(), asks({}, {}, {}, {})), {"call_bucket": "4+"}),
        ((user(), asks({"a": "1"}), answers(), asks([1])), {"complexity": "malformed", "invalid_arguments": 2, "orphan_call": False}),
        ((user(), asks({}, name="g")), {"orphan_call": True, "complexity": "simple", "unchecked_arguments": 1, "tools_defined": 1}),
        ((user(), asks({}), answers('{"error": "no"}'), SAYS), {"error_handling": True, "conditional_error": False}),
        ((user(), asks({}), answers('{"error": "no"}'), asks({}), answers(), SAYS), {"error_handling": True, "conditional_error": True}),
        ((user(), asks({}), answers('{"error": "no"}'), SAYS, user(), asks({})), {"error_handling": True, "conditional_error": False}),
        ((user(), asks({}), answers('{"error": "no"}')), {"error_handling": False, "conditional_error": False}),
        ((user(), asks({}), answers('{"error": null}'), SAYS), {"error_handling": False}),
    ],
)
def test_features(messages: tuple[Message, ...], expected: dict[str, Any]) -> None:
    found = described(*messages)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "text", ['{"success": false}', '{"status": "Failed"}', '{"errors": ["x"]}', "Error: no", "Traceback (most", '"error: x"']
)
def test_errors(text: str) -> None:
    assert is_error(text)


@pytest.mark.parametrize("text", ["", "[1]", "terror", '{"status": "success", "error": ""}', '{"errors": []}', "[" * 5000, "1" * 5000])
def test_no_errors(text: str) -> None:
    assert not is_error(text)


def test_columns_and_passport() -> None:
    rows = raw({"messages": [{"role": "system", "content": "S"}, user(), asks({"a": 1}), answers()], "tools": [TOOL]})
    kept, _ = to_tool_conversations(rows, SETTINGS)
    row = kept.row(0, named=True)
    assert (
        kept.schema == SCHEMA and row["parent_ids"] == [rows["id"][0]] and row["id"] == passport.row_id("tool_conversations", rows["id"][0])
    )
    assert (row["source"], row["license"], row["format"], json.loads(row["tools"])) == ("s", "MIT", "openai", [TOOL])
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant", "tool"]
    assert json.loads(row["messages"][2]["tool_calls"]) == [{"id": "call_1", "name": "f", "arguments": {"a": 1}}]
    assert row["messages"][3] == {"role": "tool", "content": "1", "tool_calls": None, "tool_call_id": "call_1", "name": "f"}


def test_dropped_and_repaired_rows_say_why_and_where() -> None:
    call = '<functioncall> {"name": "f", "arguments": \'%s\'}'
    chats = [f"USER: x\n\n\nASSISTANT: {call % arguments} <|endoftext|>" for arguments in ("{'a': 'b'}}", "{'a': 'it's'}")]
    rows = raw(*({"system": "SYSTEM: x", "chat": chat} for chat in chats), "{", '{"a": NaN}', {"messages": []}, {"text": "secret"})
    kept, notes = to_tool_conversations(rows, SETTINGS)
    assert kept.height == 1 and kept["repaired"].item() and kept["repairs"].to_list() == [["single_quotes", "trailing_text"]]
    assert notes.schema == ledger.SCHEMA
    assert notes.select("row_id", "rule", "action").rows() == [
        (rows["id"][1], "broken_arguments", "dropped"),
        (rows["id"][2], "not_json", "dropped"),
        (rows["id"][3], "not_json", "dropped"),
        (rows["id"][4], "no_turns", "dropped"),
        (rows["id"][5], "unknown_format", "dropped"),
        (rows["id"][0], "single_quotes", "altered"),
        (rows["id"][0], "trailing_text", "altered"),
    ]
    offset = chats[1].index("'a'")
    assert notes["detail"][0] == f"chat offset {offset}: Expecting property name enclosed in double quotes"
    assert notes["detail"][2] == "payload offset 6: NaN is not JSON" and "secret" not in str(notes.rows())


def test_nothing_in_nothing_out() -> None:
    kept, notes = to_tool_conversations(raw(), SETTINGS)
    assert kept.schema == SCHEMA and notes.schema == ledger.SCHEMA and kept.height == notes.height == 0


texts = st.lists(st.sampled_from(MARKS), max_size=4).map("".join)
leaves = (
    texts
    | st.sampled_from(["system", "user", "gpt", "assistant", "function_call", "tool", "{}", '{"name": "f"}'])
    | st.none()
    | st.just(1.5)
)
keys = st.sampled_from(["role", "from", "value", "content", "tool_calls", "function", "name", "arguments", "parameters", "type"])
anything = st.recursive(leaves, lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=2), max_leaves=5)
turns = st.lists(st.dictionaries(keys, anything, max_size=3) | anything, max_size=3)
columns = st.sampled_from(["system", "chat", "conversations", "messages", "tools", "functions", "query", "answers", "tool_responses"])


@settings(deadline=None, max_examples=100)
@given(payloads=st.lists(st.dictionaries(columns, turns | anything, max_size=4), min_size=1, max_size=3))
def test_any_row_is_kept_or_in_the_ledger(payloads: list[Any]) -> None:
    rows = raw(*payloads)
    kept, notes = to_tool_conversations(rows, SETTINGS)
    dropped = notes.filter(pl.col("action") == "dropped")["row_id"]
    assert sorted([*kept["parent_ids"].explode(), *dropped]) == sorted(rows["id"])


def test_contracts_hold() -> None:
    rows = raw({"messages": [user(), asks({"a": 1}, {"a": "1"}), answers(), SAYS], "tools": [TOOL]}, {"system": "", "chat": "USER: x"})
    kept, _ = to_tool_conversations(rows, SETTINGS)
    for name, frame in (("RawConversations", rows), ("ToolConversations", kept)):
        found, _ = validation.validate(frame, validation.settings_for(f"assets.conversations.schema:{name}"))
        assert found.rows() == [], name

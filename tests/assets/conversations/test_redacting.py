"""Redaction of conversations: nothing is left, JSON stays JSON, and calls stay what their responses and tools are about."""

import json
import time
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger, passport, validation
from assets.conversations import canonical
from assets.conversations.conversion import RAW_SCHEMA, SCHEMA, ConversationSettings, to_tool_conversations
from assets.conversations.redacting import ConversationRedactionSettings, left_in_conversations, redact_conversations
from tests.assets.conversations.random_conversations import MARKS, conversations

SETTINGS = ConversationRedactionSettings()
ADDRESS = "@".join(["jane.porter", "harbourline-tools.io"])
TOKEN = "ghp_" + "a8Kd03LxQz" * 2 + "Zr7Pm1Vt5Wc9Yb2N"
PHONE = "+1 " + "-".join(["415", "867", "2398"])


def tool(**properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": sorted(properties)}
    return {"type": "function", "function": {"name": "invite", "description": f"Ask {ADDRESS} about it", "parameters": parameters}}


def call(**arguments: Any) -> dict[str, Any]:
    asked = {"id": "x", "function": {"name": "invite", "arguments": json.dumps(arguments)}}
    return {"role": "assistant", "content": None, "tool_calls": [asked]}


def rows(*payloads: dict[str, Any]) -> pl.DataFrame:
    raw = [(passport.row_id("raw", str(at)), [], "s", None, at, "MIT", json.dumps(payload)) for at, payload in enumerate(payloads)]
    kept, notes = to_tool_conversations(pl.DataFrame(raw, schema=RAW_SCHEMA, orient="row"), ConversationSettings())
    assert kept.height == len(payloads) and not notes.height
    return kept


def chat(asked: str, arguments: dict[str, Any], response: str, **properties: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": asked}, call(**arguments), {"role": "tool", "content": response}]
    return {"messages": [*said, {"role": "assistant", "content": "Done."}], "tools": [tool(**properties or {"to": {"type": "string"}})]}


def test_a_value_has_one_replacement_wherever_it_stands() -> None:
    source = rows(chat(f"Invite {ADDRESS}, please", {"to": ADDRESS}, json.dumps({"sent": [ADDRESS]})), chat("x", {"to": ADDRESS}, "ok"))
    kept, notes = redact_conversations(source, SETTINGS)
    assert kept.schema == SCHEMA and ADDRESS not in str(kept.rows()) + str(notes.rows())
    first, second = kept["messages"].to_list()
    arguments = json.loads(first[1]["tool_calls"])[0]["arguments"]
    new = arguments["to"]
    assert first[0]["content"] == f"Invite {new}, please" and json.loads(first[2]["content"]) == {"sent": [new]}
    assert json.loads(second[1]["tool_calls"])[0]["arguments"] == arguments, "copies stay copies"
    assert json.loads(kept["tools"][0])[0]["function"]["description"] == f"Ask {new} about it"
    assert kept.drop("messages", "tools").equals(source.drop("messages", "tools"))
    assert notes.schema == ledger.SCHEMA and set(notes.select("rule", "action", "score").rows()) == {("email", "altered", 1.0)}
    assert set(notes["row_id"]) == {parents[0] for parents in source["parent_ids"]}
    end = 7 + len(ADDRESS)
    places = [detail.split(" offsets ") for detail in notes["detail"]]
    assert f"7-{end}" in [at for place, at in places if place == "s message 0"]
    assert {place for place, _ in places} == {"s tools text 0", "s message 0", "s message 1 call_1", "s message 2"}
    assert left_in_conversations(source, SETTINGS.redaction)[0]["class"].to_list() == ["email"] * 2
    assert left_in_conversations(kept, SETTINGS.redaction)[0].is_empty()


def test_what_is_told_in_one_place_is_known_in_all() -> None:
    source = rows(chat(f"My phone is {PHONE}.", {"to": PHONE}, f"{PHONE} it is"))
    kept, notes = redact_conversations(source, SETTINGS)
    assert PHONE not in str(kept.rows()) and notes.filter(rule="phone").height == 3
    new = json.loads(kept["messages"][0][1]["tool_calls"])[0]["arguments"]["to"]
    assert kept["messages"][0][0]["content"] == f"My phone is {new}." and len(new) == len(PHONE)


def test_numbers_stay_numbers() -> None:
    digits = int("4539" + "1488" + "0343" + "6467")
    source = rows(chat(f"Charge my card {digits}", {"card": digits}, "ok", card={"type": "integer"}))
    kept, _ = redact_conversations(source, SETTINGS)
    new = json.loads(kept["messages"][0][1]["tool_calls"])[0]["arguments"]["card"]
    assert isinstance(new, int) and new != digits and kept["invalid_arguments"].to_list() == [0]
    assert kept["messages"][0][0]["content"] == f"Charge my card {new}"


def test_arguments_that_do_not_fit_any_more_are_malformed() -> None:
    source = rows(chat("Use it", {"token": TOKEN}, "ok", token={"type": "string", "pattern": "^ghp_"}))
    kept, notes = redact_conversations(source, SETTINGS)
    assert source["complexity"].to_list() == ["simple"] and kept["complexity"].to_list() == ["malformed"]
    assert kept["invalid_arguments"].to_list() == [1] and TOKEN not in str(kept.rows())
    assert notes.filter(rule="arguments_invalidated").select("action", "score").rows() == [("altered", 1.0)]


def test_arguments_that_fit_by_their_replacement_are_described_anew() -> None:
    source = rows(chat("Use it", {"token": TOKEN}, "ok", token={"type": "string", "maxLength": 30}))
    kept, _ = redact_conversations(source, SETTINGS)
    assert source["complexity"].to_list() == ["malformed"] and kept["complexity"].to_list() == ["simple"]


def test_a_conversation_that_would_break_is_dropped() -> None:
    twice = {ADDRESS: 1, ADDRESS.title(): 2}  # two spellings of one address would be one key
    source = rows(chat("Invite them", twice, "ok"), chat("Hello", {"to": "x"}, "ok"))
    kept, notes = redact_conversations(source, SETTINGS)
    assert kept["id"].to_list() == source["id"].to_list()[1:]
    dropped = notes.filter(action="dropped")
    assert dropped.select("row_id", "rule", "detail").rows() == [(source["parent_ids"][0][0], "unredactable", "s")]


def test_names_stay_those_of_their_tools() -> None:
    payload = chat("Hi", {"to": "x"}, "ok")
    text = json.dumps(payload | {"tools": [tool(to={"type": "string"})]}).replace('"invite"', f'"ask {ADDRESS} now"')
    kept, _ = redact_conversations(rows(json.loads(text)), SETTINGS)
    messages, (declared,) = kept["messages"][0], json.loads(kept["tools"][0])
    name = declared["function"]["name"]
    assert ADDRESS not in str(kept.rows()) and not kept["orphan_call"].item()
    assert json.loads(messages[1]["tool_calls"])[0]["name"] == messages[2]["name"] == name


def test_the_key_of_a_schema_is_no_value() -> None:
    properties = {"author": {"type": "string"}, "password": {"type": "string", "description": "Of the account"}}
    source = rows(chat("Find it", {"author": {"first": "x"}, "password": "x"}, '{"author": {"name": "none"}}', **properties))
    kept, notes = redact_conversations(source, SETTINGS)
    assert notes["detail"].to_list() == [f"s tools text {0} offsets 4-{4 + len(ADDRESS)}"]
    assert kept["messages"].to_list() == source["messages"].to_list()


def test_thousands_of_values_end() -> None:
    many = ["@".join([f"jane.porter{at}", "harbourline-tools.io"]) for at in range(4_000)]
    text = " ".join(many * 2) + f" {PHONE}."
    source = rows({"messages": [{"role": "user", "content": text}, call(to=many), {"role": "tool", "content": json.dumps([text])}]})
    started = time.process_time()
    kept, _ = redact_conversations(source, SETTINGS)
    assert time.process_time() - started < 20 and not any(value in str(kept["messages"].to_list()) for value in (*many[::97], PHONE))


def test_keep_classes_and_no_rows() -> None:
    source = rows(chat(f"Invite {ADDRESS}", {"to": ADDRESS}, "ok"))
    keeping = ConversationRedactionSettings.model_validate({"redaction": {"keep_classes": ["email"]}})
    kept, notes = redact_conversations(source, keeping)
    assert kept.equals(source) and notes.is_empty() and left_in_conversations(source, keeping.redaction)[0].is_empty()
    for frame in redact_conversations(source.clear(), SETTINGS):
        assert frame.is_empty()
    assert left_in_conversations(source.clear(), SETTINGS.redaction)[0].schema == {"id": pl.String, "class": pl.String}


@settings(deadline=None, max_examples=40)
@given(drawn=st.lists(conversations(), min_size=1, max_size=3), value=st.sampled_from([ADDRESS, TOKEN, PHONE, *MARKS]))
def test_any_conversation_is_still_one(drawn: list[canonical.Conversation], value: str) -> None:
    payloads = [{"messages": [{"role": "user", "content": value}]}] * len(drawn)
    frame = rows(*payloads).with_columns(
        messages=pl.Series([canonical.to_rows(found) for found in drawn], dtype=SCHEMA["messages"]),
        tools=pl.Series([json.dumps(list(found.tools), ensure_ascii=False) for found in drawn]),
    )
    said = [[*messages, {**messages[0], "role": "user", "content": value, "tool_calls": None}] for messages in frame["messages"].to_list()]
    frame = frame.with_columns(messages=pl.Series(said, dtype=SCHEMA["messages"]))
    kept, notes = redact_conversations(frame, SETTINGS)
    lost = notes.filter(action="dropped")["row_id"].to_list()
    assert kept.schema == SCHEMA and sorted([*kept["parent_ids"].list.first(), *lost]) == sorted(frame["parent_ids"].list.first())
    for row in kept.iter_rows(named=True):
        found = canonical.from_rows(row["messages"], row["tools"])
        assert canonical.to_rows(found) == row["messages"]
    assert value in MARKS or value not in str(kept["messages"].to_list())
    assert redact_conversations(kept, SETTINGS)[0].equals(kept)


def test_the_contract_holds() -> None:
    kept, _ = redact_conversations(rows(chat(f"Invite {ADDRESS}", {"to": ADDRESS}, "ok")), SETTINGS)
    found, _ = validation.validate(kept, validation.settings_for("assets.conversations.schema:ToolConversations"))
    assert found.rows() == []

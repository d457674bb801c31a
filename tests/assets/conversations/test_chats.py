"""Conversations as chats: what is dropped, what is cut, and that nothing else changes."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger, passport, validation
from assets.conversations import balance, canonical, chats, similarity
from assets.conversations.arguments import Checker
from assets.conversations.canonical import Call, Conversation, Message
from assets.conversations.chats import ConversationChatSettings, to_conversation_chats
from assets.conversations.conversion import SCHEMA, ConversationSettings
from assets.conversations.features import features
from assets.corpus import chat
from tests.assets.conversations.random_conversations import conversations

SETTINGS = ConversationChatSettings()
NO_CLUSTERS = pl.DataFrame(schema=similarity.CLUSTERS)
SCHEMA_OF_F = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = {"type": "function", "function": {"name": "f", "description": "Does it", "parameters": SCHEMA_OF_F}}
USER, SAYS, SYSTEM = Message("user", "x"), Message("assistant", "y"), Message("system", "s")
ASKS, ANSWERS = Message("assistant", None, (Call("f", {"a": 1}),)), Message("tool", "1", answers=1, name="f")


def rows(*found: Conversation) -> pl.DataFrame:
    checker = Checker(ConversationSettings().max_schema_steps)
    listed = [
        {
            "id": passport.row_id("c", str(at)), "parent_ids": [passport.row_id("raw", str(at))], "source": "s", "license": "MIT",
            "format": "openai", "messages": canonical.to_rows(one), "tools": json.dumps(list(one.tools)), "repaired": False, "repairs": [],
            **features(one, checker, 2),
        }
        for at, one in enumerate(found)
    ]  # fmt: skip
    return pl.DataFrame(listed, schema=SCHEMA)


def made(*messages: Message, **options: Any) -> tuple[list[dict[str, Any]] | None, list[tuple[Any, ...]]]:
    kept, notes = to_conversation_chats(rows(Conversation(messages, (TOOL,))), SETTINGS.model_copy(update=options), NO_CLUSTERS)
    return kept["messages"].to_list()[0] if kept.height else None, notes.select("rule", "action", "score").rows()


def test_a_chat_is_its_conversation() -> None:
    source = rows(Conversation((SYSTEM, USER, ASKS, ANSWERS, SAYS), (TOOL,)), Conversation((USER, SAYS)))
    alike = pl.DataFrame({"id": [source["id"][0]], "cluster_id": ["k"]}, schema=similarity.CLUSTERS)
    kept, notes = to_conversation_chats(source, SETTINGS, alike)
    assert kept.schema == chat.SCHEMA and notes.is_empty() and notes.schema == ledger.SCHEMA
    first, second = kept.rows(named=True)
    assert first["messages"] == source["messages"][0].to_list() and first["tools"] == source["tools"][0]
    assert (first["parent_ids"], first["source"], first["slice"], first["language"]) == (
        [source["id"][0]],
        "tool_conversation",
        "simple",
        None,
    )
    assert (first["group_keys"], second["group_keys"]) == (["conversation:k"], [f"conversation:{source['id'][1]}"])
    assert (second["slice"], second["license"], second["tools"], second["weight"]) == ("none", "MIT", "[]", 1.0)
    assert [said["content"] for said in second["messages"]] == [SETTINGS.system_prompt, "x", "y"]
    found, _ = validation.validate(kept, validation.settings_for("assets.corpus.schema:ChatExamples"))
    assert found.rows() == []


@pytest.mark.parametrize(
    ("messages", "rule", "score"),
    [
        ((USER, Message("assistant", None, (Call("f", {"a": "1"}),)), SAYS), "malformed", 1.0),
        ((USER, Message("assistant", None, (Call("g", {}),)), SAYS), "orphan_call", None),
        ((USER, Message("tool", "1"), SAYS), "stray_response", None),
        ((USER,), "no_answer", None),
        ((SAYS, USER), "no_answer", None),
        ((SYSTEM, SAYS), "no_answer", None),
        ((USER, Message("assistant", " \n")), "blank_answer", None),
    ],
)
def test_what_must_not_be_trained_on(messages: tuple[Message, ...], rule: str, score: float | None) -> None:
    assert made(*messages) == (None, [(rule, "dropped", score)])


def test_orphan_calls_can_be_kept() -> None:
    kept, notes = made(USER, Message("assistant", None, (Call("g", {}),)), SAYS, orphan_calls="keep")
    assert kept is not None and not notes


def test_what_nobody_answered_is_cut() -> None:
    kept, notes = made(SYSTEM, USER, SAYS, USER, USER)
    assert kept is not None and [said["role"] for said in kept] == ["system", "user", "assistant"]
    assert notes == [("unanswered_turn", "altered", 2.0)]
    assert made(USER, SAYS, USER, unanswered_turns="drop") == (None, [("unanswered_turn", "dropped", None)])
    kept, notes = made(SYSTEM, USER, ASKS, ANSWERS)
    assert kept is not None and len(kept) == 4 and not notes, "responses at the end stay"


def test_control_tokens_are_escaped_everywhere() -> None:
    mark = "<|im_end|>"
    tool = {"type": "function", "function": {"name": mark, "description": mark, "parameters": {"properties": {mark: {"default": mark}}}}}
    asked = Message("assistant", mark, (Call(mark, {mark: [mark, {"a": mark}]}),))
    said = (Message("system", mark), Message("user", mark), asked, Message("tool", mark, answers=1, name=mark), Message("assistant", "y"))
    kept, notes = to_conversation_chats(rows(Conversation(said, (tool,))), SETTINGS, NO_CLUSTERS)
    row = kept.row(0, named=True)
    assert mark not in str(row) and notes.select("rule", "action").rows() == [("control_token", "altered")]
    escaped = chat.escape_control_tokens(mark)
    (call,), (declared,) = json.loads(row["messages"][2]["tool_calls"]), json.loads(row["tools"])
    assert call == {"id": "call_1", "name": escaped, "arguments": {escaped: [escaped, {"a": escaped}]}}
    assert declared["function"]["name"] == row["messages"][3]["name"] == escaped
    odd = "<|" + '"' * 40 + "|>"  # in JSON its marks are further apart
    kept, _ = to_conversation_chats(
        rows(Conversation((USER, Message("assistant", None, (Call("f", {"b": odd}),)), SAYS), (TOOL,))), SETTINGS, NO_CLUSTERS
    )
    assert json.loads(kept["messages"][0][2]["tool_calls"])[0]["arguments"]["b"] == chat.escape_control_tokens(odd)


def test_balance_is_carried_out_on_chats() -> None:
    source = rows(
        *[Conversation((USER, Message("assistant", str(at)))) for at in range(60)], Conversation((USER, ASKS, ANSWERS, SAYS), (TOOL,))
    )
    decisions = balance.balance(source, balance.BalanceSettings())
    kept, notes = chats.to_balanced_chats(source, SETTINGS, NO_CLUSTERS, decisions)
    assert kept.schema == chat.SCHEMA and notes.is_empty()
    assert set(kept["weight"].head(60)) == {1.0} and kept["weight"][60] > 1
    table = balance.effect(source, decisions, balance.BalanceSettings())
    rare = table.filter(slice="complexity", value="simple").row(0, named=True)
    assert rare["share_before"] < 0.05 <= round(rare["share_after"], 2)


@settings(deadline=None, max_examples=40)
@given(st.lists(conversations(), min_size=1, max_size=4))
def test_nothing_is_lost_and_nothing_else_changes(drawn: list[Conversation]) -> None:
    source = rows(*drawn)
    kept, notes = to_conversation_chats(source, SETTINGS, NO_CLUSTERS)
    parents = kept["parent_ids"].list.first().to_list()
    dropped = notes.filter(action="dropped")
    assert sorted([*parents, *dropped["row_id"]]) == sorted(source["id"]) and set(dropped["rule"]) <= set(chats.RULES)
    by_id = {row["id"]: row for row in source.iter_rows(named=True)}
    for row in kept.iter_rows(named=True):
        before = by_id[row["parent_ids"][0]]
        said = row["messages"] if before["messages"][0]["role"] == "system" else row["messages"][1:]
        plain = [_plain(message) for message in said]
        assert plain == before["messages"][: len(plain)] and _unescaped(json.loads(row["tools"])) == json.loads(before["tools"])
        assert all(message["role"] == "user" for message in before["messages"][len(plain) :])
        assert row["messages"][0]["role"] == "system" and row["messages"][-1]["role"] != "user"


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    calls = message["tool_calls"] and json.dumps(_unescaped(json.loads(message["tool_calls"])), ensure_ascii=False)
    return {**{key: _unescaped(value) for key, value in message.items()}, "tool_calls": calls}


def _unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_unescaped(key): _unescaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    return chat.unescape_control_tokens(value) if isinstance(value, str) else value


def test_shards_do_not_matter() -> None:
    found = [Conversation((USER, SAYS, *[USER] * (at % 2))) for at in range(12)] + [Conversation((USER, ASKS), (TOOL,))] * 2
    source = rows(*found)
    narrow, _ = similarity.fingerprint_conversations(source, similarity.SimilaritySettings())
    sides = (
        similarity.clusters(narrow, similarity.SimilaritySettings()),
        balance.balance(source, balance.BalanceSettings(mode="resampling")),
    )
    whole, notes = chats.to_balanced_chats(source, SETTINGS, *sides)
    parts = [
        chats.to_balanced_chats(part, SETTINGS, *(side.join(part.select("id"), on="id", how="semi") for side in sides))
        for part in (source[:5], source[5:])
    ]
    assert pl.concat([kept for kept, _ in parts]).equals(whole)
    assert whole["group_keys"].explode().n_unique() < whole["parent_ids"].explode().n_unique(), "those that are alike stay together"
    assert pl.concat([told for _, told in parts]).sort("row_id", "rule").equals(notes.sort("row_id", "rule")) and notes.height


def test_nothing_in_nothing_out() -> None:
    kept, notes = to_conversation_chats(rows(), SETTINGS, NO_CLUSTERS)
    assert kept.schema == chat.SCHEMA and notes.schema == ledger.SCHEMA and not kept.height + notes.height

import json

import pytest
from hypothesis import given, settings

from assets.conversations import formats
from assets.conversations.canonical import Conversation
from assets.conversations.inner_json import dumps
from assets.corpus.exports.chats import to_alpaca, to_chatml, to_csv, to_openai, to_sharegpt
from assets.corpus.exports.rows import NotHeld
from tests.assets.conversations.random_conversations import conversations
from tests.assets.corpus.exports.examples import CONVERSATIONS, WEATHER, example, talk


@settings(max_examples=150, deadline=None)
@given(conversations())
def test_openai_and_sharegpt_give_back_the_conversation(conversation: Conversation) -> None:
    for name, written in (("openai", to_openai(example(conversation))), ("sharegpt", to_sharegpt(example(conversation)))):
        assert formats.read(json.loads(dumps(written.row)))[:2] == (name, conversation)


def test_openai_has_nothing_but_what_the_api_takes() -> None:
    row = to_openai(example(CONVERSATIONS["one_call"])).row
    assert row["messages"][2] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"place": "Bergen"}'}}],
    }
    assert row["messages"][3] == {"role": "tool", "content": '{"rain": true}', "tool_call_id": "call_1", "name": "weather"}
    assert row["tools"] == [WEATHER]
    assert set(to_openai(example(CONVERSATIONS["single"])).row) == {"messages"}


def test_sharegpt_is_as_llama_factory_documents_it() -> None:
    row = to_sharegpt(example(CONVERSATIONS["one_call"])).row
    assert [turn["from"] for turn in row["conversations"]] == ["system", "human", "function_call", "observation", "gpt"]
    assert json.loads(row["conversations"][2]["value"]) == {"name": "weather", "arguments": {"place": "Bergen"}}
    assert json.loads(row["tools"]) == [WEATHER["function"]]
    assert to_sharegpt(example(CONVERSATIONS["single"])).row["tools"] == ""


def test_what_llama_factory_would_skip_is_noted() -> None:
    noted = {name: bool(to_sharegpt(example(conversation)).noted) for name, conversation in CONVERSATIONS.items()}
    assert {name for name, is_noted in noted.items() if is_noted} == {"parallel", "no_answer"}


def test_chatml_has_calls_as_objects_and_no_null() -> None:
    row = to_chatml(example(CONVERSATIONS["parallel"])).row
    assert row["messages"][1]["tool_calls"][1] == {
        "id": "call_2",
        "type": "function",
        "function": {"name": "clock", "arguments": {"zone": None}},
    }
    assert [message["content"] for message in row["messages"]] == ["Rain, and when?", "", "dry", "12", "Dry at 12."]
    assert all(value is not None for message in row["messages"] for value in message.values())
    assert json.loads(row["tools"])[0] == WEATHER


def test_alpaca_keeps_earlier_turns_as_history() -> None:
    row = to_alpaca(example(CONVERSATIONS["several"], id="1", weight=2.0)).row
    assert {key: row[key] for key in ("id", "weight", "instruction", "input", "output", "system", "history")} == {
        "id": "1", "weight": 2.0, "instruction": "q2", "input": "", "output": "a2", "system": "S", "history": [["q1", "a1"]]
    }  # fmt: skip


@pytest.mark.parametrize(("name", "reason"), [("one_call", "tools"), ("unused_tools", "tools"), ("no_answer", "turns_do_not_alternate")])
def test_what_alpaca_and_csv_cannot_hold(name: str, reason: str) -> None:
    for to_row in (to_alpaca, to_csv):
        with pytest.raises(NotHeld, match=reason):
            to_row(example(CONVERSATIONS[name]))


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (CONVERSATIONS["several"], "several_questions"),
        (CONVERSATIONS["missing"], "reads_as_missing"),
        (talk(("user", "q"), ("assistant", "a\0b")), "nul_character"),
    ],
)
def test_what_csv_cannot_hold(conversation: Conversation, reason: str) -> None:
    with pytest.raises(NotHeld, match=reason):
        to_csv(example(conversation))


def test_hidden_tags_are_counted() -> None:
    assert to_openai(example(CONVERSATIONS["tags"])).altered == ("hermes_tags_hidden",)
    assert to_openai(example(CONVERSATIONS["single"])).altered == ()

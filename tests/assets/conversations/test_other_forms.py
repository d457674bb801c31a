"""ShareGPT, OpenAI, Hermes and xLAM as others write them."""

import json
from typing import Any

import pytest

from assets.conversations import formats
from assets.conversations.canonical import Call, Message
from assets.conversations.refusal import Refused

CALL = {"name": "f", "arguments": {"a": 1}}
TOOL = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}
WRAPPED = {"type": "function", "function": TOOL}


def test_each_form_is_named() -> None:
    human, tagged = {"from": "human", "value": "x"}, {"from": "gpt", "value": f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>"}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("glaive", {"system": "SYSTEM: x", "chat": "USER: x"}),
        ("sharegpt", {"conversations": [human, {"from": "function_call", "value": json.dumps(CALL)}], "tools": json.dumps([TOOL])}),
        (
            "openai",
            {"messages": [{"role": "user", "content": "write <tool_call>{"}, {"role": "assistant", "content": None, "tool_calls": []}]},
        ),
        ("hermes", {"conversations": [human, tagged]}),
        ("hermes", {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": tagged["value"]}]}),
        ("xlam", {"query": "x", "tools": json.dumps([TOOL]), "answers": json.dumps([CALL])}),
    ]
    assert [formats.detect(row) for _, row in rows] == [name for name, _ in rows]
    for payload in ({}, [], None, {"text": "x"}, {"messages": "x"}, {"chat": 1}):
        with pytest.raises(Refused, match="unknown_format"):
            formats.detect(payload)


def test_sharegpt_parallel_calls_and_text() -> None:
    turns = [
        ("human", "x"),
        ("gpt", "Both."),
        ("function_call", json.dumps([CALL, {**CALL, "name": "g"}])),
        ("observation", "1"),
        ("observation", "2"),
    ]
    row = {"conversations": [{"from": role, "value": value} for role, value in turns], "tools": json.dumps([TOOL]), "system": "S"}
    _, conversation, repairs = formats.read(row)
    assert conversation.messages[0] == Message("system", "S") and not repairs
    assert conversation.messages[2] == Message("assistant", "Both.", (Call("f", {"a": 1}), Call("g", {"a": 1})))
    assert [message.answers for message in conversation.messages[3:]] == [1, 2] and conversation.tools == (WRAPPED,)


def test_openai_links_by_id_whatever_the_order() -> None:
    calls = [{"id": f"x{name}", "type": "function", "function": {"name": name, "arguments": '{"a": 1}'}} for name in "fg"]
    row = {
        "messages": [
            {"role": "developer", "content": "S"},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "assistant", "content": "c", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "xg", "content": "2"},
            {"role": "tool", "tool_call_id": "xf", "content": "1"},
            {"role": "tool", "tool_call_id": "lost", "content": "3"},
        ],
        "tools": [WRAPPED],
    }
    _, conversation, repairs = formats.read(row)
    assert not repairs and [message.role for message in conversation.messages[:2]] == ["system", "user"]
    assert conversation.messages[1].content == "ab" and conversation.messages[2].content == "c"
    assert [(message.answers, message.name) for message in conversation.messages[3:]] == [(2, "g"), (1, "f"), (None, None)]


def test_openai_functions_of_old() -> None:
    row = {
        "messages": [
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{'a': 1} trailing"}},
            {"role": "function", "name": "f", "content": "1"},
        ],
        "functions": [TOOL],
    }
    _, conversation, repairs = formats.read(row)
    assert conversation.messages == (Message("assistant", "trailing", (Call("f", {"a": 1}),)), Message("tool", "1", answers=1, name="f"))
    assert [repair for repair, _ in repairs] == ["single_quotes", "trailing_text"] and conversation.tools == (WRAPPED,)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(Refused, match="unsupported_content"):
        formats.read({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]})
    with pytest.raises(Refused, match="unknown_role"):
        formats.read({"messages": [{"role": "critic", "content": "x"}]})


def test_hermes_as_published() -> None:
    listed = f"{json.dumps(WRAPPED)}\n{json.dumps({'name': 'g'})}"
    block = f"You may call <tools></tools> functions: <tools>\n{listed}\n</tools> Like <tool_call>\n{{x}}\n</tool_call>"
    answer = f"Both.\n<tool_call>\n{json.dumps(CALL)}\n{{'name': 'g', 'arguments': {{}}}}\n</tool_call>"
    bodies = ('{"name": "g", "content": {"b": 2}}', '{"name": "f", "content": "1"}')
    response = "\n".join(f"<tool_response>\n{body}\n</tool_response>" for body in bodies)
    turns = [("system", block), ("human", "x"), ("gpt", answer), ("tool", response), ("gpt", "Done.")]
    name, conversation, repairs = formats.read({"conversations": [{"from": role, "value": value} for role, value in turns]})
    assert name == "hermes" and [tool["function"]["name"] for tool in conversation.tools] == ["f", "g"]
    assert conversation.messages[0].content == "You may call <tools></tools> functions:  Like <tool_call>\n{x}\n</tool_call>"
    assert conversation.messages[2] == Message("assistant", "Both.", (Call("f", {"a": 1}), Call("g", {})))
    assert [(message.content, message.answers) for message in conversation.messages[3:5]] == [('{"b": 2}', 2), ("1", 1)]
    assert [repair for repair, _ in repairs] == ["single_quotes"]


def test_hermes_words_between_calls_are_said() -> None:
    answer = f"<tool_call>{json.dumps(CALL)}</tool_call> and <tool_call>{json.dumps(CALL)} now"
    _, conversation, repairs = formats.read({"conversations": [{"from": "gpt", "value": answer}]})
    assert conversation.messages == (Message("assistant", "and\nnow", (Call("f", {"a": 1}),) * 2),)
    assert {repair for repair, _ in repairs} == {"trailing_text", "missing_separator"}


def test_xlam_types_become_schemas() -> None:
    parameters = {"a": {"type": "int", "description": "d"}, "b": {"type": "List[str], optional"}, "c": {"type": "Any", "default": 1}}
    row = {"query": "x", "tools": json.dumps([{"name": "f", "parameters": parameters}]), "answers": json.dumps([CALL, CALL])}
    _, conversation, _ = formats.read(row)
    assert conversation.tools[0]["function"]["parameters"] == {
        "type": "object",
        "properties": {"a": {"type": "integer", "description": "d"}, "b": {"type": "array"}, "c": {"default": 1}},
        "required": ["a"],
    }
    assert conversation.messages == (Message("user", "x"), Message("assistant", None, (Call("f", {"a": 1}),) * 2))

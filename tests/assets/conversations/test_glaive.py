"""What becomes of rows in Glaive's envelope, the odd ones above all."""

import json
from typing import Any

import pytest

from assets.conversations import formats
from assets.conversations.canonical import Call, Conversation, Message
from assets.conversations.refusal import Refused

TOOL = {"name": "f", "parameters": {"type": "object"}}
OTHER = {"name": "g", "description": "It's {odd}"}
PROMPT = "SYSTEM: Use them if required -\n"
END = " <|endoftext|>\n\n\n"


def read(chat: str, system: str = "") -> tuple[Conversation, list[str]]:
    _, conversation, repairs = formats.read({"system": system, "chat": chat})
    return conversation, [repair for repair, _ in repairs]


def said(chat: str) -> list[tuple[str, str | None]]:
    return [(message.role, message.content) for message in read(chat)[0].messages]


def call(arguments: str, key: str = "arguments") -> tuple[list[Call], str | None, list[str]]:
    conversation, repairs = read(f'USER: x\n\n\nASSISTANT: <functioncall> {{"name": "f", "{key}": {arguments}}}{END}')
    return list(conversation.messages[1].calls), conversation.messages[1].content, repairs


def refused(chat: str, system: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        read(chat, system)
    return caught.value


@pytest.mark.parametrize("between", ["\n", "\n\n", " ", ", ", ""])
def test_several_tools_one_after_another(between: str) -> None:
    conversation, repairs = read("USER: x", PROMPT + json.dumps(TOOL, indent=4) + between + json.dumps(OTHER) + "\n")
    assert [tool["function"] for tool in conversation.tools] == [TOOL, OTHER] and not repairs
    assert conversation.messages[0] == Message("system", "Use them if required -")


def test_tools_in_a_list_or_wrapped() -> None:
    wrapped = {"type": "function", "function": OTHER}
    assert [tool["function"] for tool in read("USER: x", PROMPT + json.dumps([TOOL, wrapped]))[0].tools] == [TOOL, OTHER]


def test_tools_declared_twice() -> None:
    equal = json.dumps(TOOL)
    conversation, repairs = read("USER: x", f"{PROMPT}{equal}\n{equal}")
    assert len(conversation.tools) == 1 and repairs == ["duplicate_tools"]
    assert refused("USER: x", PROMPT + equal + json.dumps({**TOOL, "description": "d"})).rule == "conflicting_tools"


@pytest.mark.parametrize("system", ["", "SYSTEM: ", "SYSTEM:\n\n", "SYSTEM: \n\n"])
def test_empty_system_prompt(system: str) -> None:
    assert read("USER: x", system)[0].messages == (Message("user", "x"),)


def test_json_in_the_prompt_that_is_no_tool_is_text() -> None:
    prompt = 'Answer as {"answer": 1} or {"answer": '
    assert read("USER: x", f"SYSTEM: {prompt}\n\n")[0].messages[0].content == prompt


def test_text_behind_the_tools_stays() -> None:
    conversation, repairs = read("USER: x", f"{PROMPT}{json.dumps(TOOL)}\nBe brief.\n{json.dumps(OTHER)}\nBe kind.")
    assert conversation.messages[0].content == "Use them if required -\nBe brief.\nBe kind." and repairs == ["tools_inside_text"]
    assert len(conversation.tools) == 2


def test_broken_tool_names_its_place() -> None:
    system = PROMPT + '{"name": "f", "parameters": {]}'
    error = refused("USER: x", system)
    assert (error.rule, error.field, system[error.offset]) == ("broken_tools", "system", "]")


@pytest.mark.parametrize(
    "chat",
    [
        "USER: a\n\n\nASSISTANT: b <|endoftext|>\n\n\nUSER: c\n\n\nASSISTANT: d <|endoftext|>",
        "USER: a\n\n\nASSISTANT: b\n\n\nUSER: c\n\n\nASSISTANT: d",
        "USER: a\n\nASSISTANT: b\n\nUSER: c\n\nASSISTANT: d <|endoftext|>",
        "USER: a\nASSISTANT: b\nUSER: c\nASSISTANT: d",
        "USER: a\nASSISTANT: b <|endoftext|> USER: c\nASSISTANT: d<|endoftext|>",
        "USER:a\r\n\r\nASSISTANT: b<|endoftext|>\r\n\r\nUSER: c\r\n\r\nASSISTANT: d <|endoftext|><|endoftext|>\n",
        "\n USER: a\n\n\nASSISTANT: b <|endoftext|>\n\n\nUSER: c\nASSISTANT: d <|endoftext|>".replace("\n USER", "\nUSER"),
    ],
)
def test_separators_that_are_missing(chat: str) -> None:
    assert said(chat) == [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    assert ("missing_separator" in read(chat)[1]) == (chat.count("<|endoftext|>") < 2 or "c\nASS" in chat)


@pytest.mark.parametrize(
    "text",
    [
        "Say USER: and ASSISTANT: like that",
        "a log\nUSER: bob\nASSISTANT: none",
        "a log\n\nUSER: bob",
        "```yaml\n\nUSER: root\n\nASSISTANT: x\n```\n",
        "the mark <|endoftext|> and <functioncall> and more",
        "user: a\n\n\nuser: b",
    ],
)
def test_role_words_inside_of_text(text: str) -> None:
    chat = f"USER: {text}\n\n\nASSISTANT: {text} <|endoftext|>\n\n\nUSER: x\n\n\nASSISTANT: y{END}"
    assert said(chat) == [("user", text), ("assistant", text), ("user", "x"), ("assistant", "y")] and not read(chat)[1]


def test_turns_that_nobody_can_tell() -> None:
    assert refused("USER: a ASSISTANT: b <|endoftext|>").rule == "ambiguous_turns"
    error = refused("hello\n\n\nUSER: a")
    assert (error.rule, error.detail) == ("text_before_turns", "chat offset 0: text stands before the first role")
    assert refused("").rule == "no_turns"


def test_chat_that_ends_on_the_user() -> None:
    assert said(f"USER: a\n\n\nASSISTANT: b{END}USER: c\n\n\n")[-1] == ("user", "c")


def test_text_and_calls_in_one_turn() -> None:
    conversation, repairs = read(f'USER: x\n\n\nASSISTANT: Let me see. <functioncall> {{"name": "f", "arguments": \'{{}}\'}}{END}')
    assert conversation.messages[1] == Message("assistant", "Let me see.", (Call("f", {}),)) and not repairs
    apart, _ = read(f'USER: x\n\n\nASSISTANT: Let me see.{END}ASSISTANT: <functioncall> {{"name": "f", "arguments": \'{{}}\'}}{END}')
    assert apart == conversation


def test_parallel_and_sequential_calls() -> None:
    one, two = (f'<functioncall> {{"name": "{name}", "arguments": \'{{}}\'}}' for name in "fg")
    parallel, _ = read(f"USER: x\n\n\nASSISTANT: {one} {two}{END}FUNCTION RESPONSE: 1\n\n\nFUNCTION RESPONSE: it's no JSON\n\n\n")
    assert [call.name for call in parallel.messages[1].calls] == ["f", "g"]
    assert parallel.messages[2:] == (Message("tool", "1", answers=1, name="f"), Message("tool", "it's no JSON", answers=2, name="g"))
    sequential, _ = read(f"USER: x\n\n\nASSISTANT: {one}{END}FUNCTION RESPONSE: 1\n\n\nASSISTANT: {two}{END}FUNCTION RESPONSE: 2\n\n\n")
    assert [(len(message.calls), message.answers) for message in sequential.messages] == [(0, None), (1, None), (0, 1), (1, None), (0, 2)]


def test_response_on_the_line_after_the_call() -> None:
    chat = f'USER: x\n\n\nASSISTANT: <functioncall> {{"name": "f", "arguments": \'{{}}\'}}\nFUNCTION RESPONSE: 1\nASSISTANT: y{END}'
    conversation, repairs = read(chat)
    assert [message.role for message in conversation.messages] == ["user", "assistant", "tool", "assistant"]
    assert "missing_separator" in repairs


@pytest.mark.parametrize(
    ("arguments", "value", "repairs"),
    [
        ('\'{"a": "it\'s"}\'', {"a": "it's"}, []),
        ("'{\"a\": \"', '}'\"}'", {"a": "', '}'"}, []),
        ('{"a": 1}', {"a": 1}, []),
        ('"{\\"a\\": 1}"', {"a": 1}, []),
        ('\'{"a": "it\\\'s"}\'', {"a": "it's"}, ["escaped_apostrophes"]),
        ('\'{\\"a\\": \\"b\\"}\'', {"a": "b"}, ["escaped_apostrophes"]),
        ("'{'a': 'b', 'c': True, 'd': None}'", {"a": "b", "c": True, "d": None}, ["single_quotes"]),
        ("'{'a': 'it\\'s'}'", {"a": "it's"}, ["single_quotes"]),
        ('\'{"a": "x\ny"}\'', {"a": "x\ny"}, ["raw_newlines"]),
        ("'{\"a\": 1}}'", {"a": 1}, ["trailing_text"]),
        ("'[1, 2]'", [1, 2], []),
        ("null", {}, ["missing_arguments"]),
        ("'null'", {}, ["missing_arguments"]),
        ("''", {}, ["missing_arguments"]),
        ('""', {}, ["missing_arguments"]),
    ],
)
def test_arguments(arguments: str, value: Any, repairs: list[str]) -> None:
    calls, content, found = call(arguments)
    assert calls == [Call("f", value)] and content is None and found == repairs


def test_parameters_for_arguments() -> None:
    assert call("'{\"a\": 1}'", key="parameters")[::2] == ([Call("f", {"a": 1})], ["parameters_for_arguments"])
    assert call('{"a": 1}', key="parameters")[::2] == ([Call("f", {"a": 1})], ["parameters_for_arguments"])


def test_words_behind_a_call_are_said() -> None:
    calls, content, repairs = call("'{\"a\": 1} right away'")
    assert (calls, content, repairs) == ([Call("f", {"a": 1})], "right away", ["trailing_text"] * 2)
    conversation, _ = read(f'USER: x\n\n\nASSISTANT: So: <functioncall> {{"name": "f", "arguments": {{}}}} Done!{END}')
    assert conversation.messages[1] == Message("assistant", "So:\nDone!", (Call("f", {}),))


@pytest.mark.parametrize(
    ("arguments", "rule", "at"),
    [
        ("'{'a': 'it's'}'", "broken_arguments", "'a'"),
        ("'{\"a\": NaN}'", "broken_arguments", "NaN"),
        ('\'{"a": ["Infinity", -Infinity]}\'', "broken_arguments", "-Infinity"),
        ("'{\"a\": 1e999}'", "broken_arguments", '{"a"'),
        ('\'{"a": 1, "a": 2}\'', "broken_arguments", '{"a"'),
        ("'{\"a\": }'", "broken_arguments", "}"),
        ('\'{"a": "it\\\'s \\\\n"}\'', "ambiguous_json", None),
        ('\'{"a": 1}', "broken_call", None),
    ],
)
def test_arguments_that_can_be_read_in_no_or_several_ways(arguments: str, rule: str, at: str | None) -> None:
    chat = f'USER: x\n\n\nASSISTANT: <functioncall> {{"name": "f", "arguments": {arguments}'
    error = refused(chat + ("}" if rule != "broken_call" else "") + END)
    assert (error.rule, error.field) == (rule, "chat")
    assert at is None or chat.startswith(at, error.offset), (error.detail, chat[error.offset :])


def test_call_without_a_name() -> None:
    assert refused('USER: x\n\n\nASSISTANT: <functioncall> {"arguments": {}} <|endoftext|>').rule == "broken_call"


def test_published_rows_come_back_byte_for_byte() -> None:
    tools = "\n\n".join(json.dumps(tool, indent=4) for tool in (TOOL, OTHER))
    row = {
        "system": f"{PROMPT}{tools}\n\n",
        "chat": f'USER: it\'s\n\n\nASSISTANT: <functioncall> {{"name": "f", "arguments": \'{{"a": "it\'s"}}\'}}{END}'
        f'FUNCTION RESPONSE: {{"b": 1}}\n\n\nASSISTANT: c{END}',
    }
    assert formats.render(formats.read(row)[1], "glaive") == row

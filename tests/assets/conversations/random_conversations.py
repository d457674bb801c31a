"""Random conversations in the canonical form, with strings that every format has a reason to trip over."""

from typing import Any

from hypothesis import strategies as st

from assets.conversations.canonical import Call, Conversation, Draft

MARKS = [
    "USER:",
    "ASSISTANT:",
    "SYSTEM:",
    "FUNCTION RESPONSE:",
    "<functioncall>",
    "<|endoftext|>",
    "<tool_call>",
    "</tool_call>",
    "<tools>",
    "</tools>",
    "<tool_response>",
    "</tool_response>",
    "\n\n\nUSER: ",
    "\n\n\nASSISTANT: x <|endoftext|>",
    "\nSYSTEM:",
    "\u200b",
    "S\u200bYSTEM:",
    "<\u200b\u200btool_call>",
    '{"name": "f", "parameters": {}}',
    '[{"name": "f"}]',
    "{'a': 'b'}",
    '{\u200b"',
    "'",
    "\\'",
    '"',
    "\\",
    "\\n",
    "\n",
    "\n\n\n",
    "\r\n",
    "\t",
    " ",
    "  ",
    "[",
    "{",
    "}",
    "]",
    "'}",
    "```",
    "```\n",
    "\x00",
    "\x1f",
    "\u2028",
    "\U0001f600",
    "null",
    "NaN",
    "<|im_start|>",
    "<",
    "\xe9",
]
texts = st.lists(st.sampled_from(MARKS) | st.text(max_size=5), max_size=5).map("".join)
names = texts.filter(bool)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
arguments = st.dictionaries(texts, values, max_size=3) | st.lists(values, max_size=2) | texts
functions = st.builds(
    lambda name, rest, key: {key: "x", **rest, "name": name, "type": rest.get("type", "t")},
    names,
    st.dictionaries(st.sampled_from(["description", "parameters", "strict", "type", "function"]) | texts, values, max_size=3),
    st.sampled_from(["id", "name", "0", "[", "{"]),
)


@st.composite
def conversations(draw: Any) -> Conversation:
    """Draw a conversation: any order of roles, parallel and sequential calls, responses in any order, to no call, under other names."""
    draft = Draft()
    declared = draw(st.lists(functions, max_size=3, unique_by=lambda function: function["name"]))
    draft.tools = [{"type": "function", "function": function} for function in declared]
    calls = st.builds(Call, st.sampled_from([function["name"] for function in declared]) | names if declared else names, arguments)
    for _ in range(draw(st.integers(1, 7))):
        match draw(st.sampled_from(["system", "user", "assistant", "call", "call", "response", "response", "link"])):
            case "call":
                draft.call(draw(st.none() | texts), draw(st.lists(calls, min_size=1, max_size=3)))
            case "response":
                draft.respond(draw(texts))
            case "link":
                draft.link(draw(texts), draw(st.none() | st.integers(1, 6)), draw(st.none() | texts))
            case role:
                draft.say(role, draw(texts))
    if all(message.role == "system" for message in draft.messages):
        draft.say("user", draw(texts))
    return draft.finished()

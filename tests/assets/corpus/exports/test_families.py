"""The families' texts against the examples of their documentation, and against the templates that the models are published with."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conversations.canonical import Call, Conversation, Draft
from assets.corpus.exports import families
from assets.corpus.exports.families import FAMILIES, to_text
from assets.corpus.exports.rows import NotHeld
from tests.assets.corpus.exports.examples import CONVERSATIONS, WEATHER, example, talk

CALCULATOR = {
    "type": "function",
    "function": {
        "name": "calculator",
        "description": "Performs mathematical calculations",
        "parameters": {
            "type": "object",
            "properties": {"operation": {"type": "string", "description": "The operation to be done in python format."}},
            "required": ["operation"],
        },
    },
}


def text_of(conversation: Conversation, name: str) -> str:
    return str(to_text(example(conversation), name, with_bos=True).row["text"])


def test_mistral_is_as_documented() -> None:
    """The basic template of V3 in docs.mistral.ai/cookbook/concept-deep-dive-tokenization-templates."""
    conversation = talk(
        ("user", "Hello, how are you?"), ("assistant", "Fine, and you?"), ("user", "I'm doing great!"), ("assistant", "Glad to hear!")
    )
    expected = "<s>[INST] Hello, how are you?[/INST] Fine, and you?</s>[INST] I'm doing great![/INST] Glad to hear!</s>"
    assert text_of(conversation, "mistral") == expected


def test_mistral_with_tools_is_as_documented() -> None:
    """The scenario of V3 in docs.mistral.ai/cookbook/concept-deep-dive-tokenization-tool_calling, with our id."""
    draft = Draft(tools=[CALCULATOR])
    draft.say("user", "What's 2+2?")
    draft.call(None, [Call("calculator", {"operation": "2+2", "format": "celsius"})])
    draft.respond("4")
    draft.say("assistant", "2+2=4")
    assert text_of(draft.finished(), "mistral") == (
        '<s>[AVAILABLE_TOOLS] [{"type": "function", "function": {"name": "calculator", "description": "Performs mathematical '
        'calculations", "parameters": {"type": "object", "properties": {"operation": {"type": "string", "description": "The operation '
        'to be done in python format."}}, "required": ["operation"]}}}][/AVAILABLE_TOOLS][INST] What\'s 2+2?[/INST][TOOL_CALLS] '
        '[{"name": "calculator", "arguments": {"operation": "2+2", "format": "celsius"}, "id": "call00001"}]</s>[TOOL_RESULTS] '
        '{"content": 4, "call_id": "call00001"}[/TOOL_RESULTS] 2+2=4</s>'
    )


def test_mistral_puts_system_and_tools_to_the_last_question() -> None:
    """What mistral-common 1.13.1 renders: mistral_common.tokens.tokenizers.mistral.MistralTokenizer.v3()."""
    said = [
        ("user", "hi "),
        ("calls", "Oslo"),
        ("tool", ""),
        ("tool", '{"é": [1.0]}'),
        ("assistant", " yo "),
        ("user", "x"),
        ("assistant", "y"),
    ]
    text = text_of(talk(("system", "S"), *said, tools=(WEATHER,)), "mistral")
    head, tools, rest = text.partition("[AVAILABLE_TOOLS]")
    assert head == (
        '<s>[INST] hi [/INST][TOOL_CALLS] [{"name": "weather", "arguments": {"place": "Oslo"}, "id": "call00001"}, {"name": "clock", '
        '"arguments": {"zone": null}, "id": "call00002"}]</s>[TOOL_RESULTS] {"content": {}, "call_id": "call00001"}[/TOOL_RESULTS]'
        '[TOOL_RESULTS] {"content": {"é": [1.0]}, "call_id": "call00002"}[/TOOL_RESULTS]  yo</s>'
    )
    assert tools and rest.endswith("[/AVAILABLE_TOOLS][INST] S\n\nx[/INST] y</s>")


def test_gemma_is_as_documented() -> None:
    """The two dialogues in ai.google.dev/gemma/docs/core/prompt-structure."""
    jokes = talk(("user", "knock knock"), ("assistant", "who is there"), ("user", "Gemma"), ("assistant", "Gemma who?"))
    assert text_of(jokes, "gemma") == (
        "<bos><start_of_turn>user\nknock knock<end_of_turn>\n<start_of_turn>model\nwho is there<end_of_turn>\n"
        "<start_of_turn>user\nGemma<end_of_turn>\n<start_of_turn>model\nGemma who?<end_of_turn>\n"
    )
    pirate = talk(
        ("system", "Only reply like a pirate."),
        ("user", "What is the answer to life the universe and everything?"),
        ("assistant", "Arrr, 'tis 42,"),
    )
    assert text_of(pirate, "gemma") == (
        "<bos><start_of_turn>user\nOnly reply like a pirate.\n\nWhat is the answer to life the universe and everything?<end_of_turn>\n"
        "<start_of_turn>model\nArrr, 'tis 42,<end_of_turn>\n"
    )


def test_llama3_is_as_documented_with_the_dates_of_the_published_template() -> None:
    """The conversation in meta-llama/llama-models, models/llama3_1/prompt_format.md."""
    conversation = talk(
        ("system", "You are a helpful assistant"),
        ("user", "Answer who are you in the form of jeopardy?"),
        ("assistant", 'Here\'s my response\n\n"What is a helpful assistant?"'),
    )
    assert text_of(conversation, "llama3") == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
        "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
        "You are a helpful assistant<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
        "Answer who are you in the form of jeopardy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
        'Here\'s my response\n\n"What is a helpful assistant?"<|eot_id|>'
    )


words = st.sampled_from(["a", "b c", " d ", "e\n\nf", '{"x": [1, "é"]}', "22", "\t", "'\"\\"])
arguments = st.dictionaries(words, words | st.integers() | st.none() | st.lists(words, max_size=2), max_size=3)


@st.composite
def rounds(draw: Any) -> Conversation:
    """Draw questions and answers in turn, some with calls, one after another."""
    draft = Draft(tools=draw(st.sampled_from([[], [WEATHER], [WEATHER, CALCULATOR]])))
    if draw(st.booleans()):
        draft.say("system", draw(words.filter(str.strip)))
    for _ in range(draw(st.integers(1, 3))):
        draft.say("user", draw(words))
        for _ in range(draw(st.integers(0, 2)) if draft.tools else 0):
            draft.call(None, [Call("weather", draw(arguments))])
            draft.respond(draw(words))
        draft.say("assistant", draw(words))
    return draft.finished()


def published(name: str, conversation: Conversation, bos: str) -> str:
    """Return what a published template makes of a chat; TRL carries them, to know models by them."""
    import trl
    from transformers.utils.chat_template_utils import render_jinja_template

    source = (Path(trl.__file__).parent / "chat_templates" / name).read_text()
    messages = [families._message(message, first) for message, first in families.numbered(conversation)]
    tools = list(conversation.tools) or None
    return str(render_jinja_template([messages], tools=tools, chat_template=source.rstrip("\n"), bos_token=bos)[0][0])


@settings(max_examples=60, deadline=None)
@given(rounds())
def test_equal_to_the_published_templates(conversation: Conversation) -> None:
    assert text_of(conversation, "llama3") == published("llama3_1.jinja", conversation, "<|begin_of_text|>")
    if not conversation.tools:
        assert text_of(conversation, "gemma") == published("gemma3.jinja", conversation, "<bos>")


@pytest.mark.parametrize(
    ("name", "conversation", "reason"),
    [
        ("llama3", CONVERSATIONS["parallel"], "parallel_calls"),
        ("llama3", talk(("assistant", "Hi"), ("user", "q"), ("assistant", "a"), tools=(WEATHER,)), "starts_without_question"),
        ("llama3", talk(("user", "q"), ("assistant", "Let me see"), ("call", "Rome"), ("tool", "x")), "text_beside_calls"),
        (
            "mistral",
            talk(("user", "q"), ("assistant", "Let me see"), ("call", "Rome"), ("tool", "x"), ("assistant", "a")),
            "text_beside_calls",
        ),
        ("mistral", talk(("user", "q"), ("call", "Rome"), ("user", "r"), ("assistant", "a")), "calls_without_response"),
        ("mistral", talk(("user", "q"), ("tool", "x"), ("assistant", "a")), "response_without_call"),
        ("mistral", talk(("user", "q"), ("call", "Rome"), ("tool", "x")), "ends_without_answer"),
        ("mistral", talk(("user", "q"), ("assistant", " ")), "empty_message"),
        ("mistral", CONVERSATIONS["no_answer"], "turns_do_not_alternate"),
        ("gemma", CONVERSATIONS["unused_tools"], "tools"),
        ("gemma", talk(("user", "q"), ("system", "S"), ("assistant", "a")), "system_message_inside"),
        ("gemma", talk(("user", "q")), "ends_without_answer"),
    ],
)
def test_what_a_family_cannot_hold(name: str, conversation: Conversation, reason: str) -> None:
    with pytest.raises(NotHeld, match=reason):
        to_text(example(conversation), name)


@pytest.mark.parametrize("name", FAMILIES)
def test_control_tokens_come_from_the_template_alone(name: str) -> None:
    tokens = ["<s>", "</s>", "[INST]", "[/TOOL_RESULTS]", "<|eot_id|>", "<|python_tag|>", "<start_of_turn>", "<bos>", "[control_12]"]
    tool = {"type": "function", "function": {"name": "f", "description": " ".join(tokens), "parameters": {"</s>": tokens}}}
    roles = ("system", "user", "assistant") if name == "gemma" else ("system", "user", "call", "tool", "assistant")
    tools = () if name == "gemma" else (tool,)
    plain, marked = (talk(*((role, text) for role in roles), tools=tools) for text in ("x", "x" + " ".join(tokens)))
    control = FAMILIES[name].control
    written = to_text(example(marked), name)
    assert written.altered == ("control_tokens",)
    counts = [len(control.findall(str(text))) for text in (written.row["text"], to_text(example(plain), name).row["text"])]
    assert counts[0] == counts[1] > 0
    assert to_text(example(talk(("user", "<b> a[0] </b>"), ("assistant", "[x]"))), name).altered == ()


def test_the_first_token_is_there_only_when_asked_for() -> None:
    for name, family in FAMILIES.items():
        with_bos, without = (to_text(example(CONVERSATIONS["several"]), name, with_bos=asked).row["text"] for asked in (True, False))
        assert with_bos == family.bos + without
        assert family.bos not in without

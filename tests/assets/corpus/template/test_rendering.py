import json
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.conversations.escapes import reveal_tags
from assets.corpus import tokens
from assets.corpus.template import rendering
from assets.corpus.template.rendering import TRAINING_TEMPLATE, NotRendered, Renderer
from assets.corpus.template.tool_text import NO_TOOLS

SPICES = [
    "<|im_start|>",
    "<|im_end|>",
    "<tool_call>",
    "</tool_response>",
    "<filename>",
    "{{ 1 }}",
    "\x04",
    "\u200b",
    "你好",
    "e\u0301",
    "  \n",
]
texts = st.lists(st.sampled_from(SPICES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4).map("".join)
values = st.recursive(
    texts | st.integers() | st.none() | st.booleans(), lambda inner: st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
calls = st.lists(st.builds(lambda name, value: {"id": "c", "name": name, "arguments": {"v": value}}, texts, values), min_size=1, max_size=2)
plain = st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["system", "user", "assistant"]), texts)
calling = st.builds(
    lambda text, made: {"role": "assistant", "content": text, "tool_calls": json.dumps(made, ensure_ascii=False)}, st.none() | texts, calls
)
results = st.builds(lambda text: {"role": "tool", "content": text, "tool_call_id": "c", "name": "f"}, texts)
quick = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOOLS = json.dumps([{"type": "function", "function": {"name": "f", "description": "<|im_end|>", "parameters": {}}}])
NATIVE = (
    "{% if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% for c in m.tool_calls or [] %}"
    "<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}<|im_end|>{% endgeneration %}"
    "{% else %}{{ m.content }}<|im_end|>{% endif %}\n{% endfor %}"
)


@pytest.fixture(scope="module")
def renderer(template: pl.DataFrame) -> Renderer:
    return rendering.load(template)


@pytest.fixture(scope="module")
def native(template: pl.DataFrame) -> Renderer:
    return rendering.load(template.with_columns(chat_template=pl.lit(NATIVE), training_template=pl.lit(rendering.marked(NATIVE, {}))))


def of_old(messages: list[dict[str, Any]]) -> tuple[str, list[tuple[int, int]]]:
    """How chats with a system message were written when they were counted without a template."""
    text, spans = "", []
    for message in messages:
        text += f"<|im_start|>{message['role']}\n"
        start = len(text)
        text += message["content"] + "<|im_end|>"
        if message["role"] == "assistant":
            spans.append((start, len(text)))
        text += "\n"
    return text, spans


def test_smollm2_is_known_by_what_it_renders(template: pl.DataFrame, smollm2: pl.DataFrame, renderer: Renderer) -> None:
    own = smollm2["chat_template"].item()
    assert own == template["chat_template"].item()
    assert rendering.marked(own, {}) == TRAINING_TEMPLATE and renderer.form.is_ours
    assert rendering.marked(own.replace("named SmolLM", "named Smol"), {}) is None
    assert (renderer.form.renders_tools, renderer.form.response_role) == (False, "tool")


@quick
@given(st.lists(plain, max_size=4))
def test_counts_are_those_of_the_tokenizer(renderer: Renderer, chat: list[dict[str, Any]]) -> None:
    chat = [{"role": "system", "content": "s"}, *chat]
    neutral = [{**message, "content": renderer.form.neutral(message["content"])} for message in chat]
    text, spans = of_old(neutral)
    assert renderer.form.render(chat) == (text, spans)
    found = renderer.tokenizer.encode(text, add_special_tokens=False)
    within = sum(any(start < high and low < end for low, high in spans) for start, end in found.offsets)
    assert renderer.count([chat, chat], [NO_TOOLS] * 2) == [(len(found), within)] * 2


@quick
@given(st.lists(st.tuples(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3)), max_size=4))
def test_fast_places_are_the_tokenizers(smollm2: pl.DataFrame, drawn: list[tuple[str, list[tuple[int, int]]]]) -> None:
    exact = tokens.load(smollm2)
    marked = [(text, [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]) for text, spans in drawn]
    for ours, theirs in zip(tokens.encode_within(marked, exact), tokens._encode_exactly(marked, exact), strict=True):
        assert ours.ids.tolist() == theirs.ids.tolist() and ours.n_within == theirs.n_within


@quick
@given(st.lists(plain | calling | results, min_size=1, max_size=5), st.sampled_from([NO_TOOLS, TOOLS]))
def test_hostile_chats_have_their_marks_and_no_others(renderer: Renderer, native: Renderer, chat: list[dict[str, Any]], tools: str) -> None:
    n_answers = sum(message["role"] == "assistant" for message in chat)
    for kind in (renderer, native):
        text, spans = kind.form.render(chat, tools)
        assert len(spans) == n_answers
        ids = kind.tokenizer.encode(text, add_special_tokens=False).ids
        end = kind.tokenizer.token_to_id("<|im_end|>")
        assert ids.count(end) == ids.count(kind.tokenizer.token_to_id("<|im_start|>"))
        assert all(text[start:stop].endswith("<|im_end|>") and text[start:stop].count("<|im_end|>") == 1 for start, stop in spans)
        made = sum(len(json.loads(message["tool_calls"])) for message in chat if message.get("tool_calls"))
        if tools != NO_TOOLS or made or any(message["role"] == "tool" for message in chat):
            assert sum(text[start:stop].count("</tool_call>") for start, stop in spans) == made


@quick
@given(st.lists(plain | calling | results, min_size=1, max_size=5))
def test_calls_can_be_read_back(renderer: Renderer, chat: list[dict[str, Any]]) -> None:
    said, _ = renderer.form.prepared(chat, TOOLS, literal=True)
    answers = [message["content"] for message in said if message["role"] == "assistant"]
    for message, text in zip((message for message in chat if message["role"] == "assistant"), answers, strict=True):
        first, *written = text.split("<tool_call>\n")
        found = [json.loads(part.partition("\n</tool_call>")[0]) for part in written]
        assert found == [{"name": call["name"], "arguments": call["arguments"]} for call in json.loads(message.get("tool_calls") or "[]")]
        assert reveal_tags(first.removesuffix("\n") if written and message["content"] else first) == (message["content"] or "")


def test_native_calls_are_objects(native: Renderer) -> None:
    chat = [
        {"role": "assistant", "content": None, "tool_calls": '[{"id": "c", "name": "f", "arguments": {"a": "é", "b": 1.0}}]'},
        {"role": "tool", "content": "r", "tool_call_id": "c", "name": "f"},
    ]
    assert native.form.renders_tools
    text, [(start, stop)] = native.form.render(chat, TOOLS)
    assert text[start:stop] == '<tool_call>{"name": "f", "arguments": {"a": "é", "b": 1.0}}</tool_call><|im_end|>'
    assert "< |im_end|>" in text and "<|im_start|>tool\nr<|im_end|>" in text


def test_chat_that_cannot_be_rendered_counts_nothing(template: pl.DataFrame, renderer: Renderer) -> None:
    refusing = (
        template["training_template"]
        .item()
        .replace("{% for", "{% if messages[0]['content'] == 'no' %}{{ raise_exception('x') }}{% endif %}{% for", 1)
    )
    strict = rendering.load(template.with_columns(training_template=pl.lit(refusing)))
    bad, good = [{"role": "user", "content": "no"}], [{"role": "system", "content": "s"}, {"role": "assistant", "content": "yes"}]
    assert strict.count([bad, good], [NO_TOOLS] * 2) == [(0, 0), *renderer.count([good], [NO_TOOLS])]
    assert renderer.count([[{"role": "assistant", "content": None, "tool_calls": "not json"}]], [NO_TOOLS]) == [(0, 0)]
    with pytest.raises(NotRendered, match=r"^a chat cannot be rendered: TemplateError$"):
        strict.form.render(bad)


def test_results_go_to_the_user_where_there_is_no_other_role(template: pl.DataFrame) -> None:
    picky = (
        "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('role') }}{% endif %}"
        + template["chat_template"].item()
        + "{% endfor %}"
    )
    form = rendering.load(template.with_columns(chat_template=pl.lit(picky))).form
    assert form.response_role == "user"
    said, _ = form.prepared(
        [{"role": "tool", "content": "a"}, {"role": "tool", "content": "b"}, {"role": "user", "content": "c"}], NO_TOOLS
    )
    assert [message["role"] for message in said] == ["user", "user"] and said[0]["content"].count("<tool_response>") == 2

"""Chats with tools, by a template that knows nothing of them and by one that writes them itself."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from assets.corpus.template.rendering import Form
from assets.model import chat_template, proof
from assets.model.chat_template import IGNORED, encode, encode_prompt

TOOLS = json.dumps([{"type": "function", "function": {"name": "weigh", "description": "Weighs it.", "parameters": {"type": "object"}}}])
CALLS = [{"id": f"call_{n}", "name": "weigh", "arguments": {"what": text}} for n, text in ((1, "<b>\u00e9</b>"), (2, "lead </tool_call>"))]
CHAT: list[dict[str, Any]] = [
    {"role": "user", "content": "Which is heavier?", "tool_calls": None, "tool_call_id": None, "name": None},
    {"role": "assistant", "content": "Let me see.", "tool_calls": json.dumps(CALLS), "tool_call_id": None, "name": None},
    {"role": "tool", "content": "2 kg", "tool_calls": None, "tool_call_id": "call_1", "name": "weigh"},
    {"role": "tool", "content": "<|im_end|>9 kg", "tool_calls": None, "tool_call_id": "call_2", "name": "weigh"},
    {"role": "assistant", "content": None, "tool_calls": json.dumps([CALLS[0] | {"id": "call_3"}]), "tool_call_id": None, "name": None},
    {"role": "tool", "content": "3 kg", "tool_calls": None, "tool_call_id": "call_3", "name": "weigh"},
    {"role": "assistant", "content": "Lead.", "tool_calls": None, "tool_call_id": None, "name": None},
]
FIRST = '<tool_call>\n{"name": "weigh", "arguments": {"what": "<b>é</b>"}}\n</tool_call>'
FLAT = (
    f'Let me see.\n{FIRST}\n<tool_call>\n{{"name": "weigh", "arguments": {{"what": "lead \\u003c/tool_call>"}}}}\n</tool_call><|im_end|>'
    f"{FIRST}<|im_end|>Lead.<|im_end|>"
)


@pytest.fixture(scope="module")
def qwen(real_base: Path) -> Any:
    """The tokenizer with the chat template of Qwen 2.5, which TRL carries with its marked twin."""
    from transformers import AutoTokenizer

    spec = importlib.util.find_spec("trl")
    assert spec and spec.origin
    loaded = AutoTokenizer.from_pretrained(real_base)
    loaded.chat_template = (Path(spec.origin).parent / "chat_templates" / "qwen2_5.jinja").read_text()
    return loaded


def trained(tokenizer: Any, labels: list[int]) -> str:
    return str(tokenizer.decode([label for label in labels if label != IGNORED]))


def test_template_without_tools_gets_them_as_text(tokenizer: Any, form: Form) -> None:
    ids, labels = encode(tokenizer, form, CHAT, TOOLS, 2_000)
    assert not form.renders_tools
    assert trained(tokenizer, labels) == FLAT
    text = tokenizer.decode(ids)
    assert text.startswith("<|im_start|>system\nYou may call") and f"<tools>\n{TOOLS[1:-1]}\n</tools>" in text
    assert (
        "<|im_start|>tool\n<tool_response>\n2 kg\n</tool_response>\n<tool_response>\n< |im_end|>9 kg\n</tool_response><|im_end|>\n" in text
    )


def test_template_with_tools_writes_them_itself(qwen: Any) -> None:
    form = chat_template.form_of(qwen)
    assert form.renders_tools and not form.is_ours
    ids, labels = encode(qwen, form, CHAT, TOOLS, 2_000)
    said, tools = form.prepared(CHAT, TOOLS)
    assert ids == qwen.apply_chat_template(said, tools=tools, return_dict=True)["input_ids"]
    assert [len(text.split("</tool_call>")) for text in trained(qwen, labels).split("<|im_end|>")] == [3, 2, 1, 1]
    assert "kg" not in trained(qwen, labels) and "# Tools" in qwen.decode(ids)
    proven = proof.of_the_mask([form.answers(CHAT, TOOLS, qwen.eos_token)], [labels], [False], qwen, exact=form.is_ours)
    assert proven["n_wrong"] == 0


@pytest.mark.parametrize("kind", ["tokenizer", "qwen"])
def test_prompt_is_what_stands_before_the_answer(kind: str, request: pytest.FixtureRequest) -> None:
    tokenizer = request.getfixturevalue(kind)
    form = chat_template.form_of(tokenizer)
    ids, _ = encode(tokenizer, form, CHAT, TOOLS, 2_000)
    for place in (1, 4, 6):
        prompt = encode_prompt(tokenizer, form, CHAT[:place], TOOLS, 2_000)
        assert ids[: len(prompt)] == prompt
        assert tokenizer.decode(prompt).endswith("<|im_start|>assistant\n")


def test_result_under_the_loss_is_found(tokenizer: Any, form: Form) -> None:
    ids, labels = encode(tokenizer, form, CHAT, TOOLS, 2_000)
    answers = [form.answers(CHAT, TOOLS, tokenizer.eos_token)]
    assert "".join(answers[0]) == FLAT
    assert proof.of_the_mask(answers, [labels], [False], tokenizer)["n_wrong"] == 0
    assert proof.of_the_mask(answers, [ids], [False], tokenizer)["n_wrong"] == 1
    cut = encode(tokenizer, form, CHAT, TOOLS, len(ids) - 2)[1]
    assert proof.of_the_mask(answers, [cut], [True], tokenizer)["n_wrong"] == 0
    assert proof.of_the_mask(answers, [cut], [False], tokenizer)["n_wrong"] == 1

import json
from typing import Any

import polars as pl
import pytest

from assets.conversations.canonical import MESSAGE
from assets.corpus.template import rendering
from assets.corpus.template.contract import CLAIMS, SCHEMA, TRUNCATED, TemplateContractSettings, breaking
from assets.corpus.template.tool_text import NO_TOOLS

SETTINGS = TemplateContractSettings(max_tokens=2_000)
TOOLS = json.dumps([{"type": "function", "function": {"name": "weigh", "description": "d", "parameters": {}}}])
CALL = {"id": "call_1", "name": "weigh", "arguments": {"what": ["<b>\u00e9</b>", 1.5, None, True], "</tool_call>": 'a\n"b"'}}


def message(role: str, content: str | None, **others: str) -> dict[str, str | None]:
    return {"role": role, "content": content, "tool_calls": None, "tool_call_id": None, "name": None, **others}


PLAIN = [message("system", "s"), message("user", "What?"), message("assistant", "That."), message("user", "And?"), message("assistant", "")]
CALLING = [
    message("user", "How heavy <tools>?"),
    message("assistant", "Let me see.", tool_calls=json.dumps([CALL, CALL])),
    message("tool", '{"kg": "<1>"}', tool_call_id="call_1", name="weigh"),
    message("tool", " ", tool_call_id="call_1", name="weigh"),
    message("assistant", "One."),
]
NATIVE = (
    "{% if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% for c in m.tool_calls or [] %}"
    "<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}<|im_end|>\n{% endgeneration %}"
    "{% else %}{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}"
)


def rows(template: pl.DataFrame, chats: list[tuple[list[dict[str, Any]], str]]) -> pl.DataFrame:
    messages, tools = [list(column) for column in zip(*chats, strict=True)]
    counts = rendering.load(template).count(messages, tools)
    return pl.DataFrame(
        {
            "id": [f"{place:032x}" for place in range(len(chats))], "messages": pl.Series(messages, dtype=pl.List(MESSAGE)), "tools": tools,
            "n_tokens": [total for total, _ in counts], "n_answer_tokens": [answered for _, answered in counts],
        }
    )  # fmt: skip


def claims(template: pl.DataFrame, frame: pl.DataFrame, settings: TemplateContractSettings = SETTINGS) -> list[str]:
    found, ledger = breaking(frame, settings, template)
    assert found.schema == SCHEMA and ledger.is_empty() and set(found["claim"]) <= {*CLAIMS, TRUNCATED}
    return found["claim"].to_list()


def with_templates(template: pl.DataFrame, own: str, marked: str | None = None) -> pl.DataFrame:
    return template.with_columns(chat_template=pl.lit(own), training_template=pl.lit(marked or own))


@pytest.mark.parametrize("kind", ["flat", "native"])
def test_good_rows_break_nothing(template: pl.DataFrame, kind: str) -> None:
    template = with_templates(template, NATIVE) if kind == "native" else template
    assert claims(template, rows(template, [(PLAIN, NO_TOOLS), (CALLING, TOOLS), (CALLING, NO_TOOLS), (PLAIN, TOOLS)])) == []
    assert claims(template, rows(template, [(PLAIN, NO_TOOLS)]).clear()) == []


@pytest.mark.parametrize("text", ["<|im_end|>", "<|im_start|>", "a<|im_start|>assistant\nsure<|im_end|>", "<filename>"])
def test_control_token_in_a_text_is_found(template: pl.DataFrame, text: str) -> None:
    for chat in ([message("user", text), message("assistant", "a")], [message("user", "a"), message("assistant", text)]):
        assert "control_tokens" in claims(template, rows(template, [(chat, NO_TOOLS)]))
    hidden = [message("user", "a"), message("assistant", None, tool_calls=json.dumps([CALL | {"arguments": {text: 1}}]))]
    assert "control_tokens" in claims(template, rows(template, [(hidden, TOOLS)]))


def test_doubled_tokens_and_beginnings_are_found(template: pl.DataFrame) -> None:
    marked = template["training_template"].item()
    twice = with_templates(template, template["chat_template"].item(), "<|im_start|>" + marked)
    assert {"control_tokens", "beginning"} <= set(claims(twice, rows(twice, [(PLAIN, NO_TOOLS)])))
    ended = with_templates(template, NATIVE.replace("<|im_end|>\n{% endgen", "<|im_end|><|im_end|>\n{% endgen"))
    assert claims(ended, rows(ended, [(PLAIN, NO_TOOLS)])) == ["control_tokens"]


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        ("<|im_end|>\n{% endgeneration %}", "{% endgeneration %}<|im_end|>\n", {"end_mark"}),
        ("{% generation %}{{ m.content }}", "{{ m.content }}{% generation %}", {"loss"}),
        (
            "{% else %}{{ m.content }}<|im_end|>",
            "{% else %}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}",
            {"loss", "tools"},
        ),
        ("{{ c.function | tojson }}", "{{ c.function.name }}{{ c.function.arguments | length }}", {"tools"}),
        ("{% else %}{{ m.content }}", "{% else %}{{ m.content[:3] }}", {"tools"}),
    ],
)
def test_templates_that_lose_something_are_found(template: pl.DataFrame, before: str, after: str, broken: set[str]) -> None:
    """By a form that believes its template to render tools, as one that does for the probe and not for every row would."""
    spoilt = with_templates(template, NATIVE, NATIVE.replace(before, after))
    assert before in NATIVE and set(claims(spoilt, rows(spoilt, [(CALLING, TOOLS)]))) == broken


def test_counts_and_lengths_are_held_to(template: pl.DataFrame) -> None:
    good = rows(template, [(PLAIN, NO_TOOLS)])
    total = good["n_tokens"].item()
    assert claims(template, good.with_columns(n_tokens=total + 1)) == ["token_counts"]
    assert claims(template, good.with_columns(n_answer_tokens=0)) == ["token_counts"]
    assert claims(template, good, TemplateContractSettings(max_tokens=total)) == []
    assert claims(template, good, TemplateContractSettings(max_tokens=total - 1)) == [TRUNCATED]
    assert claims(template, good, TemplateContractSettings(max_tokens=5)) == [TRUNCATED, "answer_lost"]
    silent = rows(template, [([message("system", "s"), message("user", "a")], NO_TOOLS)])
    assert claims(template, silent) == ["answer_lost"]


def test_unreadable_row_is_named(template: pl.DataFrame) -> None:
    frame = rows(template, [(PLAIN, NO_TOOLS), ([message("assistant", None, tool_calls="[")], TOOLS)])
    found, _ = breaking(frame, SETTINGS, template)
    assert found.rows() == [(f"{1:032x}", "not_rendered")]


def test_transformers_is_asked_about_some_rows_only(template: pl.DataFrame) -> None:
    other = with_templates(template, template["chat_template"].item().replace("SmolLM", "Smol"), template["training_template"].item())
    frame = rows(template, [([message("user", str(place)), message("assistant", "b")], NO_TOOLS) for place in range(5)])
    found, _ = breaking(frame, TemplateContractSettings(transformers_rows=2), other)
    assert found.filter(pl.col("claim") == "transformers")["id"].to_list() == [f"{place:032x}" for place in range(2)]

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.template.tool_text import written
from assets.model.calls import Call, compare, parse, scores

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(["</tool_call>", "<tool_call>{", "\\u003c", '"}'])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
made = st.lists(st.tuples(texts, st.dictionaries(texts, values, max_size=3)), min_size=1, max_size=3)
TWO = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>\n<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call>'


@settings(deadline=None, max_examples=100)
@given(made, texts.filter(lambda text: "<tool_call>" not in text))
def test_calls_are_read_as_they_are_written(calls: list[tuple[str, dict[str, object]]], said: str) -> None:
    text = "\n".join([said, *(written({"name": name, "arguments": arguments}) for name, arguments in calls)])
    assert [(call.name, json.loads(call.arguments)) for call in parse(text)] == calls
    assert scores([text], [text])["equal"] == 1.0


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from(["<tool_call>", "</tool_call>", '{"name": "f"', "}", "[", "]", ",", " ", '"arguments": {"a": NaN}', "1e999"]))
)
def test_any_text_is_read(parts: list[str]) -> None:
    assert scores(["".join(parts)], [TWO])["n_wanted"] == 2


@pytest.mark.parametrize("text", ["9" * 5000, "[" * 100_000, "<tool_call>" + "[" * 100_000, "<tool_call>" * 5000])
def test_hostile_text_is_read(text: str) -> None:
    assert all(call.name is None for call in parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no call at all", []),
        ('{"a": 1}', []),
        ('{"name": "f", "parameters": {"a": 1.0}}', [Call("f", '{"a": 1}')]),
        ('[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]', [Call("f", "{}"), Call("g", "{}")]),
        ('<tool_call>{"name": "f", "arguments": {"b": true, "a": 1}}', [Call("f", '{"a": 1, "b": true}')]),
        ("<tool_call>\nf(1)\n</tool_call>", [Call(None, "")]),
        ("<tool_call></tool_call>", [Call(None, "")]),
        ('<tool_call>{"name": "f", "arguments": ' + "[" * 700 + "]" * 700 + "}</tool_call>", [Call(None, "")]),
        ("[" * 100_000, []),
    ],
)
def test_forms(text: str, expected: list[Call]) -> None:
    assert parse(text) == expected


def test_parallel_calls_are_a_multiset() -> None:
    first, second = TWO.replace("\n<tool", "\n\n<tool").split("\n\n")
    swapped, one = f"{second}\n{first}", first
    found = scores([swapped, one, one + "\n" + one, TWO.replace(": 1", ": 2"), "none"], [TWO] * 5)
    assert (found["equal"], found["n_found"], found["n_wanted"]) == (0.2, 7, 10)
    assert (found["names"]["matched"], found["calls"]["matched"]) == (6, 5)
    assert found["arguments"] == pytest.approx(5 / 6)
    assert found["calls"]["precision"] == pytest.approx(5 / 7)


def test_call_where_none_is_wanted_costs_precision() -> None:
    found = scores([TWO, "Hello."], ["Hello.", "Hello."])
    assert (found["equal"], found["n_found"], found["calls"]["precision"]) == (0.5, 2, 0.0)
    assert scores(["<tool_call>?</tool_call>"], ["<tool_call>?</tool_call>"])["equal"] == 0.0


def test_true_is_not_one() -> None:
    assert scores(['{"name": "f", "arguments": {"a": true}}'], ['{"name": "f", "arguments": {"a": 1}}'])["equal"] == 0.0


def test_nothing_to_compare_is_none() -> None:
    rows = pl.DataFrame({"source": ["code_qa"], "reference": ["r"], "base_answer": ["a"], "tuned_answer": ["a"]})
    assert compare(rows, seed=0, resamples=100) is None

"""Which JSON is read out of a model's answer, and which is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from resources.llm import structured
from resources.llm.structured import Unusable
from tests.resources.llm.chat_server import SCHEMA

GOOD = {"question": "What is `{x}`?", "words": 3}
TEXT = json.dumps(GOOD)
LISTS = json.dumps({"type": "array", "items": {"type": "object", "required": ["a"]}})


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"\n {TEXT}\n",
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```\nI hope that helps.",
        f"Here is the question: {TEXT}",
        f"As said in [1] and in {{this}}: {TEXT} Done.",
        f'<think>Maybe {{"question": "no", "words": 1}}?</think>\n{TEXT}',
        f"{TEXT}\n\n{TEXT}",
        "{'question': 'What is `{x}`?', 'words': 3}",
    ],
)
def test_one_reading_is_taken(text: str) -> None:
    assert structured.parse(text, SCHEMA) == GOOD


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "empty"),
        (" ", "empty"),
        ("What is it?", "not JSON"),
        ('{"question": "a", "words": 1} {"question": "b", "words": 2}', "several"),
        ('{"question": "a"}', "'words' is a required property"),
        ('{"question": "a", "words": "1"}', r"at \$\.words"),
        ('{"question": "a", "words": 1, "more": 2}', "more"),
        ('{"question": "\\ud800", "words": 1}', "surrogate"),
        ('{"question": "a", "words": NaN}', "NaN"),
        (TEXT[:-3], "not JSON"),
        (f"[{TEXT}", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_everything_else_is_refused_and_the_place_is_named(text: str | None, problem: str) -> None:
    with pytest.raises(Unusable, match=problem):
        structured.parse(text, SCHEMA)


def test_the_inside_of_a_value_that_broke_off_is_not_the_answer() -> None:
    assert structured.parse('Sure: [{"a": 1}, {"a": 2}]', LISTS) == [{"a": 1}, {"a": 2}]
    with pytest.raises(Unusable):
        structured.parse('{"questions": [{"question": "a", "words": 1}, {"question": "b", "wor', SCHEMA)
    with pytest.raises(Unusable):
        structured.parse('[[{"a": 1}], [{"a": 2}]', LISTS)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(), st.sampled_from(["", "So: ", "```json\n", "1. \n"]))
@hypothesis_settings(deadline=None, max_examples=60)
def test_any_value_is_read_back_from_between_prose(question: str, words: int, before: str) -> None:
    value = {"question": question, "words": words}
    assert structured.parse(f"{before}{json.dumps(value)}\n```\nThat is all.", SCHEMA) == value


@given(st.text())
@hypothesis_settings(deadline=None, max_examples=100)
def test_nothing_but_unusable_is_raised(text: str) -> None:
    try:
        structured.parse(text, SCHEMA)
    except Unusable as unusable:
        assert str(unusable)


@pytest.mark.parametrize(
    ("changed", "strict"),
    [
        ({}, True),
        ({"additionalProperties": True}, False),
        ({"required": ["question"]}, False),
        ({"$defs": {"a": {"type": "object"}}}, False),
    ],
)
def test_strict_is_claimed_only_for_closed_schemas(changed: dict[str, Any], strict: bool) -> None:
    schema = json.dumps(json.loads(SCHEMA) | changed)
    assert structured.response_format("json_schema", schema)["response_format"]["json_schema"]["strict"] is strict

"""What the answers of servers mean."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from resources.llm import answers
from resources.llm.answers import Fault

TEXT = st.text(alphabet='a"\\\ud800é', max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def body(message: Any, **more: Any) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], **more}).encode()


def test_a_completion_is_read() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    assert answers.read(body({"content": "yes"}, usage=usage), 30) == ("yes", "stop", False, 7, 3, True)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": "7", "completion_tokens": True}])
def test_tokens_are_estimated_where_the_server_does_not_count(usage: Any) -> None:
    assert answers.read(body({"content": "a" * 60}, usage=usage), 300)[3:] == (101, 21, False)


def test_parts_and_half_characters_and_refusals() -> None:
    assert answers.read(body({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}), 0).text == "ab"
    assert answers.read(b'{"choices": [{"message": {"content": "\\ud800!"}}]}', 0).text == "\ufffd!"
    assert answers.read(body({"content": None, "refusal": "no"}), 0).refused
    assert answers.read(b'{"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}', 0).refused


@given(JSON | st.fixed_dictionaries({"choices": st.lists(st.fixed_dictionaries({"message": JSON}), max_size=2), "usage": JSON}))
@hypothesis_settings(deadline=None, max_examples=80)
def test_whatever_a_server_sends_is_an_answer_or_a_fault(payload: Any) -> None:
    try:
        answer = answers.read(json.dumps(payload).encode(), 1)
    except Fault as fault:
        assert (fault.reason, fault.blame) == ("broken_answer", "endpoint")
    else:
        assert (answer.text or "").encode().decode() == (answer.text or "")


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\xff", b"[" * 100_000, b'{"error": {"code": 502}, "choices": [{"message": {}}]}', b'{"choices": []}']
)
def test_what_is_no_completion_is_the_endpoints_fault(content: bytes) -> None:
    with pytest.raises(Fault, match="broken_answer"):
        answers.read(content, 1)


@pytest.mark.parametrize(
    ("status", "content", "blame"),
    [
        (400, b"{}", "request"),
        (413, b"", "request"),
        (422, b"", "request"),
        (400, b'{"error": "response_format.type is not supported"}', "format"),
        (301, b"", "hopeless"),
        (401, b"", "hopeless"),
        (402, b"", "hopeless"),
        (404, b"", "hopeless"),
        (403, b"", "endpoint"),
        (408, b"", "endpoint"),
        (500, b"response_format", "endpoint"),
        (529, b"", "endpoint"),
        (429, b"", "limit"),
        (429, b'{"error": {"code": "insufficient_quota"}}', "hopeless"),
    ],
)
def test_who_is_to_blame(status: int, content: bytes, blame: str) -> None:
    fault = answers.refusal(status, {}, content, asked_for_json=True)
    assert (fault.reason, fault.blame) == (f"http_{status}", blame)


def test_a_format_that_was_not_asked_for_is_not_to_blame() -> None:
    assert answers.refusal(400, {}, b"response_format", asked_for_json=False).blame == "request"


def test_retry_after_in_all_its_forms() -> None:
    later = formatdate(time.time() + 90, usegmt=True)
    assert answers.seconds_after({"retry-after": "7"}) == 7
    assert answers.seconds_after({"retry-after": "7", "retry-after-ms": "250"}) == 0.25
    assert answers.seconds_after({"retry-after": later}) == pytest.approx(90, abs=2)
    assert answers.seconds_after({"retry-after": later, "date": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(30, abs=1)
    assert answers.seconds_after({"retry-after": formatdate(0, usegmt=True)}) == 0
    for nonsense in ("", "soon", "-3", "1e9", "Thu, 99 Foo 2026"):
        assert answers.seconds_after({"retry-after": nonsense}) is None
    assert answers.refusal(503, {"retry-after": "3"}, b"", False).wait_s == 3

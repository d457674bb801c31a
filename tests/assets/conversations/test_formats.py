import json

import pytest
from hypothesis import example, given, settings

from assets.conversations import formats
from assets.conversations.canonical import Call, Conversation, Message, from_rows, to_rows
from assets.conversations.inner_json import dumps
from tests.assets.conversations.random_conversations import conversations


@pytest.mark.parametrize("name", formats.RENDERED)
@settings(deadline=None, max_examples=80)
@given(conversation=conversations())
@example(conversation=Conversation((Message("user", "```"), Message("user", "```"), Message("assistant", "```"))))
@example(conversation=Conversation((Message("system", "foo["), Message("user", "")), ({"type": "function", "function": {"name": "f"}},)))
@example(conversation=Conversation((Message("assistant", " ", (Call("f", {}), Call("f", []))),)))
def test_there_and_back_is_equal(name: str, conversation: Conversation) -> None:
    payload = json.loads(json.dumps(formats.render(conversation, name)))
    _, found, repairs = formats.read(payload)
    assert found == conversation and not repairs


@settings(deadline=None, max_examples=50)
@given(conversation=conversations())
def test_columns_hold_the_conversation(conversation: Conversation) -> None:
    assert from_rows(to_rows(conversation), dumps(list(conversation.tools))) == conversation

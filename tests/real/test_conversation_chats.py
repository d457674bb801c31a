"""Published conversations on their way to chats: nothing is lost, nothing personal is left, and copies stay together."""

from pathlib import Path

import polars as pl
import pytest

from assets.conversations import balance, chats, conversion, redacting, similarity
from assets.conversations.sources import files, reading
from assets.conversations.sources.settings import ConversationFiles, ConversationReadingSettings
from assets.redaction.redaction import RedactionSettings

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "conversations"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs the shared data")


@pytest.fixture(scope="module")
def conversations() -> pl.DataFrame:
    listed, _ = files.list_files([ConversationFiles(path=str(FOLDER))])
    raw, _ = reading.read_rows(listed, ConversationReadingSettings())
    return conversion.to_tool_conversations(raw, conversion.ConversationSettings())[0]


def test_nothing_personal_is_left_and_nothing_breaks(conversations: pl.DataFrame) -> None:
    kept, notes = redacting.redact_conversations(conversations, redacting.ConversationRedactionSettings())
    assert kept.height == conversations.height == 205 and set(notes["rule"]) == {"email", "assigned_secret", "person_name"}
    assert redacting.left_in_conversations(conversations, RedactionSettings())[0].height > 0
    assert redacting.left_in_conversations(kept, RedactionSettings())[0].is_empty()
    unchanged = ("complexity", "orphan_call", "invalid_arguments", "n_calls", "error_handling", "tools_defined")
    assert kept.select(unchanged).equals(conversations.select(unchanged))


def test_chats(conversations: pl.DataFrame) -> None:
    narrow, _ = similarity.fingerprint_conversations(conversations, similarity.SimilaritySettings())
    clusters = similarity.clusters(narrow, similarity.SimilaritySettings())
    kept, notes = chats.to_conversation_chats(conversations, chats.ConversationChatSettings(), clusters)
    assert kept.height == 205 and notes.is_empty() and kept["group_keys"].explode().n_unique() < 205
    decisions = balance.balance(conversations, balance.BalanceSettings())
    weighed, _ = balance.apply_balance(kept, decisions)
    assert weighed["id"].equals(kept["id"]) and weighed["weight"].max() > 1 == weighed["weight"].min()

"""The chats that come along: every form and feature is among them, all of them are read, and most are short."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets.conversations import anomalies, chats, conversion, redacting, similarity
from assets.conversations.demo import writing
from assets.conversations.formats import FORMATS
from assets.conversations.sources import embedded, reading
from assets.conversations.sources.settings import ConversationReadingSettings
from assets.corpus.template import tool_text
from assets.redaction.redaction import RedactionSettings

READING = ConversationReadingSettings()
MAX_CHARS, LEAST_SHORT = 1_040, 40  # of a chat as the base model is shown it: 288 tokens are 1,000 to 1,150 characters


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    listed, problems = embedded.list_embedded(tmp_path_factory.mktemp("demo") / "chats", READING)
    rows, more = reading.read_rows(listed, READING)
    assert problems.is_empty() and more.is_empty()
    return rows


@pytest.fixture(scope="module")
def conversations(raw: pl.DataFrame) -> pl.DataFrame:
    found, notes = conversion.to_tool_conversations(raw, conversion.ConversationSettings())
    assert found.height == raw.height and set(notes["action"]) == {"altered"}
    kept, _ = redacting.redact_conversations(found, redacting.ConversationRedactionSettings())
    return kept


def test_the_rows_are_those_that_are_written(raw: pl.DataFrame) -> None:
    rows = list(writing.rows())
    assert 55 <= len(rows) == raw.height <= 70 and rows == list(writing.rows())
    assert sorted(map(json.dumps, (row for _, row in rows))) == sorted(json.dumps(json.loads(payload)) for payload in raw["payload"])
    assert set(raw["source"]) == {f"embedded/{name}.jsonl" for name in FORMATS} and set(raw["license"]) == {"Apache-2.0"}


def test_files_are_written_once(tmp_path: Path) -> None:
    first, _ = embedded.list_embedded(tmp_path / "chats", READING)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "chats").iterdir()}
    (tmp_path / "chats" / "glaive.jsonl").write_text("damaged")
    second, _ = embedded.list_embedded(tmp_path / "chats", READING)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "chats").iterdir()}
    assert second.equals(first) and {name for name in before if before[name] != after[name]} == {"glaive.jsonl"}


def test_each_is_read_as_what_it_was_written_in(raw: pl.DataFrame, conversations: pl.DataFrame) -> None:
    told = conversations.with_columns(parent=pl.col("parent_ids").list.first()).join(raw.select(parent="id", file="source"), on="parent")
    assert (told["file"] == "embedded/" + told["format"] + ".jsonl").all()


def test_every_feature_is_there(conversations: pl.DataFrame) -> None:
    values = {name: set(conversations[name]) for name in conversations.columns if name not in ("messages", "parent_ids", "repairs")}
    assert values["complexity"] == {"none", "simple", "moderate", "complex", "malformed"}
    assert values["turn_bucket"] == {"1", "2-3", "4-5", "6+"} and values["call_bucket"] == {"0", "1", "2-3", "4+"}
    both = {"parallel", "error_handling", "conditional_error", "orphan_call", "repaired", "ends_on_user"}
    assert all(values[name] == {True, False} for name in both) and max(values["tools_defined"]) >= 2
    assert conversations["orphan_call"].sum() == conversations["invalid_arguments"].sum() == conversations["ends_on_user"].sum() == 1
    repairs = conversations["repairs"].explode().drop_nulls().to_list()
    assert sorted(repairs) == ["escaped_apostrophes", "missing_separator", "parameters_for_arguments", "single_quotes"]
    assert anomalies.anomalies(conversations.select(anomalies.COLUMNS), anomalies.AnomalySettings()) == ()


def test_somebody_s_name_is_in_them_and_goes(raw: pl.DataFrame, conversations: pl.DataFrame) -> None:
    settings = RedactionSettings()
    found, _ = conversion.to_tool_conversations(raw, conversion.ConversationSettings())
    assert redacting.left_in_conversations(found, settings)[0]["class"].to_list() == ["user_name"]
    assert redacting.left_in_conversations(conversations, settings)[0].is_empty()


def test_copies_stay_together_and_most_chats_are_short(conversations: pl.DataFrame) -> None:
    narrow, _ = similarity.fingerprint_conversations(conversations, similarity.SimilaritySettings())
    clusters = similarity.clusters(narrow, similarity.SimilaritySettings())
    sizes = clusters.group_by("cluster_id").len()["len"].sort(descending=True)
    assert sizes.head(3).to_list() == [2, 2, 1], "one copy in another form, one that is nearly the same"
    kept, notes = chats.to_conversation_chats(conversations, chats.ConversationChatSettings(), clusters)
    assert sorted(notes["rule"]) == ["malformed", "orphan_call", "unanswered_turn"] and kept.height == conversations.height - 2
    lengths = []
    for messages, tools in zip(kept["messages"].to_list(), kept["tools"], strict=True):
        told, known = tool_text.native(messages, tools)
        lengths.append(sum(len(turn["content"]) + 30 for turn in tool_text.flat(told, known, "tool")))  # the marks of a turn
    assert sum(length <= MAX_CHARS for length in lengths) >= LEAST_SHORT, sorted(lengths)

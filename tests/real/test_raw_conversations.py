"""Published conversations, read from the files that they are published in, and what the project says about them."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets.conversations import anomalies, balance, slices
from assets.conversations.conversion import ConversationSettings, to_tool_conversations
from assets.conversations.schema import RawConversations
from assets.conversations.sources.files import list_files
from assets.conversations.sources.reading import read_rows
from assets.conversations.sources.settings import ConversationFiles, ConversationReadingSettings

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "conversations"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs the shared data")
GLAIVE, CONVERTED = "glaive_raw_5.jsonl", "glaive_toolcall_en_demo_first200.json"


def raw() -> tuple[pl.DataFrame, pl.DataFrame]:
    chosen = ConversationReadingSettings(range_bytes=100_000)
    listed, notes = list_files([ConversationFiles(path=str(FOLDER), license="Apache-2.0")], chosen)
    rows, more = read_rows(listed, chosen)
    return rows, pl.concat([notes, more])


def test_every_row_as_published() -> None:
    rows, notes = raw()
    RawConversations.validate(rows, lazy=True)
    assert not notes.height and dict(rows.group_by("source").len().rows()) == {GLAIVE: 5, CONVERTED: 200}
    published = [json.loads(line) for line in (FOLDER / GLAIVE).read_text(encoding="utf-8").splitlines()]
    published += json.loads((FOLDER / CONVERTED).read_text(encoding="utf-8"))
    assert [json.loads(payload) for payload in rows["payload"]] == published


def test_what_is_said_about_them() -> None:
    found, notes = to_tool_conversations(raw()[0], ConversationSettings())
    assert found.height == 205 and not notes.height
    report = slices.slices(found, slices.SliceSettings())
    assert report.shares.filter(slice="complexity")["rows"].sum() == 205
    decisions = balance.balance(found, balance.BalanceSettings())
    table = balance.effect(found, decisions, balance.BalanceSettings())
    rare = table.filter(pl.col("level_before").is_in(["low", "very_low"]), pl.col("rows_before") > 0)
    assert rare.height and (rare["share_after"] > rare["share_before"]).all()
    assert [anomaly.kind for anomaly in anomalies.anomalies(found, anomalies.AnomalySettings())] == []

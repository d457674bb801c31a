"""The conversation line as assets: nothing vanishes, what is odd is said, and what breaks a promise reaches no reader."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.conversations import assets
from resources import platform
from resources.engine import LocalEngine
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings

TOOL = {"name": "get_weather", "description": "Weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
SYSTEM = f"SYSTEM: You are a helpful assistant with access to the following functions. Use them if required -\n{json.dumps(TOOL, indent=4)}"


def chat(city: str, tool: str = "get_weather", turns: int = 1) -> dict[str, str]:
    said = f'<functioncall> {{"name": "{tool}", "arguments": \'{{"city": "{city}"}}\'}} <|endoftext|>'
    turn = (
        f"USER: How is the weather in {city}?\n\n\nASSISTANT: {said}\n\n\n"
        + 'FUNCTION RESPONSE: {"sky": "clear"}\n\n\nASSISTANT: Clear. <|endoftext|>'
    )
    return {"system": SYSTEM, "chat": "\n\n\n".join([turn] * turns)}


class Chats:
    """A lake, and the assets over a file of chats."""

    def __init__(self, root: Path, lake: Lake, engine: LocalEngine) -> None:
        self.file, self.lake, self.engine = root / "chats.jsonl", lake, engine

    def run(self, rows: list[Any], line: dict[str, Any] | None = None) -> dg.ExecuteInProcessResult:
        self.file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        sources = {"conversations": {"files": [str(self.file)] if rows else []}}
        settings = Settings.model_validate({"sources": sources, "conversations": line or {}})
        bundle = platform.Platform(settings, self.lake, self.engine, dg.PipesSubprocessClient())
        resources = {"platform": bundle, "io_manager": LakeIOManager(self.lake)}
        return dg.materialize([assets.raw_conversations, assets.tool_conversations], resources=resources, raise_on_error=False)

    def rules(self) -> dict[str, int]:
        entries = self.lake.snapshot("tool_conversations").ledger().filter(action="dropped").collect()
        return dict(entries.group_by("rule").len().rows())

    def alerts(self) -> list[dict[str, Any]]:
        file = Path(self.lake.storage.root) / "alerts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def chats(tmp_path: Path, lake: Lake, engine: LocalEngine) -> Chats:
    return Chats(tmp_path, lake, engine)


def failed(result: dg.ExecuteInProcessResult) -> set[str]:
    return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}


def test_chats_become_conversations_or_ledger_rows(chats: Chats) -> None:
    result = chats.run([chat("Oslo"), chat("Lima", tool="get_news"), {"system": SYSTEM, "chat": ""}, chat("Bath", turns=21)])
    assert result.success, failed(result)
    rows = chats.lake.open("tool_conversations").sort("n_calls", "orphan_call").collect()
    assert rows.select("n_turns", "n_calls", "orphan_call", "complexity").rows() == [(1, 1, False, "simple"), (1, 1, True, "simple")]
    assert json.loads(rows["messages"][0][2]["tool_calls"]) == [{"arguments": {"city": "Oslo"}, "id": "call_1", "name": "get_weather"}]
    rules = chats.rules()
    assert rules["too_many_calls"] == 1 and sum(rules.values()) == 2, "and the one that says nothing"


def test_what_is_odd_is_a_warning_and_somebody_is_told(chats: Chats) -> None:
    quiet = {"system": "SYSTEM: You are a helpful assistant.", "chat": "USER: Hello\n\n\nASSISTANT: Hello. <|endoftext|>"}
    result = chats.run([quiet, quiet | {"chat": "USER: Hi\n\n\nASSISTANT: Hi. <|endoftext|>"}, chat("Oslo")])
    assert result.success and failed(result) == {"nothing_is_odd"}
    (alert,) = chats.alerts()
    assert alert["severity"] == "warn" and "no call share is 0.6667, above 0.6" in alert["lines"][0]


def test_what_is_severely_odd_reaches_no_reader(chats: Chats) -> None:
    assert chats.run([chat("Oslo"), chat("Lima")]).success
    before = chats.lake.current("tool_conversations")
    result = chats.run([chat("Oslo"), chat("Lima"), chat("Rome")], {"anomalies": {"min_rows": 10}})
    assert not result.success and failed(result) == {"nothing_is_severely_odd"}
    assert chats.lake.current("tool_conversations") == before
    assert chats.alerts()[-1]["severity"] == "error"


def test_a_profile_without_conversations_has_empty_datasets(chats: Chats) -> None:
    result = chats.run([])
    assert result.success, failed(result)
    assert [chats.lake.open(name).collect().height for name in ("raw_conversations", "tool_conversations")] == [0, 0]
    assert chats.alerts() == []

from typing import Any

import polars as pl
import pytest

from assets.conversations.anomalies import COLUMNS, AnomalySettings, anomalies


def conversations(rows: int, **columns: Any) -> pl.DataFrame:
    usual = {"id": "a", "complexity": "simple", "n_turns": 2, "n_calls": 1, "tools_defined": 1}
    values = {name: columns.get(name, value) for name, value in usual.items()}
    return pl.DataFrame({name: value if isinstance(value, list) else [value] * rows for name, value in values.items()})


def test_ordinary_conversations() -> None:
    assert conversations(100).columns == list(COLUMNS) and anomalies(conversations(100), AnomalySettings()) == ()


@pytest.mark.parametrize(
    ("columns", "kind", "severity", "value", "threshold"),
    [
        ({"complexity": ["malformed"] * 6 + ["simple"] * 94}, "malformed_share", "error", 0.06, 0.05),
        ({"complexity": ["none"] * 61 + ["simple"] * 39}, "no_call_share", "warn", 0.61, 0.6),
        ({"n_turns": [10] * 99 + [11]}, "mean_turns", "warn", 10.01, 10),
        ({"n_calls": [5] * 99 + [6]}, "mean_calls", "warn", 5.01, 5),
        ({"tools_defined": [0] * 71 + [3] * 29}, "tool_coverage", "warn", 0.29, 0.3),
    ],
)
def test_beyond_a_threshold(columns: dict[str, Any], kind: str, severity: str, value: float, threshold: float) -> None:
    (found,) = anomalies(conversations(100, **columns), AnomalySettings())
    assert (found.kind, found.severity, found.value, found.threshold, found.rows) == (kind, severity, value, threshold, 100)


@pytest.mark.parametrize(
    "columns",
    [
        {"complexity": ["malformed"] * 5 + ["simple"] * 95},
        {"complexity": ["none"] * 60 + ["simple"] * 40},
        {"n_turns": 10},
        {"n_calls": 5},
        {"tools_defined": [0] * 70 + [3] * 30},
    ],
)
def test_at_the_threshold(columns: dict[str, Any]) -> None:
    assert anomalies(conversations(100, **columns), AnomalySettings()) == ()


def test_severities_and_thresholds_are_settings() -> None:
    rows = conversations(4, n_calls=9)
    assert [found.severity for found in anomalies(rows, AnomalySettings(errors=("mean_calls",)))] == ["error"]
    assert anomalies(rows, AnomalySettings(max_mean_calls=9)) == ()
    (found,) = anomalies(conversations(4), AnomalySettings(min_rows=5))
    assert (found.kind, found.severity) == ("rows", "error")
    assert found.line == "rows is 4, below 5 (of 4 conversations)"
    (found,) = anomalies(conversations(4), AnomalySettings(max_rows=3))
    assert found.line == "rows is 4, above 3 (of 4 conversations)" and not anomalies(conversations(4), AnomalySettings(max_rows=4))


def test_no_conversations() -> None:
    (found,) = anomalies(conversations(0), AnomalySettings())
    assert (found.kind, found.value, found.threshold) == ("rows", 0, 1)
    assert anomalies(conversations(0), AnomalySettings(min_rows=0)) == ()

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets.conversations import slices
from assets.conversations.slices import SHARES, TESTS, VALUES, SliceSettings

SCHEMA = dict.fromkeys(slices.COLUMNS, pl.String) | {"error_handling": pl.Boolean, "parallel": pl.Boolean, "tools_defined": pl.Int64}


def conversations(**columns: list[Any]) -> pl.DataFrame:
    rows = len(next(iter(columns.values())))
    usual = {"complexity": "simple", "turn_bucket": "1", "call_bucket": "1", "error_handling": False, "parallel": False, "tools_defined": 1}
    values = {name: columns.get(name, [value] * rows) for name, value in usual.items()}
    return pl.DataFrame({"id": [f"{number:032x}" for number in range(rows)], **values}, schema=SCHEMA)


def rows_of(report: slices.Report, name: str) -> dict[str, tuple[Any, ...]]:
    return {row[1]: row[2:] for row in report.shares.filter(slice=name).rows()}


def test_shares_and_levels() -> None:
    tiers = ["none"] * 600 + ["simple"] * 360 + ["moderate"] * 36 + ["complex"] * 4 + ["malformed"] * 250
    found = rows_of(slices.slices(conversations(complexity=tiers), SliceSettings()), "complexity")
    assert found == {
        "none": (True, 600.0, 0.6, 0.25, "ok"),
        "simple": (True, 360.0, 0.36, 0.25, "ok"),
        "moderate": (True, 36.0, 0.036, 0.25, "low"),
        "complex": (True, 4.0, 0.004, 0.25, "very_low"),
        "malformed": (False, 250.0, 0.2, None, "invalid"),
    }


def test_the_thresholds_themselves_are_fine() -> None:
    tiers = ["none"] * 94 + ["simple"] * 5 + ["moderate"]
    found = rows_of(slices.slices(conversations(complexity=tiers), SliceSettings()), "complexity")
    assert [found[name][-1] for name in ("simple", "moderate", "complex")] == ["ok", "low", "very_low"]


def test_numbers_of_tools() -> None:
    found = rows_of(slices.slices(conversations(tools_defined=[0, 1, 2, 3, 4, 40]), SliceSettings()), "tools_defined")
    assert {value: row[1] for value, row in found.items()} == {"0": 1.0, "1": 1.0, "2-3": 2.0, "4+": 2.0}


def test_chi_square_by_hand() -> None:
    report = slices.slices(conversations(parallel=[True] * 20 + [False] * 80), SliceSettings())
    test = report.tests.row(by_predicate=pl.col("slice") == "parallel", named=True)
    assert (test["chi_square"], test["degrees_of_freedom"]) == (pytest.approx(36.0), 1)  # (20 - 50)² / 50 + (80 - 50)² / 50
    assert test["p_value"] == pytest.approx(1.973e-9, rel=1e-3) and test["effect"] == "large"
    assert test["cohens_w"] == test["cramers_v"] == pytest.approx(0.6)
    targets = SliceSettings(targets={"parallel": {"true": 0.2, "false": 0.8}})
    met = slices.slices(conversations(parallel=[True] * 20 + [False] * 80), targets).tests.row(
        by_predicate=pl.col("slice") == "parallel", named=True
    )
    assert (met["chi_square"], met["p_value"], met["effect"]) == (0, 1, "negligible")
    everywhere = report.tests.row(by_predicate=pl.col("slice") == "complexity", named=True)
    assert everywhere["cramers_v"] == pytest.approx(1) and everywhere["cohens_w"] == pytest.approx(3**0.5)


def test_nothing_and_nothing_valid() -> None:
    for rows in (conversations(complexity=[]), conversations(complexity=["malformed"] * 3)):
        report = slices.slices(rows, SliceSettings())
        assert report.shares.schema == SHARES and report.tests.schema == TESTS
        assert report.tests.filter(slice="complexity")["chi_square"].to_list() == [None]
        assert set(report.shares.filter(slice="complexity")["level"]) == {"invalid", "unknown"}


@settings(deadline=None, max_examples=40)
@given(tiers=st.lists(st.sampled_from(VALUES["complexity"]), min_size=1, max_size=60))
def test_shares_sum_to_one(tiers: list[str]) -> None:
    report = slices.slices(conversations(complexity=tiers), SliceSettings())
    for name in VALUES:
        valid = report.shares.filter(slice=name, is_valid=True)
        assert valid.height == len(slices.valid_values(name))
        assert valid["share"].sum() == pytest.approx(1 if valid["rows"].sum() else 0)
    assert report.shares.filter(slice="complexity")["rows"].sum() == len(tiers)
    assert report.tests["cramers_v"].drop_nulls().is_between(0, 1 + 1e-9).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"low_share": 0.01, "very_low_share": 0.05},
        {"targets": {"colour": {}}},
        {"targets": {"parallel": {"true": 1.0}}},
        {"targets": {"parallel": {"true": 0.5, "false": 0.6}}},
        {"targets": {"parallel": {"true": 0.0, "false": 1.0}}},
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SliceSettings.model_validate(wrong)

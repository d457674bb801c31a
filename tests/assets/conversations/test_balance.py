from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets.conversations import balance, slices
from assets.conversations.balance import DECISIONS, BalanceSettings
from assets.ledger import SCHEMA as LEDGER

SCHEMA = dict.fromkeys(slices.COLUMNS, pl.String) | {"error_handling": pl.Boolean, "parallel": pl.Boolean, "tools_defined": pl.Int64}
RESAMPLED = BalanceSettings(mode="resampling")


def conversations(tiers: list[str], parallel: list[bool] | None = None) -> pl.DataFrame:
    """Rows whose slices other than the tier, and `parallel` where it is given, say nothing: each has one value."""
    usual = {"turn_bucket": "1", "call_bucket": "1", "error_handling": False, "parallel": parallel or False, "tools_defined": 1}
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**64:032x}" for number in range(len(tiers))]
    columns = {name: value if isinstance(value, list) else [value] * len(tiers) for name, value in usual.items()}
    return pl.DataFrame({"id": ids, "complexity": tiers, **columns}, schema=SCHEMA)


def chats_of(rows: pl.DataFrame) -> pl.DataFrame:
    named = {"id": pl.lit("chat-") + pl.col("id"), "parent_ids": pl.concat_list("id"), "source": pl.lit("tool_conversation")}
    return rows.select(**named, weight=pl.lit(0.5))


UNEVEN = ["none"] * 800 + ["simple"] * 150 + ["moderate"] * 45 + ["complex"] * 5 + ["malformed"] * 30


def test_weights() -> None:
    rows = conversations(UNEVEN)
    found = rows.join(balance.balance(rows, BalanceSettings()), on="id")
    weights = {tier: set(found.filter(complexity=tier).select("weight", "copies", "reason", "threshold").rows()) for tier in set(UNEVEN)}
    assert weights == {
        "none": {(1.0, 1, None, None)},
        "simple": {(1.0, 1, None, None)},
        "moderate": {(1.189207, 1, "complexity=moderate", 0.05)},  # .045 -> .05 asks for 1.117: a quarter of an octave
        "complex": {(4.0, 1, "complexity=complex", 0.05)},
        "malformed": {(1.0, 1, None, None)},
    }
    assert found.filter(complexity="complex")["score"].to_list() == [0.005] * 5


def test_malformed_is_never_raised() -> None:
    parallel = [True] * 3 + [False] * 97
    rows = conversations(["malformed"] * 2 + ["none"] * 98, parallel)
    for mode in ("weights", "resampling"):
        found = balance.balance(rows, BalanceSettings(mode=mode, capped_shares={}))  # type: ignore[arg-type]
        by_id = {row["id"]: row for row in found.iter_rows(named=True)}
        bad, good = [by_id[row_id] for row_id in rows["id"][:2]], by_id[rows["id"][2]]
        assert all((row["weight"], row["copies"], row["reason"]) == (1.0, 1, None) for row in bad)
        assert good["reason"] == "parallel=true" and (good["weight"] > 1 or mode == "resampling")


def test_the_rarest_value_of_a_row_counts_and_not_the_product() -> None:
    rows = conversations(["simple"] * 960 + ["complex"] * 40, [False] * 980 + [True] * 20)
    found = balance.balance(rows, BalanceSettings(max_factor=100))
    both = rows.join(found, on="id").filter(complexity="complex", parallel=True)
    assert set(both.select("weight", "reason").rows()) == {(2.378414, "parallel=true")}  # 2.58 in quarters of an octave


def test_the_cap() -> None:
    rows = conversations(UNEVEN)
    found = rows.join(balance.balance(rows, RESAMPLED.model_copy(update={"max_cut_share": 1.0})), on="id")
    cut = found.filter(copies=0)
    assert set(cut["complexity"]) == {"none"} and cut.height == 800 - 300  # 300 of (300 + 200) is .6
    assert set(cut.select("reason", "score", "threshold").rows()) == {("complexity=none", 0.8, 0.6)}
    gentle = balance.balance(rows, RESAMPLED.model_copy(update={"max_cut_share": 0.1}))
    assert gentle.filter(copies=0).height == 80
    others = balance.balance(rows, BalanceSettings(mode="resampling", seed=1, max_cut_share=1))
    assert set(others.filter(copies=0)["id"]) != set(cut["id"])


def test_what_is_rare_is_not_cut() -> None:
    rows = conversations(["none"] * 90 + ["simple"] * 10, [True] * 3 + [False] * 97)
    found = balance.balance(rows, RESAMPLED)
    kept = found.filter(pl.col("copies") > 0)["id"].to_list()
    assert set(rows["id"][:3]) <= set(kept) and len(kept) < 60
    assert balance.balance(conversations(["none"] * 50), RESAMPLED).filter(copies=0).height == 0


def test_before_and_after() -> None:
    rows = conversations(UNEVEN)
    for mode in ("weights", "resampling"):
        chosen = BalanceSettings(mode=mode, max_factor=20)  # type: ignore[arg-type]
        table = balance.effect(rows, balance.balance(rows, chosen), chosen)
        rare = table.filter(slice="complexity", value="complex").row(0, named=True)
        assert (rare["level_before"], rare["rows_before"]) == ("very_low", 5.0)
        assert rare["share_after"] > 0.04 and table.height == sum(len(values) for values in slices.VALUES.values())
    nothing = BalanceSettings(mode="none")
    same = balance.effect(rows, balance.balance(rows, nothing), nothing)
    assert same["rows_before"].equals(same["rows_after"].rename("rows_before"))


def test_decisions_are_carried_out() -> None:
    rows = conversations(UNEVEN)
    decisions = balance.balance(rows, RESAMPLED)
    stranger = pl.DataFrame({"id": ["other"], "parent_ids": [["elsewhere"]], "source": ["code_qa"], "weight": [2.0]})
    chats = pl.concat([chats_of(rows), stranger])
    kept, notes = balance.apply_balance(chats, decisions)
    assert kept.schema == chats.schema and notes.schema == pl.Schema(LEDGER)
    assert kept.height == decisions["copies"].sum() + 1 and kept["id"].is_unique().all()
    counts = dict(kept.group_by(pl.col("parent_ids").list.first()).len().rows())
    assert all(counts.get(row_id, 0) == copies for row_id, copies in decisions.select("id", "copies").rows())
    assert kept.row(-1) == ("other", ["elsewhere"], "code_qa", 2.0)
    capped = notes.filter(rule="capped", action="dropped")
    assert set(capped["row_id"]) == set(decisions.filter(copies=0)["id"]) and capped.height == 400  # half of 800
    assert notes.filter(rule="copied", action="altered")["detail"].unique().to_list()
    cut = {f"chat-{row_id}" for row_id in capped["row_id"]}
    assert set(chats["id"]) == set(kept["id"]) & set(chats["id"]) | cut and not set(kept["id"]) & cut


def test_weights_are_carried_out() -> None:
    rows = conversations(UNEVEN)
    kept, notes = balance.apply_balance(chats_of(rows), balance.balance(rows, BalanceSettings()))
    assert kept["id"].equals(chats_of(rows)["id"]) and not notes.height
    assert dict(zip(rows["complexity"], kept["weight"], strict=True))["complex"] == 2.0


def test_no_rows() -> None:
    none = conversations([])
    for chosen in (BalanceSettings(), RESAMPLED):
        decisions = balance.balance(none, chosen)
        assert decisions.schema == DECISIONS
        kept, notes = balance.apply_balance(chats_of(none), decisions)
        assert kept.schema["weight"] == pl.Float64 and not kept.height and notes.schema == pl.Schema(LEDGER)


TIERS = st.lists(st.sampled_from(slices.VALUES["complexity"]), max_size=80)


@settings(deadline=None, max_examples=40)
@given(
    tiers=TIERS, order=st.randoms(use_true_random=False), mode=st.sampled_from(["none", "weights", "resampling"]), seed=st.integers(0, 3)
)
def test_decisions_do_not_depend_on_order(tiers: list[str], order: Any, mode: Any, seed: int) -> None:
    rows, chosen = conversations(tiers), BalanceSettings(mode=mode, seed=seed)
    mixed = list(range(rows.height))
    order.shuffle(mixed)
    found = balance.balance(rows, chosen)
    assert found.equals(balance.balance(rows[mixed], chosen)) and found["id"].is_sorted()
    assert found["weight"].is_between(1, 4).all() and found["copies"].is_between(0, 4).all()
    for tier, count in rows.group_by("complexity").len().rows():
        assert rows.join(found, on="id").filter(complexity=tier, copies=0).height <= count / 2


@pytest.mark.parametrize(
    "wrong", [{"capped_shares": {"colour": 0.5}}, {"capped_shares": {"complexity": 1.0}}, {"mode": "both"}, {"max_factor": 0.5}]
)
def test_settings_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BalanceSettings.model_validate(wrong)

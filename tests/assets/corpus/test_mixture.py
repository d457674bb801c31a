import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets import ledger
from assets.corpus import chat
from assets.corpus.mixture import DECISIONS, NARROW, REST, TABLE, MixtureSettings, apply_mixture, decide, own_shares, table

SETTINGS = [
    MixtureSettings(),
    MixtureSettings(shares={"code_qa": 0.5, "tool_conversation": 0.2, "tool_conversation/complex": 0.1}),
    MixtureSettings(shares={"code_qa": 0.3}, method="sampling", max_cut_share=1),
    MixtureSettings(weights={"code_qa": 0.25, "tool_conversation/none": 3}),
    MixtureSettings(weights={"code_qa": 0.25}, method="sampling"),
    MixtureSettings(caps={"repository": 30, "document": 5}, max_rows=150),
]


def rows(parts: dict[tuple[str, str | None], int], groups: int = 20, seed: int = 0) -> pl.DataFrame:
    draw, found = random.Random(seed), []
    for (source, piece), count in parts.items():
        for number in range(count):
            keys = [f"repository:r{draw.randrange(groups)}", *([f"document:d{draw.randrange(groups)}"] if draw.random() < 0.3 else [])]
            found.append((f"{source}-{piece}-{seed}-{number}", source, piece, keys, draw.choice((0.5, 1.0, 2.0))))
    return pl.DataFrame(found, schema=NARROW, orient="row")


PARTS: dict[tuple[str, str | None], int] = {
    ("code_qa", "what"): 300,
    ("code_qa", "why"): 100,
    ("tool_conversation", "complex"): 20,
    ("tool_conversation", "none"): 60,
}
NARROW_ROWS = rows({**PARTS, ("review_comment", None): 120})


def shares(narrow: pl.DataFrame, chosen: MixtureSettings) -> dict[str, dict[str, Any]]:
    return {row["part"]: row for row in table(narrow, decide(narrow, chosen), chosen).iter_rows(named=True)}


def test_as_it_stands_it_changes_nothing() -> None:
    found = decide(NARROW_ROWS, MixtureSettings())
    assert found.schema == DECISIONS and found["id"].to_list() == sorted(NARROW_ROWS["id"])
    assert found["is_kept"].all() and found["reason"].null_count() == found.height
    assert found.join(NARROW_ROWS, on="id").filter(pl.col("weight") != pl.col("weight_right")).is_empty()
    said = shares(NARROW_ROWS, MixtureSettings())
    assert REST not in said and said["code_qa"]["rows_after"] == 400 and said["code_qa"]["target"] is None


@pytest.mark.parametrize("chosen", SETTINGS)
def test_the_order_of_rows_decides_nothing(chosen: MixtureSettings) -> None:
    mixed = NARROW_ROWS.sample(fraction=1, shuffle=True, seed=3)
    first, second = decide(NARROW_ROWS, chosen), decide(mixed, chosen)
    assert first.equals(second) and table(NARROW_ROWS, first, chosen).equals(table(mixed, second, chosen))


def test_shares_by_weights() -> None:
    found = shares(NARROW_ROWS, SETTINGS[1])
    for part, target in {"code_qa": 0.5, "tool_conversation": 0.2, "tool_conversation/complex": 0.1, REST: 0.3}.items():
        assert found[part]["share_after"] == pytest.approx(target, rel=0.1) and found[part]["is_reached"], part
        assert found[part]["rows_after"] == found[part]["rows_before"]
    factors = decide(NARROW_ROWS, SETTINGS[1]).join(NARROW_ROWS, on="id").select(pl.col("weight") / pl.col("weight_right"))["weight"]
    assert all(abs(4 * factor - round(4 * factor)) < 1e-4 for factor in factors.log(2)), "quarters of an octave"


def test_shares_by_sampling() -> None:
    found = shares(NARROW_ROWS, SETTINGS[2])
    assert found["code_qa"]["share_after"] == pytest.approx(0.3, abs=0.02) and found["code_qa"]["is_reached"]
    assert found["code_qa"]["rows_after"] < 150 and found[REST]["rows_after"] == found[REST]["rows_before"] == 200
    cut = decide(NARROW_ROWS, SETTINGS[2]).filter(~pl.col("is_kept"))
    assert set(cut.select("reason", "detail").rows()) == {("over_share", "code_qa")}
    assert cut["score"][0] == pytest.approx(found["code_qa"]["share_before"]) and cut["threshold"][0] == pytest.approx(0.3)


def test_what_cannot_be_reached_is_said() -> None:
    for method in ("weights", "sampling"):
        chosen = MixtureSettings(shares={"tool_conversation": 0.9, "ghost": 0.05}, method=method, max_factor=2)
        found = shares(NARROW_ROWS, chosen)
        assert not found["tool_conversation"]["is_reached"] and 0.2 < found["tool_conversation"]["share_after"] < 0.6
        assert found["ghost"] == {"part": "ghost", "rows_before": 0, "rows_after": 0, "share_before": 0.0, "share_after": 0.0} | {
            "target": 0.05, "is_reached": False
        }  # fmt: skip
        assert found[REST]["rows_after"] >= 520 * 0.49, "no part loses more than max_cut_share"


def test_relative_weights() -> None:
    decided = {row["id"]: row for row in decide(NARROW_ROWS, SETTINGS[3]).iter_rows(named=True)}
    for row in NARROW_ROWS.iter_rows(named=True):
        factor = 0.25 if row["source"] == "code_qa" else 3 if row["slice"] == "none" else 1
        assert decided[row["id"]]["weight"] == pytest.approx(row["weight"] * factor)
    found = shares(NARROW_ROWS, SETTINGS[4])
    assert found["code_qa"]["rows_after"] == 100 and found[REST]["rows_after"] == 200


def test_caps_hold_for_each_key_and_are_filled() -> None:
    chosen = MixtureSettings(caps={"repository": 12, "document": 4})
    found = decide(NARROW_ROWS, chosen)
    kept = NARROW_ROWS.join(found.filter("is_kept"), on="id").explode("group_keys").group_by("group_keys").len()
    counts = dict(kept.rows())
    assert max(count for key, count in counts.items() if key.startswith("document:")) <= 4
    assert [count for key, count in counts.items() if key.startswith("repository:")] == [12] * 20, "a document's cut leaves room"
    cut = found.filter(~pl.col("is_kept"))
    assert set(cut["reason"]) == {"over_cap"} and set(cut["threshold"]) == {4.0, 12.0} and (cut["score"] > cut["threshold"]).all()
    assert set(cut["detail"].str.split(":").list.first()) == {"repository", "document"}


def test_max_rows_cuts_all_parts_alike() -> None:
    found = decide(NARROW_ROWS, MixtureSettings(max_rows=200))
    kept = NARROW_ROWS.join(found.filter("is_kept"), on="id")
    assert kept.height == 200 and 100 < kept.filter(source="code_qa").height < 165
    both = MixtureSettings(shares={"code_qa": 0.3}, method="sampling", max_cut_share=1, max_rows=100)
    assert shares(NARROW_ROWS, both)["code_qa"]["share_after"] == pytest.approx(0.3, abs=0.08)


def test_rows_that_come_elsewhere_change_few_decisions() -> None:
    more = pl.concat([NARROW_ROWS, rows({("review_comment", None): 2, ("document_qa", None): 2}, seed=1)])
    steady = MixtureSettings(shares={"code_qa": 0.4, "tool_conversation": 0.2})  # no factor is near the edge of its step
    for chosen in (steady, *(chosen for chosen in SETTINGS if chosen.method == "sampling" or not chosen.shares)):
        before, after = decide(NARROW_ROWS, chosen), decide(more, chosen)
        both = before.join(after, on="id")
        changed = both.filter((pl.col("weight") != pl.col("weight_right")) | (pl.col("is_kept") != pl.col("is_kept_right")))
        assert changed.height <= 8, chosen


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(st.sampled_from([("a", "x"), ("a", None), ("b", "y"), ("c", None)]), st.integers(0, 40)),
    st.dictionaries(st.sampled_from(["a", "b", "b/y", "ghost"]), st.floats(0.01, 0.24)),
    st.sampled_from(["weights", "sampling"]),
    st.integers(1, 60),
)
def test_invariants(parts: Any, wanted: dict[str, float], method: Any, cap: int) -> None:
    if wanted.get("b/y", 0) > wanted.get("b", 1):
        return
    narrow = rows(parts, groups=3)
    chosen = MixtureSettings(shares=wanted, method=method, caps={"repository": cap}, max_rows=cap * 2)
    found = decide(narrow, chosen)
    kept = narrow.join(found.filter("is_kept").select("id"), on="id")
    assert found.height == narrow.height and (found["weight"] > 0).all() and kept.height <= cap * 2
    keys = kept["group_keys"].explode(empty_as_null=False)
    assert all(count <= cap for _, count in keys.filter(keys.str.starts_with("repository")).value_counts().rows())
    assert (found["reason"].is_null() == found["is_kept"]).all()
    told = table(narrow, found, chosen)
    assert told.schema == TABLE and set(wanted) <= set(told["part"])


def test_own_shares_leave_out_slices() -> None:
    assert own_shares(MixtureSettings()) == {}
    assert own_shares(MixtureSettings(shares={"a": 0.5, "a/x": 0.25, "b/y": 0.125})) == {"a": 0.25, "a/x": 0.25, "b/y": 0.125, REST: 0.375}


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": {"a": 0.6, "b": 0.5}}, {"shares": {"a": 0.2, "a/x": 0.3}}, {"shares": {"a": 0}}, {"weights": {"a": 0}},
        {"shares": {"a": 0.5}, "weights": {"a": 1}}, {"caps": {"repository": 0}}, {"max_rows": 0}, {"weights": {"a": float("nan")}},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        MixtureSettings(**wrong)


def test_decisions_are_applied_to_chats() -> None:
    narrow = NARROW_ROWS.head(6)
    chats = pl.DataFrame(
        narrow.with_columns(parent_ids=pl.concat_list("id"), language=None, license=None, messages=[], tools=pl.lit("[]")), schema=None
    ).select(pl.col(name).cast(dtype) for name, dtype in chat.SCHEMA.items())
    decisions = decide(narrow, MixtureSettings(max_rows=4, weights={"code_qa": 2}))
    kept, told = apply_mixture(chats, MixtureSettings(), decisions)
    assert kept.schema == chat.SCHEMA and kept.height == 4 and told.schema == pl.Schema(ledger.SCHEMA)
    assert kept["weight"].to_list() == [2 * weight for weight in chats.filter(pl.col("id").is_in(kept["id"].implode()))["weight"]]
    assert told.select("rule", "score", "threshold", "detail").unique().rows() == [("over_cap", 6.0, 4.0, "all")]
    assert set(told["row_id"]) | set(kept["id"]) == set(narrow["id"])
    unknown, nothing = apply_mixture(chats, MixtureSettings(), decisions.clear())
    assert unknown.equals(chats) and nothing.is_empty()
    assert apply_mixture(chats.clear(), MixtureSettings(), decisions)[0].schema == chat.SCHEMA

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.splits.grouping import GROUPS, Shares, group_ids, groups_of, split_of_groups

ROOT = Path(__file__).parents[4]
SHARES = Shares(0.1, 0.1, 3)
NAMES = [f"repository:g{number}" for number in range(40)]
KEYS = st.lists(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=3), min_size=1, max_size=12)


def rows(keys: list[list[str]]) -> pl.DataFrame:
    ids = [f"{number:03}" for number in range(len(keys))]
    return pl.DataFrame({"id": ids, "group_keys": keys}, schema={"id": pl.String, "group_keys": pl.List(pl.String)})


def groups(names: list[str], stratum: str = "code_qa") -> pl.DataFrame:
    return pl.DataFrame({"group_id": names, "anchor": names, "stratum": [stratum] * len(names)}, schema=GROUPS)


def places(names: pl.DataFrame, shares: Shares = SHARES) -> dict[str, str]:
    return dict(split_of_groups(names, shares).rows())


@settings(deadline=None, max_examples=60)
@given(KEYS)
def test_groups_are_connected_components(keys: list[list[str]]) -> None:
    found = group_ids(rows(keys))
    sets = [set(some) for some in keys]
    for _ in keys:
        sets = [set().union(*(other for other in sets if other & mine)) for mine in sets]
    assert found["group_id"].to_list() == [min(mine) for mine in sets]
    assert all(anchor in mine for anchor, mine in zip(found["anchor"], sets, strict=True))
    assert found["id"].to_list() == rows(keys)["id"].to_list()


@settings(deadline=None, max_examples=60)
@given(KEYS, KEYS)
def test_data_that_touches_no_key_of_a_group_leaves_it_as_it_was(keys: list[list[str]], more: list[list[str]]) -> None:
    before, after = group_ids(rows(keys)), group_ids(rows(keys + more)).head(len(keys))
    touched = {key for some in more for key in some}
    old = [set(keys[row]) for row in range(len(keys))]
    for _ in keys:
        old = [set().union(*(other for other in old if other & mine)) for mine in old]
    for mine, was, now in zip(old, before.rows(), after.rows(), strict=True):
        assert mine & touched or was == now
    for anchor in before["anchor"].unique():  # a group that grows keeps its anchor, or has it from a key that joined
        anchors_now = set(after.filter(before["anchor"] == anchor)["anchor"])
        assert len(anchors_now) == 1 and (anchors_now == {anchor} or anchors_now.isdisjoint(next(mine for mine in old if anchor in mine)))


def test_a_key_that_joins_n_keys_moves_them_once_in_n_plus_one_times() -> None:
    keys = [[f"k:{number}-{key}" for key in range(4)] for number in range(300)]
    joining = [[f"k:{number}-0", f"k:{number}-new"] for number in range(300)]
    moved = (group_ids(rows(keys))["anchor"] != group_ids(rows(keys + joining))["anchor"].head(300)).sum()
    assert 35 <= moved <= 85  # 60 are expected


def test_rows_without_keys_are_groups_by_themselves() -> None:
    some = pl.DataFrame(
        {"id": ["a", "b", "c"], "group_keys": [[], None, [None]]}, schema={"id": pl.String, "group_keys": pl.List(pl.String)}
    )
    assert group_ids(some)["group_id"].to_list() == ["row:a", "row:b", "row:c"]
    assert group_ids(some.clear()).columns == ["id", "group_id", "anchor"]


def test_a_group_never_moves_when_groups_come() -> None:
    before, after = places(groups(NAMES)), places(groups([*NAMES, *(f"repository:new{number}" for number in range(200))]))
    assert all(after[name] == place for name, place in before.items())
    assert 0.04 < sum(place == "test" for place in after.values()) / len(after) < 0.18
    assert places(groups(NAMES), Shares(0.1, 0.1, 4)) != before


def test_the_kind_of_a_key_does_not_move_it() -> None:
    assert {name.split(":")[1]: place for name, place in places(groups(NAMES)).items()} == places(
        groups([name.split(":")[1] for name in NAMES])
    )


@pytest.mark.parametrize("n_groups", [1, 2, 3, 4, 5, 10])
@pytest.mark.parametrize("seed", range(12))
def test_no_split_is_empty_from_three_groups_on(n_groups: int, seed: int) -> None:
    shares, some = Shares(0.1, 0.1, seed), groups(NAMES[:n_groups])
    found = places(some, shares)
    assert found == places(some.reverse(), shares) and len(found) == n_groups
    if n_groups >= 3:
        assert set(found.values()) == {"train", "validation", "test"}


@pytest.mark.parametrize("seed", range(8))
def test_each_stratum_is_in_each_split_when_it_has_enough_groups(seed: int) -> None:
    shares, big = Shares(0.1, 0.1, seed), groups(NAMES)
    strata = [
        groups([f"{kind}:{kind}{number}" for number in range(count)], kind) for kind, count in (("five", 5), ("four", 4), ("twelve", 12))
    ]
    found = places(pl.concat([big, *strata]), shares)
    alone = places(big, shares)
    assert {name: found[name] for name in NAMES} == alone, "a stratum that has what it needs is not touched"
    for stratum, least in zip(strata, (3, 1, 3), strict=True):
        assert len({found[name] for name in stratum["group_id"]}) >= least
    natural = places(pl.concat([big, *(stratum.with_columns(stratum=pl.lit("code_qa")) for stratum in strata)]), shares)
    moved = [name for name, place in natural.items() if found[name] != place]
    assert all(natural[name] == "train" for name in moved) and len(moved) <= 6


def test_a_group_s_stratum_is_that_of_most_of_its_rows() -> None:
    parts = [("a", "code_qa", "Java")] * 2 + [("a", "code_qa", "Python")] * 3 + [("b", "document_qa", None), ("b", "code_qa", "C")]
    frame = pl.DataFrame(
        [(group, group, *rest) for group, *rest in parts], schema=["group_id", "anchor", "source", "language"], orient="row"
    )
    assert [tuple(row) for row in groups_of(frame).select("group_id", "stratum").rows()] == [
        ("a", "code_qa\x1fPython"),
        ("b", "code_qa\x1fC"),
    ]


def test_numba_is_not_imported_to_unite_keys() -> None:
    group_ids(rows([["a", "b"], ["b", "c"]]))  # the kernels are compiled now at the latest
    code = (
        "import sys, polars as pl\nfrom assets.corpus.splits.grouping import group_ids\n"
        "found = group_ids(pl.DataFrame({'id': ['0', '1'], 'group_keys': [['a', 'b'], ['b', 'c']]}))\n"
        "print(found['group_id'].to_list(), 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['a', 'a'] False"

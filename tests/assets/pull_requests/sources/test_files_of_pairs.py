from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.sources import listing, pairs
from assets.pull_requests.sources.files import list_files
from tests.assets.pull_requests.sources.exports import COMMENTS, DIFF, comment, ids, jsonl, read, without_urls


def test_pairs(tmp_path: Path) -> None:
    (tmp_path / "team_tool.js_12.diff").write_bytes(DIFF.encode() + b"+\xff\n")
    (tmp_path / "team_tool.js_12_comments.jsonl").write_text(jsonl([comment("team/tool.js", 12, 1)]))
    (tmp_path / "team_tool.js_13.diff").write_text(DIFF)  # nobody commented
    (tmp_path / "team_tool.js_14.diff").write_text(DIFF)
    (tmp_path / "team_tool.js_14_comments.jsonl").write_text("")
    (tmp_path / "team_tool.js_15_comments.jsonl").write_text(jsonl([without_urls(comment("", 0, 7))]))  # no diff
    (tmp_path / "team_tool.js_16_comments.jsonl").write_text("")
    (tmp_path / "LICENSE").write_text("not data")
    rows, told = read(tmp_path)
    assert told == [] and [number for _, number in rows] == [12, 13, 14, 15, 16] and {name for name, _ in rows} == {"team/tool.js"}
    assert [(ids(row), row["diff"] and row["diff"][: len(DIFF)]) for row in rows.values()] == [
        ([1], DIFF),
        ([], DIFF),
        ([], DIFF),
        ([7], None),
        ([], None),
    ]
    assert rows["team/tool.js", 12]["diff"].endswith("\r\n+\ufffd\n")


def test_names_with_several_underscores(tmp_path: Path) -> None:
    (tmp_path / "a_b_c_1_comments.jsonl").write_text(jsonl([comment("a_b/c", 1, 1)]))
    (tmp_path / "a_b_c_1.diff").write_text(DIFF)
    (tmp_path / "x_y_z_1_comments.jsonl").write_text(jsonl([comment("x/y_z", 1, 2)]))
    (tmp_path / "x_y_z_2.diff").write_text(DIFF)  # known by its sister
    (tmp_path / "p_q_r_5.diff").write_text(DIFF)  # nobody tells
    (tmp_path / "old_name_7_comments.jsonl").write_text(jsonl([comment("new/name", 7, 3)]))
    (tmp_path / "old_name_7.diff").write_text(DIFF)
    rows, told = read(tmp_path)
    assert told == [("ambiguous_name", "p/q_r#5")]
    assert {key: (ids(row), row["diff"] is not None) for key, row in rows.items()} == {
        ("a_b/c", 1): ([1], True),
        ("x/y_z", 1): ([2], False),
        ("x/y_z", 2): ([], True),
        ("p/q_r", 5): ([], True),
        ("new/name", 7): ([3], True),
    }
    listed, entries = list_files([tmp_path])
    assert entries["action"].to_list() == ["altered"] and entries["row_id"][0] in listing.row_ids(listed).to_list()


def test_two_repositories_of_one_joined_name(tmp_path: Path) -> None:
    (tmp_path / "a_b_c_1_comments.jsonl").write_text(jsonl([comment("a_b/c", 1, 1)]))
    (tmp_path / "a_b_c_2_comments.jsonl").write_text(jsonl([comment("a/b_c", 2, 2)]))
    (tmp_path / "a_b_c_3.diff").write_text(DIFF)
    (tmp_path / "a_b_c_2.diff").write_text(DIFF)
    rows, told = read(tmp_path)
    assert told == [("ambiguous_name", "a/b_c#3")] and set(rows) == {("a_b/c", 1), ("a/b_c", 2), ("a/b_c", 3)}
    assert rows["a/b_c", 2]["diff"] == DIFF


def test_an_export_that_is_named_like_a_pair(tmp_path: Path) -> None:
    (tmp_path / "big_dump_2024_comments.jsonl").write_text(jsonl(COMMENTS))
    rows, _ = read(tmp_path)
    assert {key: ids(row) for key, row in rows.items() if ids(row)} == {
        ("team/tool", 12): [1, 4],
        ("team/tool", 3): [2],
        ("a.b/c_d", 12): [3],
    }


NAMES = st.from_regex(r"[A-Za-z0-9.-]{1,6}(_[A-Za-z0-9.-]{1,3}){0,2}", fullmatch=True)


@settings(deadline=None, max_examples=40)
@given(NAMES, NAMES, st.integers(1, 10**9))
def test_names_of_pairs_lead_back(owner: str, name: str, number: int) -> None:
    pair = pairs.of_name(f"{owner}_{name}_{number}_comments.jsonl")
    assert pair is not None and (pair.name, pair.number, pair.is_diff) == (f"{owner}_{name}", number, False)
    host, repository, is_certain = pairs.resolve(pair.name, pairs.Counter(), {})
    assert repository.replace("/", "_", 1) == pair.name and is_certain == (pair.name.count("_") == 1) and host


@pytest.mark.parametrize(
    "name", ["x.diff", "12.diff", "a_12.diff", "a_b_c.diff", "a_b_0.diff", "a_b_12.patch", "_b_12.diff", "a_b_12_comments.json"]
)
def test_names_that_are_none(name: str) -> None:
    assert pairs.of_name(name) is None

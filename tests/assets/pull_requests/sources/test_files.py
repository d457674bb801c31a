import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import passport
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import file_parts, files, listing, pairs
from assets.pull_requests.sources.files import FilesError, FilesSettings, list_files

DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\r\n+b\r\n"


def comment(repository: str, number: int, identifier: int, **more: Any) -> dict[str, Any]:
    url = f"https://github.com/{repository}/pull/{number}#discussion_r{identifier}"
    return {"id": identifier, "path": "a.py", "diff_hunk": "@@", "body": f"body {identifier}", "html_url": url} | more


def pull(repository: str, number: int, **more: Any) -> dict[str, Any]:
    about = {"number": number, "title": f"title {number}", "url": f"https://api.github.com/repos/{repository}/pulls/{number}"}
    return about | {"commits": 3, "review_comments": 2, "updated_at": "2024-01-01T00:00:00Z"} | more


def without_urls(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "html_url"}


def jsonl(items: Iterable[Any]) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


def read(*patterns: Path | str, **limits: int) -> tuple[dict[tuple[str, int], dict[str, Any]], list[tuple[str, str]]]:
    """Return the rows by (repository, number), and (rule, detail) of the whole ledger."""
    listed, told = list_files(patterns)
    assert listed.schema == pl.Schema(listing.SCHEMA)
    kept, altered = read_pull_requests(listed, PullReadingSettings(**limits))
    rows = {(row["repository"], row["pull_number"]): row for row in kept.iter_rows(named=True)}
    assert len(rows) == kept.height
    return rows, pl.concat([told, altered]).select("rule", "detail").rows()


def ids(row: dict[str, Any]) -> list[int]:
    return [item["id"] for item in row["review_comments"]]


COMMENTS = [comment("team/tool", 12, 1), comment("team/tool", 3, 2), comment("a.b/c_d", 12, 3), comment("team/tool", 12, 4)]


@pytest.mark.parametrize("ending", ["jsonl", "ndjson", "json", "jsonl.gz", "jsonl.zst", "parquet", "lines.json"])
def test_comments_are_grouped(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"comments.{ending}"
    if ending == "parquet":
        pl.DataFrame(COMMENTS).with_columns(created_at=pl.lit(datetime(2024, 1, 2, tzinfo=UTC))).write_parquet(file, row_group_size=2)
    elif ending == "jsonl.zst":
        pl.DataFrame(COMMENTS).write_ndjson(file, compression="zstd")
    else:
        data = (json.dumps(COMMENTS) if ending == "json" else jsonl(COMMENTS)).encode()
        file.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    rows, told = read(file)
    assert told == [] and {key: ids(row) for key, row in rows.items()} == {
        ("team/tool", 12): [1, 4],
        ("team/tool", 3): [2],
        ("a.b/c_d", 12): [3],
    }
    row = rows["a.b/c_d", 12]
    assert row["review_comments"][0]["body"] == "body 3" and row["diff"] is None and row["host"] == "https://github.com"
    assert row["id"] == passport.row_id("bronze_prs", "https://github.com", "a.b/c_d", "12")
    if ending == "parquet":
        assert row["review_comments"][0]["created_at"] == datetime(2024, 1, 2, tzinfo=UTC)


def test_pulls_comments_reviews_and_bundles_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "1-pulls.jsonl").write_text(
        jsonl([pull("Team/Tool", 12, diff=DIFF, review_comments=[comment("team/tool", 12, 9)]), pull("team/tool", 3)])
    )
    (tmp_path / "2-comments.jsonl").write_text(jsonl(COMMENTS[:2]))
    review = {"id": 5, "state": "APPROVED", "submitted_at": "2024-01-01T00:00:00Z", "html_url": "https://github.com/team/tool/pull/3#x"}
    newer = pull("team/tool", 3, title="newer", updated_at="2025-01-01T00:00:00Z")
    reviewed = [{"commit": "c" * 40, "diff": DIFF, "follow_up": None, "problem": None}]
    bundle = {"pull": newer, "commits": [{"sha": "f" * 40}], "reviews": [], "review_comments": [], "reviewed": reviewed}
    (tmp_path / "3-more.jsonl").write_text(jsonl([review, bundle]))
    rows, told = read(tmp_path)
    assert told == [] and list(rows) == [("Team/Tool", 3), ("Team/Tool", 12)]  # as GET /pulls spells it
    assert ids(rows["Team/Tool", 12]) == [1, 9] and rows["Team/Tool", 12]["diff"] == DIFF
    assert json.loads(rows["Team/Tool", 12]["payload"])["commits"] == 3
    other = rows["Team/Tool", 3]
    assert (other["title"], ids(other), [item["id"] for item in other["reviews"]]) == ("newer", [2], [5])
    assert [item["sha"] for item in other["commits"]] == ["f" * 40] and other["reviewed"][0]["diff"] == DIFF


def test_a_bundle_without_pull(tmp_path: Path) -> None:
    named = {"repository": "team/tool", "number": 4, "pull": {"title": "x"}, "review_comments": []}
    (tmp_path / "b.jsonl").write_text(jsonl([named, {"review_comments": [comment("team/tool", 5, 1)]}]))
    rows, told = read(tmp_path / "b.jsonl")
    assert told == [] and rows["team/tool", 4]["title"] == "x" and ids(rows["team/tool", 5]) == [1]


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


def test_broken_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    deep = "[" * 100_000
    lines = [
        "\ufeff" + json.dumps(COMMENTS[0]),
        "{oops",
        "",
        "[1]",
        json.dumps(without_urls(COMMENTS[1])),
        "x" * 5000,
        deep[:900],
        json.dumps(COMMENTS[1]),
    ]
    file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    listed, told = list_files([file], FilesSettings(max_line_bytes=1000))
    expected = [("broken_line", 2), ("unknown_shape", 4), ("no_pull_request", 5), ("over_size", 6), ("broken_line", 7)]
    assert told.select("rule", "detail").rows() == [(rule, f"{file}:{line}") for rule, line in expected]
    assert told["row_id"].n_unique() == 5 and set(told["action"]) == {"dropped"}
    kept, _ = read_pull_requests(listed, PullReadingSettings())
    assert [ids(row) for row in kept.iter_rows(named=True)] == [[2], [1]]


def test_files_that_break_off(tmp_path: Path) -> None:
    whole = gzip.compress(jsonl(comment("team/tool", 1, number, noise=list(range(number % 50))) for number in range(2000)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "no.parquet").write_bytes(b"PAR1 not at all")
    (tmp_path / "odd.json").write_text('{"x": NaN')
    rows, told = read(tmp_path)
    assert [(rule, Path(detail).name.split(":")[0]) for rule, detail in told] == [
        ("unreadable", "cut.jsonl.gz"),
        ("unreadable", "no.parquet"),
        ("unreadable", "odd.json"),
    ]
    assert 100 < len(ids(rows["team/tool", 1])) < 2000


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match=r"none\*\.jsonl matches no file"):
        list_files([tmp_path / "none*.jsonl"])
    (tmp_path / "notes.txt").write_text("hello")
    listed, told = list_files([tmp_path / "notes.txt"])
    assert listed.is_empty() and told["rule"].to_list() == ["unknown_file"]


def test_globs_and_repeated_paths(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/c.jsonl").write_text(jsonl(COMMENTS))
    both = list_files([tmp_path / "**/*.jsonl", tmp_path, tmp_path / "sub/c.jsonl"])[0]
    assert both.equals(list_files([tmp_path])[0])


def test_digests_follow_the_content(tmp_path: Path) -> None:
    def digests(name: str, items: list[Any]) -> dict[int, str]:
        (tmp_path / name).write_text(jsonl(items))
        return dict(list_files([tmp_path / name])[0].select("pull_number", "digest").rows())

    tool = [item for item in COMMENTS if "c_d" not in item["html_url"]]
    before = digests("one.jsonl", tool)
    assert digests("two.jsonl", [comment("z/z", 99, 8), *tool]).items() >= before.items()
    after = digests("one.jsonl", [*tool[:-1], tool[-1] | {"body": "other"}])
    assert (after[3], after[12] != before[12]) == (before[3], True)


def test_what_changes_after_listing(tmp_path: Path) -> None:
    for number, name in enumerate(("changed.jsonl", "gone.jsonl", "kept.jsonl"), 1):
        (tmp_path / name).write_text(jsonl([comment("team/tool", number, number)]))
    (tmp_path / "team_tool_99.diff").write_text(DIFF)
    listed, _ = list_files([tmp_path])
    (tmp_path / "changed.jsonl").write_text(jsonl([comment("team/tool", 1, 9)]))
    (tmp_path / "gone.jsonl").unlink()
    (tmp_path / "team_tool_99.diff").write_text(DIFF.upper())
    kept, told = read_pull_requests(listed, PullReadingSettings())
    assert kept["pull_number"].to_list() == [3]
    assert told.select("rule", "detail").rows() == [("changed", "team/tool#1"), ("gone", "team/tool#2"), ("changed", "team/tool#99")]


def test_large_diffs_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "team_tool_1.diff").write_text(DIFF * 100)
    (tmp_path / "team_tool_2.diff").write_text(DIFF)
    rows, told = read(tmp_path, max_diff_bytes=1000)
    assert told == [("over_size", "team/tool#1 diff")]
    assert rows["team/tool", 1]["diff"] is None and rows["team/tool", 2]["diff"] == DIFF


def test_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for ending in ("jsonl", "jsonl.gz"):
        data = jsonl(comment("team/tool", number % 17 + 1, number) for number in range(100)).encode()
        (tmp_path / f"c.{ending}").write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
        listed, _ = list_files([tmp_path / f"c.{ending}"])
        expected = read_pull_requests(listed, PullReadingSettings())[0]
        assert expected["review_comments"].list.len().sum() == 100
        with monkeypatch.context() as patched:
            patched.setattr(file_parts, "_BATCH_BYTES", 500)
            patched.setattr(files, "_BATCH_PARTS", 7)
            assert list_files([tmp_path / f"c.{ending}"])[0].equals(listed)
            assert read_pull_requests(listed, PullReadingSettings())[0].equals(expected)


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


@settings(deadline=None, max_examples=30)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([json.dumps(item).encode() for item in COMMENTS]), max_size=6))
def test_any_bytes_are_listed(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_bytes(b"\n".join(lines))
    listed, _ = list_files([file])
    kept, told = read_pull_requests(listed, PullReadingSettings())
    assert kept.height == listed.height and set(told["rule"]) <= {"duplicate_comment"}

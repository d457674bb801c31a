import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import passport
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import file_parts, files
from assets.pull_requests.sources.files import FilesError, FilesSettings, list_files
from tests.assets.pull_requests.sources.exports import COMMENTS, DIFF, comment, ids, jsonl, read, without_urls


def pull(repository: str, number: int, **more: Any) -> dict[str, Any]:
    about = {"number": number, "title": f"title {number}", "url": f"https://api.github.com/repos/{repository}/pulls/{number}"}
    return about | {"commits": 3, "review_comments": 2, "updated_at": "2024-01-01T00:00:00Z"} | more


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


@settings(deadline=None, max_examples=30)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([json.dumps(item).encode() for item in COMMENTS]), max_size=6))
def test_any_bytes_are_listed(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_bytes(b"\n".join(lines))
    listed, _ = list_files([file])
    kept, told = read_pull_requests(listed, PullReadingSettings())
    assert kept.height == listed.height and set(told["rule"]) <= {"duplicate_comment"}

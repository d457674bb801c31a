from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model import locations
from assets.pull_requests.diffs import patches
from assets.pull_requests.tasks import claims as task_claims
from assets.pull_requests.tasks.making import SCHEMA, ReviewTaskSettings, make_tasks
from tests.reviews import Pull, diff, places, sha

BEFORE = "".join(f"line {number}\n" for number in range(1, 41))
AFTER = BEFORE.replace("line 5\n", "five\nfive and a half\n").replace("line 30\n", "thirty\n")
DIFF = diff({"a.py": BEFORE}, {"a.py": AFTER})
FIRST = "@@ -2,7 +2,8 @@ section\n line 2\n line 3\n line 4\n-line 5\n+five"
SECOND = "@@ -27,7 +28,7 @@ section\n line 27\n line 28\n line 29\n-line 30\n+thirty"


def after(old: str, new: str) -> str:
    """The diff from the reviewed state to the head."""
    return diff({"a.py": AFTER}, {"a.py": AFTER.replace(old, new)})


def of(task: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["task"] == task]


def rules(task: str, ledger: list[tuple[str, str]]) -> list[str]:
    return [rule for name, rule in ledger if name == task]


def test_one_comment_gives_all_tasks() -> None:
    pull = Pull(DIFF, {"one": (DIFF, after("five\n", "cinq\n"))})
    silver_id = pull.comment("a.py", 5, FIRST, labels=["nit", "requests_a_change"])
    rows, ledger = pull.tasks()
    yes, no, comment, refine = rows
    assert ledger == []
    assert [row["target"] for row in rows] == ["yes: 5", "no", "Please rename this.", "cinq"]
    assert [row["parent_ids"] for row in rows] == [[silver_id], [pull.id], [silver_id], [silver_id]]
    assert {(row["repository"], row["pull_number"], row["group_id"], row["base_sha"], row["license"]) for row in rows} == {
        ("owner/name", 7, "owner/name#7", sha("base"), "MIT")
    }
    assert {(row["original_commit_sha"], row["path"], row["language"], row["side"]) for row in rows} == {
        (sha("one"), "a.py", "Python", "RIGHT")
    }
    assert [(row["start_line"], row["end_line"]) for row in rows] == [(2, 9), (28, 34), (5, 5), (5, 5)]
    assert [row["follow_up_sha"] for row in rows] == [None, None, None, sha("head")]
    assert [row["labels"] for row in rows] == [["nit", "requests_a_change"], [], *[["nit", "requests_a_change"]] * 2]
    assert (refine["target_from"], refine["target_start_line"], refine["target_end_line"]) == ("follow_up", 5, 5)
    assert refine["comment"] == "Please rename this." and comment["comment"] is None
    whole = "@@ -2,7 +2,8 @@ section\n line 2\n line 3\n line 4\n-line 5\n+five\n+five and a half\n line 6\n line 7\n line 8"
    assert yes["hunk"] == comment["hunk"] == refine["hunk"] == whole and "+thirty" in no["hunk"]


def test_several_comments_in_one_hunk_on_both_sides() -> None:
    pull = Pull(DIFF, {"one": (DIFF, None)})
    ids = [
        pull.comment("a.py", 6, FIRST + "\n+five and a half", start_line=5),
        pull.comment("a.py", 5, FIRST.removesuffix("\n+five"), side="LEFT"),
    ]
    ids += [pull.comment("a.py", 6, FIRST + "\n+five and a half", start_line=5, body="Again.")]
    rows, ledger = pull.tasks()
    yes = of("needs_comment", rows)[0]
    assert yes["target"] == "yes: L5, 5-6" and yes["parent_ids"] == [ids[1], ids[0], ids[2]]
    assert [(row["side"], row["start_line"], row["end_line"]) for row in of("comment", rows)] == [
        ("RIGHT", 5, 6),
        ("LEFT", 5, 5),
        ("RIGHT", 5, 6),
    ]
    assert rules("refine", ledger) == ["no_follow_up", "removed_line", "no_follow_up"]


def test_hunks_that_may_be_commented_are_no_negatives() -> None:
    for silence in ({"labels": ["praise"]}, {"by_pull_author": True}, {"in_reply_to": "0" * 32}):
        pull = Pull(DIFF, {"one": (DIFF, None)})
        pull.comment("a.py", 5, FIRST)
        pull.comment("a.py", 31, SECOND, **silence)
        rows, ledger = pull.tasks()
        assert [row["target"] for row in of("needs_comment", rows)] == ["yes: 5"]
        assert rules("needs_comment", ledger) == ["other_comment"]


@pytest.mark.parametrize(
    ("path", "hunk", "at", "rule"),
    [
        ("a.py", SECOND, "one", "other_comment"),  # dropped, or a bot's
        ("a.py", SECOND, "two", "other_comment"),  # of another commit
        ("a.py", None, "one", "unplaced_comment"),  # on the file as a whole
        ("a.py", "@@ -1 +1 @@\n+elsewhere", "one", "unplaced_comment"),
        ("a.py", "@@ -1 +1 @@\n+elsewhere", "two", "not_sampled"),  # the code of another commit is not here any more
        ("b.py", SECOND, "one", "not_sampled"),
    ],
)
def test_fetched_comments_that_are_not_in_silver(path: str, hunk: str | None, at: str, rule: str) -> None:
    pull = Pull(None, {"one": (DIFF, None), "two": ("", None)})
    pull.comment("a.py", 5, FIRST)
    pull.fetched(path, hunk, at)
    rows, ledger = pull.tasks(negatives_per_positive=0)
    assert [row["target"] for row in of("needs_comment", rows)] == ["yes: 5"]
    assert rules("needs_comment", ledger) == [rule]


def test_each_reviewed_commit_has_its_hunks() -> None:
    later = AFTER.replace("line 20\n", "twenty\n")
    second = diff({"a.py": BEFORE}, {"a.py": later})
    pull = Pull(None, {"one": (DIFF, after("line 20\n", "twenty\n")), "two": (second, "")})
    pull.comment("a.py", 5, FIRST)
    pull.comment("a.py", 21, "@@ -17,7 +18,7 @@ section\n line 17\n line 18\n line 19\n-line 20\n+twenty", at="two")
    rows, ledger = pull.tasks()
    found = {(row["original_commit_sha"], row["target"]) for row in of("needs_comment", rows)}
    first = min(sha("one"), sha("two"))  # the hunk of line 30 is in both diffs: one of them is asked about
    assert found == {(sha("one"), "yes: 5"), (sha("two"), "yes: 21"), (first, "no")}
    assert sorted(rules("needs_comment", ledger)) == ["duplicate", "other_comment"]


def test_commit_that_only_bots_and_the_author_commented_on() -> None:
    pull = Pull(None, {"one": (DIFF, None)})
    pull.comment("a.py", 5, FIRST, by_pull_author=True, is_valid=False)
    pull.fetched("a.py", SECOND)
    rows, ledger = pull.tasks()
    assert rows == [] and ledger == [("needs_comment", "not_reviewed"), ("comment", "not_valid"), ("refine", "not_valid")]


def test_head_stands_in_for_commits_that_are_gone() -> None:
    pull = Pull(DIFF, {"one": (None, None)})
    pull.comment("a.py", 9, FIRST.replace("-2,7 +2,8", "-6,7 +6,8"), current_line=5)
    rows, _ = pull.tasks()
    yes, no, comment = rows
    assert (yes["target"], yes["original_commit_sha"], no["target"]) == ("yes: 5", sha("head"), "no")
    assert (comment["end_line"], comment["original_commit_sha"]) == (9, sha("one"))
    outdated = Pull(DIFF, {"one": (None, None)})
    outdated.comment("a.py", 9, FIRST.replace("+five", "+fünf"), current_line=None)
    rows, ledger = outdated.tasks()
    assert of("needs_comment", rows) == [] and rules("needs_comment", ledger) == ["unplaced_comment", "unplaced_comment"]


def test_excerpt_stands_in_for_the_diff() -> None:
    pull = Pull(None)
    pull.comment("a.py", 5, FIRST, suggestion="cinq\n")
    pull.comment("a.py", 6, FIRST)  # its last line is another
    rows, ledger = pull.tasks()
    assert [(row["task"], row["hunk"], row["target"]) for row in rows] == [
        ("comment", FIRST.replace("+2,8", "+2,4").replace("-2,7", "-2,4"), "Please rename this."),
        ("refine", FIRST.replace("+2,8", "+2,4").replace("-2,7", "-2,4"), "cinq"),
    ]
    assert ledger == [("owner/name#7", "no_diff"), ("comment", "no_hunk"), ("refine", "no_hunk")]


def test_line_that_is_another_in_the_diff_is_not_taken() -> None:
    pull = Pull(None, {"one": (DIFF, None)})
    pull.comment("a.py", 5, FIRST.replace("+five", "+something else"))
    rows, ledger = pull.tasks()
    assert of("needs_comment", rows) == [] and rules("needs_comment", ledger) == ["unplaced_comment"] * 2
    assert [row["hunk"].split("\n")[-1] for row in of("comment", rows)] == ["+something else"]


def test_suggestion_comes_before_the_follow_up() -> None:
    pull = Pull(None, {"one": (DIFF, after("five\n", "cinq\n"))})
    body = "Shorter:\r\n```suggestion\r\n5\r\n```"
    pull.comment("a.py", 6, FIRST + "\n+five and a half", start_line=5, body=body, suggestion="5\n")
    pull.comment("a.py", 5, FIRST, body="```suggestion\nV\n```", suggestion="V\n")
    rows, ledger = pull.tasks()
    [refine] = of("refine", rows)
    assert (refine["target"], refine["target_from"], refine["follow_up_sha"], refine["comment"]) == ("5", "suggestion", None, "Shorter:")
    assert (refine["target_start_line"], refine["target_end_line"]) == (5, 6)
    assert of("comment", rows)[0]["target"] == "Shorter:\n```suggestion\n5\n```"
    assert rules("refine", ledger) == ["no_text"], "a comment that is nothing but its answer"


@pytest.mark.parametrize(
    ("follow_up", "rule"),
    [
        (None, "no_follow_up"),
        (after("thirty\n", "XXX\n"), "unchanged"),
        (after("line 9\n", "nine\n"), "unchanged"),
        (diff({"b.py": "x\n"}, {"b.py": "y\n"}), "unchanged"),
        (diff({"a.py": AFTER}, {}), "file_deleted"),
        (after("five\n", "five\r\n"), "no_change"),
        (after("five\n", "x\n").replace("-five\n", "-sechs\n"), "does_not_fit"),
        (after("five\n", "x\n" * 31), "too_long_target"),
        (after("five\n", "x" * 401 + "\n"), "too_long_line"),
    ],
)
def test_follow_ups_that_are_none(follow_up: str | None, rule: str) -> None:
    pull = Pull(None, {"one": (DIFF, follow_up)})
    pull.comment("a.py", 5, FIRST)
    rows, ledger = pull.tasks()
    assert of("refine", rows) == [] and rules("refine", ledger) == [rule] and len(of("comment", rows)) == 1


def test_follow_up_in_a_file_that_moved() -> None:
    moved = after("five\n", "cinq\n").replace("--- a/a.py\n+++ b/a.py", "rename from a.py\nrename to b.py\n--- a/a.py\n+++ b/b.py")
    pull = Pull(None, {"one": (DIFF, moved.replace("diff --git a/a.py b/a.py", "diff --git a/a.py b/b.py"))})
    pull.comment("a.py", 5, FIRST)
    assert [row["target"] for row in of("refine", pull.tasks()[0])] == ["cinq"]


def test_renamed_in_the_pull_request() -> None:
    renamed = DIFF.replace("diff --git a/a.py", "diff --git a/old.py").replace(
        "--- a/a.py", "rename from old.py\nrename to a.py\n--- a/old.py"
    )
    pull = Pull(None, {"one": (renamed, None)})
    pull.comment("a.py", 5, FIRST)
    pull.fetched("old.py", SECOND)
    rows, ledger = pull.tasks()
    assert [(row["path"], row["target"]) for row in of("needs_comment", rows)] == [("a.py", "yes: 5")]
    assert rules("needs_comment", ledger) == ["other_comment"]


def test_crlf_and_no_newline_at_the_end() -> None:
    before, new = "a\r\nb\r\nc", "a\r\nB\r\nC"
    text = diff({"a.py": before}, {"a.py": new})
    pull = Pull(None, {"one": (text, diff({"a.py": new}, {"a.py": "a\r\nB\r\nsea"}))})
    pull.comment("a.py", 3, places(text, "a.py")[-1][2], start_line=2)
    rows, _ = pull.tasks()
    assert [row["target"] for row in rows] == ["yes: 2-3", "Please rename this.", "B\nsea"]
    assert {row["hunk"] for row in rows} == {"@@ -1,3 +1,3 @@ section\n a\n-b\n-c\n+B\n+C"}


def test_rules_of_comments() -> None:
    pull = Pull(None, {"one": (DIFF, None)}, head_sha=None)
    pull.comment("a.py", 5, FIRST, in_reply_to="0" * 32, is_valid=False)
    pull.comment("a.py", 5, FIRST, is_valid=False)
    pull.comment("a.py", 5, FIRST, body="x" * 2001)
    pull.comment("poetry.lock", 5, FIRST)
    pull.comment("a.py", 6, FIRST + "\n+five and a half", start_line=4, start_side="LEFT")
    rows, ledger = pull.tasks()
    assert rules("comment", ledger) == ["reply", "not_valid", "generated_file", "too_long_comment"]
    assert [(row["start_line"], row["end_line"]) for row in of("comment", rows)] == [(6, 6)], "a range from the other side is its last line"


def test_files_and_hunks_that_are_left_out() -> None:
    files = {"package-lock.json": "{}\n", "x.min.js": "a\n", "gone.py": "a\nb\n", "gen_pb2.py": "a\n", "long.py": "b\n"}
    changed = {"package-lock.json": "{1}\n", "x.min.js": "b\n", "gone.py": "a\n", "gen_pb2.py": "b\n", "long.py": "c" * 401 + "\n"}
    binary = "diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n"
    pull = Pull(None, {"one": (DIFF + diff(files, changed) + binary, None)})
    pull.comment("a.py", 5, FIRST)
    _, ledger = pull.tasks()
    assert sorted(rules("needs_comment", ledger)) == [
        *("binary_file", "generated_file", "generated_file", "minified_file", "only_deletions", "too_long_line")
    ]


def test_generated_by_what_its_head_says() -> None:
    text = diff({}, {"a.py": "# Code generated by x. DO NOT EDIT.\na = 1\n"})
    pull = Pull(None, {"one": (text, None)})
    pull.comment("a.py", 2, places(text, "a.py")[-1][2])
    assert pull.tasks()[1] == [("needs_comment", "generated_file"), ("comment", "generated_file"), ("refine", "generated_file")]


def test_what_generators_say_further_down_means_nothing() -> None:
    new = AFTER.replace("thirty\n", "# Code generated by x. DO NOT EDIT.\n")
    pull = Pull(None, {"one": (diff({"a.py": BEFORE}, {"a.py": new}), None)})
    pull.comment("a.py", 5, FIRST)
    assert len(of("needs_comment", pull.tasks()[0])) == 2


def test_time_is_that_of_the_review() -> None:
    pull = Pull(None, {"one": (DIFF, None), "two": (diff({"b.py": BEFORE}, {"b.py": AFTER}), None)})
    pull.comment("a.py", 5, FIRST, at="one")
    pull.comment("b.py", 5, FIRST, at="two")
    asked = of("needs_comment", pull.tasks()[0])
    assert sorted((row["path"], row["target"], row["created_at"].hour) for row in asked) == [
        ("a.py", "no", 1),
        ("a.py", "yes: 5", 1),
        ("b.py", "no", 2),
        ("b.py", "yes: 5", 2),
    ]


def test_long_hunk_is_cut_around_its_comments() -> None:
    text = diff({}, {"a.py": "".join(f"line {number}\n" for number in range(1, 201))})
    excerpts = {number: excerpt for _, number, excerpt in places(text, "a.py")}
    pull = Pull(None, {"one": (text, None)})
    for number, start in ((20, None), (24, None), (150, 145), (199, 110)):
        pull.comment("a.py", number, excerpts[number], start_line=start)
    rows, ledger = pull.tasks(max_hunk_lines=10, lines_after=2)
    asked = of("needs_comment", rows)
    assert [row["end_line"] - row["start_line"] + 1 for row in asked] == [10, 10, 10]
    assert [row["target"] for row in asked] == ["yes: 20, 24", "yes: 145-150", "yes: 190-199"]
    assert all(row["hunk"].startswith(f"@@ -0,0 +{row['start_line']},10 @@") for row in asked)
    shown = [patches.parse_hunk(row["hunk"]) for row in of("comment", rows)]
    assert [(hunk.lines[0].new, hunk.lines[-1].new) for hunk in shown if hunk] == [(13, 22), (17, 26), (143, 152)]
    assert rules("comment", ledger) == ["too_long_range"]


def test_negatives_are_drawn_by_hash() -> None:
    before = "".join(f"line {number}\n" for number in range(1, 401))
    new = "".join(f"line {number}{'!' * (number % 20 == 5)}\n" for number in range(1, 401))
    text = diff({"a.py": before}, {"a.py": new})
    pull = Pull(None, {"one": (text, None)})
    pull.comment("a.py", 5, next(excerpt for side, number, excerpt in places(text, "a.py") if (side, number) == ("RIGHT", 5)))

    def drawn(**chosen: Any) -> set[int]:
        return {row["start_line"] for row in of("needs_comment", pull.tasks(**chosen)[0]) if row["target"] == "no"}

    assert [len(drawn(negatives_per_positive=ratio)) for ratio in (0, 0.5, 1, 7, 100)] == [0, 1, 1, 7, 19]
    assert drawn(negatives_per_positive=7) > drawn(negatives_per_positive=3)
    assert drawn(negatives_per_positive=7) != drawn(negatives_per_positive=7, seed=1)
    assert sorted(rules("needs_comment", pull.tasks(negatives_per_positive=7)[1])) == ["not_sampled"] * 12


def test_hunks_are_redacted() -> None:
    address = "@".join(("jane.roe", "megacorp-mail.org"))
    new = AFTER.replace("five\n", f"mail('{address}')\n")
    text = diff({"a.py": BEFORE}, {"a.py": new}).replace("@@ section", f"@@ # {address}")
    follow_up = diff({"a.py": new}, {"a.py": new.replace("mail(", f"mail('x', '{address}', ")})
    pull = Pull(None, {"one": (text, follow_up)})
    pull.comment("a.py", 5, next(excerpt for side, number, excerpt in places(text, "a.py") if (side, number) == ("RIGHT", 5)))
    rows, _ = pull.tasks()
    assert len(rows) == 4 and not any("jane" in str(row) for row in rows)
    [refine] = of("refine", rows)
    stand_in = refine["target"].split("'")[3]
    assert stand_in.endswith("@example.com") and f"+mail('{stand_in}')" in refine["hunk"] and f"@@ # {stand_in}" in refine["hunk"]


def test_nothing_gives_nothing() -> None:
    bronze, silver = Pull(DIFF).frames()
    tasks, ledger = make_tasks(bronze, ReviewTaskSettings(), silver)
    assert tasks.schema == pl.Schema(SCHEMA) and tasks.is_empty() and ledger["rule"].to_list() == ["no_human_comment"]
    tasks, ledger = make_tasks(bronze.clear(), ReviewTaskSettings(), silver)
    assert tasks.schema == pl.Schema(SCHEMA) and tasks.is_empty() and ledger.is_empty()
    other = Pull(DIFF, pull_number=8)
    other.comment("a.py", 5, FIRST)
    assert make_tasks(bronze, ReviewTaskSettings(), other.frames()[1])[1]["rule"].to_list() == ["no_pull_request", "no_human_comment"][::-1]


@pytest.mark.parametrize("text", ["", "@@", "diff --git a/a.py b/a.py\n@@ -1,99 +1,99 @@\n", "diff --git \n@@ -0,0 +0,0 @@\n+a" * 3])
def test_broken_diffs_do_no_harm(text: str) -> None:
    pull = Pull(text, {"one": (text, text)}, head_sha=None)
    pull.comment("a.py", 5, FIRST)
    rows, _ = pull.tasks()
    assert [row["task"] for row in rows] == ["comment"]


FILES = st.lists(st.sampled_from(["a", "b", "c\r", "", "d e"]), min_size=1, max_size=40)


def made_up(number: int, states: list[list[str]], data: st.DataObject) -> Pull:
    """A pull request with two reviewed commits and comments wherever there can be some."""
    base, one, two = ("".join(f"{line}\n" for line in lines) for lines in states)
    diffs = {"one": diff({"f.py": base}, {"f.py": one}), "two": diff({"f.py": base}, {"f.py": two})}
    pull = Pull(diffs["two"], {"one": (diffs["one"], diff({"f.py": one}, {"f.py": two})), "two": (diffs["two"], "")}, pull_number=number)
    pull.values["head_sha"] = sha("two")
    for at, text in diffs.items():
        for side, line, excerpt in data.draw(st.lists(st.sampled_from(places(text, "f.py")), max_size=3)) if text else []:
            labels = data.draw(st.sampled_from([[], ["praise"], ["nit"]]))
            suggestion = data.draw(st.sampled_from([None, None, "x\n"]))
            pull.comment("f.py", line, excerpt, side=side, at=at, labels=labels, suggestion=suggestion, is_valid=labels != ["praise"])
    return pull


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(FILES, min_size=3, max_size=3), min_size=2, max_size=2), st.integers(2, 12), st.data())
def test_everything_is_accounted_for(states: list[list[list[str]]], max_lines: int, data: st.DataObject) -> None:
    pulls = [made_up(number, three, data) for number, three in enumerate(states, 1)]
    frames = [pull.frames() for pull in pulls]
    bronze, silver = (pl.concat([pair[side] for pair in frames]) for side in (0, 1))
    chosen = ReviewTaskSettings(max_hunk_lines=max_lines, lines_after=1)
    tasks, ledger = make_tasks(bronze, chosen, silver)
    assert tasks["id"].is_unique().all()
    for task in ("comment", "refine"):
        kept = tasks.filter(pl.col("task") == task)["parent_ids"].list.first().to_list()
        dropped = ledger.filter(pl.col("detail").str.starts_with(f"{task} "))["row_id"].to_list()
        assert sorted(kept + dropped) == sorted(silver["id"])
    assert task_claims.not_answerable(tasks)[0].is_empty()
    for row in tasks.iter_rows(named=True):
        _holds(row, states[row["pull_number"] - 1], chosen, set(bronze["id"]))
    for part in (0, 1):  # each pull request by itself, its comments in another order
        alone = make_tasks(frames[part][0], chosen, frames[part][1])
        assert alone[0].equals(tasks.filter(pl.col("pull_number") == part + 1))
    again = make_tasks(bronze.reverse(), chosen, silver)
    assert again[0].sort("id").equals(tasks.sort("id"))


def _holds(row: dict[str, Any], states: list[list[str]], chosen: ReviewTaskSettings, bronze_ids: set[str]) -> None:
    """The hunk is what the files say, and the answer is about lines that are shown."""
    hunk = patches.parse_hunk(row["hunk"])
    new = states[1 if row["original_commit_sha"] == sha("one") else 2]
    assert hunk and 0 < len(hunk.lines) <= chosen.max_hunk_lines
    assert (hunk.old_count, hunk.new_count) == tuple(
        sum(line.number(side) is not None for line in hunk.lines) for side in ("LEFT", "RIGHT")
    )  # type: ignore[arg-type]
    for line in hunk.lines:
        assert line.new is None or new[line.new - 1].removesuffix("\r") == line.text
        assert line.old is None or states[0][line.old - 1].removesuffix("\r") == line.text
    if row["task"] == "needs_comment":
        for place in locations.parse(row["target"]).locations:
            assert hunk.line("LEFT" if place.is_removed else "RIGHT", place.line)
        assert (row["target"] == "no") == (row["parent_ids"][0] in bronze_ids)
    if row["target_from"] == "follow_up":
        head = "\n".join(line.removesuffix("\r") for line in states[2])
        assert f"\n{row['target']}\n" in f"\n{head}\n"

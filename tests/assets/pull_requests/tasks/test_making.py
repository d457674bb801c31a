from typing import Any

import polars as pl
import pytest

from assets.pull_requests.tasks.making import SCHEMA, ReviewTaskSettings, make_tasks
from tests.assets.pull_requests.tasks.made import AFTER, BEFORE, DIFF, FIRST, SECOND, after, of, rules
from tests.reviews import Pull, diff, places, sha


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

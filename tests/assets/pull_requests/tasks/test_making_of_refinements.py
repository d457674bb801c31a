import pytest

from tests.assets.pull_requests.tasks.made import AFTER, DIFF, FIRST, SECOND, after, of, rules
from tests.reviews import Pull, diff, places


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

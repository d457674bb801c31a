import collections
import random
from pathlib import Path
from typing import Any

import pytest

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.alignment import Comment, Located, Refused, locate
from assets.pull_requests.diffs.patches import Line, Side
from tests import random_diffs
from tests.assets.pull_requests.diffs.reviewed import FIRST, HEAD, REVIEWED, SECOND, comment, find, located


def test_every_line_of_real_diffs_is_found_by_position_and_by_line(tmp_path: Path) -> None:
    rng = random.Random(1)
    before, after = random_diffs.edited(random_diffs.files(390, 250, rng), rng)
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for diff in random_diffs.diffs(tmp_path, before, after, (1, 3, 16)):
        files = patches.parse(diff)
        for truth in random_diffs.replay(diff, before, after):
            side: Side = "LEFT" if truth.kind == "-" else "RIGHT"
            number = truth.old if truth.kind == "-" else truth.new
            assert number
            line = Line(truth.kind, truth.text, truth.old, truth.new, truth.position)
            assert files[truth.path].line_at(truth.position) == files[truth.path].line(side, number) == line
            # As GitHub's old records have it, and its new ones: one after the other, because both for every line take twice the time.
            old = Comment(truth.path, truth.excerpt, original_commit_id="c", original_position=truth.position)
            new = Comment(truth.path, truth.excerpt, original_commit_id="c", original_line=number, side=side)
            found = locate(old if counts.total() % 2 else new, files, None, None)
            assert isinstance(found, Located), (truth, found)
            assert (found.line, found.side, found.kind, found.text) == (number, side, truth.kind, truth.text)
            counts[truth.kind, found.method] += 1
    assert set(counts) == {(kind, method) for kind in " +-" for method in ("original_line", "original_position")}
    assert counts.total() >= 100_000


@pytest.mark.parametrize(
    ("of", "line", "side", "current_line", "method"),
    [
        (comment(original_line=2, side="RIGHT"), 2, "RIGHT", None, "original_line"),
        (comment(original_position=3), 2, "RIGHT", None, "original_position"),
        (comment(), 2, "RIGHT", None, "reviewed_hunk"),
        (comment("@@ -1,4 +1,5 @@\n one\n-two", original_line=2, side="LEFT", line=2), 2, "LEFT", 2, "original_line"),
        (comment("@@ -1,4 +1,5 @@\n one\n-two", original_position=2, position=2), 2, "LEFT", 2, "original_position"),
        (comment("@@ -1,4 +1,5 @@\n one", original_line=1, line=1, side="LEFT"), 1, "LEFT", 1, "original_line"),
        (comment(SECOND, original_position=10, position=11), 12, "RIGHT", 13, "original_position"),
        (comment(SECOND, original_line=12, line=13, side="RIGHT", original_position=10, position=11), 12, "RIGHT", 13, "original_line"),
        (comment(SECOND + "\n twelve", original_line=12, line=12, side="LEFT"), 12, "LEFT", 12, "original_line"),
        (comment(SECOND, original_position=10, position=11, commit_id="between"), 12, "RIGHT", None, "original_position"),
        (comment(SECOND, original_position=10, position=10), 12, "RIGHT", None, "original_position"),
    ],
)
def test_the_reviewed_diff_decides(of: Comment, line: int, side: str, current_line: int | None, method: str) -> None:
    found = located(of)
    assert (found.line, found.side, found.current_line, found.method, found.confidence) == (line, side, current_line, method, 1.0)


def test_the_head_is_the_reviewed_diff_where_it_was_reviewed() -> None:
    of = comment(SECOND, original_position=10, position=10, commit_id="old")
    for sha in ("old", None):
        found = located(of, None, REVIEWED, sha)
        assert (found.line, found.current_line, found.method) == (12, 12, "original_position")
    assert located(comment(SECOND, original_position=10), None, REVIEWED, "old").current_line == 12


@pytest.mark.parametrize(
    ("of", "line", "current_line", "method", "confidence"),
    [
        (comment(SECOND, original_position=10, position=11), 12, 13, "position", 0.95),
        (comment(SECOND, original_line=12, line=13, side="RIGHT"), 12, 13, "line", 0.95),
        (comment(original_position=3), 2, None, "hunk", 0.9),
        (comment("@@ -70,2 +71,2 @@\n+new", original_position=30), 71, None, "hunk", 0.8),
        (comment("@@ -1,2 +1,3 @@\n zero\n+new", original_position=2), 2, None, "hunk", 0.7),
        (comment("@@ -1,2 +1,3 @@\n+new\n \n one", original_line=3), 3, None, "hunk", 0.7),
        (comment(SECOND, original_position=10, position=3, commit_id="between"), 12, None, "hunk", 0.9),
    ],
)
def test_without_the_reviewed_diff_head_and_excerpt_decide(
    of: Comment, line: int, current_line: int | None, method: str, confidence: float
) -> None:
    found = located(of, None)
    assert (found.line, found.current_line, found.method, found.confidence) == (line, current_line, method, confidence)


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (comment(subject_type="file"), "file_comment"),
        (comment()._replace(path="other.py"), "file_not_in_diff"),
        (comment()._replace(path=None), "file_not_in_diff"),
        (comment(None, position=3), "no_hunk"),
        (comment("", line=2), "no_hunk"),
        (comment(None), "outdated"),
        (comment("garbage"), "malformed_hunk"),
        (comment("@@ -1,4 +1,5 @@"), "malformed_hunk"),
        (comment("@@ -1 +1 @@\n+a\n+b"), "malformed_hunk"),
        (comment(original_line=3, side="RIGHT"), "contradicts_line"),
        (comment(side="LEFT"), "contradicts_side"),
        (comment("@@ -1,4 +1,5 @@\n one\n-two", side="RIGHT"), "contradicts_side"),
        (comment(original_position=2), "contradicts_position"),
        (comment(original_position=9), "contradicts_position"),
        (comment(SECOND, original_position=3), "contradicts_position"),
        (comment(SECOND.replace("eleven!", "eleven?")), "contradicts_hunk"),
        (comment("@@ -1,4 +1,5 @@\n one\n-two\n two, better"), "contradicts_hunk"),
        (comment("@@ -9,3 +11,3 @@\n ten"), "contradicts_hunk"),
        (comment("@@ -50,2 +51,2 @@\n a"), "contradicts_diff"),
        (comment(original_start_line=9), "contradicts_range"),
        (comment(original_start_line=3), "contradicts_range"),
    ],
)
def test_what_is_not_proven_is_refused(of: Comment, reason: str) -> None:
    found = find(of)
    assert isinstance(found, Refused)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (comment(SECOND, original_position=10, position=10), "contradicts_hunk"),
        (comment("@@ -11,2 +12,2 @@\n eleven!", original_position=5, position=11), "contradicts_hunk"),  # added at the head
        (comment(SECOND, original_position=10, position=99), "contradicts_position"),
        (comment(SECOND, original_position=10, position=11, line=12), "contradicts_position"),
        (comment(SECOND, original_line=12, line=12, side="RIGHT"), "contradicts_hunk"),
        (comment("@@ -10,3 +12,3 @@\n ten", original_position=1), "contradicts_position"),  # a first hunk is not shifted
        (comment("@@ -10,3 +19,3 @@\n ten", original_position=9), "contradicts_position"),  # seven lines do not shift by nine
        (comment(FIRST + "\n"), "malformed_hunk"),  # the last line, or a blank one below it?
    ],
)
def test_the_head_refuses_what_it_contradicts(of: Comment, reason: str) -> None:
    found = find(of, None)
    assert isinstance(found, Refused)
    assert found.reason == reason


def test_a_lost_commit_is_named_where_nothing_else_proves() -> None:
    head = patches.parse(HEAD)
    for of in (comment()._replace(path="gone.py"), comment(None)):
        found = locate(of, None, head, "head", "gone")
        assert isinstance(found, Refused)
        assert found.reason == "force_pushed"
    assert locate(comment(), None, None, None, "gone") == Refused("force_pushed", "no_diff")
    assert locate(comment(), None, None, None) == Refused("no_diff")
    assert isinstance(locate(comment(original_position=3), None, head, "head", "gone"), Located)
    assert locate(comment(None, position=1), None, head, "head", "gone") == Refused("no_hunk")


def test_binary_and_merged_files_have_no_lines() -> None:
    of = comment("@@ -1 +1 @@\n-a")
    assert find(of, "diff --git a/app.py b/app.py\nBinary files a/app.py and b/app.py differ\n") == Refused("binary")
    assert find(of, "diff --cc app.py\n--- a/app.py\n+++ b/app.py\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n") == Refused("merge")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"original_start_line": 1}, (1, "RIGHT")),
        ({"original_start_line": 2, "start_side": "LEFT"}, (2, "LEFT")),
        ({"original_start_line": 2, "start_side": "RIGHT"}, (None, None)),
        ({"original_start_line": None}, (None, None)),
    ],
)
def test_ranges_start_on_either_side(start: dict[str, Any], expected: tuple[int | None, str | None]) -> None:
    for reviewed in (REVIEWED, None):
        found = located(comment(original_line=2, side="RIGHT", **start), reviewed)
        assert (found.line, found.start_line, found.start_side) == (2, *expected)


def test_a_range_may_start_in_an_earlier_hunk_of_the_reviewed_diff() -> None:
    of = comment(SECOND, original_line=12, side="RIGHT", original_start_line=3)
    assert located(of).start_line == 3
    assert find(of, None) == Refused("contradicts_range", "RIGHT 3 is not above RIGHT 12")


def test_renamed_files_are_found_by_both_names() -> None:
    head = "diff --git a/app.py b/new.py\nsimilarity index 90%\nrename from app.py\nrename to new.py\n"
    renamed = REVIEWED.replace("diff --git a/app.py b/app.py\n", head).replace("+++ b/app.py", "+++ b/new.py")
    for path in ("app.py", "new.py"):
        assert located(comment(original_position=3)._replace(path=path), renamed).line == 2


def test_line_ends_and_bytes_that_were_not_decoded_do_not_matter() -> None:
    crlf = REVIEWED.replace("better\n", "better\r\n")
    assert located(comment(original_position=3), crlf).text == "two, better\r"
    assert located(comment(FIRST + "\r", original_position=3)).text == "two, better"
    assert isinstance(find(comment(FIRST + " ", original_position=3)), Refused)
    undecoded = REVIEWED.replace("better", "b\ufffdtter")
    assert located(comment(FIRST.replace("better", "bétter")), undecoded).line == 2
    assert isinstance(find(comment(FIRST.replace("better", "batter")), undecoded), Refused)


def test_no_newline_markers_are_counted_and_are_no_place_for_a_comment() -> None:
    diff = "diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n"
    whole = "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b"
    assert located(comment(whole, original_position=4), diff).line == 2
    assert find(comment(whole, original_position=3), diff).reason == "contradicts_position"  # type: ignore[union-attr]
    assert find(comment(whole[:42], original_position=2), diff) == Refused("malformed_hunk")


def test_a_deleted_file_has_its_lines_on_the_left() -> None:
    diff = "diff --git a/app.py b/app.py\ndeleted file mode 100644\n--- a/app.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
    found = located(comment("@@ -1,2 +0,0 @@\n-a\n-b", original_position=2), diff)
    assert (found.line, found.side, found.kind) == (2, "LEFT", "-")

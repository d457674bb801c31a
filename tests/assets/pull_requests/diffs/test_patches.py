import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import Line

TWO_HUNKS = """\
diff --git a/app.py b/app.py
index 1111111..2222222 100644
--- a/app.py
+++ b/app.py
@@ -1,3 +1,2 @@ import os
 one
-two
 three
@@ -10 +9,2 @@
-ten
\\ No newline at end of file
+ten
+eleven
\\ No newline at end of file
"""


def test_positions_count_all_lines_below_the_first_header() -> None:
    file = patches.parse(TWO_HUNKS)["app.py"]
    assert [hunk.position for hunk in file.hunks] == [0, 4]
    assert [(line.position, line.kind, line.text, line.old, line.new) for hunk in file.hunks for line in hunk.lines] == [
        (1, " ", "one", 1, 1),
        (2, "-", "two", 2, None),
        (3, " ", "three", 3, 2),
        (5, "-", "ten", 10, None),
        (7, "+", "ten", None, 9),  # the no-newline marker is position 6
        (8, "+", "eleven", None, 10),
    ]
    assert [file.line_at(position) for position in (-1, 0, 4, 6, 9, 10**12)] == [None] * 6
    assert file.line("LEFT", 10) == file.line_at(5)
    assert file.line("RIGHT", 10) == file.line_at(8)
    assert file.line("RIGHT", 3) is None


def test_hunks_keep_their_header_and_their_text() -> None:
    first, second = patches.parse(TWO_HUNKS)["app.py"].hunks
    assert (first.header, first.section) == ("@@ -1,3 +1,2 @@ import os", "import os")
    assert (second.old_start, second.old_count, second.new_start, second.new_count) == (10, 1, 9, 2)
    assert first.text == "@@ -1,3 +1,2 @@ import os\n one\n-two\n three"
    assert second.text.endswith("+eleven\n\\ No newline at end of file")


def test_counts_rule_over_looks() -> None:
    body = "@@ -1,4 +1,4 @@\n--- a/other\n+++ b/other\n @@ -9 +9 @@\n-diff --git a/x b/x\n+@@ -1 +1 @@\n \f\u2028\x85\x1e\r\n"
    file = patches.parse("diff --git a/f b/f\n--- a/f\n+++ b/f\n" + body + "-- \n2.39.5\n")["f"]
    assert [line.text for line in file.hunks[0].lines] == [
        "-- a/other",
        "++ b/other",
        "@@ -9 +9 @@",
        "diff --git a/x b/x",
        "@@ -1 +1 @@",
        "\f\u2028\x85\x1e\r",
    ]
    assert len(file.hunks) == 1


def test_a_stripped_blank_is_an_empty_context_line() -> None:
    hunk = patches.parse_hunk("@@ -1,3 +1,4 @@\n a\n\n+b\n c")
    assert hunk and [(line.kind, line.text, line.new) for line in hunk.lines] == [(" ", "a", 1), (" ", "", 2), ("+", "b", 3), (" ", "c", 4)]
    assert hunk.last == Line(" ", "c", 3, 4, 4)


@pytest.mark.parametrize(
    "text",
    [
        "@@ -1 +1 @@",
        "@@ -1 +1 @@\n",
        "@@ -1 +1 @@\n+a\n+b",
        "@@ -1 +1 @@\n a\n-b",
        "@@ -0,0 +1 @@\n a",
        "@@ -1,2 +1,2 @@\n a\ngarbage",
        "@@ -1,2 +1,2 @@\n a\n\\ No newline at end of file",
        "@@ -1,5 +1,5 @@\n a\n@@ -9 +9 @@\n b",
    ],
)
def test_an_excerpt_that_its_header_does_not_admit_has_no_last_line(text: str) -> None:
    hunk = patches.parse_hunk(text)
    assert hunk and hunk.last is None


@pytest.mark.parametrize("text", ["", "garbage", "@@", "@@@ -1 -1 +1 @@@\n  a", "@@ -1 +1", f"@@ -{'9' * 5000} +1 @@\n a", " @@ -1 +1 @@"])
def test_what_does_not_start_as_a_hunk_is_none(text: str) -> None:
    assert patches.parse_hunk(text) is None


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(*[st.integers(0, 4)] * 4),
    st.lists(st.sampled_from([" a", "+b", "-c", "\\ No", "", "\r", " \r", "+", "x", "--- a", "+++ b"]), max_size=7),
)
def test_counting_and_walking_find_the_same_last_line(numbers: tuple[int, ...], rows: list[str]) -> None:
    hunk = patches.parse_hunk("@@ -{},{} +{},{} @@".format(*numbers) + "".join("\n" + row for row in rows) + "\n")
    assert hunk is not None
    whole = hunk.lines and hunk.lines[-1].position == len(rows)
    assert hunk.last == (hunk.lines[-1] if whole else None)


def test_what_is_cut_off_ends_early() -> None:
    for end in range(len(TWO_HUNKS)):
        for file in patches.parse(TWO_HUNKS[:end]).values():
            assert all(hunk.last is None or hunk.last in hunk.lines for hunk in file.hunks)
    cut = patches.parse(TWO_HUNKS.replace(" three\n", "") + TWO_HUNKS.replace("app.py", "next.py"))
    assert [len(hunk.lines) for hunk in cut["app.py"].hunks] == [2, 3]
    assert len(cut["next.py"].hunks[0].lines) == 3


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*TWO_HUNKS.split("\n"), "GIT binary patch", 'diff --git "a/\\', "@@ -9999999999 +0,0 @@", "\x00", "diff --cc ", '"']
        )
    )
)
def test_garbage_is_no_error(rows: list[str]) -> None:
    for file in patches.parse("\n".join(rows)).values():
        assert all(file.line_at(line.position) for hunk in file.hunks for line in hunk.lines)
        assert file.line("LEFT", 1) is None or file.path is not None


@pytest.mark.parametrize(
    "text",
    [
        "@@ -1 +1 @@\n" * 60_000,
        "@@ -1,999999999 +1,999999999 @@\n" + "+a\n" * 200_000,
        "diff --git " * 100_000,
        'diff --git "' + "\\" * 600_000,
        "\n" * 600_000,
        "diff --git a/x b/x\n" * 30_000,
        "@@ -" + "1" * 600_000,
        "diff --git a" + " b/" * 200_000,
    ],
)
def test_time_is_linear(text: str) -> None:
    start = time.process_time()
    for file in patches.parse("diff --git a/f b/f\n" + text).values():
        assert sum(len(hunk.lines) for hunk in file.hunks) < 10**6
        for number in range(2000):
            file.line("RIGHT", number)
    patches.parse_hunk(text)
    assert time.process_time() - start < 3

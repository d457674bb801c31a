import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.diffs import patches
from assets.pull_requests.tasks.follow_ups import Rewrite, of_diff, of_suggestion, without_suggestions
from tests import reviews

LINES = [f"line {number}" for number in range(1, 13)]
KNOWN = dict(enumerate(LINES, 1))


def rewrite(later: list[str], start: int, end: int, known: dict[int, str] = KNOWN, distance: int = 3) -> Rewrite | str:
    """What the lines became when the file of LINES became `later`."""
    hunks = patches.parse(reviews.diff({"f": text(LINES)}, {"f": text(later)}))["f"].hunks
    return of_diff(known, start, end, [(hunk, hunk.lines) for hunk in hunks], distance)


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def with_lines(start: int, end: int, *new: str) -> list[str]:
    return [*LINES[: start - 1], *new, *LINES[end:]]


@pytest.mark.parametrize(
    ("later", "start", "end", "expected"),
    [
        (with_lines(5, 5, "five"), 5, 5, Rewrite(5, 5, ("five",))),
        (with_lines(5, 6, "a", "b", "c"), 5, 5, Rewrite(5, 6, ("a", "b", "c"))),
        (with_lines(5, 5, "five"), 3, 4, Rewrite(3, 5, ("line 3", "line 4", "five"))),
        (with_lines(5, 5, "five"), 8, 8, Rewrite(5, 8, ("five", "line 6", "line 7", "line 8"))),
        (with_lines(5, 5, "five"), 9, 9, "unchanged"),
        (with_lines(6, 5, "new"), 5, 5, Rewrite(5, 5, ("line 5", "new"))),  # put in below line 5
        (with_lines(5, 4, "new"), 5, 5, Rewrite(5, 5, ("new", "line 5"))),  # and above it
        (with_lines(9, 8, "new"), 5, 5, Rewrite(5, 8, ("line 5", "line 6", "line 7", "line 8", "new"))),
        (with_lines(10, 9, "new"), 5, 5, "unchanged"),
        (with_lines(5, 6), 5, 6, Rewrite(4, 6, ("line 4",))),  # deleted: the line above shows what remains
        (with_lines(1, 2), 1, 2, Rewrite(1, 3, ("line 3",))),
        (with_lines(12, 12, "line 12", "end"), 12, 12, Rewrite(12, 12, ("line 12", "end"))),
        (LINES, 5, 5, "unchanged"),
    ],
)
def test_lines_become(later: list[str], start: int, end: int, expected: Rewrite | str) -> None:
    hunks = patches.parse(reviews.diff({"f": text(LINES)}, {"f": text(later)})).get("f")
    follow_up = [(hunk, hunk.lines) for hunk in hunks.hunks] if hunks else []
    assert of_diff(KNOWN, start, end, follow_up, 3) == expected


def test_only_what_the_reader_sees_is_rewritten() -> None:
    seen = {number: KNOWN[number] for number in range(4, 7)}
    assert rewrite(with_lines(6, 7, "x"), 5, 5, seen) == "unchanged"
    assert rewrite([*with_lines(5, 5, "five")[:7], "x", *LINES[8:]], 5, 5, seen) == Rewrite(5, 5, ("five",))


def test_diff_from_another_file_does_not_fit() -> None:
    assert rewrite(with_lines(5, 5, "five"), 5, 5, KNOWN | {5: "another"}) == "does_not_fit"


def test_other_line_ends_are_no_change() -> None:
    assert rewrite(with_lines(5, 5, "line 5\r"), 5, 5) == "no_change"


def test_suggestions() -> None:
    assert of_suggestion(KNOWN, 5, 6, ["five\r", "six"]) == Rewrite(5, 6, ("five", "six"))
    assert of_suggestion(KNOWN, 5, 6, []) == Rewrite(4, 6, ("line 4",))
    assert of_suggestion(KNOWN, 5, 6, ["", " "]) == Rewrite(4, 6, ("line 4", "", " "))
    assert of_suggestion({5: "x", 6: ""}, 5, 5, []) == "deleted"
    assert of_suggestion({4: "x", 5: "", 6: "y"}, 6, 6, []) == Rewrite(4, 6, ("x", ""))
    assert of_suggestion(KNOWN, 5, 6, ["line 5", "line 6"]) == "no_change"
    assert of_suggestion(KNOWN, 12, 13, ["x"]) == "no_lines"


FILES = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=14)


@settings(deadline=None, max_examples=150)
@given(FILES, FILES, st.data(), st.integers(0, 3))
def test_new_lines_stand_together_at_the_head(before: list[str], later: list[str], data: st.DataObject, distance: int) -> None:
    start = data.draw(st.integers(1, len(before)))
    end = data.draw(st.integers(start, len(before)))
    patch = patches.parse(reviews.diff({"f": text(before)}, {"f": text(later)})).get("f")
    known = dict(enumerate(before, 1))
    found = of_diff(known, start, end, [(hunk, hunk.lines) for hunk in patch.hunks] if patch else [], distance)
    if isinstance(found, str):
        assert found in ("unchanged", "deleted")
        return
    assert found.start <= start <= end <= found.end
    assert f"\n{text(list(found.new))}" in f"\n{text(later)}"
    everything = of_diff(known, 1, len(before), [(hunk, hunk.lines) for hunk in patch.hunks] if patch else [], distance)
    assert everything == "deleted" if not any(later) else isinstance(everything, Rewrite) and list(everything.new) == later


def test_what_remains_is_no_line_that_goes_as_well() -> None:
    hunks = patches.parse(reviews.diff({"f": "a\na\na\n\na\n"}, {"f": "\n"}))["f"].hunks
    known = dict(enumerate(["a", "a", "a", "", "a"], 1))
    assert of_diff(known, 1, 1, [(hunk, hunk.lines) for hunk in hunks], 0) == "deleted"


def test_words_without_suggestion_blocks() -> None:
    body = "Better:\r\n```suggestion\r\na = 1\r\n```\r\n\r\nSee ```x```.\n```python\nb\n```\n~~~suggestion\nopen"
    assert without_suggestions(body) == "Better:\nSee ```x```.\n```python\nb\n```"
    assert without_suggestions("```suggestion\na\n```") == ""

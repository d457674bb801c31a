import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.suggestions import Suggestion, apply, of_text, parse

LINES = st.lists(st.text(alphabet="ab `~\t", max_size=6), max_size=5)


def lines(body: str) -> list[tuple[str, ...]]:
    return [block.lines for block in parse(body)]


def test_a_block_replaces_deletes_or_empties() -> None:
    assert lines("Try\n```suggestion\n  a = 1\n```\nok?") == [("  a = 1",)]
    assert lines("```suggestion\n```") == [()] and lines("```suggestion\n\n```") == [("",)]
    assert [block.text for block in parse("```suggestion\n```\n```suggestion\n\n```")] == ["", "\n"]


def test_line_ends_fences_and_info_strings() -> None:
    assert lines("```suggestion\r\na\r\nb\r\n```\r\n") == [("a", "b")]
    assert lines("~~~~ suggestion extra words\n~~~\n~~~~~  \n") == [("~~~",)]
    assert lines("```suggestions\na\n```\n```java\nb\n```\n``` Suggestion\nc\n```") == []


def test_nested_fences_belong_to_the_outer_one() -> None:
    assert lines("````suggestion\n```java\nx\n```\n````") == [("```java", "x", "```")]
    assert lines("````markdown\n```suggestion\nx\n```\n````") == []


def test_quoted_and_unclosed_blocks_are_none() -> None:
    assert lines("> ```suggestion\n> x\n> ```") == [] and lines("```suggestion\nx\n") == []
    assert lines("```suggestion\nx\n```\n```suggestion\ny") == [("x",)]


def test_several_blocks_are_in_order() -> None:
    assert lines("```suggestion\na\n```\nor\n```suggestion\nb\n```") == [("a",), ("b",)]


@given(LINES, st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None, max_examples=80)
def test_what_is_fenced_is_read_back(block: list[str], end: str) -> None:
    found = parse(end.join(["Say:", "`" * 9 + "suggestion", *block, "`" * 9, "end"]))
    assert found == [Suggestion(tuple(block))] and of_text(found[0].text) == found[0]


@given(LINES.filter(bool), LINES, st.data())
@settings(deadline=None, max_examples=80)
def test_apply_changes_only_the_lines_commented_on(file: list[str], block: list[str], data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(file)))
    start = data.draw(st.integers(1, end))
    new = apply(file, start, end, Suggestion(tuple(block)))
    assert new[: start - 1] == file[: start - 1] and new[start - 1 : start - 1 + len(block)] == block
    assert new[start - 1 + len(block) :] == file[end:]


def test_apply_keeps_carriage_returns_and_refuses_lines_that_are_not_there() -> None:
    assert apply(["a\r", "b\r"], 1, 1, Suggestion(("x", "y"))) == ["x\r", "y\r", "b\r"]
    for start, end in ((0, 1), (2, 1), (1, 3)):
        with pytest.raises(ValueError):
            apply(["a", "b"], start, end, Suggestion(()))

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks.comments import said, strip

_QUOTES = re.compile(r"[A-Za-z]{0,2}(\"\"\"|'''|\"|')")
_LINE_MARK = re.compile(r"[ \t]*(?:/{2,}[!<]*|/\*+[!<]*(?!/)|\*+(?!/)(?=[ \t\n]|$))")


def read_slowly(text: str, *, is_python: bool) -> list[str]:
    """Return what the lines say, by patterns and `str`."""
    if is_python and (quotes := _QUOTES.match(text)) is not None:
        mark, text = quotes[1], text[quotes.end() :]
        text = text.removesuffix(mark)
    lines = text.split("\n")
    if not is_python:
        lines = [_without_end(line[mark.end() :] if (mark := _LINE_MARK.match(line)) else line) for line in lines]
    lines = [line.rstrip() for line in lines]
    blanks = [len(line) - len(line.lstrip()) for line in lines]
    rest = [blank for blank, line in zip(blanks[is_python:], lines[is_python:], strict=True) if line]
    if not is_python and len(rest) > 1 and lines[0] and rest[0] < min(rest[1:]):
        rest = rest[1:]
    common = min(rest, default=0)
    cuts = [blank if is_python and place == 0 else min(blank, common) for place, blank in enumerate(blanks)]
    return [line[cut:] for line, cut in zip(lines, cuts, strict=True)]


def _without_end(line: str) -> str:
    body = line.rstrip(" \t")
    return body[:-1].rstrip("*") if body.endswith("*/") else line


MARKS = ["/", "*", "//", "/**", "/*", "*/", "!", "<", "'", '"', '"""', "r"]
BLANKS = [" ", "\t", "\n", "\n  ", "\n * ", "\r\n", "\u2028", "\x1c", "\xa0", "\u3000", "\x0b"]
DOCUMENTATION = st.lists(st.sampled_from([*MARKS, *BLANKS, "a", "É", "🙂", "b c"]), max_size=14).map("".join)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(DOCUMENTATION, st.booleans()), max_size=4))
def test_what_is_said_is_what_patterns_find(documents: list[tuple[str, bool]]) -> None:
    expected = [read_slowly(text, is_python=is_python) for text, is_python in documents]
    assert said([text for text, _ in documents], [is_python for _, is_python in documents]) == ["\n".join(x).strip("\n") for x in expected]


@settings(deadline=None, max_examples=200)
@given(DOCUMENTATION, DOCUMENTATION, st.booleans())
def test_each_character_has_its_place_in_the_source(before: str, text: str, is_python: bool) -> None:
    source = before + text + " 'x' */"
    bare = strip(source, len(before), len(before) + len(text), is_python=is_python)
    assert bare.text == said([text], [is_python])[0]
    shown = [place for place, character in enumerate(bare.text) if character != "\n"]
    assert all(source[bare.source(place)] == bare.text[place] for place in shown)


@pytest.mark.parametrize(
    ("text", "is_python", "expected"),
    [
        ('"""One.\n\n    Two.\n      Three.\n    """', True, "One.\n\nTwo.\n  Three."),
        ("r'One.'", True, "One."),
        ('"""Cut off\n    here', True, "Cut off\nhere"),
        ("/** One.\n  *  Two.\n  *    Three. */", False, "One.\nTwo.\n  Three."),
        ("/// One.\n///< Two.", False, "One.\nTwo."),
        ("/**/", False, ""),
        ("/*/ One.", False, "/*/ One."),
        ("", False, ""),
    ],
)
def test_marks_and_indentation_are_taken_away(text: str, is_python: bool, expected: str) -> None:
    assert said([text], [is_python]) == [expected]


def test_many_texts_are_read_in_turn() -> None:
    assert said([f"/* {place} */" for place in range(2_500)], [False] * 2_500) == [str(place) for place in range(2_500)]


@pytest.mark.parametrize("token", ["/", "*", " ", "\n", "/**/", " *\n", "\u3000"])
def test_time_is_linear(token: str) -> None:
    said([""], [False])
    start = time.process_time()
    said([token * (400_000 // len(token))] * 2, [False, True])
    assert time.process_time() - start < 4

import re
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks.comments import said, strip, trimmed

_QUOTES = re.compile(r"[A-Za-z]{0,2}(\"\"\"|'''|\"|')")
_LINE_MARK = re.compile(r"[ \t]*(?:/{2,}[!<]*|/\*+[!<]*(?!/)|\*+(?!/)(?=[ \t\n]|$))")


def said_by(texts: Sequence[str], is_python: Sequence[bool]) -> list[str]:
    """Return what each text says, when they stand between others."""
    joined, spans = b"* ", []
    for text in texts:
        spans.append((len(joined), len(joined) + len(text.encode())))
        joined += text.encode() + b" 'x' */"
    found, places = said(np.frombuffer(joined, np.uint8), np.array(spans, np.int64).reshape(-1, 2), np.array(is_python, np.bool_))
    return [bytes(found[start:end]).decode() for start, end in places]


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
    found = said_by([text for text, _ in documents], [is_python for _, is_python in documents])
    assert found == ["\n".join(lines).strip("\n") for lines in expected]


@settings(deadline=None, max_examples=200)
@given(DOCUMENTATION, DOCUMENTATION, st.booleans())
def test_each_character_has_its_place_in_the_source(before: str, text: str, is_python: bool) -> None:
    source = before + text + " 'x' */"
    bare = strip(source, len(before), len(before) + len(text), is_python=is_python)
    assert bare.text == said_by([text], [is_python])[0]
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
    assert said_by([text], [is_python]) == [expected]


def test_many_texts_are_read_in_turn() -> None:
    assert said_by([f"/* {place} */" for place in range(2_500)], [False] * 2_500) == [str(place) for place in range(2_500)]
    assert said_by([], []) == []


BEFORE = st.sampled_from([*BLANKS, ";", "", "é "])
BEHIND = st.sampled_from([*BLANKS, ";", ";; ", " ;"])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(BEFORE, DOCUMENTATION, BEHIND).map("".join), max_size=4))
def test_blanks_around_are_trimmed(texts: list[str]) -> None:
    ends = np.cumsum([len(text.encode()) for text in texts], dtype=np.int64)
    spans = np.column_stack([np.append(0, ends)[:-1], ends])
    joined = "".join(texts).encode()
    for without, expected in ((False, [text.strip() for text in texts]), (True, [text.strip().rstrip(";").rstrip() for text in texts])):
        found = trimmed(np.frombuffer(joined, np.uint8), spans, without_semicolons=without)
        assert [joined[start:end].decode() for start, end in found.tolist()] == expected


def test_half_characters_and_no_spans_are_left_alone() -> None:
    text = np.frombuffer("é数é".encode(), np.uint8)  # 2, 3 and 2 bytes
    assert trimmed(text, [(-1, -1), (1, 6), (3, 4), (2, 5)], without_semicolons=True).tolist() == [[-1, -1], [2, 5], [4, 4], [2, 5]]


@pytest.mark.parametrize("token", ["/", "*", " ", "\n", "/**/", " *\n", "\u3000"])
def test_time_is_linear(token: str) -> None:
    said_by([""], [False])
    start = time.process_time()
    said_by([token * (400_000 // len(token))] * 2, [False, True])
    assert time.process_time() - start < 4

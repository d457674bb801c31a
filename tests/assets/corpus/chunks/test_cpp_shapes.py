import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.corpus.chunks import cpp_forms, outline

DIRECTIVE = re.compile(rb"#[ \t]*(?:(if)|(else|elif)\b|(endif)|(include\b))?")
FOREIGN = re.compile(rb"(?:^|[;{}])j[aMj]")
WORDS = (
    "#if|#ifdef|# else|#elsewhere|#elif A|#\tendif|#include <a>|#includes|#define|#|"
    "ABCD|ABC|AbCD|A_B1|_ABC|ABCd|import|fn|a|;|{|}|(|)|[]|\n|\n"
)


def refined(source: bytes) -> tuple[bytes, bytes, list[int], list[int]] | None:
    """Return the shapes before and after, the tokens that follow each, and their starts; None when it is foreign or no tokens."""
    found = outline.rows(source, "C++", cpp_forms.KEYWORDS)
    if found is None:
        return None
    rows, shape = found
    before, after = shape.tobytes(), np.empty(len(shape), np.int32)
    kernel = machine_code.load("assets.corpus.chunks.cpp_shapes").refine
    is_sure = kernel(np.frombuffer(source, np.uint8), rows, len(shape), shape, after, 0)
    assert not is_sure or FOREIGN.search(shape.tobytes()) is None
    return (before, shape.tobytes(), after.tolist(), rows[: len(shape), 0].tolist()) if is_sure else None


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(WORDS.split("|")), max_size=12).map(" ".join))
def test_shapes_say_what_directives_do_and_which_words_are_in_capitals(text: str) -> None:
    found = refined(text.encode())
    for before, shape, after, start in [] if found is None else zip(*found, strict=True):
        if before == ord("#"):
            directive = DIRECTIVE.match(text.encode(), start)
            assert directive is not None and shape == b"51234"[directive.lastindex or 0]
        elif before == ord("a"):
            word = re.match(r"#?\w*", text[start:])
            assert word is not None and (shape == ord("M")) == (len(word[0]) > 3 and re.fullmatch("[A-Z0-9_]+", word[0]) is not None)
        else:
            assert shape == before
        assert after > 0


def test_insides_of_brackets_are_left_out() -> None:
    found = refined(b"a(b, (c)) { d; } e")
    assert found is not None
    shape, after = found[1:3]
    place, seen = 0, b""
    while place < len(shape):
        seen += shape[place : place + 1]
        place = after[place]
    assert seen == b"a(){}a"


def test_other_languages_are_seen() -> None:
    for text in ("import a", "x; fn main", "{ let LONG }", "{} var import", "a; abstract A"):
        assert refined(text.encode()) is None
    for text in ("a import b", "import = 1;", "fn;", "f(fn a)"):
        assert refined(text.encode()) is not None

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.corpus.chunks import cpp_forms, cpp_program
from assets.corpus.chunks.cpp_program import Program

MATCHED = 12  # in what the matcher fills


def matched(program: Program, text: bytes, at: int, frames: int = 1024) -> tuple[int, int, list[tuple[int, int]]]:
    """Return (kind, end, groups) of the first expression; every token of the text is followed by the next."""
    state, shape = np.zeros(17, np.int64), np.frombuffer(text, np.uint8)
    stack, after = np.empty((frames, 3), np.int64), np.arange(1, len(text) + 1, dtype=np.int32)
    kind = machine_code.load("assets.corpus.chunks.cpp_walk").match(*program, stack, state, shape, after, 0, at, len(text))
    marks = state[:MATCHED].reshape(-1, 2).tolist()
    return kind, int(state[MATCHED]), [(start, end) if end >= 0 else (-1, -1) for start, end in marks]


EXPRESSIONS = r"""a|ab
(?:a|ab)(?:c|bcd)d?
(?:ab|a)*+b
(?:ab|a)++c
(?:(?:a|ab)c?)?+b
(?:a|b|c)*?bc
a*?(?:a|b)b
[^a]*+a
[ab]++c|[^c]
(?=a[bc]*+d)a(?:b|c)
(?!ab|cd)[a-d]b?
(?=[ab])(?![b])a
a(?:(?<=a)b|(?<!a)c|c(?<=[bc])d)
(?:a?b?c)++
(?:a|(?:b|bc)++d)*+c
\x61(?:b|\c)?+d
a(?!\w)|b
(?:a(?:b(?:c|d)?|d)*?c|abd)a
"""


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(EXPRESSIONS.split()), st.text("abcd", max_size=8).map(str.encode), st.integers(0, 3))
def test_an_expression_means_what_it_means_to_re(expression: str, text: bytes, at: int) -> None:
    at = min(at, len(text))
    found = re.compile(expression.replace(r"\c", "c").encode()).match(text, at)
    kind, end, _ = matched(cpp_program.program([expression.replace(r"\c", "c")], {}, {}), text, at)
    assert (kind, end if kind == 0 else -1) == ((-1, -1) if found is None else (0, found.end()))


SHAPES = (
    'a a a M M a( a ) :: : < > , ; ; () () () {} {} [] = * & s s b h C E N T U Y X F P A R K D n v o w d j 0 " ~ -> ... '
    "1 3 4 5 + == l ! | 2 "
    "sa{} Ca:Pa{}; aa(); ba(){} T<Ca>a a(){} a::a():a(),a{}{} s?N {}sa(); EC?a{}; a::oa(){} aob(); M(); M(){} aMa(); a=;"
)
ITEM = re.compile(cpp_forms.expressions()[0].encode())


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(SHAPES.split()), max_size=14).map(lambda parts: "".join(parts).encode()))
def test_forms_are_those_of_their_expression(text: bytes) -> None:
    groups = dict.fromkeys(cpp_forms.KINDS, ())
    groups |= {
        "namespace": ("namespace_name",),
        "class": ("class_name", "enum_name", "is_enum", "declarators"),
        "conversion": ("conversion_name",),
    }
    groups |= {"function": ("specifiers", "function_name", "parameters", "initializers"), "called": ("called_name", "arguments")}
    at = 0
    while at < len(text):
        found = ITEM.match(text, at)
        assert found is not None
        kind, end, marks = matched(cpp_forms.program(), text, at)
        assert (kind, end) == (cpp_forms.KINDS[found.lastgroup], found.end())
        for slot in {cpp_forms.SLOTS[name] for name in groups[found.lastgroup]}:
            spans = [found.span(name) for name in groups[found.lastgroup] if cpp_forms.SLOTS[name] == slot]
            assert marks[slot // 2] == max(spans)
        at = end


def test_what_takes_too_much_memory_is_no_match() -> None:
    program = cpp_program.program(["(?:a|ab|abc)*?d"], {}, {})
    assert matched(program, b"a" * 100 + b"d", 0)[:2] == (0, 101)
    assert matched(program, b"a" * 100 + b"d", 0, frames=20)[0] == -2


@pytest.mark.parametrize("expression", ["(a)", "(?P<other>a)", "(?:a?)*+", "(?<=ab)c", "(?:a?+)++"])
def test_what_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        cpp_program.program([expression], {}, {})

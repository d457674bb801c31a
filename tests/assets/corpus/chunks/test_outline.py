import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks import brace_tokens, outline

KEYWORDS = (("class", "C"), ("synchronized", "Y"), ("if", "f"), ("of", "o"), ("reinterpret_cast", "r"))
PLAIN = (
    r"(?P<blank>[ \t\f\r\n]+|\\\r?\n)|(?P<comment>//[^\r\n]*|/\*(?s:.*?)\*/)"
    r"|(?P<literal>(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')+)"
    r"|(?P<number>[0-9](?:[\w$.]|SEPARATOR|[^\x00-\x7f])*)|(?P<word>(?:[#A-Za-z_$]|[^\x00-\x7f])(?:[\w$]|[^\x00-\x7f])*)|(?P<sign>.)"
)


def plain(text: str, language: str) -> tuple[list[tuple[int, int, int, int, bool, str]], list[tuple[int, int]]]:
    """Return (start, end, partner, depth, is_fresh, shape) of each token of ASCII, and the comments, a slow way."""
    tokens: list[list] = []
    comments: list[tuple[int, int]] = []
    opened: list[int] = []
    fresh, keywords = True, dict(KEYWORDS)
    for found in re.finditer(PLAIN.replace("SEPARATOR", "'" if language == "C++" else "[.]"), text, re.DOTALL):
        kind, word = found.lastgroup, found[0]
        if kind in ("blank", "comment"):
            comments += [found.span()] if kind == "comment" else []
            fresh |= ("\n" in word or "\r" in word) and not word.startswith("\\")
            continue
        before = "".join(token[5] for token in tokens[-2:])
        is_member = before.endswith(".") and before != ".."  # what `...` precedes is no member
        shape = {"literal": '"', "number": "0", "word": "a" if is_member else keywords.get(word, "a"), "sign": word}[str(kind)]
        if shape in ")]}":
            tokens[opened[-1]][2] = len(tokens)
        tokens.append([*found.span(), opened.pop() if shape in ")]}" else -1, len(opened), fresh, shape])
        if shape in "([{":
            opened.append(len(tokens) - 1)
        fresh = False
    return [tuple(token) for token in tokens], comments


def read(text: str, language: str, keywords: tuple[tuple[str, str], ...] = KEYWORDS) -> tuple[list, list] | None:
    """Return what `plain` does, as `outline` reads it."""
    found = outline.rows(text.encode(), language, keywords)
    if found is None:
        return None
    rows, shape = found
    tokens = zip(*rows[: len(shape), :5].T.tolist(), shape.tobytes().decode("latin-1"), strict=True)
    return list(tokens), [tuple(comment) for comment in rows[: rows[-1, 0], 5:].tolist()]


def shape_of(text: str, language: str, keywords: tuple[tuple[str, str], ...] = KEYWORDS) -> str:
    tokens, _ = read(text, language, keywords) or ([], [])
    return "".join(token[5] for token in tokens)


PIECES = [
    "class",
    "synchronized",
    "if",
    "classes",
    "a",
    "reinterpret_cast",
    "reinterpret_casts",
    ".",
    "..",
    " ",
    "\n",
    "\t",
    "// c",
    "/* d */",
]
PIECES += [
    "/* e\n*/",
    "/* * ** a comment of many bytes\n * and stars **/",
    "// and a comment of one line /* é",
    "été_Zz09",
    "a$b",
    "/**/",
    "//\n",
    '"s"',
    '"',
    "'c'",
    '"\\""',
    "1",
    "1.5e3",
    "0x1F",
    "1_0L",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ";",
    "=",
    "<",
    ">",
    "@",
    "$",
]


@pytest.mark.parametrize("language", ["Java", "C++", "JavaScript"])
@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_tokens_are_those_of_a_plain_reading(language: str, text: str) -> None:
    found = read(text, language)
    if found is not None:
        assert found == plain(text.encode().decode("latin-1"), language)  # a character for each byte


def test_an_example() -> None:
    text = 'class A { // b\n  f("x" "y", 1.5);\n/* c */ d.class[0] }'
    assert shape_of(text, "Java") == 'Ca{a("",0);a.a[0]}' and read(text, "Java") == plain(text, "Java")


def test_after_a_dot_a_word_is_no_keyword_and_long_words_are_none() -> None:
    keywords = (*((f"word{number:02}", "ABCDEFGHIJ"[number % 10]) for number in range(60)), ("sixteen_letters_", "Z"))
    words = [word for word, _ in keywords]
    text = " ".join([*words, "word0", "sixteen_letters_a", "word01_", ".word01"])
    assert shape_of(text, "Java", keywords) == "".join(shape for _, shape in keywords) + "aaa.a"


def test_substitutions_and_directives() -> None:
    tokens, _ = read("`a${b}c`;", "JavaScript") or ([], [])
    assert [(token[5], token[2]) for token in tokens] == [('"', -1), ("(", 3), ("a", -1), (")", 1), ('"', -1), (";", -1)]
    tokens, comments = read("#if a /* b\n*/ c \\\n (\na // d\n#endif // e\n", "C++") or ([], [])
    assert ("".join(token[5] for token in tokens), len(comments)) == ("#a#", 2)


BRACKETS = st.text("()[]{}a ", max_size=12)


@settings(deadline=None, max_examples=200)
@given(BRACKETS)
def test_brackets_that_do_not_match_are_refused(text: str) -> None:
    rest = text.replace("a", "").replace(" ", "")
    for _ in text:
        rest = rest.replace("()", "").replace("[]", "").replace("{}", "")
    assert [read(text, language) is None for language in ("Java", "C++")] == [bool(rest)] * 2


@pytest.mark.parametrize(("depth", "is_read"), [(lexing.MAX_DEPTH, True), (lexing.MAX_DEPTH + 1, False)])
def test_depth_is_bounded(depth: int, is_read: bool) -> None:
    assert brace_tokens.MAX_DEPTH == lexing.MAX_DEPTH
    assert [read("{" * depth + "}" * depth, one) is not None for one in ("Java", "C++")] == [is_read] * 2


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([*PIECES, "#", "\\", "\r\n", "`", "${", "\x00", "\u00e9"]), max_size=10).map("".join), st.integers(0, 12))
def test_the_kernel_stays_within_the_text(text: str, cut: int) -> None:
    source = text.encode()
    kinds = lexing.kinds(source, "C++")
    kinds = np.arange(len(source), dtype=np.uint8) % (cut % 7 + 1) if kinds is None else kinds  # it must not trust them
    kernel, seen = machine_code.load("assets.corpus.chunks.brace_tokens"), []
    for around in (b"a", b"\n", b"/", b"*", b"'"):
        rows, shape = np.full((len(source) + 3, 7), -7, np.int32), np.full(len(source) + 2, 7, np.uint8)
        data = np.frombuffer(around * 4 + source + around * 4, np.uint8)[4 : 4 + len(source)]
        seen.append(kernel.read(data, kinds, True, outline.keyword_table(KEYWORDS), rows[1:-1], shape[1:-1]))
        assert (rows[[0, -1]] == -7).all() and shape[0] == shape[-1] == 7
    assert seen == [seen[0]] * 5


@pytest.mark.parametrize("token", ["a ", "()", "(", "// c\n", "/**/", ";", '"" ', "1.", "#a\n", "\\\n", "class ", "\n", "."])
def test_time_is_linear(token: str) -> None:
    read("", "C++")
    source = token * (300_000 // len(token))
    start = time.process_time()
    outline.rows(source.encode(), "C++", KEYWORDS)
    assert time.process_time() - start < 2

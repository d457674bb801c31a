import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks import brace_tokens, outline
from assets.corpus.chunks.outline import WHOLE_FILE, Tokens

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


def rows(tokens: Tokens) -> list[tuple]:
    """Return what `plain` says first, of the tokens that were read."""
    columns = (tokens.start, tokens.end, tokens.partner, tokens.depth, tokens.is_fresh)
    return [(*row, shape) for *row, shape in zip(*(column.tolist() for column in columns), tokens.shape.decode("latin-1"), strict=True)]


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
    tokens = Tokens.read(text.encode(), language, KEYWORDS)
    if tokens is not None:
        assert (rows(tokens), tokens.comments) == plain(text, language)


def test_an_example() -> None:
    text = 'class A { // b\n  f("x" "y", 1.5);\n/* c */ d.class[0] }'
    tokens = Tokens.read(text.encode(), "Java", KEYWORDS)
    assert tokens is not None and tokens.shape == b'Ca{a("",0);a.a[0]}'
    assert (rows(tokens), tokens.comments) == plain(text, "Java")
    assert tokens.shape_of(tokens.inside(2)) == b"a();a.a[]" and tokens.shape_of(tokens.inside(WHOLE_FILE)) == b"Ca{}"
    assert [tokens.text(token) for token in np.flatnonzero(tokens.is_fresh).tolist()] == [b"class", b"f", b"d"]


def test_after_a_dot_a_word_is_no_keyword_and_long_words_are_none() -> None:
    keywords = (*((f"word{number:02}", "ABCDEFGHIJ"[number % 10]) for number in range(60)), ("sixteen_letters_", "Z"))
    words = [word for word, _ in keywords]
    tokens = Tokens.read(" ".join([*words, "word0", "sixteen_letters_a", "word01_", ".word01"]).encode(), "Java", keywords)
    assert tokens is not None and tokens.shape.decode() == "".join(shape for _, shape in keywords) + "aaa.a"


def test_substitutions_and_directives() -> None:
    tokens = Tokens.read(b"`a${b}c`;", "JavaScript", KEYWORDS)
    assert tokens is not None and (tokens.shape, tokens.partner.tolist()) == (b'"(a)";', [-1, 3, -1, 1, -1, -1])
    tokens = Tokens.read(b"#if a /* b\n*/ c \\\n (\na // d\n#endif // e\n", "C++", KEYWORDS)
    assert tokens is not None and (tokens.shape, len(tokens.comments)) == (b"#a#", 2)


BRACKETS = st.text("()[]{}a ", max_size=12)


@settings(deadline=None, max_examples=200)
@given(BRACKETS)
def test_brackets_that_do_not_match_are_refused(text: str) -> None:
    rest = text.replace("a", "").replace(" ", "")
    for _ in text:
        rest = rest.replace("()", "").replace("[]", "").replace("{}", "")
    assert [Tokens.read(text.encode(), language, ()) is None for language in ("Java", "C++")] == [bool(rest)] * 2
    tokens = Tokens.read(text.encode(), "Java", ())
    if tokens is not None:
        assert all(tokens.inside(one).tolist() == _inside(tokens, one) for one in range(len(tokens.shape)) if tokens.shape[one] in b"([{")


def _inside(tokens: Tokens, opening: int) -> list[int]:
    out, at = [], opening + 1
    while at < tokens.partner[opening]:
        out.append(at)
        if tokens.shape[at] in b"([{":
            at = int(tokens.partner[at])
            out.append(at)
        at += 1
    return out


@pytest.mark.parametrize(("depth", "is_read"), [(lexing.MAX_DEPTH, True), (lexing.MAX_DEPTH + 1, False)])
def test_depth_is_bounded(depth: int, is_read: bool) -> None:
    assert brace_tokens.MAX_DEPTH == lexing.MAX_DEPTH
    assert [Tokens.read(b"{" * depth + b"}" * depth, one, ()) is not None for one in ("Java", "C++")] == [is_read] * 2


ABOVE = [
    ("int a; /* b */ |", None),  # it stands behind the code
    ("int a;\n/* b */ |", "/* b */"),
    ("int a; // b\n// c\n|", "// c"),
    ("int a;\n// b\n// c\n|", "// b\n// c"),
    ("int a;\n// b\n\n// c\n|", "// c"),
    ("int a;\n/* b */\n// c\n|", "// c"),
    ("int a;\n// b\n/* c */ /* d */|", "/* d */"),
    ("int a;\n// b\n \n|", None),
    ("int a;\n|", None),
]


@pytest.mark.parametrize(("text", "comment"), ABOVE)
def test_a_comment_is_above_what_follows_it(text: str, comment: str | None) -> None:
    source = text.replace("|", "int z;").encode()
    tokens = Tokens.read(source, "Java", ())
    found = None if tokens is None else tokens.comment_above(6, text.index("|"))
    assert (None if found is None else source[slice(*found)].decode()) == comment


def test_comments_before_a_block_are_none_of_its_own() -> None:
    text = "// a\nclass A { // b\nint c; }"
    tokens = Tokens.read(text.encode(), "Java", ())
    assert tokens is not None and tokens.comment_above(-1, text.index("int"), text.index("{") + 1) == (15, 19)
    assert tokens.comment_above(-1, text.index("{") + 1, text.index("{") + 1) is None


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
        seen.append(kernel.read(data, kinds, True, outline._table(KEYWORDS), rows[1:-1], shape[1:-1]))
        assert (rows[[0, -1]] == -7).all() and shape[0] == shape[-1] == 7
    assert seen == [seen[0]] * 5


@pytest.mark.parametrize("token", ["a ", "()", "(", "// c\n", "/**/", ";", '"" ', "1.", "#a\n", "\\\n", "class ", "\n", "."])
def test_time_is_linear(token: str) -> None:
    Tokens.read(b"", "C++", KEYWORDS)
    source = token.encode() * (300_000 // len(token))
    start = time.process_time()
    Tokens.read(source, "C++", KEYWORDS)
    assert time.process_time() - start < 2

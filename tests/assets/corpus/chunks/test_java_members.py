import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks import brace_tokens, declared, java_declarations, java_members, outline

PARTS = [
    "class A {",
    "enum B {",
    "record C(int a) {",
    "@interface D {",
    "int e()",
    "F(a) {",
    "{",
    "}",
    "(",
    ")",
    ";",
    "int g = 1",
    "= {{1}}",
]
PARTS += [
    "import a.b;",
    "@A(b)",
    "case 1:",
    "case c ->",
    "default:",
    "switch (a) {",
    "// d\n",
    "/* e */",
    "if (a)",
    "else",
    "do",
    "while (b)",
]
PARTS += ["a", ".", "<", ">", ",", "static", "try", "catch (E e)", "finally", "sealed", "non-sealed", "permits", "record", "throws A", "[]"]
NAMES = ("KIND", "START", "SIGNATURE_START", "SIGNATURE_END", "END", "DOC_START", "DOC_END", "PARENT")


def test_columns_and_letters_are_those_of_the_others() -> None:
    columns = ("WHAT", "FROM", "HEAD_START", "HEAD_END", "TO", "DOC_START", "DOC_END", "AROUND")
    assert [getattr(java_members, name) for name in columns] == [getattr(declared, name) for name in NAMES]
    of_tokens = ("START", "END", "PARTNER", "DEPTH", "FRESH", "COMMENT_START", "COMMENT_END")
    assert [getattr(java_members, name) for name in of_tokens] == [getattr(brace_tokens, name) for name in of_tokens]
    assert (java_members._WORD, java_members._LITERAL) == (brace_tokens.WORD, brace_tokens.LITERAL)
    letters = {word: ord(letter) for word, letter in java_declarations.KEYWORDS}
    for word in ("class", "do", "extends", "interface", "case", "enum", "throws", "synchronized", "catch", "default", "else", "switch"):
        assert getattr(java_members, f"_{word.upper()}") == letters[word]
    for word in ("implements", "package", "import", "static", "try", "while", "finally"):
        assert getattr(java_members, f"_{word.upper()}") == letters[word]
    assert letters["int"] == java_members._PRIMITIVE


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join), st.booleans())
def test_the_kernels_stay_within_what_they_are_given(text: str, is_inside: bool) -> None:
    source = (f"class Z {{ void f() {{ {text} }} }}" if is_inside else text).encode()
    tokens = outline.rows(source, "Java", java_declarations.KEYWORDS)
    if tokens is None:
        return
    rows, shape = tokens
    kernels = machine_code.load("assets.corpus.chunks.java_members")
    most = len(shape) // 3 + 2
    filled = [np.full((most + 2, columns), -7) for columns in (8, 4, 2)]
    jump, scopes = np.full(len(shape) + 2, -7, np.int32), np.empty((lexing.MAX_DEPTH + 2, 4), np.int64)
    inner = [one[1:-1] for one in filled]
    count = kernels.read(np.frombuffer(source, np.uint8), rows, shape, True, jump[1:-1], *inner, scopes)
    assert all((one[[0, -1]] == -7).all() for one in filled) and (jump[[0, -1]] == -7).all()
    assert -1 <= count < most
    for first, last in inner[1][: max(count, 0), 2:].tolist():
        marks, starts = np.zeros(last - first + 2, np.uint8), np.full(2 * (last - first) + int(rows[-1, 0]) + 2, -7)
        found = kernels.statements(rows, shape, jump[1:-1], first, last, 0, marks[1:-1], starts[1:-1])
        assert marks[[0, -1]].tolist() == [0, 0] and starts[[0, -1]].tolist() == [-7, -7]
        assert starts[1 : found + 1].tolist() == sorted(starts[1 : found + 1].tolist())


def test_a_switch_of_what_is_no_statement_is_given_up_not_read_again_from_each_token() -> None:
    source = b"class A { void f() { switch (a) { case 1: b(); case 2: %s case 3: c(); } } }" % (b"- a " * 300)
    found = java_declarations.find(source)
    starts = found.statements(1, 0) if found is not None else []
    assert source.index(b"b();") in starts and source.index(b"c();") not in starts

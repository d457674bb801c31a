import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.corpus.chunks import cpp_declarations, declarations
from assets.corpus.chunks.declared import KINDS

LINES = ("#if A\n", "#ifdef B // b\n", "#if 0\n", "#elif C\n", "#else\n", "#endif\n", "#define D \\\n {\n", "#if E /* e\n*/\n")
CODE = ("int f()\n", "{ }\n", "{\n", "}\n", ", int b\n", "class X : Y {\n", "};\n", "int x;\n", "MACRO(a)\n", ": x(1)\n", '"(" // (\n')


def left(text: str) -> str:
    """Return what is left of a text, with the blanks behind it taken away from each line."""
    found = cpp_declarations._without_branches(text.encode())
    assert found is not None and len(found) == len(text.encode())
    return re.sub(r" +$", "", found.decode(), flags=re.MULTILINE)


CUT = {
    "int f(\n#if A\nint a\n#else\nchar a\n#endif\n) {}": "int f(\n\nint a\n\n\n\n) {}",
    "#ifdef A\nint f()\n#else // a\nint g()\n#endif // b\n{}": "\nint f()\n\n\n\n{}",
    "#if 0\nx {\n#elif 0\ny {\n#else\nz {\n#endif\n}": "\n\n\n\n\nz {\n\n}",
    "#if 0\nx {\n#endif\nint y;": "\n\n\nint y;",
    '#ifdef A\nextern "C" {\n#endif\nint f();\n#ifdef A\n}\n#endif': '\nextern "C" {\n\nint f();\n\n}\n',
    "A::A()\n#if B\n: a(1)\n#else\n: b(1)\n#endif\n{}": "A::A()\n\n: a(1)\n\n\n\n{}",
    "T a\n#if A \\\n || B\n= 1\n#if C\n+ 1\n#else\n+ 2\n#endif\n#else\n#if D\n= 2\n#endif\n#endif\n;": "T a\n\n\n= 1\n\n+ 1"
    + "\n" * 9
    + ";",
    "#if A\nint f();\n#else /* a\n b */\n{\n#endif\n": "\nint f();\n\n\n\n\n",
}


@pytest.mark.parametrize("text", CUT)
def test_of_branches_that_cut_a_declaration_the_first_is_left(text: str) -> None:
    assert left(text) == CUT[text]


@pytest.mark.parametrize(
    "text",
    [
        "#if A\nint f() {}\n#else\nint g();\n#endif\n",
        "#if 0\nint f() {}\n#endif\n",
        "MACRO(a)\n#if A\nclass B {};\n#else\nstruct B {};\n#endif\n",
        "class A {\npublic:\n#if A\nMACRO(a)\n#else\n~A();\n#endif\n};",
        "#define A {\n#if A\n::a f() {}\n#elif B\n[[a]] int f() {}\n#endif\n",
        "#if A\nint f(",
        "#endif\n#else\nint x;",
    ],
)
def test_branches_of_whole_declarations_stay(text: str) -> None:
    assert left(text) == text


def test_a_declaration_has_the_bytes_of_all_branches_that_cut_it() -> None:
    text = "int x;\n// f\nint f(\n#if A\n int a\n#else\n char a\n#endif\n) {\n#if B\n if (a) {\n#else\n {\n#endif\n }\n}\nint g() {}\n"
    found = cpp_declarations.find(text.encode())
    assert found is not None and found.names == ["f", "g"]
    assert [text[row[1] : row[4]] for row in found.table.tolist()] == [text[7:-12], "int g() {}"]


def facts(source: bytes) -> list[tuple] | None:
    """Return (kind, name, start, end) of what is declared in a tree without errors."""
    tree = grammars.parse("C++", source)
    if tree is None or tree.root_node.has_error:
        return None
    return [(one.kind, one.name, one.start, one.end) for one in declarations.find(tree.root_node, "C++", source, source)[0]]


CUTTING = (
    "#if A\nint f(int a)\n#else\nint f(char a)\n#endif\n{ return 1; }\n",
    "struct A\n#if B\n: B\n#endif\n{ int f() {} };\n",
    "namespace n {\n#if A\nint g() {\n#else\nint g(int a) {\n#endif\n} }\n",
    "template <class T\n#if A\n, class U\n#endif\n> void h(T t) {}\n",
    "#if A\nint k() {}\n#else\nint l() {}\n#endif\n",
    "int i() {}\n",
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(CUTTING), max_size=6).map("".join))
def test_what_is_left_reads_as_its_tree(text: str) -> None:
    text += "int last() {}\n"
    found, known = cpp_declarations.find(text.encode()), facts(cpp_declarations._without_branches(text.encode()) or b"{")
    assert found is not None and known is not None
    assert [(KINDS[row[0]], name, row[1], row[4]) for name, row in zip(found.names, found.table.tolist(), strict=True)] == known


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(LINES + CODE), max_size=30).map("".join))
def test_blanks_stand_for_whole_lines_of_other_text(text: str) -> None:
    found = cpp_declarations._without_branches(text.encode())
    if found is not None:
        before, after = np.frombuffer(text.encode(), np.uint8), np.frombuffer(found, np.uint8)
        assert (after[before != after] == 32).all() and (before[before != after] != 10).all()
        for old, new in zip(text.split("\n"), found.decode().split("\n"), strict=True):
            assert new == old or not new.strip()


def test_brackets_that_no_one_closes_are_bounded() -> None:
    for text in ("(" * 300, ")" * 300, "#if A\n(\n" * 300, "#if A\n)\n" * 300 + "#endif\n" * 300, "#if A\n" * 10_000):
        cpp_declarations._without_branches(text.encode())

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.code import grammars, lexing
from assets.corpus.chunks import declarations, declared, python_declarations, python_lines
from assets.corpus.chunks.declared import Declared
from assets.corpus.chunks.python_declarations import Name, Row

EXAMPLE = '''\
"""Module."""
from __future__ import annotations
import os, sys  # two
from a import (
    b,  # one
)

@decorated(1)  # why
# and this
@twice
async def first(a, /, *, b: "str" = 'x', **c) -> dict[str, int]:  # head
    # above the docstring
    r"""Say."""
    x, = 1, ; y = lambda: 2.
    if f"{a:{b}}" == f'{a!r}': return ...
    elif x: pass
    # of the else
    else:
        while (z := x):
            del z
        else: pass

    # at the end
  # outside

class Second(first, metaclass=x):
    field: int = 3
    class Inner: "documented"
    try:
        import json
    except ImportError: json = None
    else:
        def method(self):
            def inner(): pass
            return {"a": [1,
  2]}[
'a'
] \\
  + 1;
    for i in x:
        def hidden(): pass
    else:
        def hidden_too(): pass
    # last of the class
# of the module
with x as y:
    def third(): return "no" "docstring"
'''


def described(source: bytes) -> tuple[list, ...]:
    """Return what is found in the tree, and by lines; the former is empty where the parser finds errors."""
    tree = grammars.parse("Python", source)
    known = None if tree is None or tree.root_node.has_error else declarations.find(tree.root_node, "Python", source, source)
    read = python_declarations.find(source)
    return tuple([] if found is None else [found] for found in (known and _facts(known), read and _table(read)))


def _facts(found: tuple) -> tuple:
    plain = [(one.kind, one.name, one.start, one.signature, one.end, one.doc, one.parent) for one in found[0]]
    return plain, [[one.statements(smallest) for smallest in (0, 8, 64)] for one in found[0]], found[1]


def _table(found: Declared) -> tuple:
    assert found.table.shape == (len(found.names), 8) and found.table.flags.c_contiguous
    plain = [
        (declared.KINDS[kind], name, start, (head, body), end, None if doc < 0 else (doc, doc_end), parent)
        for name, (kind, start, head, body, end, doc, doc_end, parent) in zip(found.names, found.table.tolist(), strict=True)
    ]
    return plain, [[found.statements(place, smallest) for smallest in (0, 8, 64)] for place in range(len(plain))], found.imports


def test_an_example_reads_as_its_tree() -> None:
    known, read = described(EXAMPLE.encode())
    assert known and read == known
    names = [name for _, name, *_ in read[0][0]]
    assert names == ["first", "Second", "Second.Inner", "Second.method", "third"]


@pytest.mark.parametrize("line", range(len(EXAMPLE.splitlines())))
def test_the_example_without_a_line_reads_as_its_tree(line: int) -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    known, read = described("".join(lines[:line] + lines[line + 1 :]).encode())
    assert not known or not read or read == known


LINES = [
    "def f(a):",
    "class A(B): pass",
    "class C:",
    "if x:",
    "elif y:",
    "else:",
    "for i in x:",
    "try:",
    "except E as e:",
    "finally:",
    "@d",
]
LINES += [
    "# c",
    "",
    "x = 1",
    "x = (",
    ")",
    '"""d"""',
    '"a" "b"',
    "return x",
    "a; b;",
    "pass  # c",
    "import a",
    "from a import b",
    "async def g():",
]
LINES += [
    "if x: y = 2  # z",
    "while x: pass",
    "with x:",
    "x = '''",
    "'''",
    "é = 1",
    "\\",
    "x \\",
    "def h(): 'd'",
    "lambda: 0",
    "f'{x:>{y}}'",
]


SIMPLE = [
    "x = 1",
    '"""d"""',
    '"a" "b"',
    "return x",
    "a; b;",
    "pass  # c",
    "import a",
    "from a import b",
    "x = (  # c\n)",
    "f'{x:>{y}}'",
    "",
]
SIMPLE += [
    'f"""a{\n x}b"""',
    "# a",
    "x = '''a\n  b'''",
    "def h(): 'd'",
    "if x: y = 2  # z",
    "x = \\\n 1",
    "# c",
    "  # d",
    "import a; x",
    "class E: x",
    "@i\n# j\n\n",
]
HEADS = [
    ("def f(a):",),
    ("class A(B):",),
    ("if x:", "elif y:", "else:"),
    ("for i in x:", "else:"),
    ("try:", "except E:"),
    ("@d", "def g():"),
]
HEADS += [("try:  # e", "finally:"), ("with x:",), ("async def k():",), ("class C:  # c",), ("@d  # e", "# f", "class D:"), ("while x:",)]


def indented(head: str, body: list[str]) -> list[str]:
    """Return what stands below a header: nothing below a decorator; comments may stand anywhere."""
    return [] if head[0] in "@#" else [line if line.startswith("#") else "  " + line for line in (*body, "x")]


def statement(parts: tuple[tuple[str, list[str]], ...]) -> list[str]:
    return [line for head, body in parts for line in (head, *indented(head, body))]


def blocks(body: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Return statements with `body` in their blocks."""
    several = [st.tuples(*[st.tuples(st.just(head), body) for head in heads]) for heads in HEADS]
    one = st.one_of(several).map(statement) | st.sampled_from(SIMPLE).map(lambda line: [line])
    return st.lists(one, min_size=1, max_size=4).map(lambda all_: [line for lines in all_ for line in lines])


BODIES = st.recursive(st.lists(st.sampled_from(SIMPLE), max_size=2), blocks, max_leaves=10)


@settings(deadline=None, max_examples=300)
@given(BODIES.map("\n".join), st.sampled_from(["", "\n", "  # end\n"]))
def test_what_is_read_is_what_the_tree_says(source: str, end: str) -> None:
    known, read = described((source + end).encode())
    assert not known or not read or read == known


NOT_PYTHON = ["def f():\nx = 1\n", "x = 1\n  y = 2\n", "if x:\n    y\n  z\n", "else:\n    x\n", "@d\nx = 1\n", "def f()\n    x\n"]
NOT_PYTHON += [
    "if x: if y: z\n",
    "words in a row\n",
    "x = = 1\n",
    "x =\n",
    "return a return b\n",
    "from a\n",
    "import\n",
    "a b\n",
    "and x\n",
]
NOT_PYTHON += [
    "import a import b\n",
    "http://a.b/c\n",
    "1.2.3\n",
    "3rd\n",
    "Title\n=====\n",
    "12:30\n",
    "a: b: c\n",
    "> x\n",
    "你好\n",
    "x? y\n",
]
NOT_PYTHON += [
    "print 'x'\n",
    "match x:\n    case 1: y\n",
    "f() {\n}\n",
    "x = 'a\n",
    "\ufeffx = 1\n",
    "x = 1\ry = 2\n",
    "if lambda: x:\n    y\n",
]
NOT_PYTHON += ["  x = 1\n", "\\\nx = 1\n", "class A:\n"]


@pytest.mark.parametrize("source", NOT_PYTHON)
def test_what_is_not_certainly_python_is_left_to_the_parser(source: str) -> None:
    assert python_declarations.read(source.encode()) is None


@pytest.mark.parametrize("source", ["continued = 1\n", "def f():\n    return continueTrying\n", "nonlocals.a()\n"])
def test_words_that_begin_like_keywords_are_none(source: str) -> None:
    known, read = described(source.encode())
    assert read and read == known


def test_columns_and_kinds_are_those_of_the_kernel() -> None:
    names = ["START", "END", "KIND", "PARENT", "BLOCK_START", "BLOCK_END", "FIRST", "OUTER", "VISIBLE", "IS_STATEMENT", "INDENT"]
    names.append("WITHIN")
    assert [getattr(python_lines, name) for name in names] == list(range(len(Row._fields)))
    assert [name.lower().removeprefix("is_") for name in names] == [name.removeprefix("is_") for name in Row._fields]
    for name in ["COMMENT", "SIMPLE", "STRING", "DECORATOR", "IMPORT", "FUNCTION", "CLASS", "CONTAINER", "OTHER"]:
        assert getattr(python_lines, name) == getattr(python_declarations, name)
    columns = ("WHAT", "FROM", "HEAD_START", "HEAD_END", "TO", "DOC_START", "DOC_END", "AROUND")
    those = ("KIND", "START", "SIGNATURE_START", "SIGNATURE_END", "END", "DOC_START", "DOC_END", "PARENT")
    assert [getattr(python_lines, name) for name in columns] == [getattr(declared, name) for name in those]
    assert (python_lines._METHOD, python_lines._CLASS_KIND) == (declared.METHOD, declared.CLASS)
    assert Name(python_lines.ROW, python_lines.NAME_START, python_lines.NAME_END) == (0, 1, 2)
    shared = ("CODE", "COMMENT_MARK", "COMMENT", "QUOTE", "STRING", "FIELD")
    assert [getattr(python_lines, f"_{name}") for name in shared] == [getattr(lexing, name) for name in shared]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*LINES, "\n", "  ", ";", ":", "#", "\r\n", ".", "..."]), max_size=10).map("".join))
def test_the_kernel_stays_within_the_text(text: str) -> None:
    source = text.encode()
    kinds = lexing.kinds(source, "Python")
    if kinds is None:
        return
    seen = []
    for around in (b"a", b"\n", b".", b"'"):
        most = sum(map(source.count, (b"\n", b"\r", b";", b"#", b":"))) + 2
        filled = [np.full((most + 2, columns), -7) for columns in (len(Row._fields), 8, len(Name._fields))]
        rows, table, named = (one[1 : most + 1] for one in filled)
        state = np.array([0, 0, 0, -1, 0, 0])
        blocks = np.full((3, 4), -1)
        blocks[1, 0] = 0
        data = np.frombuffer(around * 4 + source + around * 4, np.uint8)[4 : 4 + len(source)]
        machine_code.load("assets.corpus.chunks.python_lines").read(data, kinds, rows, table, named, state, blocks)
        assert all((one[[0, -1]] == -7).all() for one in filled)
        seen.append((state[1], rows[: max(state[1], 0), :-1].tolist(), table[: state[5]].tolist(), named[: state[5]].tolist()))
    assert all(one == seen[0] for one in seen)


@pytest.mark.parametrize(
    "token", ["a\n", "# c\n", "if x: y\n", "a;", "(", "'' ", "a,", "\n", "@a\n", "x = 1 \\\n", "def f():\n  # c\n  x\n", "..."]
)
def test_time_is_linear(token: str) -> None:
    python_declarations.read(b"")
    source = token.encode() * (1_000_000 // len(token))
    start = time.process_time()
    python_declarations.read(source)
    assert time.process_time() - start < 2

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.corpus.chunks import declarations, declared, java_declarations
from assets.corpus.chunks.declared import Declared

EXAMPLE = """\
/* licence */
package a.b; // of the package
import static java.util.Map.*;
import java.util.List;

/** Of the class. */
@Suppress({"x", "y"}) public abstract sealed class First<T extends Comparable<? super T> & B<int[]>> extends C<T>.D implements E, F
    permits G, H { // of the field?
    static { a(); }
    private static final Map<String, List<? extends T[]>> x = new HashMap<>() {{ put("k", () -> { b(); }); }}, y[] = {{1}, {2}}; // y
    // of one
    // method
    @Override @A.B(c = 1, d = {2, 3}) public <K, V extends K> @N List<K>[] method(final K k, int... v) throws X, Y;

    // not adjacent

    First() throws X { super(); }; /** of none */
    /** of the abstract one */ abstract int third(int a);
    int fourth() { if (x) /* in */ { a(); } else if (y) b(); /* after */
        else { c(); }
        label: for (;;) { while (z) d(); }
        do { e(); } while (z); do f(); while (z);
        try (g; h) { i(); } catch (A | B e) { } finally { j(); } // k
        switch (x) { // l
            case 1: // m
            case -2: n(); // o
            { p(); }
            default: }
        int q = switch (x) { case A, B -> { r(); } case C c when c.d > 1 -> 2; default -> throw new E(); };
        class Local { void hidden() {} } record R(int a) { R { } } enum M { S }
        Runnable r = () -> { s(); /* t */ }, u = new V(1) { int w() { return 1; } }; ; /* v */ synchronized (this) { w(); }
        assert a : b; return Foo::<T>new;
    }
    interface Inner<T> extends A<T>, B { int X = 1; void a(); /** b */ void b(); default void c() {} private static void d() {} }
    public non-sealed static class Last extends First { }
    /** Of the enum. */
    enum Enum implements A { /* a */ @D A /* b */, B(1) { void hidden() {} }, ; // c
        int x; Enum() {} /* d */ ; /** e */ @Override public String toString() { return \"""
            text { "block" \\\""" }
            \"""; }
        // end
    }
    enum Empty { } enum Only { A, B, } enum None { ; }
    @interface Note { int value() default 1; String[] names() default {}; /** c */ int d(); class Nested { int e() { return 1; } } }
    record Point<T>(@A int x, List<T> y) implements B { Point { a(); } Point(int z) { this(z, null); } static int w() { return 1; } }
    record Plain(int x) {} record Unit() { ; }
}
class Second { Second[] record; int permits, sealed = 1; void f(int a /* b */) /* c */ { /* d */ } } // trailing
/** nothing below */
"""


def described(source: bytes) -> tuple[list, ...]:
    """Return what is found in the tree, and by tokens; the former is empty where the parser finds errors."""
    tree = grammars.parse("Java", source)
    known = None if tree is None or tree.root_node.has_error else declarations.find(tree.root_node, "Java", source, source)
    read = java_declarations.find(source)
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
    assert [name.removeprefix("First.") for name in names[:6]] == ["First", "method", "First", "third", "fourth", "Inner"]
    assert {"First.Enum.toString", "First.Note.Nested.e", "First.Point.Point", "First.Plain", "Second.f"} <= set(names)
    assert not any("hidden" in name or "Local" in name for name in names)


@pytest.mark.parametrize("line", range(len(EXAMPLE.splitlines())))
def test_the_example_without_a_line_reads_as_its_tree(line: int) -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    known, read = described("".join(lines[:line] + lines[line + 1 :]).encode())
    assert not known or not read or read == known


TOKEN = re.compile(r'"""(?s:.*?)"""|"[^"\n]*"|/\*.*?\*/|//.*|[\w$]+|\s+|.')
TOKENS = TOKEN.findall(EXAMPLE)
PLACES = st.integers(0, len(TOKENS) - 1)


@settings(deadline=None, max_examples=150)
@given(st.lists(PLACES, max_size=3), st.lists(st.tuples(PLACES, PLACES), max_size=2))
def test_the_example_with_other_tokens_reads_as_its_tree(left_out: list[int], replaced: list[tuple[int, int]]) -> None:
    tokens = TOKENS.copy()
    for place, other in replaced:
        tokens[place] = TOKENS[other]
    known, read = described("".join(token for place, token in enumerate(tokens) if place not in left_out).encode())
    assert not known or not read or read == known


STATEMENTS = [
    "a();",
    "int b = 1;",
    "if (c) d(); else e();",
    "for (;;) f();",
    "while (g) { h(); }",
    "do i(); while (j);",
    "k: l();",
    ";",
    "{ }",
]
STATEMENTS += ["// c\n", "/* d */", "\n\n", "try { a(); } finally { }", "switch (a) { case 1: b(); // e\n default: }", "class A { int b; }"]
STATEMENTS += [
    "a = () -> { b(); };",
    "return new A() { void b() { } };",
    "switch (a) { case B -> c(); default -> { } }",
    "int[] a = {1, {2}};",
]
STATEMENTS += ["yield a;", "record A(int b) { }", "enum A { B { void c() { } }; int d; }", "@A final int b;", 'throw new A("b");']
MEMBERS = [
    "int a;",
    "/** b */ void c();",
    "// d\n",
    "\n\n",
    ";",
    "@A(b) int c = 1, d[] = {2};",
    "static { a(); }",
    "{ b(); }",
    "// e\n// f\n",
]
MEMBERS += [
    "enum A { B, C(1) { int d() { return 1; } }; // e\n int f; }",
    "enum B { }",
    "record C<T>(int d) { C { } }",
    "@interface D { int e() default 1; }",
]
BODIES = st.lists(st.sampled_from(STATEMENTS), max_size=6).map(" ".join)
METHODS = st.tuples(st.sampled_from(["void a()", "<T extends B> A()", "A()", "public @A b.C<D[]> e(int f)"]), BODIES).map(
    "{0[0]} {{{0[1]}}}".format
)
HEADS = st.sampled_from(
    ["class A", "abstract class B<T> extends C<T>", "static final class D implements E, F", "enum G { ; ", "record H(int i)"]
)


def classes(members: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return classes with `members` in them, among other members."""
    inside = st.lists(members | METHODS | st.sampled_from(MEMBERS), max_size=6).map(" ".join)
    return st.tuples(HEADS, inside).map(lambda one: f"{one[0]}{'' if '{' in one[0] else ' {'} {one[1]} }}")


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.recursive(st.just("class Z { }"), classes, max_leaves=4), max_size=2),
    st.sampled_from(["", "\n", "import a.B;\n", "// c\n"]),
)
def test_what_is_read_is_what_the_tree_says(parts: list[str], start: str) -> None:
    known, read = described((start + "\n".join(parts)).encode())
    assert not known or not read or read == known


NOT_JAVA = [
    "a",
    "# Title\n\ntext",
    "int a;",
    "void f() {}",
    "class A {",
    "class A }",
    "class { }",
    "class A { x }",
    "class A { int }",
    "class A { int a }",
]
NOT_JAVA += [
    "class A { def f() { println 'a' } }",
    "namespace a { class B { } }",
    "using System; class A { }",
]
NOT_JAVA += [
    "class A { public int X { get; set; } }",
    "class A { void f() { foreach (var a in b) { } } }",
    "class A : B { }",
    "export class A { }",
]
NOT_JAVA += [
    "class A { void f() { a b c; } }",
    "class A { void f() { 1 2; } }",
    "class A { void f() { if a { } } }",
]
NOT_JAVA += [
    "class A { int \u00e9; }",
    "class A {\r\n}\r\n",
    "enum A { B C }",
    "enum A { int b; }",
    "class A { A { } }",
    "@interface A { int b() { } }",
]
NOT_JAVA += [
    "class A { permits B; import c.D; }",
    "class A is B { }",
    "package a.b class C { }",
    "import a.*.b;",
    "record A(int b);",
    "template<T> class A { }",
]


@pytest.mark.parametrize("source", NOT_JAVA)
def test_what_is_not_certainly_java_is_left_to_the_parser(source: str) -> None:
    assert java_declarations.find(source.encode()) is None


HOSTILE = [
    "a ",
    "@",
    "@a(",
    "a<",
    "<a>",
    "class A {",
    "{",
    "}",
    "enum A {",
    "// c\n",
    ";",
    "int a;",
    "int a() { }",
    "/** b */ int a();",
    "N enum ",
    "case ",
]
HOSTILE += ["record A(", "a.", "case 1: ", "if (a) ", "else ", "import a;", "class A { }", "a(() -> {", "'", "sealed ", "permits "]


@pytest.mark.parametrize("token", HOSTILE)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "class A {{ {} }}",
        "class A {{ void f() {{ switch (a) {{ {} }} }} }}",
        "class A {{ void f() {{ {} }} }}",
        "class A {{ int x = {}; }}",
    ],
)
def test_time_is_linear(token: str, around: str) -> None:
    source = around.format(token * (100_000 // len(token))).encode()
    java_declarations.find(b"")
    start = time.process_time()
    found = java_declarations.find(source)
    if found is not None:
        for place in range(len(found.names))[:9]:
            found.statements(place, 0)
    assert time.process_time() - start < 2

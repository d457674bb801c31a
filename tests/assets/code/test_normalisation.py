import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.normalisation import has_tokens, normal_form

SAME = [
    (
        "Python",
        "def f(a, b):\n    return a + b\n",
        "# comment\ndef f( a,b ):  # more\n\n  # inside\n  return (a+b)\n".replace("(a+b)", "a+b"),
    ),
    ("Python", "x = [1,\n     2]\n", "x=[1, 2] # list"),
    ("Python", "x = 1 + \\\n    2\n", "x = 1 + 2\n"),
    ("Python", "if a:\n\tb = 1\n", "if a:\n        b = 1\n"),
    ("Python", "if a:\n    b = 1\nc = 2\n", "if a:\n  b=1\n# back\nc=2"),
    ("Java", "class A { int b = 1; /* c */ }", "class A\n{\n  // d\n  int b=1;\n}\n"),
    ("C++", "int f(int a) { return a * 2; }", "int f(int a)\n{\n  return a*2; // twice\n}\n"),
    ("C++", "#include <a>\nint b;\n", "/* c */\n#include <a>\n\n\nint  b ;\n"),
    ("JavaScript", "if (a) {\n  b();\n} else {\n  c();\n}", "if(a){b();}else{c();} // d"),
    ("JavaScript", "const x = a\n  .b()\n  .c;", "const x = a.b().c;"),
    ("JavaScript", "foo(a, /* b */ c);", "foo(\n  a,\n  c\n);"),
    ("Go", "func f() {\n\treturn 1\n}\n", "func f() {\n\n    return  1\n}"),
    (None, "a\n  b\n", "a\n\n    b"),
]
DIFFERENT = [
    ("Python", "if a:\n    b = 1\n    c = 2\n", "if a:\n    b = 1\nc = 2\n"),
    ("Python", "for a in b:\n    if c:\n        d()\n    e()\n", "for a in b:\n    if c:\n        d()\n        e()\n"),
    ("Python", "a = 1\nb = 2\n", "a = 1 b = 2\n"),
    ("Python", "x = 'a b'\n", "x = 'a  b'\n"),
    ("Python", "x = 'a # b'\n", "x = 'a # c'\n"),
    ("Python", 'def f():\n    """One."""\n', 'def f():\n    """Two."""\n'),
    ("Python", "x = f'{a} b'\n", "x = f'{a}  b'\n"),
    ("Python", "a = b\n(c)\n", "a = b(c)\n"),
    ("Python", "x = not a\n", "x = nota\n"),
    ("Python", "x = ['a', 'b']", "x = ['a' 'b']"),
    ("Java", 'String a = "x // y";', 'String a = "x // z";'),
    ("Java", "a = b + +c;", "a = b ++c;"),
    ("C++", "#define f (x)\n", "#define f(x)\n"),
    ("C++", "#define A\nint b;\n", "#define A int b;\n"),
    ("C++", '#define A "a b"\n', '#define A "a  b"\n'),
    ("C++", 'auto a = R"(x\n y)";', 'auto a = R"(x\ny)";'),
    ("C++", "char a = ' ';", "char a = '  ';"),
    ("C++", "a = b / *c;", "a = b /*c;*/;"),
    ("JavaScript", "function f() { return\n1 }", "function f() { return 1 }"),
    ("JavaScript", "function f() { return\n(1) }", "function f() { return (1) }"),
    ("JavaScript", "a\n++\nb", "a++\nb"),
    ("JavaScript", "(a)\n++b", "(a)++\nb"),
    ("JavaScript", "a = /x y/g", "a = /x  y/g"),
    ("JavaScript", "a = `x\ny`", "a = `x y`"),
    ("JavaScript", "a = '// b'", "a = '// c'"),
    ("YAML", "a:\n  b: 1\n", "a:\nb: 1\n"),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_same_program(language: str | None, one: str, other: str) -> None:
    assert normal_form(language, one) == normal_form(language, other)


@pytest.mark.parametrize(("language", "one", "other"), DIFFERENT)
def test_different_programs(language: str, one: str, other: str) -> None:
    assert normal_form(language, one) != normal_form(language, other)


def test_the_language_counts() -> None:
    assert len({normal_form(language, "int a = 1;") for language in ("C++", "Java", "JavaScript", "C", None)}) == 5


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(["Python", "Java", "C++", "JavaScript", "Go", None]),
    st.text(st.sampled_from("ab1 \n\t()[]{}<>'\"`\\/*#=+-.,;:") | st.characters(codec="utf-8"), max_size=80),
)
def test_no_text_crashes_it_and_the_end_of_the_file_does_not_count(language: str | None, text: str) -> None:
    form = normal_form(language, text)
    assert form == normal_form(language, text)
    assert form.startswith((language or "").encode() + b"\0")


@pytest.mark.parametrize(
    "source", ["(" * 50_000, "\n".join(" " * n + "if 1:" for n in range(500)), "a<" * 50_000, "!&" * 50_000, "'" * 50_001]
)
@pytest.mark.parametrize("language", ["Python", "Java"])
def test_hostile_text(language: str, source: str) -> None:
    assert normal_form(language, source)


def test_tokens() -> None:
    form = normal_form("Python", "# only a comment\nx = f('a b c d', 1)\n")
    assert has_tokens(form, 9)  # Python, NUL, x, =, f, (, NUL, ... the language and its separator count for all files alike
    assert not has_tokens(normal_form("Python", "# nothing but a long comment " * 20), 5)

import pytest

from assets.code import grammars
from assets.corpus.chunks.syntax import parse_error_share, parseable


def test_macros_are_blanked_in_place():
    source = b'#define ARROW_EXPORT\nclass ARROW_EXPORT Table : public Base {\n  FOO_DEPRECATED("no") int f();\n  struct LIST list;\n};\n'
    parsed = parseable(source, "C++")
    assert len(parsed) == len(source) and parsed.count(b"\n") == source.count(b"\n")
    assert parsed.splitlines()[0] == b"#define ARROW_EXPORT"
    assert b"ARROW_EXPORT Table" not in parsed and b"FOO_DEPRECATED" not in parsed
    assert parseable(source, "Java") is source


def share(language: str, source: bytes) -> float:
    return parse_error_share(grammars.parse(language, source), len(source))


def test_share_of_bytes_that_do_not_parse():
    assert share("Python", b"def f():\n    return 1\n") == 0.0 == share("Python", b"")
    broken = share("Java", b"class A { void f() { int x = 1; } }\n" * 20 + b"? ? ? what is ( this\n")
    assert 0 < broken < 0.1
    assert share("Python", b"class A { public static void main(String[] a) { x(); } }\n" * 20) > 0.2


@pytest.mark.parametrize("language", ["Java", "C++", "JavaScript"])
def test_a_missing_brace_does_not_make_the_whole_file_an_error(language):
    source = b"class A {\n" + b"".join(b"  void_%d() { return f(%d); }\n" % (i, i) for i in range(200))
    assert 0 < share(language, source.replace(b"void_", b"int f") if language != "JavaScript" else source) < 0.2

import time

import pytest

from assets.code import grammars


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Python", b"def f():\n    pass\n"),
        ("Java", b"class A { int b; }"),
        ("C++", b"int main() { return 0; }"),
        ("JavaScript", b"let a = () => 1;"),
    ],
)
def test_every_grammar_parses_its_language(language: str, source: bytes) -> None:
    tree = grammars.parse(language, source)
    assert tree is not None
    assert not tree.root_node.has_error
    assert tree.root_node.end_byte == len(source)


def test_other_languages_have_no_parser() -> None:
    assert grammars.parser("COBOL") is None
    assert grammars.parser(None) is None
    assert grammars.parse(None, b"x") is None


def test_a_large_file_arrives_whole() -> None:
    source = b"def f():\n    return 'caf\xc3\xa9'\n" * 10_000
    tree = grammars.parse("Python", source)
    assert tree is not None
    assert tree.root_node.end_byte == len(source)
    assert tree.root_node.child_count == 10_000


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Java", b"a<" * 50_000),
        ("Java", b"!&" * 50_000),
        ("Python", b"not=." * 20_000),
        ("C++", b"+,>~" * 20_000),
        ("JavaScript", b"! &" * 30_000),
    ],
)
def test_hostile_sources_are_refused_quickly(language: str, source: bytes) -> None:
    start = time.process_time()
    assert grammars.parse(language, source) is None
    assert time.process_time() - start < 20


@pytest.mark.parametrize("line", [b"    # x\n", b"\t#\r\n", b"# x\n\n", b"\\\n"])
def test_blocks_of_comments_that_python_reads_again_and_again_are_refused(line: bytes) -> None:
    start = time.process_time()
    assert grammars.parse("Python", b"def f():\n    a = 1 + \\\n2\n" + line * 50_000 + b"    return 1\n") is None
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "source",
    [
        b"# licence\n" * 20_000 + b"a = 1\n",
        b"def f():\n    a = 1\n" + b"\n" * 20_000 + b"    return 1\n",
        (b"def f():\n" + b"    # why\n" * 50 + b"    return 1\n") * 200,
        b"a = [\n" + b"  1, # one\n" * 20_000 + b"]\n",
    ],
)
def test_usual_comments_are_read(source: bytes) -> None:
    tree = grammars.parse("Python", source)
    assert tree is not None and not tree.root_node.has_error


@pytest.mark.parametrize("language", grammars.LANGUAGES)
@pytest.mark.parametrize("source", [b"(" * 100_000, b"{" * 100_000, b"\xff\xfe\x00" * 1000, b"", b"\n" * 100_000])
def test_strange_sources_do_no_harm(language: str, source: bytes) -> None:
    tree = grammars.parse(language, source)
    assert tree is None or tree.root_node.end_byte <= len(source)

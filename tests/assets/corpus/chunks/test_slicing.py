import numpy as np
import pytest

from assets.corpus.chunks import slicing
from assets.corpus.chunks.slicing import SlicedFile

JAVA = "class Größe {\n    int x;\n\n    /** é */\n    void f() { a(); }\n\n    // nothing\n    void g() { }\n    int after;\n}\n"


def texts(sliced: SlicedFile) -> list[tuple[int, str]]:
    return [(order, sliced.source[start:end].decode()) for order, start, end in sliced.pieces.tolist()]


def test_pieces_are_bytes_of_what_is_declared() -> None:
    sliced = SlicedFile(JAVA, "Java")
    assert sliced.declared is not None and sliced.declared.names == ["Größe", "Größe.f", "Größe.g"]
    assert texts(sliced) == [
        (0, "class Größe {\n    int x;"),
        (0, "    int after;\n}"),
        (1, "    /** é */\n    void f() { a(); }"),
        (2, "    // nothing\n    void g() { }"),
    ]
    assert sliced.read_as == "Java" and sliced.parse_error_share == 0
    assert sliced.borders(1, 0) == [sliced.source.index(b"a();")] == sliced.borders(1, 0)


@pytest.mark.parametrize("language", ["Python", "Rust", None])
def test_what_declares_nothing_is_one_piece(language: str | None) -> None:
    sliced = SlicedFile("\n\n  a = 1\n\nb = 'é'\n\n", language)
    assert texts(sliced) == [(-1, "  a = 1\n\nb = 'é'")] and sliced.declared is None
    assert sliced.borders(-1, 256) == [2, 11, 21]
    assert (sliced.parse_error_share is None) == (language != "Python")


@pytest.mark.parametrize("language", ["Python", "Java", "Rust", None])
def test_a_blank_file_has_no_pieces(language: str | None) -> None:
    for blank in ("", " \n\t\u3000\n"):
        assert SlicedFile(blank, language).pieces.shape == (0, 3)


def test_what_the_readers_refuse_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SlicedFile(JAVA, "Java")
    monkeypatch.setattr(slicing, "_READERS", {})
    parsed = SlicedFile(JAVA, "Java")
    assert np.array_equal(read.pieces, parsed.pieces) and parsed.parse_error_share == 0
    assert read.declared is not None and parsed.declared is not None
    assert read.declared.names == parsed.declared.names and np.array_equal(read.declared.table, parsed.declared.table)
    assert list(read.declared.imports) == list(parsed.declared.imports)
    assert [read.borders(order, 0) for order in range(3)] == [parsed.borders(order, 0) for order in range(3)]


def test_dialects_are_read_as_the_language_that_they_come_from() -> None:
    assert SlicedFile("int f(void) { return 1; }", "C").read_as == "C++"

from itertools import accumulate

import numpy as np
import pytest

from assets.corpus.chunks import slicing
from assets.corpus.chunks.declared import DOC_END, START
from assets.corpus.chunks.slicing import SlicedFile

JAVA = "class Größe {\n    int x;\n\n    /** é */\n    void f() { a(); }\n\n    // nothing\n    void g() { }\n    int after;\n}\n"


def texts(sliced: SlicedFile) -> list[tuple[int, str]]:
    pieces, _ = slicing.pieces(sliced.source, [sliced])
    return [(order, sliced.source[start:end].decode()) for _, order, start, end in pieces.tolist()]


def test_pieces_are_bytes_of_what_is_declared() -> None:
    sliced = SlicedFile(JAVA.encode(), "Java")
    assert sliced.declared is not None and sliced.declared.names == ["Größe", "Größe.f", "Größe.g"]
    assert texts(sliced) == [
        (0, "class Größe {\n    int x;"),
        (0, "    int after;\n}"),
        (1, "    /** é */\n    void f() { a(); }"),
        (2, "    // nothing\n    void g() { }"),
    ]
    assert sliced.read_as == "Java" and sliced.parse_error_share == 0
    assert sliced.declared.statements(1, 0) == [sliced.source.index(b"a();")]


@pytest.mark.parametrize("language", ["Python", "Rust", None])
def test_what_declares_nothing_is_one_piece(language: str | None) -> None:
    sliced = SlicedFile("\n\n  a = 1\n\nb = 'é'\n\n".encode(), language)
    assert texts(sliced) == [(-1, "  a = 1\n\nb = 'é'")] and sliced.declared is None
    assert (sliced.parse_error_share is None) == (language != "Python")


@pytest.mark.parametrize("language", ["Python", "Java", "Rust", None])
def test_a_blank_file_has_no_pieces(language: str | None) -> None:
    for blank in ("", " \n\t\u3000\n"):
        assert texts(SlicedFile(blank.encode(), language)) == []


def test_pieces_of_many_files_are_those_of_each() -> None:
    sources = [JAVA.encode(), b" \n", b"\n int x;", JAVA.encode() + b"}}}}"]
    starts = list(accumulate(map(len, sources), initial=0))
    files = [SlicedFile(source, "Java", start, 0.01) for source, start in zip(sources, starts, strict=False)]
    assert [one.is_broken for one in files] == [False, False, False, True]
    pieces, declared = slicing.pieces(b"".join(sources), files)
    alone, table = slicing.pieces(sources[0], [SlicedFile(sources[0], "Java")])
    assert pieces.tolist() == [*alone.tolist(), [2, -1, starts[2] + 1, starts[2] + 8]] and np.array_equal(declared, table)
    again, moved = slicing.pieces(b"\n" * 7 + sources[0], [SlicedFile(sources[0], "Java", 7)])
    assert again[:, slicing.START :].tolist() == (alone[:, slicing.START :] + 7).tolist()
    places = slice(START, DOC_END + 1)
    assert moved[:, places].tolist() == np.where(table[:, places] < 0, -1, table[:, places] + 7).tolist()


def test_what_the_readers_refuse_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SlicedFile(JAVA.encode(), "Java")
    monkeypatch.setattr(slicing, "_READERS", {})
    parsed = SlicedFile(JAVA.encode(), "Java")
    assert texts(read) == texts(parsed) and parsed.parse_error_share == 0
    assert read.declared is not None and parsed.declared is not None
    assert read.declared.names == parsed.declared.names and np.array_equal(read.declared.table, parsed.declared.table)
    assert list(read.declared.imports) == list(parsed.declared.imports)
    assert [read.declared.statements(order, 0) for order in range(3)] == [parsed.declared.statements(order, 0) for order in range(3)]


def test_dialects_are_read_as_the_language_that_they_come_from() -> None:
    assert SlicedFile(b"int f(void) { return 1; }", "C").read_as == "C++"

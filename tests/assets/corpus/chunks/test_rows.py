from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import passport
from assets.corpus.chunks import rows
from assets.corpus.chunks.cutting import Cut
from assets.corpus.chunks.imports import Imports

ORIGIN = {"repository": "https://example.org/r", "revision": "abc", "license": "MIT"}
TEXT = st.text(st.sampled_from(["a", "b", " ", "\n", ";", "é", "数", "🙂", "\u2028", "/", "*", '"']), min_size=1, max_size=80)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[tuple[Any, ...]], list[tuple[int, int, int]]]:
    """A text, what it declares as (kind, name, signature, documentation), and its chunks (order, start, end), in characters."""
    text = draw(TEXT)

    def span() -> tuple[int, int]:
        start = draw(st.integers(0, len(text) - 1))
        return start, draw(st.integers(start + 1, len(text)))

    names = draw(st.lists(st.sampled_from(["f", "Größe.f", "a_name_of_many_bytes"]), max_size=3))
    declared = [(draw(st.integers(0, 2)), name, span(), span() if draw(st.booleans()) else None) for name in names]
    orders = st.integers(0, len(names) - 1) if names else st.just(-1)
    return text, declared, sorted((draw(orders), *span()) for _ in range(draw(st.integers(0, 4))))


def cut(text: str, declared: list[tuple[Any, ...]], chunks: list[tuple[int, int, int]], base: int) -> Cut:
    """Return the same in bytes, for a file that starts at `base`."""

    def at(*places: int) -> tuple[int, ...]:
        return tuple(base + len(text[:place].encode()) for place in places)

    table = [(kind, *at(0, *signature, len(text)), *(at(*doc) if doc else (-1, -1)), -1) for kind, _, signature, doc in declared]
    counted = [(0, order, *at(start, end), 7) for order, start, end in chunks]
    made = (np.array(numbers, np.int64).reshape(-1, width) for numbers, width in ((counted, 5), (table, 8)))
    return Cut(next(made), next(made))


def frame(contents: list[Any], language: str) -> tuple[pl.DataFrame, rows.Rows]:
    whole = {name: [value] * len(contents) for name, value in ORIGIN.items()}
    ids, paths = [f"{place:032}" for place in range(len(contents))], [f"src/{place}.x" for place in range(len(contents))]
    origin = pl.DataFrame(
        {"id": ids, "path": paths, "language": [language] * len(ids), **whole}, schema_overrides={"id": pl.String, "path": pl.String}
    )
    starts = list(accumulate((len(text.encode()) for text, *_ in contents), initial=0))
    before = accumulate((len(declared) for _, declared, _ in contents), initial=0)
    imports, names = Imports(9), [name for _, declared, _ in contents for _, name, *_ in declared]
    for start in starts[:-1]:
        imports.add(b"", [], language, start)
    origins = enumerate(zip(starts, before, contents, strict=False))
    cuts = [cut(text, declared, chunks, start).moved(file, n) for file, (start, n, (text, declared, chunks)) in origins]
    text, places = "".join(text for text, *_ in contents), np.array(starts[:-1], np.int64)
    return origin, rows.stack(text.encode(), places, cuts, [*names, *(path.rpartition("/")[2] for path in paths)], imports)


@settings(deadline=None, max_examples=80)
@given(st.lists(files(), min_size=1, max_size=3))
def test_rows_are_what_the_definition_says(contents: list[Any]) -> None:
    origin, stacked = frame(contents, "Java")
    found = rows.origins(stacked, origin)
    told = found.with_columns(rows.contents(stacked, found["language"])).rows(named=True)
    expected = [(file, text, declared, chunk) for file, (text, declared, chunks) in enumerate(contents) for chunk in chunks]
    assert len(told) == len(expected)
    before = None
    for row, (file, text, declared, (order, start, end)) in zip(told, expected, strict=True):
        assert row["text"] == text[start:end] and (row["start_char"], row["end_char"]) == (start, end)
        assert row["start_line"] == text.count("\n", 0, start) + 1
        assert row["end_line"] == text.count("\n", 0, end) + 1 - row["text"].endswith("\n")
        assert row["id"] == passport.row_id("cleaned_chunks", f"{file:032}", str(start), str(end))
        assert (row["parent_ids"], row["path"], row["n_tokens"], row["imports"]) == ([f"{file:032}"], f"src/{file}.x", 7, [])
        assert row["part"] == (before["part"] + 1 if before is not None and before["of"] == (file, order) else 0)
        before = {"part": row["part"], "of": (file, order)}
        kind, name, signature, doc = declared[order] if order >= 0 else (3, f"{file}.x", None, None)
        assert (row["kind"], row["name"]) == (["function", "method", "class", "file"][kind], name)
        assert row["signature"] == (signature and text[slice(*signature)].strip().rstrip(";").rstrip())
        shown = (doc[0] - start, min(doc[1], end) - start) if doc and start <= doc[0] < end else (-1, -1)
        assert (row["docstring_start"], row["docstring_end"]) == shown
        assert row["docstring"] is None or shown[0] >= 0


def test_documentation_and_imports_are_told() -> None:
    source = 'import os, sys\nimport größe\ndef f():\n    """Größe.\n\n    It is.\n    """\n    return sys.größe\nx = "1"\n'.encode()
    start, doc = source.index(b"def"), source.index(b'"""')
    stop, last = source.index(b"\n    return"), source.index(b"x =")
    table = np.array([(0, start, start, start + 8, last, doc, stop, -1), (1, last, last, last + 1, last + 7, last + 4, last + 5, -1)])
    chunks = np.array([(1, 0, start, last, 20), (1, 0, stop, last, 20), (1, 1, last, last + 7, 5)])
    imports = Imports(9)
    imports.add(b"", [], "Python", 0)
    imports.add(source, [(0, 14), (15, 29)], "Python", 0)
    stacked = rows.stack(source, np.zeros(2, np.int64), [Cut(chunks, table)], ["f", "x", "b.py", "a.py"], imports)
    docs, needed = [column for column in rows.contents(stacked, pl.Series(["Python"] * 3)) if column.name in ("docstring", "imports")]
    assert docs.to_list() == ["Größe.\n\nIt is.", None, None], "nothing is said between the quotes of the last"
    assert needed.to_list() == [["import os, sys", "import größe"]] * 2 + [[]]
    assert stacked.among(np.array([False, True, False])).places[:, 0].tolist() == [1]


def test_no_rows() -> None:
    origin, stacked = frame([("x", [], [])], "Java")
    assert rows.origins(stacked, origin).is_empty()
    assert [len(column) for column in rows.contents(stacked, pl.Series([], dtype=pl.String))] == [0] * 6


def test_texts_of_two_gibibytes_are_refused() -> None:
    text = np.broadcast_to(np.uint8(0), 2**31)
    with pytest.raises(ValueError, match="2 GiB"):
        rows._views(text, np.empty((0, 2), np.int64))

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus import tokens
from assets.corpus.chunks import chunking
from assets.corpus.chunks.chunking import SCHEMA, ChunkingSettings, chunk
from assets.corpus.schema import CleanedChunks

ALL = ChunkingSettings(min_tokens=1, max_parse_error_share=1)
PYTHON = '''"""Module."""
import os, sys
from math import (sqrt,
                  pi as PI)


@wraps
def area(r: float) -> float:
    """Return the area of a círcle.

    It is exact.
    """
    def inner():
        return PI
    return inner() * r * r


class Shape(Base):
    """A shape with corners."""

    corners = 3

    def name(self):
        """Return what it is called."""
        return os.sep

    class Part:
        def size(self):
            return sqrt(2)

    after = 4


if True:
    async def late():
        pass
'''
CPP = """// Copyright somebody
#pragma once
#include <vector>

namespace shop {
/// \\brief A till for coins.
///
/// It counts.
class SHOP_EXPORT Till : public Box {
 public:
  /// Add a coin.
  SHOP_EXPORT
  Status Add(int coin) const;
  int undocumented();
  Till() : n_(0) { n_ = 1; }
 private:
  int n_;  // trailing
};

// Sum of all.
template <typename T>
T Sum(const std::vector<T>& all) { T s{}; for (auto x : all) s += x; return s; }
int Till::count() { return n_; }
}  // namespace shop
"""
JAVA = """package a;
import java.util.List;
import java.io.*;

/** A basket of goods. */
@Deprecated
public class Basket {
    private int n;

    /**
     * Puts a thing in.
     * @param thing what to put
     */
    public void put(List<String> thing) throws IOException { n++; }

    interface Handle { void grab(); }
}
"""
JAVASCRIPT = """import fs, { join as j } from 'fs';
/** Adds two numbers. */
export const add = (a, b) => { return j(a, b); };
Till.prototype.open = function () { return fs; };
module.exports = { close() { return 1; }, lock: function () { return 2; } };
export default class Box { lift() { return 1; } }
(function () {
  // Counts all the things.
  function count() { return 3; }
})();
"""


def assert_literal(chunks: pl.DataFrame, files: pl.DataFrame, tokenizer: pl.DataFrame) -> None:
    """Check what every chunk promises, against an independent reckoning."""
    contents = dict(zip(files["id"], files["content"], strict=True))
    for row in chunks.iter_rows(named=True):
        content = contents[row["parent_ids"][0]]
        assert content[row["start_char"] : row["end_char"]] == row["text"]
        assert row["start_line"] == content[: row["start_char"]].count("\n") + 1
        assert row["end_line"] == content[: row["end_char"] - 1].count("\n") + 1
        if row["docstring"] is not None:
            assert 0 <= row["docstring_start"] < row["docstring_end"] <= len(row["text"])
    for _, group in chunks.group_by("parent_ids", maintain_order=True):
        spans = sorted(zip(group["start_char"], group["end_char"], strict=True))
        assert all(before[1] <= after[0] for before, after in pairwise(spans)), "the same text twice"
    exact = tokens.load(tokenizer)
    assert chunks["n_tokens"].to_list() == [len(exact.encode(text, add_special_tokens=False)) for text in chunks["text"]]
    CleanedChunks.validate(chunks, lazy=True)


def test_python(files, tokenizer):
    frame = files({"a.py": PYTHON})
    chunks, ledger = chunk(frame, ALL, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    rows = {(row["name"], row["start_line"]): row for row in chunks.iter_rows(named=True)}
    assert [(row["name"], row["kind"]) for row in chunks.iter_rows(named=True)] == [
        ("area", "function"),
        *([("Shape", "class")] * 2),
        ("Shape.name", "method"),
        ("Shape.Part", "class"),
        ("Shape.Part.size", "method"),
        ("late", "function"),
    ]
    area = rows["area", 7]
    assert area["text"].startswith("@wraps\ndef area") and area["text"].endswith("* r * r")
    assert area["signature"] == "def area(r: float) -> float:"
    assert area["docstring"] == "Return the area of a círcle.\n\nIt is exact."
    assert area["text"][area["docstring_start"] : area["docstring_end"]].startswith('"""Return')
    assert area["imports"] == ["from math import (sqrt,\n                  pi as PI)"]
    assert rows["Shape.name", 23]["imports"] == ["import os, sys"]
    assert rows["Shape", 18]["text"].endswith("corners = 3") and rows["Shape", 31]["text"] == "    after = 4"
    assert ledger.is_empty()


def test_cpp(files, tokenizer):
    frame = files({"a.h": CPP}, "C++")
    chunks, _ = chunk(frame, ALL, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    rows = {row["name"]: row for row in chunks.filter(part=0).iter_rows(named=True)}
    assert list(rows) == ["shop::Till", "shop::Till::Add", "shop::Till::Till", "shop::Sum", "shop::Till::count"]
    assert rows["shop::Till"]["docstring"].startswith("\\brief A till for coins.\n\nIt counts.")
    assert rows["shop::Till"]["signature"].startswith("class SHOP_EXPORT Till : public Box")
    assert "SHOP_EXPORT" in rows["shop::Till::Add"]["text"] and rows["shop::Till::Add"]["docstring"] == "Add a coin."
    assert rows["shop::Sum"]["signature"].startswith("template <typename T>\nT Sum(") and rows["shop::Sum"]["kind"] == "function"
    assert rows["shop::Till::count"]["kind"] == "method" and rows["shop::Till::count"]["docstring"] is None
    assert rows["shop::Sum"]["imports"] == ["#include <vector>"]
    assert "int n_;" in "".join(chunks.filter(pl.col("name") == "shop::Till")["text"])


def test_java(files, tokenizer):
    frame = files({"A.java": JAVA}, "Java")
    chunks, _ = chunk(frame, ALL, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    rows = {row["name"]: row for row in chunks.iter_rows(named=True)}
    assert list(rows) == ["Basket", "Basket.put", "Basket.Handle"]
    assert rows["Basket"]["docstring"] == "A basket of goods." and "@Deprecated" in rows["Basket"]["text"]
    assert rows["Basket.put"]["docstring"] == "Puts a thing in.\n@param thing what to put"
    assert rows["Basket.put"]["signature"] == "public void put(List<String> thing) throws IOException"
    assert rows["Basket.put"]["imports"] == ["import java.util.List;", "import java.io.*;"]


def test_javascript(files, tokenizer):
    frame = files({"a.js": JAVASCRIPT}, "JavaScript")
    chunks, _ = chunk(frame, ALL, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    rows = {row["name"]: row for row in chunks.iter_rows(named=True)}
    assert list(rows) == ["add", "Till.open", "close", "lock", "Box", "Box.lift", "count"]
    assert rows["add"]["docstring"] == "Adds two numbers." and rows["add"]["imports"] == [JAVASCRIPT.splitlines()[0]]
    assert rows["count"]["docstring"] == "Counts all the things."


def test_long_function_is_cut_at_statements(files, tokenizer):
    body = "".join(f"    if value > {i}:\n        value = value + {i}\n        value.append(({i}, value))\n" for i in range(80))
    frame = files({"a.py": f"def long(value):\n    '''Do all of it.'''\n{body}    return value\n"})
    limits = ChunkingSettings(max_tokens=128, min_tokens=1)
    chunks, ledger = chunk(frame, limits, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    assert ledger.is_empty() and chunks.height > 5
    assert chunks["part"].to_list() == list(range(chunks.height)) and chunks["n_tokens"].max() <= 128
    assert "".join("".join(chunks["text"]).split()) == "".join(frame["content"][0].split()), "cutting lost text"
    assert all(text.startswith(("def long", "    if value", "        value", "    return")) for text in chunks["text"])
    assert chunks["docstring"].is_not_null().to_list() == [True] + [False] * (chunks.height - 1)


def test_other_languages_and_lines_without_end(files, tokenizer):
    frame = files({"a.md": "# Title\n\nText here.\n" * 100, "b.md": "x" * 5_000, "c.md": " \n\t\n", "d.md": "🙂" * 500}, "Markdown")
    chunks, ledger = chunk(frame, ChunkingSettings(max_tokens=64, min_tokens=1), tokenizer)
    assert_literal(chunks, frame, tokenizer)
    assert set(chunks["kind"]) == {"file"} and set(chunks["name"]) == {"a.md", "b.md", "d.md"}
    assert chunks["n_tokens"].max() <= 64
    assert ledger["rule"].to_list() == ["blank"] and ledger["row_id"].to_list() == [frame["id"][2]]
    for file in (0, 1, 3):
        texts = chunks.filter(pl.col("parent_ids").list.first() == frame["id"][file])["text"]
        assert "".join("".join(texts).split()) == "".join(frame["content"][file].split())


def test_short_chunks_leave_a_ledger_row(files, tokenizer):
    frame = files({"a.py": "def f(): pass\n"})
    chunks, ledger = chunk(frame, ChunkingSettings(min_tokens=50), tokenizer)
    assert chunks.is_empty() and chunks.schema == SCHEMA
    assert ledger.rows()[0][1:] == (
        "too_short",
        "dropped",
        tokens.count(["def f(): pass"], tokens.load(tokenizer))[0],
        50.0,
        "https://example.org/r:a.py:1-1",
    )


def test_files_that_do_not_parse_leave_a_ledger_row(files, tokenizer):
    frame = files({"a.py": "Dear Sir, I would like to say: this is no code at all (is it?\n" * 20, "b.py": PYTHON})
    chunks, ledger = chunk(frame, ChunkingSettings(min_tokens=1), tokenizer)
    assert set(chunks["path"]) == {"b.py"}
    row = ledger.row(0, named=True)
    assert (ledger.height, row["rule"], row["row_id"]) == (1, "parse_errors", frame["id"][0])
    assert row["threshold"] == 0.2 < row["score"] <= 1 and row["detail"] == "https://example.org/r:a.py"
    assert chunk(frame, ALL, tokenizer)[1].is_empty()


@pytest.mark.parametrize("language", ["C", "Cuda"])
def test_dialects_are_read_by_the_grammar_of_another_language(files, tokenizer, language):
    frame = files({"a": "#include <stdio.h>\n/* Adds. */\nint add(int a, int b) { return a + b; }\nstruct point { int x; };\n"}, language)
    chunks, _ = chunk(frame, ALL, tokenizer)
    assert chunks.select("language", "kind", "name", "docstring").rows() == [
        (language, "function", "add", "Adds."),
        (language, "class", "point", None),
    ]
    assert chunks["imports"].to_list() == [["#include <stdio.h>"]] * 2


def test_chunks_and_ledger_do_not_depend_on_the_files_beside_theirs(files, tokenizer, monkeypatch):
    contents = [PYTHON.replace("area", "área"), "x = 1\n" * 40, "\n", "This (is it?) no code:\n" * 20, "def f(): pass\n"]
    frame, chosen = files({f"{i}.py": contents[i % 5] for i in range(11)}), ChunkingSettings(min_tokens=20)
    whole = chunk(frame, chosen, tokenizer)
    assert whole[1]["rule"].n_unique() == 3
    monkeypatch.setattr(chunking, "_FILES_AT_A_TIME", 2)
    parts = [chunk(part, chosen, tokenizer) for part in (frame[:4], frame[4:])]
    for at in (0, 1):
        assert whole[at].equals(chunk(frame, chosen, tokenizer)[at])
        assert whole[at].equals(pl.concat([part[at] for part in parts])), "several workers may share a shard"


def test_empty_frame_keeps_the_schema(files, tokenizer):
    chunks, ledger = chunk(files({}), ALL, tokenizer)
    assert chunks.schema == SCHEMA and chunks.is_empty() and ledger.is_empty()


@pytest.mark.parametrize(
    "content",
    [
        "(" * 20_000,
        "{" * 20_000,
        "class A {" * 2_000,
        "def f(:\n" * 500,
        "if x:\n" * 500,
        '"' * 9_999,
        "\x00def f(): pass",
        "x = '\u2028'\n" * 500,
    ],
)
@pytest.mark.parametrize("language", ["Python", "Java", "C++", "JavaScript"])
def test_hostile_files_do_not_crash(files, tokenizer, content, language):
    frame = files({"a": content}, language)
    chunks, ledger = chunk(frame, ALL, tokenizer)
    assert_literal(chunks, frame, tokenizer)
    assert chunks.height + ledger.height > 0


LANGUAGES = ["Python", "Java", "C++", "JavaScript", None]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\"'\\\r\n*/"), max_size=12)


@settings(deadline=None, max_examples=60)
@given(words=st.lists(TEXT, min_size=1, max_size=6), language=st.sampled_from(LANGUAGES), size=st.sampled_from([32, 64, 512]))
def test_chunks_are_literal_slices_of_any_text(words, language, size, files, tokenizer):
    if language == "Python":
        content = "".join(f'def f{i}():\n    """{word}"""\n    x = "{word}"  # {word}\n    return x\n' for i, word in enumerate(words))
    else:
        content = "".join(f'/** {word} */\nclass A{i} {{ int f() {{ return g("{word}"); }} }}\n' for i, word in enumerate(words))
    frame = files({"a": content}, language)
    chunks, ledger = chunk(frame, ALL.model_copy(update={"max_tokens": size}), tokenizer)
    assert_literal(chunks, frame, tokenizer)
    assert chunks.height > 0 and chunks["n_tokens"].max() <= size and ledger.is_empty()


def test_counts_of_the_base_model(files, smollm2):
    frame = files({"a.py": PYTHON, "b.py": "x = 1\n" * 2_000})
    chunks, _ = chunk(frame, ALL, smollm2)
    assert_literal(chunks, frame, smollm2)
    assert chunks["n_tokens"].max() <= 512 and chunks.filter(kind="file").height > 1

import re
import sys
import time
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks import imports as module
from assets.corpus.chunks.imports import Imports, bound_names, needed


@pytest.mark.parametrize(
    ("statement", "language", "names"),
    [
        ("import os.path, sys as system", "Python", {"os", "system"}),
        ("from .a import (b,  # why\n    c as d,\n)", "Python", {"b", "d"}),
        ("from a import *", "Python", set()),
        ("import static java.util.List.of;", "Java", {"of"}),
        ("import java.util.*;", "Java", set()),
        ("import a, { b, c as d } from 'from';", "JavaScript", {"a", "b", "d"}),
        ("import * as all from 'x';", "JavaScript", {"all"}),
        ("#include <vector>", "C++", set()),
    ],
)
def test_bound_names(statement: str, language: str, names: set[str]) -> None:
    assert bound_names(statement, language) == names


File = tuple[list[str], list[str]]  # its statements and its chunks


def needed_by(files: list[File], most: int, language: str = "Python") -> list[list[str]]:
    """Return the statements that each chunk of each file needs."""
    text, spans, imports = b"", [], Imports(most)
    for place, (statements, chunks) in enumerate(files):
        parts = [part.encode() for part in [*statements, *chunks]]
        ends = list(accumulate(map(len, parts), initial=0))
        imports.add(b"".join(parts), list(pairwise(ends))[: len(statements)], language, len(text))
        there = [(len(text) + start, len(text) + end) for start, end in pairwise(ends[len(statements) :])]
        spans += [(place, *span, chunk.isascii()) for span, chunk in zip(there, chunks, strict=True)]
        text += b"".join(parts)
    found, stops = needed(imports, np.frombuffer(text, np.uint8), np.array(spans, np.int64).reshape(-1, 4))
    told = [text[start:end].decode() for start, end in imports.spans]
    return [[told[place] for place in places] for places in np.split(found, stops)[:-1]] if spans else []


def needed_in(chunk: str, statements: list[str], most: int = 9, language: str = "Python") -> list[str]:
    """Return what a chunk needs, when files with other statements and chunks stand around its own."""
    others = ["import x, b, log"]
    found = needed_by([(others, ["x b log größe"]), (statements, ["", chunk]), ([], ["x b d"]), (others, ["b"])], most, language)
    assert found[0] == found[4] == others[:most] and found[3] == []
    return found[2]


def test_only_what_occurs_is_needed() -> None:
    statements = ["import a", "import b", "from c import *", "import b as d, b"]
    assert needed_in("x = b.y + abc", statements) == ["import b", "from c import *", "import b as d, b"]
    assert needed_in("d", statements) == ["from c import *", "import b as d, b"]
    assert needed_in("a b", statements, 1) == ["import a"] and needed_in("a b", statements, 0) == []
    assert needed_by([], 9) == [] and needed_by([([], [])], 9) == []


def test_words_are_the_same_in_any_alphabet() -> None:
    statements = ["import größe", "import log"]
    assert needed_in("x=größe(1)", statements) == ["import größe"]
    assert needed_in("“log”", statements) == ["import log"] and needed_in("größe_log", statements) == []


def test_what_words_are_made_of_is_what_patterns_say() -> None:
    characters = "".join(chr(place) for place in range(sys.maxunicode + 1))
    expected = np.zeros(len(characters), np.uint8)
    expected[[found.start() for found in re.finditer(r"\w", characters)]] = 1
    expected[[found.start() for found in re.finditer(r"\d", characters)]] = 2
    kinds = module._kinds()
    assert np.array_equal(kinds, expected[: len(kinds)]) and not expected[len(kinds) :].any()


def test_includes_are_needed_everywhere() -> None:
    assert needed_in("", ["#include <a>", "#include <b>"], 1, "C++") == ["#include <a>"]


NAMES = ["a", "ab", "b", "_a", "a1", "B", "z" * 31, "z" * 32, "z" * 33, "y" * 40, "ä", "äb", "数"]
WORDS = st.lists(st.sampled_from(NAMES), max_size=8)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(WORDS, st.lists(st.tuples(WORDS, st.sampled_from(" .(1é²٣🙂"))))), st.integers(0, 5))
def test_names_are_found_as_the_words_of_their_file(files: list, most: int) -> None:
    texts = [([f"import {name}" for name in names], [between.join(words) for words, between in parts]) for names, parts in files]
    found = iter(needed_by(texts, most))
    for statements, chunks in texts:
        for text in chunks:
            words = re.findall(r"[^\W\d]\w*" if not text.isascii() else r"\w+", text)
            assert next(found) == [statement for statement in statements if statement.split()[1] in words][:most]


def test_time_is_linear() -> None:
    needed_by([], 1)
    statements = [f"import n{place}" for place in range(20_000)] + ["import many"] * 20_000
    chunks = [" ".join(["many", *[f"n{place}" for place in range(first, first + 500)]]) for first in range(0, 20_000, 100)]
    start = time.process_time()
    found = needed_by([(statements, chunks)], 16)
    assert time.process_time() - start < 2 and found[1][0] == "import n100"

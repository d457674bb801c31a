import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def needed_in(text: str, imports: Imports, most: int = 9) -> list[str]:
    """Return what a text needs, when files with other texts and names stand around its own."""
    others = [Imports(["import x, b, log"], "Python"), imports, Imports([], "")]
    found = needed(others, [0, 1, 1, 2], ["x b log größe", "", text, "x b d"], most)
    assert found[0] == ["import x, b, log"] and found[3] == []
    return found[2]


def test_only_what_occurs_is_needed() -> None:
    imports = Imports(["import a", "import b", "from c import *", "import b as d, b"], "Python")
    assert needed_in("x = b.y + abc", imports) == ["import b", "from c import *", "import b as d, b"]
    assert needed_in("d", imports) == ["from c import *", "import b as d, b"]
    assert needed_in("a b", imports, 1) == ["import a"]
    assert needed([], [], [], 9) == []


def test_words_are_the_same_in_any_alphabet() -> None:
    imports = Imports(["import größe", "import log"], "Python")
    assert needed_in("x=größe(1)", imports) == ["import größe"]
    assert needed_in("“log”", imports) == ["import log"] and needed_in("größe_log", imports) == []


def test_includes_are_needed_everywhere() -> None:
    assert needed_in("", Imports(["#include <a>", "#include <b>"], "C++"), 1) == ["#include <a>"]


WORDS = st.lists(st.sampled_from(["a", "ab", "b", "_a", "a1", "B", "z" * 31, "z" * 32, "z" * 33, "y" * 40]), max_size=8)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(WORDS, st.lists(st.tuples(WORDS, st.sampled_from(" .(1é"))))))
def test_names_are_found_as_the_words_of_their_file(files: list) -> None:
    imports = [Imports([f"import {name}" for name in names], "Python") for names, _ in files]
    texts = [(place, between.join(words)) for place, (_, parts) in enumerate(files) for words, between in parts]
    found = needed(imports, [place for place, _ in texts], [text for _, text in texts], 5)
    for (place, text), statements in zip(texts, found, strict=True):
        words = re.findall(r"[^\W\d]\w*" if not text.isascii() else r"\w+", text)
        assert statements == [statement for statement in imports[place].statements if statement.split()[1] in words][:5]


def test_many_texts_of_many_files() -> None:
    imports = [Imports([f"import a{place}, b"], "Python") for place in range(9)]
    owners = [place // 300 for place in range(2_700)]
    found = needed(imports, owners, [f"a{owner} c" for owner in owners], 1)
    assert found == [[f"import a{owner}, b"] for owner in owners]


def test_time_is_linear() -> None:
    needed([], [], [], 1)
    names = [f"n{place}" for place in range(20_000)]
    imports = Imports([f"import {name}" for name in names] + ["import many"] * 20_000, "Python")
    texts = [" ".join(["many", *names[start : start + 500]]) for start in range(0, 20_000, 100)]
    start = time.process_time()
    needed([imports], [0] * len(texts), texts, 16)
    assert time.process_time() - start < 2

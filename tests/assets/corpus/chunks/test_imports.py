import pytest

from assets.corpus.chunks.imports import Imports, bound_names


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
def test_bound_names(statement, language, names):
    assert bound_names(statement, language) == names


def test_only_what_occurs_is_needed():
    imports = Imports(["import a", "import b", "from c import *", "import b as d, b"], "Python")
    assert imports.needed("x = b.y + abc", 9) == ["import b", "from c import *", "import b as d, b"]
    assert imports.needed("d", 9) == ["from c import *", "import b as d, b"]
    assert imports.needed("a b", 1) == ["import a"]


def test_words_are_the_same_in_any_alphabet():
    imports = Imports(["import größe", "import log"], "Python")
    assert imports.needed("x=größe(1)", 9) == ["import größe"]
    assert imports.needed("“log”", 9) == ["import log"] and imports.needed("größe_log", 9) == []


def test_includes_are_needed_everywhere():
    imports = Imports(["#include <a>", "#include <b>"], "C++")
    assert imports.needed("", 1) == ["#include <a>"]

import pytest

from assets.corpus.imports import bound_names, needed


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
    statements = [("import a", frozenset({"a"})), ("import b", frozenset({"b"})), ("from c import *", frozenset())]
    assert needed("x = b.y + abc", statements, max_imports=9) == ["import b", "from c import *"]
    assert needed("a b", statements, max_imports=1) == ["import a"]

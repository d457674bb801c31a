import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks.comments import strip
from assets.corpus.chunks.docstrings import clean, parse, says_nothing

NUMPY = '''def f(x, y):
    """Return the sum of x
    and y, rounded.

    More words about it.

    Parameters
    ----------
    x : int
        The first summand,
        of two.
    y : int
        The second one.

    Returns
    -------
    total : int
        The rounded sum.

    Raises
    ------
    ValueError
        If x is negative.

    Examples
    --------
    Two numbers:

    >>> f(1, 2)
    3

    >>> f(2, 2)
    4
    """
'''
GOOGLE = '''def f(x):
    """Open the file.

    Args:
        x (str): Path of the file
            to open.
        **more: Passed on to it.

    Returns:
        bool: True when it was opened.

    Raises:
        OSError: When it is not there.
    """
'''
REST = '''def f(x):
    """Close the file for good.

    :param x: the file to close
    :returns: nothing of any use
    :raises OSError: when the disk is full
    """
'''
JAVADOC = """/**
 * Moves the piece. It may capture.
 *
 * @param from  where it stands
 *              before the move
 * @param {Square} to - where it goes
 * @return the piece that was captured
 * @throws IllegalMove if the rules forbid it
 */
void move();"""
DOXYGEN = """  /// \\brief Count the \\c coins.
  ///
  /// Only those that are whole.
  /// \\param[in] till the till to look into
  /// \\return the number of coins
  int count();"""


def found(text: str, start: int, end: int, language: str) -> list[tuple[str, str, str]]:
    parts = parse(text, start, end, language)
    for part in parts:  # every part is a literal span: the same words stand there
        assert start <= part.name_start <= part.start < part.end <= end
        marks = str.maketrans("", "", "/*")
        assert text[part.start : part.end].translate(marks).split() == part.text.translate(marks).split()
        assert text[part.name_start :].startswith(part.name)
    return [(part.kind, part.name, " ".join(part.text.split())) for part in parts]


def python(text: str) -> list[tuple[str, str, str]]:
    return found(text, text.index('"""'), text.rindex('"""') + 3, "Python")


def test_numpy():
    assert python(NUMPY) == [
        ("paragraph", "", "Return the sum of x and y, rounded."),
        ("paragraph", "", "More words about it."),
        ("parameter", "x", "The first summand, of two."),
        ("parameter", "y", "The second one."),
        ("returns", "", "The rounded sum."),
        ("raises", "ValueError", "If x is negative."),
        ("example", "", ">>> f(1, 2) 3 >>> f(2, 2) 4"),
    ]


def test_underlines_of_equal_signs():
    assert python(NUMPY.replace("----------", "==========").replace("-------\n", "=======\n")) == python(NUMPY)


def test_google():
    assert python(GOOGLE) == [
        ("paragraph", "", "Open the file."),
        ("parameter", "x", "Path of the file to open."),
        ("parameter", "**more", "Passed on to it."),
        ("returns", "", "True when it was opened."),
        ("raises", "OSError", "When it is not there."),
    ]


def test_rest():
    assert python(REST)[1:] == [
        ("parameter", "x", "the file to close"),
        ("returns", "", "nothing of any use"),
        ("raises", "OSError", "when the disk is full"),
    ]


def test_javadoc_and_jsdoc():
    assert found(JAVADOC, 0, JAVADOC.index("void") - 1, "Java") == [
        ("paragraph", "", "Moves the piece. It may capture."),
        ("parameter", "from", "where it stands before the move"),
        ("parameter", "to", "where it goes"),
        ("returns", "", "the piece that was captured"),
        ("raises", "IllegalMove", "if the rules forbid it"),
    ]


def test_doxygen():
    assert found(DOXYGEN, 2, DOXYGEN.index("\n  int"), "C++") == [
        ("paragraph", "", "Count the \\c coins."),
        ("paragraph", "", "Only those that are whole."),
        ("parameter", "till", "the till to look into"),
        ("returns", "", "the number of coins"),
    ]


def test_cut_documentation_loses_its_last_part():
    cut = NUMPY[: NUMPY.index("        The second")] + "        The sec"
    assert python(cut + '"""')[-1][1] == "y"
    parts = parse(cut, cut.index('"""'), len(cut), "Python")
    assert [part.name for part in parts if part.kind == "parameter"] == ["x"]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("/** One. */", "One."),
        ("/**\n * One.\n *   Two.\n */", "One.\n  Two."),
        ("// One.\n//\n// Two.", "One.\n\nTwo."),
        ("/*\n   One.\n     Two.\n*/", "One.\n  Two."),
        ("///< One.", "One."),
        ("/* * item\n   * item\n */", "* item\nitem"),
    ],
)
def test_comment_marks(text, cleaned):
    assert clean(text, 0, len(text), "C++") == cleaned


@pytest.mark.parametrize("text", ["", "/", "/*", "/**/", "*/", '"', '"""', '""""""', "'", 'r"', "\n\n", "//"])
def test_degenerate_marks(text):
    for language in ("Python", "Java"):
        assert clean(text, 0, len(text), language).strip("/\n*\"'r") == ""
        assert parse(text, 0, len(text), language) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "f"),
        ("TODO: write what this does one day", "f"),
        ("Get the node name.", "Graph.getNodeName"),
        ("Returns the values of the node", "node_values"),
        ("Does it well", "f"),
        ("Copyright 2024 Somebody and all the others", "f"),
        ("Licensed under the Apache License, Version 2.0", "f"),
        ("-------- some helper functions below --------", "f"),
        ("This file was auto-generated from a schema", "f"),
        ("foo(bar, baz, qux, 1, 2);", "f"),
        ("eslint-disable-next-line no-unused-vars, no-console, quotes", "f"),
    ],
)
def test_says_nothing(text, name):
    assert says_nothing(text, name)


@pytest.mark.parametrize("text", ["Return the number of edges between two nodes.", "True when all the coins were counted."])
def test_says_something(text):
    assert not says_nothing(text, "Graph.count")


@settings(deadline=None, max_examples=80)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.sampled_from(
        ['"""{}"""', "/** {} */", "// {}", "/*\n * {}\n */", "@param x {}", '"""Args:\n    x: {}"""', '"""P\n---\nx : {}\n"""']
    ),
    st.sampled_from(["Python", "Java"]),
)
def test_any_text_maps_back(body, form, language):
    text = "é" + form.format(body) + " tail"
    bare = strip(text, 1, len(text) - 5, is_python=language == "Python")
    for position, character in enumerate(bare.text):
        if character != "\n":
            assert text[bare.source(position)] == character
    for part in parse(text, 1, len(text) - 5, language):
        assert 1 <= part.start < part.end <= len(text) - 5


@pytest.mark.parametrize(
    "body", [" " * 60_000, "*" * 60_000, " *" * 30_000, "\n" * 60_000, "A " * 30_000, ">>> x\n" * 9_000, "@param " * 9_000]
)
def test_long_lines_do_not_take_long(body):
    began = time.process_time()
    for text, language in ((f"/* {body} x */", "Java"), (f'"""{body} x"""', "Python")):
        parse(text, 0, len(text), language)
    assert time.process_time() - began < 4, "quadratic in the length of the text"

"""What is certain without a parser must hold before a parser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.redaction.tokens import cannot_break, in_text

VALUE = "jane@acme-corp.io"
# Places of strings and comments in programs that parse, and signs that mean something there.
PLACES = {
    "Python": ['x = "{}"\n', "def f():\n    '''{}'''\n", "# {}\nx = 1\n", 'x = f"{{a}}{}{{b}}"\n', "x = rb'{}'\n", "x = 1  # {}\n"],
    "Java": ['class A {{ String x = "{}"; }}\n', "class A {{ /* {} */ int x; }}\n", 'class A {{ String x = """\n  {}\n  """; }}\n'],
    "JavaScript": ["const x = `${{a}}{}`;\n", "const x = '{}';\n", "f(1); // {}\n", "/** {} */\nlet x = 1 / 2;\n"],
    "C++": ['auto x = "{}";\n', 'auto x = R"({})";\n', '#define X "{}"\n', "int a; /* {} */ int b;\n", "int a; // {}\n"],
}
SIGNS = ["\\", '"', "'", "`", "{", "}", "$", "${a}", "#", "//", "*/", "/*", "\n", "\\\n", "\\u00", ")", "é", "a", " ", "<", "%"]


@pytest.mark.parametrize(
    ("language", "source"),
    [(language, place.format(VALUE)) for language, places in PLACES.items() for place in places],
)
def test_it_is_certain_of_strings_and_comments(language: str, source: str) -> None:
    assert cannot_break(language, source.encode(), [span(source)])


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Python", f"{VALUE} = 1\n"),
        ("Python", f'x = "\\x4{VALUE}"\n'),
        ("Python", f'x = f"{{{VALUE}}}"\n'),
        ("Python", f'x = "{VALUE}\n'),
        ("JavaScript", f"const x = <p>{VALUE}</p>;\n"),
        ("JavaScript", f"const x = /{VALUE}/;\n"),
        ("C++", f'#include "{VALUE}"\n'),
    ],
)
def test_it_is_not_certain_of_anything_else(language: str, source: str) -> None:
    assert not cannot_break(language, source.encode(), [span(source)])


def test_all_places_must_be_certain() -> None:
    source = f'x = "{VALUE}"\n'.encode()
    assert cannot_break("Python", source, [(5, 22)])
    assert not cannot_break("Python", source, [(5, 22), (0, 1)])
    assert not cannot_break("Python", source, [(4, 22)]) and not cannot_break("Python", source, [(5, 23)])


@settings(deadline=None, max_examples=200)
@given(data=st.data(), signs=st.lists(st.sampled_from(SIGNS), max_size=6), around=st.lists(st.sampled_from(SIGNS), max_size=4))
def test_what_is_certain_parses_as_before(data: st.DataObject, signs: list[str], around: list[str]) -> None:
    language = data.draw(st.sampled_from(sorted(PLACES)))
    place = data.draw(st.sampled_from(PLACES[language]))
    value = VALUE + "".join(signs)
    before, after = place.format("\0").split("\0")
    half = len(around) // 2
    before, after = before + "".join(around[:half]), "".join(around[half:]) + after
    source, start = (before + value + after).encode(), len(before.encode())
    found = (start, start + len(value.encode()))
    if cannot_break(language, source, [found]):
        tree, again = grammars.parse(language, source), grammars.parse(language, f"{before}REDACTED_EMAIL_00001{after}".encode())
        assert tree is not None and again is not None
        assert tree.root_node.has_error == again.root_node.has_error
        assert tree.root_node.has_error or in_text(tree, source, found)


def span(source: str) -> tuple[int, int]:
    start = len(source[: source.index(VALUE)].encode())
    return start, start + len(VALUE)

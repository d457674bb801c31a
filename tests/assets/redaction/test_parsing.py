import pytest

from assets.redaction.parsing import parses


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("Python", "x = 1\n", "x = = 1\n"),
        ("JavaScript", "let x = 1;\n", "let = = 1;\n"),
        ("JSON", '{"a": 1}', '{"a": }'),
        ("JSON", '{"a": 1}\n{"a": 2}\n', '{"a": 1}\n{"a": \n'),
        ("TOML", "a = 1\n", "a = \n"),
        ("YAML", "a: 1\n---\nb: *x\n".replace("*x", "&x 1"), "a: [1\n"),
        ("XML", "<a><b/></a>", "<a><b></a>"),
        ("INI", "[a]\nb = 1\n", "b = 1\n"),
    ],
)
def test_well_formed_or_not(language: str, good: str, bad: str) -> None:
    assert parses(language, good) is True and parses(language, bad) is False


def test_nobody_can_say() -> None:
    assert parses(None, "x") is None and parses("Go", "package main") is None
    assert parses("JSON", "[" * 100_000) is None


def test_hostile_documents_end() -> None:
    entities = "".join(f'<!ENTITY e{row} "{f"&e{row - 1};" * 10}">' for row in range(1, 12))
    assert parses("XML", f'<!DOCTYPE a [<!ENTITY e0 "x">{entities}]><a>&e11;</a>') is False
    assert parses("YAML", "a: &a [x]\n" + "".join(f"k{row}: &b{row} [{','.join(['*a'] * 9)}]\n" for row in range(50))) is True

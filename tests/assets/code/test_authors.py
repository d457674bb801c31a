import unicodedata

import polars as pl
import pytest

from assets.code import authors

LISTED = ("Jane Example", "José Núñez <jose@mail.example.org>", "zaphod42", "J. R. Hacker")


def named(*contents: str | bytes, encoding: str | None = None) -> list[bool]:
    frame = pl.DataFrame({"content": list(contents)})
    if encoding:
        frame = frame.with_columns(encoding=pl.lit(encoding))
    return authors.named_in(frame, LISTED).to_list()


@pytest.mark.parametrize(
    "text",
    [
        "/**\n * Something\n * @author Jane Example\n */\nclass A {}",
        "x = 1\n" * 2000 + "/** @author  jane\texample */",
        "# Copyright (c) 2020-2023 Example Inc. and JANE EXAMPLE\n",
        "// Authors: Somebody Else, Example, Jane\n",
        "# AUTHORS\n#   Somebody Else\n#   Jane Example\n",
        '__author__ = "zaphod42"\n',
        "# written by zaphod42, 2019\n",
        "// SPDX-FileCopyrightText: 2021 J. R. Hacker\n",
        "x = 1\n" * 2000 + "# mail jose@mail.example.org.\n",
        "# jose at mail dot example dot org\n",
        "# JOSE [at] mail.example [dot] org\n",
        "# © José Núñez\n",
        unicodedata.normalize("NFD", "# Author: José Núñez\n"),
    ],
)
def test_a_file_that_names_an_author(text: str) -> None:
    assert named(text, "x = 1\n") == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def jane_example():\n    pass\n",
        "x = 1\n" * 2000 + "# for example, ask Jane Example about it\n",
        "# zaphod42 is the password\n",
        "# Author: zaphod4200\n",
        "# Author: Mary Jane Examples\n",
        "# jose@mail.example.organisation\n",
        "# maria.jose@mail.example.org\n",
        "jose = at(mail)\n",
    ],
)
def test_a_file_that_does_not(text: str) -> None:
    assert named(text) == [False]


def test_bytes_in_any_encoding() -> None:
    text = "# Author: José Núñez\n"
    assert named(text.encode(), b"\xff\xfe\x00", b"") == [True, False, False]
    assert named(text.encode("cp1252"), text.encode(), encoding="cp1252") == [True, True]
    assert named(text.encode("utf-16"), encoding="utf-16") == [True]
    assert named(text.encode("cp1252"), encoding="no-such-codec") == [True]


def test_thousands_of_authors() -> None:
    many = tuple(f"Person{number} Someone{number} <p{number}@example.org>" for number in range(2000))
    frame = pl.DataFrame({"content": ["# Author: Person1999 Someone1999\n", "# p7@example.org\n", "# Author: Person2000 Someone2000"]})
    assert authors.named_in(frame, many).to_list() == [True, True, False]


@pytest.mark.parametrize(
    ("identity", "is_listed"),
    [
        ("jane\texample <x@example.com>", True),
        ("Example, Jane <x@example.com>", True),
        ("Somebody <JOSE@mail.example.org>", True),
        ("jose at mail.example.org <x@example.com>", True),
        ("zaphod42 <>", True),
        ("Jane Example Jr <x@example.com>", False),
        ("not zaphod42 <x@example.com>", False),
        ("Somebody <jane.example@example.com>", False),
        ("<>", False),
        ("", False),
    ],
)
def test_an_identity_of_git_is_one_person_as_a_whole(identity: str, is_listed: bool) -> None:
    assert authors.are_listed(pl.Series([identity]), LISTED).to_list() == [is_listed]
    assert authors.addresses(LISTED) == ["jose@mail.example.org"]

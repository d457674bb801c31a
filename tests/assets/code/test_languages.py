import polars as pl
import pytest

from assets.code import languages


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "Python"),
        ("a.h", "C"),
        ("A.CPP", "C++"),
        ("a.c", "C"),
        ("a.d.ts", "TypeScript"),
        ("Main.java", "Java"),
        ("x.mjs", "JavaScript"),
        ("Makefile", "Makefile"),
        ("deploy/Dockerfile.dev", "Dockerfile"),
        ("CMakeLists.txt", "CMake"),
        ("notes.txt", "Text"),
        ("tool", None),
        (".py", None),
        ("archive.tar.gz", None),
        ("x.py/readme", None),
    ],
)
def test_path(path: str, language: str | None) -> None:
    assert languages.of_path(path) == language


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("#!/usr/bin/env -S python3 -u", "Python"),
        ("#!/usr/bin/env -S LANG=C python3.11", "Python"),
        ("#!/usr/bin/env -Sbash -e", "Shell"),
        ("#! /usr/local/bin/node\r", "JavaScript"),
        ("#!/bin/sh", "Shell"),
        ("#!/usr/bin/perl -w", "Perl"),
        ("#!/opt/x/unknown", None),
        ("#!", None),
        ("#!/usr/bin/env", None),
        (" #!/bin/sh", None),
        ("", None),
    ],
)
def test_shebang(line: str, language: str | None) -> None:
    assert languages.of_shebang(line + "\nrest") == language


def of_files(texts: dict[str, str]) -> list[str | None]:
    return languages.of_files(pl.Series(list(texts)), pl.Series(list(texts.values()))).to_list()


def test_the_name_goes_before_the_shebang() -> None:
    assert of_files({"a.rb": "#!/bin/sh\n", "a": "#!/bin/sh\n"}) == ["Ruby", "Shell"]


def test_an_extension_names_one_language() -> None:
    extensions = [
        extension
        for entry in languages._EXTENSIONS.replace("\n", " | ").split(" | ")
        if entry
        for extension in entry.split(": ")[1].split()
    ]
    assert len(extensions) == len(set(extensions))
    assert len(set(languages._LANGUAGE_OF.values())) >= 60


AMBIGUOUS = [
    ("a.h", "#ifndef A_H\nint f(void);\n", "C"),
    ("a.h", "#include <vector>\n", "C++"),
    ("a.h", "struct A;\n\nnamespace b {\n", "C++"),
    ("a.h", "class A {\n public:\n", "C++"),
    ("a.h", "int f(std::string a);\n", "C++"),
    ("a.h", "// classes of namespaces\nint class_of(int a);\n", "C"),
    ("a.h", '#import "B.h"\n@interface A : NSObject\n', "Objective-C"),
    ("a.m", "@implementation A\n@end\n", "Objective-C"),
    ("a.m", "% area\nfunction a = area(r)\n", "MATLAB"),
    ("a.m", ":- module a.\n", "Mercury"),
    ("a.m", "(* a notebook *)\n", "Wolfram Language"),
    ("a.pl", "use strict;\nmy $x = 1;\n", "Perl"),
    ("a.pl", "parent(X, Y) :- child(Y, X).\n", "Prolog"),
    ("a.pl", "#!/usr/bin/perl\n$a :- $b\n", "Perl"),
    ("a.pl", "use v6;\nsay 1;\n", "Raku"),
    ("a.v", "module counter(input clk);\n", "Verilog"),
    ("a.v", "Theorem t : True.\nProof.\n", "Rocq Prover"),
    ("a.ts", "let a: number = 1;\n", "TypeScript"),
    ("a.ts", "class A<TS extends string> {}\n", "TypeScript"),
    ("a.ts", '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS version="2.1">\n', "XML"),
    ("a.r", "x <- 1\n", "R"),
    ("a.r", "REBOL [Title: {a}]\n", "Rebol"),
    ("a.inc", "<?php\n", "PHP"),
    ("a.inc", "#define A 1\n", "C++"),
    ("a.inc", "a list of things\n", None),
    ("a.cls", "public class A {}\n", "Apex"),
    ("a.cls", "\\NeedsTeXFormat{LaTeX2e}\n", "TeX"),
    ("a.cls", "VERSION 1.0 CLASS\n", "VBA"),
    ("tool", "#!/usr/bin/env python3\n", "Python"),
    ("src/A.java", "#!/bin/sh\n", "Java"),
    ("Makefile", "all:\n", "Makefile"),
    ("notes", "namespace a\n", None),
]


@pytest.mark.parametrize(("path", "text", "language"), AMBIGUOUS)
def test_content_tells_what_the_name_leaves_open(path: str, text: str, language: str | None) -> None:
    assert of_files({path: text}) == [language]


def test_many_files_at_once() -> None:
    paths, texts, expected = zip(*AMBIGUOUS, strict=True)
    found = languages.of_files(pl.Series(paths), pl.Series(texts))
    assert found.name == "language"
    assert found.to_list() == list(expected)
    assert languages.of_files(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String)).to_list() == []


def test_hostile_text_ends() -> None:
    text = "a:-" * 10 + "#" + "[" * 50_000 + " " * 50_000 + "class " * 10_000
    found = of_files({f"a.{extension}": text for extension in languages._AMBIGUOUS})
    assert found[list(languages._AMBIGUOUS).index("pl")] == "Prolog"

import pytest

from assets.code import languages


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "Python"),
        ("a.h", "C++"),
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


def test_the_name_goes_before_the_shebang() -> None:
    assert languages.of_file("a.rb", "#!/bin/sh\n") == "Ruby"
    assert languages.of_file("a", "#!/bin/sh\n") == "Shell"


def test_an_extension_names_one_language() -> None:
    extensions = [
        extension
        for entry in languages._EXTENSIONS.replace("\n", " | ").split(" | ")
        if entry
        for extension in entry.split(": ")[1].split()
    ]
    assert len(extensions) == len(set(extensions))
    assert len(set(languages._LANGUAGE_OF.values())) >= 60

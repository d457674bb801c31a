from collections.abc import Hashable, Iterator, Sequence

from assets.code import licenses
from assets.code.sources import license_files

MIT = b"""Permission is hereby granted, free of charge, to any person obtaining a copy of this software. The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software."""
UNLICENSE = b"This is free and unencumbered software released into the public domain."
FILES = [
    ("LICENSE", "100644", 10, "mit"),
    ("a/LICENSE.txt", "100644", 10, "mit"),
    ("a/b/COPYING", "100644", 10, "unlicense"),
    ("c/LICENSE", "120000", 10, "link"),
    ("d/LICENSE", "100644", 500_000, "large"),
    ("e/LICENSE", "100644", 10, "strange"),
    ("a/license.py", "100644", 10, "code"),
]


def test_folders_and_their_licences() -> None:
    asked: list[Hashable] = []

    def read(keys: Sequence[Hashable]) -> Iterator[bytes | None]:
        asked.extend(keys)
        return iter([{"mit": MIT, "unlicense": UNLICENSE, "strange": b"ask me"}[str(key)] for key in keys])

    found = license_files.find(FILES)
    assert set(found) == {"", "a", "a/b", "e"}
    expressions = license_files.detect(found | {"z": {"LICENSE": "mit"}}, read)
    assert expressions == {"": "MIT", "a": "MIT", "a/b": "Unlicense", "e": "LicenseRef-Unrecognised", "z": "MIT"}
    assert len(asked) == 4  # the root's and z's are one
    paths = ["x.py", "a/x.py", "a/q/r/x.py", "a/b/x.py", "a/b/c/d.py", "ab/x.py", "e/x.py"]
    assert license_files.nearest(paths, expressions) == [None, "MIT", "MIT", "Unlicense", "Unlicense", None, "LicenseRef-Unrecognised"]


def test_a_collection_of_licences() -> None:
    found = license_files.find((f"texts/LICENSE-{number:03}", "100644", 10, number) for number in range(500))
    assert len(found["texts"]) == license_files.MAX_FILES_PER_FOLDER


def test_deep_folders() -> None:
    path = "a/" * 5000 + "x.py"
    assert license_files.nearest([path, path], {"a": "MIT"}) == ["MIT", "MIT"]


def test_unknown_terms_are_not_the_repositorys() -> None:
    assert licenses.decide("", license_files.UNRECOGNISED, "MIT")[:2] == (license_files.UNRECOGNISED, "file")
    assert not licenses.is_permissive(license_files.UNRECOGNISED)

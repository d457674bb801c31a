import base64
import hashlib
from pathlib import Path

import polars as pl
import pytest

from assets.code.reading import ReadingSettings, read_entries
from assets.code.sources import packages


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution My.Package 1.2 in a folder of its own, as an installer leaves it."""
    info = tmp_path / "my_package-1.2.dist-info"
    info.mkdir()
    (tmp_path / "my_package").mkdir()
    files = {"my_package/__init__.py": b"x = 1\n", "my_package/native.cpp": b"int a;\n", "my_package/data.bin": b"\0"}
    record = ["my_package-1.2.dist-info/RECORD,,", "my_package-1.2.dist-info/METADATA,,", "../../bin/tool.py,,", "my_package/edited.py,,"]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}")
    (tmp_path / "my_package/edited.py").write_text("y = 2\n")
    (info / "RECORD").write_text("\n".join(record) + "\n")
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: My.Package\nVersion: 1.2\nLicense-Expression: MIT\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_listing(installed: Path) -> None:
    found = packages.list_package("My.Package")
    assert found["path"].to_list() == ["my_package/__init__.py", "my_package/edited.py", "my_package/native.cpp"]
    assert set(found.select("source", "repository", "revision", "license").rows()) == {("package", "my-package", "1.2", "MIT")}
    assert found["digest"][0] == "sha256:" + hashlib.sha256(b"x = 1\n").hexdigest()
    assert found["digest"][1].startswith("6:")  # RECORD does not know it: size and time
    rows, dropped = read_entries(found, ReadingSettings())
    assert dropped.is_empty()
    assert rows.select("path", "language", "content").row(2) == ("my_package/native.cpp", "C++", b"int a;\n")


def test_a_file_that_was_deleted(installed: Path) -> None:
    (installed / "my_package/edited.py").unlink()
    (installed / "my_package/native.cpp").unlink()
    rows, dropped = read_entries(packages.list_package("my-package"), ReadingSettings())
    assert rows["path"].to_list() == ["my_package/__init__.py"]
    assert dropped["rule"].to_list() == ["missing", "missing"]


@pytest.mark.parametrize(
    ("metadata", "text", "expected"),
    [
        ("License-Expression: Apache-2.0 OR MIT\nLicense: GPL-3.0-only", "", "Apache-2.0 OR MIT"),
        ("License: BSD 3-Clause", "", "BSD-3-Clause"),
        ("License: see file\nClassifier: License :: OSI Approved :: ISC License (ISCL)", "", "ISC"),
        ("License: BSD\nClassifier: License :: OSI Approved :: BSD License", "Boost Software License - Version 1.0", "BSL-1.0"),
        ("License: proprietary", "", None),
    ],
)
def test_licence(installed: Path, metadata: str, text: str, expected: str | None) -> None:
    info = installed / "my_package-1.2.dist-info"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: My.Package\nVersion: 1.2\n{metadata}\n")
    (info / "LICENSE").write_text(text)
    with open(info / "RECORD", "a") as record:
        record.write("my_package-1.2.dist-info/LICENSE,,\n")
    assert packages.list_package("my-package")["license"].unique().to_list() == [expected]


def test_the_licence_of_a_bundled_project(installed: Path) -> None:
    folder = installed / "my_package/_vendor"
    folder.mkdir()
    (folder / "LICENSE").write_text("This is free and unencumbered software released into the public domain.")
    (folder / "other.py").write_text("y = 3\n")
    with open(installed / "my_package-1.2.dist-info/RECORD", "a") as record:
        record.write("my_package/_vendor/LICENSE,,\nmy_package/_vendor/other.py,,\n")
    found = packages.list_package("my-package")
    assert dict(found.select("path", "nearest_license").iter_rows()) == {
        "my_package/__init__.py": None,
        "my_package/_vendor/other.py": "Unlicense",
        "my_package/edited.py": None,
        "my_package/native.cpp": None,
    }


def test_a_distribution_that_is_not_installed() -> None:
    for name in ("no-such-distribution", ""):
        with pytest.raises(packages.PackageNotInstalledError, match=f"'{name}' is not an installed distribution"):
            packages.list_package(name)


def test_a_real_one() -> None:
    found = packages.list_package("polars")
    assert found.filter(pl.col("path").str.ends_with(".py")).height > 100
    assert found["license"].unique().to_list() == ["MIT"]

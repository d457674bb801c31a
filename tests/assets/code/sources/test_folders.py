import os
from pathlib import Path

import polars as pl
import pytest

from assets.code.sources import folders, listing


def test_what_is_listed(tmp_path: Path) -> None:
    for name in (".git/config", "a/.git", "a/b/c.py", "z.py", "run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    found = folders.list_folder(tmp_path)
    assert found.select("path", "mode", "n_bytes").filter(mode="100644").rows() == [("a/b/c.py", "100644", 6), ("z.py", "100644", 6)]
    assert dict(found.select("path", "mode").iter_rows()) == {
        "a/b/c.py": "100644",
        "z.py": "100644",
        "run": "100755",
        "loop": "120000",
        "pipe": "000000",
    }
    assert found["repository"].unique().to_list() == [str(tmp_path)]
    assert found.schema == listing.SCHEMA


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    before = folders.list_folder(tmp_path)
    assert folders.list_folder(tmp_path).equals(before)
    file.write_text("x = 2\n")
    os.utime(file, ns=(0, 0))
    assert folders.list_folder(tmp_path)["digest"][0] != before["digest"][0]


def test_names_that_are_not_text(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.py", "w") as file:
        file.write("x")
    (found,) = folders.list_folder(tmp_path)["path"]
    assert found == "caf\\xe9.py"
    assert listing.path_bytes(found) == b"caf\xe9.py"


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(NotADirectoryError, match=str(path)):
            folders.list_folder(path)
    assert folders.list_folder(tmp_path / "file" / "..").height == 1


def test_the_licence_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "UNLICENSE").write_text("This is free and unencumbered software released into the public domain.")
    (tmp_path / "a.py").touch()
    assert folders.list_folder(tmp_path)["license"].to_list() == ["Unlicense", "Unlicense"]


def test_the_licence_of_a_folder_below(tmp_path: Path) -> None:
    for folder in ("vendor/one/src", "vendor/two", "own"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.py").touch()
    (tmp_path / "vendor/one/LICENSE").write_text("This is free and unencumbered software released into the public domain.")
    (tmp_path / "vendor/two/LICENSE").symlink_to("/etc/hostname")
    found = folders.list_folder(tmp_path).filter(pl.col("path").str.ends_with(".py"))
    assert dict(found.select("path", "nearest_license").iter_rows()) == {
        "vendor/one/src/a.py": "Unlicense",
        "vendor/two/a.py": None,
        "own/a.py": None,
    }


def test_several_folders_are_listed_as_each(tmp_path: Path) -> None:
    for name in ("b/z.py", "b/a.py", "a/vendor/LICENSE", "a/vendor/x.py", "a/caf\u00e9 \\x20.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("This is free and unencumbered software released into the public domain.")
    (tmp_path / "empty").mkdir()
    chosen = [tmp_path / name for name in ("b", "empty", "a")]
    found = folders.list_folders(chosen)
    assert found.equals(pl.concat([folders.list_folder(folder) for folder in chosen])) and found.schema == listing.SCHEMA
    assert found["path"].to_list() == ["a.py", "z.py", "caf\u00e9 \\x5cx20.py", "vendor/LICENSE", "vendor/x.py"]
    assert found["repository"].to_list() == [str(tmp_path / "b")] * 2 + [str(tmp_path / "a")] * 3
    assert folders.list_folders([]).schema == listing.SCHEMA and folders.list_folders([]).is_empty()

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from assets import ledger, passport
from assets.code.reading import SCHEMA, ReadingSettings, read_entries
from assets.code.schema import RawCode
from assets.code.sources import folders, git, listing

SETTINGS = ReadingSettings(max_file_bytes=100_000)
RULES = {
    "link.py": "symlink",
    "logo.png": "binary",
    "noise.txt": "undecodable",
    "model.bin.py": "lfs_pointer",
    "empty.py": "empty",
    "big.py": "over_size",
}


def from_git(repository: Path) -> pl.DataFrame:
    return git.list_blobs(git.sync(git.GitSource(url=str(repository)), repository.parent / "mirrors"))


def rules_by_path(entries: pl.DataFrame, dropped: pl.DataFrame) -> dict[str, str]:
    paths = entries.with_columns(passport.row_ids("raw_code", entries["source"], entries["repository"], entries["path"]))
    return dict(dropped.join(paths, left_on="row_id", right_on="id").select("path", "rule").iter_rows())


def test_a_repository(repository: Path) -> None:
    entries = from_git(repository)
    rows, dropped = read_entries(entries, SETTINGS)
    RawCode.validate(rows, lazy=True)
    assert rules_by_path(entries, dropped) == RULES | {"vendor/lib": "submodule"}
    assert dropped.height + rows.height == entries.height
    found = {row["path"]: row for row in rows.iter_rows(named=True)}
    assert {path: row["encoding"] for path, row in found.items() if row["encoding"] != "utf-8"} == {
        "src/bom.py": "utf-8-sig",
        "src/utf16.cpp": "utf-16",
        "src/cp1252.java": "cp1252",
    }
    assert found["bin/tool"]["language"] == "Python"
    assert found["bin/tool"]["mode"] == "100755"
    assert found["src/app.py"]["license"] == "Apache-2.0"
    assert found["src/crlf.js"]["license"] == "MIT"
    assert found["caf\\xe9.py"]["content"] == b"y = 2\n"
    assert all(row["sha256"] == hashlib.sha256(row["content"]).hexdigest() for row in found.values())


def test_folder_and_repository_hold_the_same(repository: Path) -> None:
    from_folder, dropped = read_entries(folders.list_folder(repository), SETTINGS)
    rows, _ = read_entries(from_git(repository), SETTINGS)
    columns = ["path", "mode", "language", "license", "encoding", "n_bytes", "sha256", "content"]
    assert from_folder.select(columns).equals(rows.select(columns))
    assert rules_by_path(folders.list_folder(repository), dropped) == RULES


def test_the_commit_is_not_in_the_id(repository: Path, commit: Callable[[Path, str, str], str]) -> None:
    before, _ = read_entries(from_git(repository), SETTINGS)
    commit(repository, "new.py", "z = 3\n")
    after, _ = read_entries(from_git(repository), SETTINGS)
    assert set(after["id"]) - set(before["id"]) == set(after.filter(path="new.py")["id"])
    assert set(before["id"]) < set(after["id"])


def test_the_ledger_says_where_and_how_much(repository: Path) -> None:
    _, dropped = read_entries(from_git(repository), SETTINGS)
    row = dropped.row(by_predicate=pl.col("rule") == "over_size", named=True)
    assert (row["score"], row["threshold"], row["action"]) == (120_000.0, 100_000.0, "dropped")
    assert row["detail"] == f"{repository}:big.py"


def test_a_file_that_changed_since_it_was_listed(tmp_path: Path) -> None:
    for name in ("gone.py", "grown.py", "linked.py", "kept.py", "secret.py"):
        (tmp_path / name).write_text("x = 1\n")
    os.mkfifo(tmp_path / "pipe.py")
    entries = folders.list_folder(tmp_path)
    (tmp_path / "gone.py").unlink()
    (tmp_path / "grown.py").write_bytes(b"x" * 200_000)
    (tmp_path / "linked.py").unlink()
    (tmp_path / "linked.py").symlink_to("/etc/hostname")
    (tmp_path / "secret.py").unlink()
    (tmp_path / "secret.py").mkdir()
    rows, dropped = read_entries(entries, SETTINGS)
    assert rows["path"].to_list() == ["kept.py"]
    expected = {
        "gone.py": "missing",
        "grown.py": "over_size",
        "linked.py": "unreadable",
        "pipe.py": "unreadable",
        "secret.py": "unreadable",
    }
    assert rules_by_path(entries, dropped) == expected


def test_a_blob_that_the_mirror_lacks(repository: Path) -> None:
    entries = from_git(repository).filter(pl.col("path").is_in(["LICENSE", "src/app.py"]))
    changed = entries.with_columns(blob=pl.when(path="LICENSE").then(pl.lit("f" * 40)).otherwise("blob"))
    rows, dropped = read_entries(changed, SETTINGS)
    assert rows["path"].to_list() == ["src/app.py"]
    assert dropped["rule"].to_list() == ["missing"]


def test_a_mirror_that_is_gone(repository: Path) -> None:
    entries = from_git(repository).with_columns(location=pl.lit("/nowhere/mirror.git"))
    with pytest.raises(git.GitError, match="cat-file failed"):
        read_entries(entries, SETTINGS)


def test_nothing_to_read() -> None:
    rows, dropped = read_entries(pl.DataFrame(schema=listing.SCHEMA), SETTINGS)
    assert rows.schema == pl.Schema(SCHEMA)
    assert dropped.schema == pl.Schema(ledger.SCHEMA)

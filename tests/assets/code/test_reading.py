import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from assets import ledger, passport
from assets.code.licenses import notices
from assets.code.reading import LICENSE_WORDS, SCHEMA, ReadingSettings, read_entries
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
    found, problems = git.list_all([git.GitSource(url=str(repository))], repository.parent / "mirrors")
    assert problems.is_empty()
    return found


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


def test_licences_and_where_they_come_from(repository: Path) -> None:
    rows, _ = read_entries(
        from_git(repository).with_columns(nearest_license=pl.when(path="bin/tool").then(pl.lit("GPL-3.0-only"))), SETTINGS
    )
    found = {row["path"]: row for row in rows.iter_rows(named=True)}
    columns = ["license", "license_source", "license_conflict"]
    assert [found["src/app.py"][name] for name in columns] == ["Apache-2.0", "header", False]
    assert [found["bin/tool"][name] for name in columns] == ["GPL-3.0-only", "file", True]
    assert [found["src/crlf.js"][name] for name in columns] == ["MIT", "repository", False]
    assert 0 < found["src/crlf.js"]["license_confidence"] < found["src/app.py"]["license_confidence"] <= 1


def test_heads_that_are_not_looked_at_hold_no_licence() -> None:
    assert set(notices._GATES) <= set(LICENSE_WORDS)
    assert any(word in "SPDX-License-Identifier:".lower() for word in LICENSE_WORDS)


def test_what_the_listing_knows_comes_through(repository: Path) -> None:
    told = from_git(repository).with_columns(stars=pl.lit(7, pl.Int64), topics=pl.lit(["cli"]))
    rows, _ = read_entries(told, SETTINGS)
    assert rows.schema == pl.Schema(SCHEMA)
    assert set(rows["stars"]) == {7}
    assert rows["topics"].to_list() == [["cli"]] * rows.height
    assert rows["committed_at"].null_count() == 0
    from_folder, _ = read_entries(folders.list_folder(repository), SETTINGS)
    assert from_folder["swhid"].equals(rows["swhid"])  # from the blob's SHA, and from the content
    assert from_folder["committed_at"].null_count() == from_folder.height


def test_an_encoding_that_another_program_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Grüße".encode("cp1250"))
    for hint, expected in (("ISO-8859-2", "iso8859-2"), ("unicode_escape", "cp1252"), ("nonsense", "cp1252"), (None, "cp1252")):
        rows, _ = read_entries(folders.list_folder(tmp_path).with_columns(encoding_hint=pl.lit(hint, pl.String)), SETTINGS)
        assert rows["encoding"].to_list() == [expected], hint


def test_a_path_that_leads_out_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("x = 1\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.py").write_text("x = 1\n")
    entries = folders.list_folder(tmp_path / "folder")
    for path in ("../secret.py", str(tmp_path / "secret.py")):
        rows, dropped = read_entries(entries.with_columns(path=pl.lit(path)), SETTINGS)
        assert (rows.height, dropped["rule"].to_list()) == (0, ["unsafe_path"])


def test_nothing_to_read() -> None:
    rows, dropped = read_entries(pl.DataFrame(schema=listing.SCHEMA), SETTINGS)
    assert rows.schema == pl.Schema(SCHEMA)
    assert dropped.schema == pl.Schema(ledger.SCHEMA)

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

MIT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software, to deal in it without restriction,
subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.
"""
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
TREE: dict[bytes, bytes] = {
    b"LICENSE": MIT.encode(),
    b"src/app.py": b"# SPDX-License-Identifier: Apache-2.0\nprint('hello')\n",
    b"src/crlf.js": b"let a = 1;\r\nlet b = 2;\r\n",
    b"src/bom.py": b"\xef\xbb\xbfx = 1\n",
    b"src/utf16.cpp": "int größe = 1;\n".encode("utf-16"),
    b"src/cp1252.java": "// Größe und Maß der Fläche für Jürgen\nclass A {}\n".encode("cp1252"),
    b"bin/tool": b"#!/usr/bin/env -S python3 -u\nprint(1)\n",
    b"caf\xe9.py": b"y = 2\n",
    b"logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"noise.txt": bytes(range(128, 256)) * 4,
    b"model.bin.py": LFS_POINTER,
    b"empty.py": b"",
    b"big.py": b"x = 1\n" * 20_000,
}


def git(folder: Path, *arguments: str) -> str:
    identity = [
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "protocol.file.allow=always",
    ]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def write_and_commit(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "--message", f"write {name}")
    return git(folder, "rev-parse", "HEAD")


def write_tree(folder: Path) -> None:
    for name, content in TREE.items():
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    os.chmod(folder / "bin/tool", 0o755)
    os.symlink("src/app.py", folder / "link.py")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with every kind of entry that the reader must cope with."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet")
    write_tree(folder)
    git(folder, "-c", "core.autocrlf=false", "add", "--all")
    git(folder, "update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,vendor/lib")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@pytest.fixture
def run_git() -> Callable[..., str]:
    """Run git in a folder, with an identity."""
    return git


@pytest.fixture
def commit() -> Callable[[Path, str, str], str]:
    """Write a file (repository, name, text), commit it and return the commit's SHA."""
    return write_and_commit


@pytest.fixture
def count_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a git into PATH that writes down how it was called; the fixture's value returns (and forgets) the calls."""
    calls, folder = tmp_path / "calls", tmp_path / "bin"
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def taken() -> list[str]:
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return lines

    return taken

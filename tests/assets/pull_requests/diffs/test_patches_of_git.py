import os
import subprocess
from pathlib import Path

import pytest

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import Line


def git(folder: Path, *arguments: str) -> str:
    settings_ = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.autocrlf=false")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *settings_, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace")


WRITTEN = {
    "plain.txt": b"a\n",
    "with blank.txt": b"a\n",
    'quo"te.txt': b"a\n",
    "t\tab\n.txt": b"a\n",
    "häß.txt": b"a\n",
    " b/tricky b/x": b"a\n",
    "bin": b"\0\1\2",
    "binary blank": b"\0\1",
    "mode only": b"a\n",
    "move me": b"1\n2\n3\n4\n5\n6\n7\n8\n",
    "gone": b"x\n",
    "empty gone": b"",
    "crlf": b"a\r\nb\r\n",
    "back\\slash": b"a\n",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    git(folder, "init", "--quiet")
    for name, content in WRITTEN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / os.fsdecode(b"lat\xefn.txt")).write_bytes(b"a\n")
    (folder / "type").symlink_to("plain.txt")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "before")
    for name in (
        "plain.txt",
        "with blank.txt",
        'quo"te.txt',
        "t\tab\n.txt",
        "häß.txt",
        " b/tricky b/x",
        os.fsdecode(b"lat\xefn.txt"),
        "back\\slash",
    ):
        (folder / name).write_bytes(b"b\n")
    (folder / "bin").write_bytes(b"\0\3\4")
    (folder / "binary blank").write_bytes(b"\0\3\4")
    (folder / "mode only").chmod(0o755)
    (folder / "move me").rename(folder / "moved ü")
    (folder / "crlf").write_bytes(b"a\r\nc\r\n")
    (folder / "copied").write_bytes(b"1\n2\n3\n4\n5\n6\n7\n8\n9\n")
    (folder / "empty new").touch()
    for name in ("gone", "empty gone", "type"):
        (folder / name).unlink()
    (folder / "type").write_bytes(b"no link\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "after")
    return folder


@pytest.mark.parametrize("quoted", ["true", "false"])
@pytest.mark.parametrize("options", [[], ["--binary"], ["--no-prefix"], ["--src-prefix=i/", "--dst-prefix=w/"]])
def test_names_and_states_that_git_writes(repository: Path, quoted: str, options: list[str]) -> None:
    files = patches.parse(
        git(
            repository,
            "-c",
            f"core.quotepath={quoted}",
            "diff",
            "-M",
            "-C",
            "--find-copies-harder",
            "--no-rename-empty",
            *options,
            "HEAD~1",
            "HEAD",
        )
    )
    latin = "lat\ufffdn.txt"
    assert set(files) == (set(WRITTEN) - {"move me"}) | {latin, "moved ü", "copied", "empty new", "type"}
    states = {path: (file.status, file.is_binary) for path, file in files.items()}
    assert states["mode only"] == ("modified", False)
    assert states["bin"] == states["binary blank"] == ("modified", True)
    assert states["gone"] == states["empty gone"] == ("deleted", False)
    assert states["empty new"] == ("added", False)
    assert {states["moved ü"], states["copied"]} == {("renamed", False), ("copied", False)}
    assert (files["gone"].old_path, files["gone"].new_path, files["empty new"].old_path) == ("gone", None, None)
    assert files.at("move me") is next(file for file in files.values() if file.status == "renamed")
    for name in ("plain.txt", "with blank.txt", 'quo"te.txt', "t\tab\n.txt", "häß.txt", " b/tricky b/x", latin, "back\\slash"):
        assert files[name].line("RIGHT", 1) == Line("+", "b", None, 1, 2)
    assert files["crlf"].line("RIGHT", 2) == Line("+", "c\r", None, 2, 3)
    assert files["type"].line("RIGHT", 1) == Line("+", "no link", None, 1, 1)
    assert files["mode only"].hunks == files["bin"].hunks == []


def test_a_merge_is_marked_and_passed_over(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "-b", "main")
    for branch, text in (("main", "a\nb\n"), ("side", "a\nside\n")):
        git(tmp_path, "checkout", "--quiet", "-B", branch)
        (tmp_path / "f x").write_text(text)
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "-m", branch)
    git(tmp_path, "checkout", "--quiet", "main")
    (tmp_path / "f x").write_text("a\nmain\n")
    git(tmp_path, "commit", "--quiet", "-am", "main")
    git(tmp_path, "merge", "--quiet", "side")
    (tmp_path / "f x").write_text("a\nboth\n")
    git(tmp_path, "commit", "--quiet", "-am", "merged")
    for form in ("--cc", "-c"):
        diff = git(tmp_path, "show", form, "HEAD")
        assert "@@@" in diff
        file = patches.parse(diff)["f x"]
        assert file.is_combined
        assert file.hunks == []
        assert file.line_at(1) is None

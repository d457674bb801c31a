import re
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assets.code import reading
from assets.code.sources import git, git_objects, listing
from assets.code.sources.git_mirror import GitRevision

Git = Callable[..., str]
SETTINGS = reading.ReadingSettings()


@pytest.fixture
def bare(tmp_path: Path, run_git: Git) -> Path:
    """An empty bare repository: what git refuses to check out is written as objects."""
    run_git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    return tmp_path / "bare.git"


def store(bare: Path, kind: str, content: bytes) -> str:
    command = ["git", "hash-object", "--literally", "-t", kind, "-w", "--stdin"]
    return subprocess.run(command, cwd=bare, input=content, check=True, stdout=subprocess.PIPE).stdout.decode().strip()


def tree(bare: Path, entries: Iterable[tuple[bytes, bytes, str]]) -> str:
    """Write a tree of (mode, name, SHA) as given: unsorted, repeated and forbidden names included."""
    return store(bare, "tree", b"".join(mode + b" " + name + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries))


def commit(bare: Path, root: str, seconds: str = "1700000000", run_git: Git | None = None) -> GitRevision:
    person = f"A <a@example.org> {seconds} +0000"
    sha = store(bare, "commit", f"tree {root}\nauthor {person}\ncommitter {person}\n\ncommitter B <b> 1 +0000\n".encode())
    (bare / "refs/heads/main").write_text(sha + "\n")
    return GitRevision("x", sha, bare)


def read(revision: GitRevision) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return (path -> content, path -> rule)."""
    entries = git_objects.list_blobs(revision)
    rows, dropped = reading.read_entries(entries, SETTINGS)
    assert rows.height + dropped.height == entries.height
    return dict(rows.select("path", "content").iter_rows()), {
        row["detail"].removeprefix("x:"): row["rule"] for row in dropped.iter_rows(named=True)
    }


def test_reading_blobs(repository: Path, tmp_path: Path) -> None:
    (found,) = git.sync(git.GitSource(url=str(repository)), tmp_path / "mirrors")
    blobs = git.list_blobs(found).filter(path="logo.png")["blob"].to_list()
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert list(git.read_blobs(found.mirror, [*blobs, "f" * 40, *blobs], "x")) == [png, None, png]
    assert list(git.read_blobs(found.mirror, [], "x")) == []
    assert list(git.read_blobs(found.mirror, [found.revision, *blobs], "x")) == [None, png]  # a commit is no blob


def test_what_a_commit_tells(repository: Path, tmp_path: Path, run_git: Git) -> None:
    run_git(repository, "rm", "--quiet", "--cached", "LICENSE")
    (repository / "src/LICENSE").write_text("This is free and unencumbered software released into the public domain.")
    run_git(repository, "add", "src/LICENSE", "LICENSE")
    run_git(repository, "commit", "--quiet", "--message", "two licences", "--date", "1600000000 +0000")
    (found,) = git.sync(git.GitSource(url=str(repository)), tmp_path / "mirrors")
    rows = {row["path"]: row for row in git.list_blobs(found).iter_rows(named=True)}
    when = int(run_git(repository, "show", "--no-patch", "--format=%ct", "HEAD"))
    assert rows["src/app.py"]["committed_at"] == datetime.fromtimestamp(when, UTC)
    assert rows["src/app.py"]["swhid"] == "swh:1:cnt:" + run_git(repository, "rev-parse", "HEAD:src/app.py")
    assert rows["vendor/lib"]["swhid"] is None
    assert {path: (row["license"], row["nearest_license"]) for path, row in rows.items() if path in ("big.py", "src/app.py")} == {
        "big.py": ("MIT", None),
        "src/app.py": ("MIT", "Unlicense"),
    }


@pytest.mark.parametrize(("seconds", "year"), [("1700000000", 2023), ("253402300800", None), ("-5", None), ("9" * 30, None), ("", None)])
def test_clocks_that_are_wrong(bare: Path, seconds: str, year: int | None) -> None:
    revision = commit(bare, tree(bare, [(b"100644", b"a.py", store(bare, "blob", b"x = 1\n"))]), seconds)
    (found,) = git_objects.list_blobs(revision)["committed_at"]
    assert (found and found.year) == year


def test_paths_that_lead_out(bare: Path) -> None:
    blob = store(bare, "blob", b"x = 1\n")
    inner = tree(bare, [(b"100644", b"config", blob), (b"100644", b"passwd.py", blob)])
    names = [b"..", b".", b".git", b".GIT", b"ok", b"..ok", b".github"]
    files = [(b"100644", b"/etc/passwd.py", blob), (b"100644", b"a/../../b.py", blob), (b"100644", b"..", blob)]
    revision = commit(bare, tree(bare, [*files, *((b"40000", name, inner) for name in names)]))
    kept, dropped = read(revision)
    assert set(kept) == {f"{folder}/{name}" for folder in ("ok", "..ok", ".github") for name in ("config", "passwd.py")}
    assert set(dropped.values()) == {"unsafe_path"}
    assert {"/etc/passwd.py", "a/../../b.py", "..", "../config", ".git/config"} <= set(dropped)


def test_names_that_are_not_text(bare: Path) -> None:
    blob = store(bare, "blob", b"x = 1\n")
    names = [
        b"new\nline.py",
        b"tab\t.py",
        b"back\\slash.py",
        b'quote".py',
        b"esc\x1b[31m.py",
        b"\xff\xfe.py",
        b"\\xe9.py",
        "größe.py".encode(),
    ]
    kept, _ = read(commit(bare, tree(bare, [(b"100644", name, blob) for name in names])))
    assert sorted(map(listing.path_bytes, kept)) == sorted(names)
    assert len(kept) == len(names)
    assert all(path.isprintable() for path in kept)
    assert "new\\x0aline.py" in kept


def test_entries_that_a_tree_repeats(bare: Path) -> None:
    one, two = store(bare, "blob", b"x = 1\n"), store(bare, "blob", b"x = 2\n")
    root = tree(bare, [(b"100644", b"a.py", one), (b"100644", b"a.py", two), (b"100644", b"a.py", one), (b"100755", b"a.py", one)])
    found, problems = git.list_all([git.GitSource(url=str(bare))], bare.parent / "mirrors")  # before there is a commit
    assert (found.height, problems.height) == (0, 0)
    commit(bare, root)
    found, problems = git.list_all([git.GitSource(url=str(bare))], bare.parent / "mirrors")
    assert (found.select("path", "mode", "digest").rows(), problems.height) == (
        sorted([("a.py", "100644", one), ("a.py", "100644", two)], key=lambda row: row[2]),
        0,
    )
    rows, _ = reading.read_entries(found, SETTINGS)
    assert rows["id"].n_unique() == 2


def test_objects_that_are_missing_or_damaged(bare: Path) -> None:
    blobs = {name: store(bare, "blob", f"{name} = 1\n".encode() * 400) for name in ("a", "b", "c", "d", "e")}
    revision = commit(bare, tree(bare, [(b"100644", f"{name}.py".encode(), sha) for name, sha in blobs.items()]))
    path = {name: bare / "objects" / sha[:2] / sha[2:] for name, sha in blobs.items()}
    path["a"].unlink()
    for name, content in {
        "c": zlib.compress(b"blob 3200\0" + b"c = 1\n" * 400)[:30],  # ends early
        "d": zlib.compress(b"blob 10\0" + b"d = 1\n" * 400),  # is larger than it says
    }.items():
        path[name].chmod(0o644)
        path[name].write_bytes(content)
    kept, dropped = read(revision)
    assert set(kept) == {"b.py", "e.py"}
    assert dropped == {"a.py": "missing", "c.py": "missing", "d.py": "missing"}


def test_a_mirror_of_damage(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_objects, "_MAX_DEATHS", 3)
    shas = [store(bare, "blob", f"a = {number}\n".encode() * 400) for number in range(8)]
    for sha in shas:
        (bare / "objects" / sha[:2] / sha[2:]).chmod(0o644)
        (bare / "objects" / sha[:2] / sha[2:]).write_bytes(b"damaged")
    assert list(git.read_blobs(bare, shas, "x")) == [None] * 8


def test_trees_that_git_cannot_walk(bare: Path) -> None:
    blob = store(bare, "blob", b"x = 1\n")
    inner = tree(bare, [(b"100644", b"a.py", blob)])
    commit(bare, tree(bare, [(b"40000", b"folder", inner)]))
    (bare / "objects" / inner[:2] / inner[2:]).unlink()
    found, problems = git.list_all([git.GitSource(url=str(bare))], bare.parent / "mirrors")
    assert (found.height, problems["rule"].to_list()) == (0, ["unreachable"])
    commit(bare, tree(bare, [(b"100644", b"a.py", blob)]))
    (revision,) = git.sync(git.GitSource(url=str(bare)), bare.parent / "mirrors")
    for pack in (revision.mirror / "objects").rglob("*"):
        if pack.is_file():
            pack.unlink()
    found, problems = git.list_all([git.GitSource(url=str(bare))], bare.parent / "mirrors")
    assert (found.height, problems["rule"].to_list()) == (0, ["broken"])
    assert "ls-tree failed" in problems["detail"][0]


def test_a_blob_of_200_megabytes_is_never_loaded(bare: Path) -> None:
    size = 200 << 20
    command = ["git", "-c", "core.looseCompression=1", "hash-object", "-w", "--stdin"]
    with subprocess.Popen(command, cwd=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for _ in range(size >> 20):
            process.stdin.write(bytes(1 << 20))
        process.stdin.close()
        large = process.stdout.read().decode().strip()
    small = store(bare, "blob", b"x = 1\n")
    revision = commit(bare, tree(bare, [(b"100644", b"LICENSE", large), (b"100644", b"large.py", large), (b"100644", b"small.py", small)]))
    code = (
        "import resource; from pathlib import Path; from assets.code import reading; from assets.code.sources import git\n"
        f"rows = git.list_blobs(git.GitRevision('x', {revision.revision!r}, Path({str(bare)!r})))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "kept, dropped = reading.read_entries(rows, reading.ReadingSettings())\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(kept.height, dropped['rule'].to_list(), max(dropped['score']), after - before)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    kept, rules, score, grown_kb = re.fullmatch(r"(\d+) (\[.*\]) (\S+) (\d+)\n", said).groups()  # type: ignore[union-attr]
    assert (kept, rules, float(score)) == ("1", "['over_size', 'over_size']", size)
    assert int(grown_kb) < 60_000


def test_long_lines_and_deep_folders(bare: Path) -> None:
    line = b"x = '" + b"a" * 10_000 + b"'\n"
    blob = store(bare, "blob", line * 3)
    inner = tree(bare, [(b"100644", b"deep.py", blob)])
    for _ in range(100):
        inner = tree(bare, [(b"40000", b"folder", inner)])
    kept, dropped = read(commit(bare, inner))
    assert (list(kept.values()), dropped) == ([line * 3], {})
    assert next(iter(kept)).count("/") == 100


def test_a_hundred_thousand_files(bare: Path) -> None:
    blob = store(bare, "blob", b"x = 1\n")
    folder = tree(bare, [(b"100644", f"{number:04}.py".encode(), blob) for number in range(1000)])
    revision = commit(bare, tree(bare, [(b"40000", f"{number:02}".encode(), folder) for number in range(100)]))
    start = time.process_time()
    found = git_objects.list_blobs(revision)
    assert (found.height, found["path"].n_unique()) == (100_000, 100_000)
    assert time.process_time() - start < 10


def test_a_repository_of_sha256(tmp_path: Path, run_git: Git, commit: Callable[[Path, str, str], str]) -> None:
    (tmp_path / "new").mkdir()
    run_git(tmp_path / "new", "init", "--quiet", "--object-format=sha256")
    commit(tmp_path / "new", "a.py", "x = 1\n")
    (found,) = git.sync(git.GitSource(url=str(tmp_path / "new")), tmp_path / "mirrors")
    entries = git.list_blobs(found)
    assert entries["swhid"].to_list() == [None]
    rows, _ = reading.read_entries(entries, SETTINGS)
    assert rows["swhid"].to_list() == ["swh:1:cnt:" + git_sha1(b"x = 1\n")]


def git_sha1(content: bytes) -> str:
    return (
        subprocess.run(["git", "hash-object", "--stdin"], cwd="/", input=content, check=True, stdout=subprocess.PIPE)
        .stdout.decode()
        .strip()
    )


def test_a_reader_that_leaves_early(bare: Path) -> None:
    shas = [store(bare, "blob", b"%d" % number * 50_000) for number in range(20)]
    blobs = git.read_blobs(bare, shas, "x")
    assert next(blobs) == b"0" * 50_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    blobs.close()  # git is killed and waited for
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime >= before


def test_blobs_that_take_too_long(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow/git").write_text("#!/bin/sh\nsleep 60 & wait\n")
    (tmp_path / "slow/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'slow'}:/usr/bin:/bin")
    start = time.monotonic()
    with pytest.raises(git.GitError, match=r"git cat-file took more than 0\.3 s"):
        list(git.read_blobs(bare, ["f" * 40], "x", timeout_s=0.3))
    assert time.monotonic() - start < 10


def test_the_order_of_the_listing(repository: Path, tmp_path: Path) -> None:
    entries, _ = git.list_all([git.GitSource(url=str(repository))], tmp_path / "mirrors")
    forward, _ = reading.read_entries(entries, SETTINGS)
    backward, _ = reading.read_entries(entries.reverse(), SETTINGS)
    assert backward.reverse().equals(forward)
    parts = [reading.read_entries(entries[start : start + 4], SETTINGS)[0] for start in range(0, entries.height, 4)]
    assert pl.concat(parts).equals(forward)

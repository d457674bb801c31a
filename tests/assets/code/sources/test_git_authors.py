"""Who wrote what, by real histories: each test makes commits and asks which paths of the last one are left out."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.sources import git, git_authors

Git = Callable[..., str]
JANE, BOB = "Jane Example <jane@example.org>", "Bob Builder <bob@example.org>"
NAMES = ("jane example", "@", "builder")


class Work:
    """A repository, and who worked on it."""

    def __init__(self, folder: Path, run_git: Git) -> None:
        self.folder, self.git = folder, run_git
        folder.mkdir()
        run_git(folder, "init", "--quiet")
        self.write("README.md", BOB)

    def write(self, path: str | bytes, author: str, message: str = "work", text: str | None = None) -> None:
        place = Path(os.fsdecode(os.path.join(os.fsencode(self.folder), os.fsencode(path))))
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a") as file:
            file.write(text or f"line by {len(os.listdir(self.folder))} {author} in {path!r}\n")
        self.commit(author, message)

    def commit(self, author: str, message: str = "work") -> None:
        self.git(self.folder, "add", "--all")
        self.git(self.folder, "commit", "--quiet", "--allow-empty", f"--author={author}", "--message", message)

    def left_out(self, *authors: str, **source: object) -> set[str]:
        said: list[str] = []
        wanted = [git.GitSource.model_validate({"url": f"file://{self.folder}", **source})]
        found, problems = git.list_all(wanted, self.folder.parent / "mirrors", report=said.append, authors=authors)
        assert set(problems["rule"]) <= {"opted_out"}, problems["detail"].to_list()
        start = f"history file://{self.folder}:"
        assert all(detail.startswith(start) for detail in problems["detail"])
        paths = {detail.removeprefix(start) for detail in problems["detail"]}
        assert not any(name in line.lower() for line in [*said, *problems["detail"]] for name in NAMES)
        assert paths.isdisjoint(found["path"])
        return paths


@pytest.fixture
def work(tmp_path: Path, run_git: Git) -> Work:
    return Work(tmp_path / "work", run_git)


def test_files_of_one_of_the_other_and_of_both(work: Work) -> None:
    for path, author in (("jane.py", JANE), ("bob.py", BOB), ("both.py", BOB), ("both.py", JANE), ("both.py", BOB)):
        work.write(path, author)
    assert work.left_out("Jane Example") == {"jane.py", "both.py"}
    assert work.left_out("bob@example.org") == {"README.md", "bob.py", "both.py"}
    assert work.left_out("Somebody Else") == work.left_out() == set()


@pytest.mark.parametrize(
    ("listed", "author", "is_listed"),
    [
        ("jane@example.org", "J <Jane@EXAMPLE.org>", True),
        ("  JANE   example ", "Jane  Example <other@example.com>", True),
        ("Example, Jane", JANE, True),
        ("Jane Example <jane@example.org>", "Jane Example <new@example.com>", True),
        ("Jane Example <jane@example.org>", "jx <jane@example.org>", True),
        ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez <j@example.com>", True),
        ("jane", "jane <x@example.com>", True),
        ("jane", JANE, False),
        ("Jane Example", "Mary Jane Examples <jane@example.com>", False),
        ("jane@example.org", "Jane Example <mary.jane@example.org>", False),
    ],
)
def test_names_and_addresses(work: Work, listed: str, author: str, is_listed: bool) -> None:
    work.write("a.py", author)
    assert work.left_out(listed) == ({"a.py"} if is_listed else set())


def test_co_authors_wrote_it_and_who_is_only_mentioned_did_not(work: Work) -> None:
    work.write("pair.py", BOB, f"pair\n\nText.\n\nCo-authored-by: {JANE}\nReviewed-by: {BOB}")
    work.write("squashed.py", BOB, f"squashed (#1)\n\n* one\n\nco-authored-by:{JANE.upper()}\n\n* two\n\nMore text.")
    work.write("kernel.py", BOB, "driver\n\nCo-developed-by: Jane Example")
    work.write("signed.py", BOB, f"thanks to {JANE}\n\nSigned-off-by: {JANE}\nReviewed-by: {JANE}")
    work.git(work.folder, "-c", "user.name=Jane Example", "-c", "user.email=jane@example.org", "commit", "--amend", "--no-edit", "--quiet")
    assert work.git(work.folder, "log", "-1", "--format=%cn %an") == "Jane Example Bob Builder"
    assert work.left_out(JANE) == {"pair.py", "squashed.py", "kernel.py"}


def test_moved_by_somebody_else(work: Work) -> None:
    work.write("a/same.py", JANE)
    work.write("a/edited.py", JANE)
    work.write("a/empty.py", BOB)
    work.git(work.folder, "mv", "a", "b")
    work.write("b/edited.py", BOB)
    work.git(work.folder, "mv", "b/same.py", "c.py")
    work.commit(BOB)
    assert work.left_out(JANE) == {"c.py", "b/edited.py"}


def test_files_without_content_are_not_one_file(work: Work) -> None:
    work.write("hers.py", JANE)
    (work.folder / "hers.py").write_text("")
    work.commit(BOB)
    (work.folder / "hers.py").rename(work.folder / "__init__.py")  # git sees one empty file go and another come
    work.commit(BOB)
    assert work.left_out(JANE) == set()


def test_moved_on_one_branch_while_it_was_written_on_another(work: Work) -> None:
    for moved_first in (True, False):
        old, new = f"old_{moved_first}.py", f"new_{moved_first}.py"
        work.write(old, BOB, text="a\nb\nc\nd\n")
        work.git(work.folder, "checkout", "--quiet", "-b", f"topic-{moved_first}")
        work.git(work.folder, "mv", old, new) if moved_first else work.write(old, JANE)
        work.commit(BOB)
        work.git(work.folder, "checkout", "--quiet", "main")
        work.write(old, JANE) if moved_first else work.git(work.folder, "mv", old, new)
        work.commit(BOB)
        work.git(work.folder, "merge", "--quiet", "--no-edit", f"topic-{moved_first}")
    assert work.left_out(JANE) == {"new_True.py", "new_False.py"}


def test_who_moves_or_deletes_or_merges_wrote_nothing(work: Work) -> None:
    work.write("moved.py", BOB)
    work.write("deleted.py", BOB)
    work.git(work.folder, "checkout", "--quiet", "-b", "topic")
    work.write("topic.py", BOB)
    work.git(work.folder, "checkout", "--quiet", "main")
    work.git(work.folder, "mv", "moved.py", "there.py")
    (work.folder / "deleted.py").unlink()
    (work.folder / "README.md").chmod(0o755)
    work.commit(JANE)
    work.write("deleted.py", BOB, text="new\n")
    work.git(work.folder, "-c", "user.name=Jane Example", "merge", "--quiet", "--no-edit", "topic")
    assert work.git(work.folder, "log", "-1", "--format=%an %p").startswith("Jane Example ")
    assert work.left_out(JANE) == set()


def test_who_solves_a_conflict_wrote_it(work: Work) -> None:
    work.write("conflict.py", BOB, text="1\n")
    work.git(work.folder, "checkout", "--quiet", "-b", "topic")
    work.write("conflict.py", BOB, text="2\n")
    work.git(work.folder, "checkout", "--quiet", "main")
    work.write("conflict.py", BOB, text="3\n")
    work.git(work.folder, "merge", "--quiet", "--strategy=ours", "--no-commit", "topic")
    (work.folder / "conflict.py").write_text("4\n")
    work.commit(JANE)
    assert work.left_out(JANE) == {"conflict.py"}


def test_the_mailmap_says_who_is_one_person(work: Work) -> None:
    work.write("old.py", "jx <jane@old.example>")
    work.write("older.py", "jane <jx@laptop.(none)>")
    work.write("pair.py", BOB, "pair\n\nCo-authored-by: jx <jane@old.example>")
    assert work.left_out("Jane Example") == set()
    work.write(".mailmap", BOB, text="Jane Example <jane@example.org> <jane@old.example>\n<jane@example.org> <jx@laptop.(none)>\n")
    assert work.left_out("jane@example.org") == {"old.py", "older.py", "pair.py"}
    assert work.left_out("Jane Example") == {"old.py", "pair.py"}
    assert work.left_out("jane@old.example") == {"old.py", "older.py", "pair.py"}
    work.write(".mailmap", BOB, text="<nobody@example.org> <jane@old.example>\n")  # nobody is mapped away
    assert work.left_out("jane@old.example") == {"old.py", "pair.py"}
    work.write("own.py", "Renamed Person <r@example.org>")
    work.write(".mailmap", BOB, text="Somebody Else <r@example.org>\n")
    assert work.left_out("Renamed Person") == work.left_out("Somebody Else") == {"own.py"}


def test_bytes_that_are_no_text_and_paths_like_git_output(work: Work) -> None:
    for path in (b"caf\xe9.py", ":100644 100644 a b M", "two\nlines.py", "tab\t.py", "-c", f"{'0' * 40}"):
        work.write(path, JANE)
    work.git(work.folder, "config", "i18n.commitEncoding", "latin-1")  # git records it; the bytes are UTF-8 all the same
    work.write("bob.py", BOB)
    expected = {"caf\\xe9.py", ":100644 100644 a b M", "two\\x0alines.py", "tab\\x09.py", "-c", "0" * 40}
    assert work.left_out("Jane Example") == expected


def test_a_name_in_another_encoding(work: Work, run_git: Git) -> None:
    commit = run_git(work.folder, "cat-file", "commit", "HEAD").encode().replace(b"Bob Builder", b"Jos\xe9 N\xfa\xf1ez")
    (work.folder / "raw").write_bytes(commit + b"\n")
    sha = run_git(work.folder, "hash-object", "-t", "commit", "-w", "raw")
    run_git(work.folder, "reset", "--quiet", "--soft", sha)
    assert work.left_out("José Núñez") == {"README.md"}


def test_the_settings_of_the_user_change_nothing(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mailmap").write_text("Somebody Else <nobody@example.org> <bob@example.org>\n")
    options = {
        "log.showRoot": "false", "log.showSignature": "true", "diff.renames": "false", "color.ui": "always", "log.diffMerges": "off",
        "mailmap.file": str(tmp_path / "mailmap"), "i18n.logOutputEncoding": "utf-16", "log.date": "human", "diff.relative": "true",
    }  # fmt: skip
    for number, (key, value) in enumerate(options.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(options)))
    work.git(work.folder, "mv", "README.md", "docs.md")
    work.commit(JANE)
    assert work.left_out("Bob Builder") == {"docs.md"}
    assert work.left_out("Somebody Else") == set()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans())), st.randoms(use_true_random=False))
def test_the_order_of_commits_does_not_matter(moves: list[tuple[str, str, bool]], random: object) -> None:
    def reached(order: list[tuple[str, str, bool]]) -> set[bytes]:
        paths = git_authors._Paths("x")
        for before, after, is_theirs in order:
            change = git_authors._Change(b"", b"R100", is_theirs, after.encode(), before.encode())
            paths.add(iter([change]), is_theirs)
        return paths.reached()

    found = reached(moves)
    assert found >= {after.encode() for _, after, is_theirs in moves if is_theirs}
    assert all(after.encode() in found for before, after, _ in moves if before.encode() in found)
    shuffled = list(moves)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reached(shuffled) == found

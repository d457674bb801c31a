r"""Diffs that git makes of random edits of real files, and what is true of each of their lines.

The truth does not come from the parser under test: a diff is replayed onto the old files, every line that it shows is looked up in the old
and the new file, and what comes out must be the new files to the byte.
"""

import os
import random
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Content that looks like a diff's headers, ends no line, or has no text.
TRICKY = [
    "",
    "-- a/x",
    "++ b/x",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline",
    "a\x0cb",
    "a\u2028b\x85c",
    "a\rb",
    "\t",
    "é漢\U0001f600",
]
Files = dict[str, str]


class Truth(NamedTuple):
    """A line of a diff: where it is, and the excerpt that GitHub shows with a comment on it."""

    path: str
    position: int
    kind: str
    text: str
    old: int | None
    new: int | None
    excerpt: str


def files(n_files: int, max_lines: int, rng: random.Random) -> Files:
    """Return files of the standard library by name, tricky lines put between theirs."""
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    found = sorted([*stdlib.glob("*.py"), *stdlib.glob("[a-s]*/*.py")])
    texts = [path.read_text(encoding="utf-8") for path in rng.sample(found, min(n_files, len(found)))]
    return {f"lib/module_{i}.py": _sprinkled(text, max_lines, rng) for i, text in enumerate(texts)}


def _sprinkled(text: str, max_lines: int, rng: random.Random) -> str:
    lines = text.split("\n")[:max_lines]
    for _ in range(len(lines) // 12):
        lines.insert(rng.randrange(len(lines)), rng.choice(TRICKY))
    return "\n".join(lines) + "\n"


def edited(old: Files, rng: random.Random) -> tuple[Files, Files]:
    """Return `old` with some line ends of its own, and a random edit of it: changed, renamed, deleted and added files."""
    before, after = {}, {}
    for path, text in old.items():
        fate = rng.random()
        text = text.replace("\n", "\r\n") if rng.random() < 0.15 else text
        text = text.removesuffix("\n") if rng.random() < 0.2 else text
        if fate > 0.04:
            before[path] = text
        if fate > 0.08:
            moved = path.replace("lib/", "moved/") if fate < 0.2 else path
            after[moved] = _edit(text, 2 if moved != path else rng.randint(1, max(1, text.count("\n") // 10)), rng) if fate > 0.04 else text
    return before, after


def _edit(text: str, n_edits: int, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(n_edits):
        at, n_gone, n_come = rng.randrange(len(lines)), rng.choice((0, 0, 1, 2, 7)), rng.choice((0, 1, 1, 3, 9))
        come = [rng.choice(TRICKY) if rng.random() < 0.3 else rng.choice(lines) for _ in range(n_come)]
        lines[at : at + n_gone] = come
    text = "\n".join(lines)
    if rng.random() < 0.03:
        return text.replace("\r\n", "\n")
    return text.removesuffix("\n") if rng.random() < 0.2 else text


def diffs(folder: Path, before: Files, after: Files, widths: tuple[int, ...]) -> Iterator[str]:
    """Yield git's diff of the two for each number of context lines."""
    _git(folder, "init", "--quiet", "--bare")
    trees = []
    for name, files_ in (("before", before), ("after", after)):
        for path, text in files_.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(text.encode())
        _git(folder, f"--work-tree={folder / name}", "-c", "core.autocrlf=false", "add", "--all", "--force")
        trees.append(_git(folder, "write-tree").strip())
    for width in widths:
        yield _git(folder, "diff", "--no-ext-diff", "--find-renames=40%", f"-U{width}", *trees)


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", f"--git-dir={folder}", "-c", "core.bare=false", "-c", "core.looseCompression=0", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True).stdout.decode()


def replay(diff: str, before: Files, after: Files) -> Iterator[Truth]:
    """Yield the truth of every line of `diff`; what is no diff from `before` to `after` is an AssertionError."""
    rows, at = diff.removesuffix("\n").split("\n"), 0
    rebuilt = dict(before)
    while at < len(rows):
        assert rows[at].startswith("diff --git a/")
        old_path, new_path = rows[at].removeprefix("diff --git a/").split(" b/")
        at += 1
        while at < len(rows) and not rows[at].startswith(("@@ ", "diff --git ")):
            at += 1
        old, new = before.get(old_path, "").split("\n"), after.get(new_path, "").split("\n")
        out, done, first = [], 0, at
        while at < len(rows) and rows[at].startswith("@@ "):
            (old_at, old_count), (new_at, new_count) = (_range(part) for part in rows[at].split(" ")[1:3])
            out += old[done:old_at]
            excerpt, end_old, end_new = rows[at], old_at + old_count, new_at + new_count
            at += 1
            while old_at < end_old or new_at < end_new or (at < len(rows) and rows[at][:1] == "\\"):
                kind, text, excerpt = rows[at][0], rows[at][1:], f"{excerpt}\n{rows[at]}"
                if kind != "\\":
                    assert kind == "+" or old[old_at] == text
                    assert kind == "-" or new[new_at] == text
                    numbers = None if kind == "+" else old_at + 1, None if kind == "-" else new_at + 1
                    yield Truth(new_path, at - first, kind, text, *numbers, excerpt)
                    out += [] if kind == "-" else [text]
                    old_at, new_at = old_at + (kind != "+"), new_at + (kind != "-")
                at += 1
            done = old_at
        rebuilt.pop(old_path, None)
        if new_path in after:
            rest = old[done:]
            rebuilt[new_path] = "\n".join(out + rest)
            assert rebuilt[new_path].removesuffix("\n") == after[new_path].removesuffix("\n")
    assert rebuilt.keys() == after.keys()


def _range(part: str) -> tuple[int, int]:
    """Return how many lines lie before the range "-12,3" (or "+12", or "-12,0"), and how many are in it."""
    start, _, count = part[1:].partition(",")
    return int(start) - (count != "0"), int(count or 1)

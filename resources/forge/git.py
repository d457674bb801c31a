"""Git as a child process that knows nothing of whoever runs it: no system, user or signing settings."""

import os
import subprocess
from pathlib import Path

ABSENT = "/dev/null"


class GitFailed(RuntimeError):
    """Git said no; the message is its own."""


def environment() -> dict[str, str]:
    """Return the variables that git gets: the caller's PATH, and nothing that would change what it writes."""
    fixed = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": ABSENT, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "TZ": "UTC"}
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": ABSENT, **fixed}


def run(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Return what `git arguments` prints in the bare `repository`; `GitFailed` when it fails."""
    command = ["git", "-c", "core.quotePath=true", "--git-dir", str(repository), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment(), check=False)
    if done.returncode:
        raise GitFailed(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()[:500]}")
    return done.stdout


def create(repository: Path) -> None:
    """Make an empty bare repository whose default branch is main and which serves any commit to a fetch, as GitHub does."""
    run(repository, "init", "--quiet", "--bare", "--initial-branch=main", "--template=", str(repository))
    for name, value in (("uploadpack.allowAnySHA1InWant", "true"), ("gc.auto", "0")):
        run(repository, "config", name, value)


def diffs(repository: Path, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """Return the diff of each (old commit, new commit), renames detected: one process for all of them."""
    trees = tree_ids(repository, sorted({commit for pair in pairs for commit in pair}))
    wanted = sorted({(trees[old], trees[new]) for old, new in pairs if trees[old] != trees[new]})
    lines = "".join(f"{old} {new}\n" for old, new in wanted).encode()
    options = ("--stdin", "-r", "-p", "-M", "--full-index", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    output = run(repository, "diff-tree", *options, stdin=lines) if wanted else b""
    found = _cut(output, wanted)
    return {(old, new): found.get((trees[old], trees[new]), b"") for old, new in pairs}


def merge_base(repository: Path, one: str, other: str) -> str:
    """Return the best common ancestor of two commits; `GitFailed` when there is none."""
    return run(repository, "merge-base", one, other).decode().strip()


def commit(repository: Path, name: str) -> str | None:
    """Return the SHA of the commit that `name` (a SHA, a branch, a ref) stands for, None when there is none."""
    if name.startswith("-"):
        return None
    try:
        return run(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}").decode().strip()
    except GitFailed:
        return None


def tree_ids(repository: Path, commits: list[str]) -> dict[str, str]:
    """Return the tree of each commit: one process for all of them."""
    asked = "".join(f"{commit}^{{tree}}\n" for commit in commits).encode()
    lines = run(repository, "cat-file", "--batch-check=%(objectname)", stdin=asked).decode().splitlines()
    return dict(zip(commits, lines, strict=True))


def _cut(output: bytes, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """Cut what diff-tree printed at the lines `old-tree new-tree`, which come in the order they were asked in."""
    headers = [f"{old} {new}\n".encode() for old, new in wanted]
    found, start = {}, 0
    for number, header in enumerate(headers):
        start = output.index(header, start) + len(header)
        following = headers[number + 1] if number + 1 < len(headers) else None
        end = output.index(b"\n" + following, start - 1) + 1 if following else len(output)
        found[wanted[number]] = output[start:end]
    return found

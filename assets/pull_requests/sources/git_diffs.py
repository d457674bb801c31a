"""Diffs and commits of a mirror, in GitHub's shape, whatever the user's own git configuration says."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from assets.code.sources.git_command import GitError, GitTimeoutError, run, stream

# What a user's configuration could change, except for what options of the command itself settle.
_CONFIG = (
    "core.quotePath=true",
    "core.attributesFile=/dev/null",
    "core.bigFileThreshold=16m",  # a larger file is binary: no diff of it is of use, and git would hold it in memory
    "diff.suppressBlankEmpty=false",
    "diff.orderFile=/dev/null",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "i18n.logOutputEncoding=UTF-8",
)
_GIT = [part for setting in _CONFIG for part in ("-c", setting)]
_DIFF = [
    *_GIT, "diff-tree", "--stdin", "-r", "-p", "--no-ext-diff", "--no-textconv", "--no-color", "--find-renames=50%", "-l1000",
    "--full-index", "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic", "--src-prefix=a/",
    "--dst-prefix=b/", "--no-relative", "--submodule=short", "--ignore-submodules=none",
]  # fmt: skip
MAX_COMMITS = 1000  # of a pull request and of all that was pushed to it and away again
_MAX_DEATHS = 100  # diffs that may end git before the mirror is given up
_READ_BYTES = 1_048_576
_LATEST = 253_402_300_799  # the end of the year 9999


class Diff(NamedTuple):
    """The diff of two trees: null when it is larger than was asked for (then `n_bytes` tells) or git cannot make it."""

    text: str | None
    n_bytes: int
    problem: str | None = None


def diffs(mirror: Path, pairs: Sequence[tuple[str, str]], max_bytes: int, repository: str, timeout_s: float) -> Iterator[Diff]:
    """Yield the diff of each pair of trees. One git makes them all; one that ends at a damaged object is started again behind it.

    Raises GitTimeoutError.
    """
    done, deaths, deadline = 0, 0, time.monotonic() + timeout_s
    while done < len(pairs):
        try:
            given = "".join(f"{one} {other}\n" for one, other in (*pairs[done:], _end(pairs))).encode()
            with stream(mirror, _DIFF, repository, max(deadline - time.monotonic(), 1e-3), given) as output:
                for diff in _answers(output, pairs[done:], max_bytes):
                    done += 1
                    yield diff
        except GitTimeoutError:
            raise GitTimeoutError(f"git source {repository}: the diffs took more than {timeout_s:g} s") from None
        except GitError:
            deaths += 1
            if deaths > _MAX_DEATHS or not (mirror / "objects").is_dir():
                raise
        if done < len(pairs):
            done += 1
            yield Diff(None, 0, "unavailable")


def commits(mirror: Path, base: str, heads: Sequence[str], repository: str, timeout_s: float) -> list[dict[str, Any]]:
    """Return the newest `MAX_COMMITS` of the commits that lead to `heads` and not to `base`, oldest first, as GitHub's API describes
    them. Raises GitError."""
    limit = f"--max-count={MAX_COMMITS}"
    arguments = [*_GIT, "rev-list", "--header", "--topo-order", "--reverse", limit, f"^{base}", *heads, "--"]
    output = run(mirror, arguments, repository, timeout_s).output
    return [_commit(text) for text in output.decode("utf-8", "replace").split("\0") if text.strip()]


def _answers(output: IO[bytes], pairs: Sequence[tuple[str, str]], max_bytes: int) -> Iterator[Diff]:
    """Yield what git has said about each pair: the line "<tree> <tree>", which no line of a diff looks like, and the diff.

    A diff is complete when the line of the next pair follows: nothing is yielded of one in which git died.
    """
    number, size, starts_line = -1, 0, True
    parts: list[bytes] = []
    headers = [f"{one} {other}\n".encode() for one, other in (*pairs, _end(pairs))]
    while number + 1 < len(headers) and (line := output.readline(_READ_BYTES)):
        if starts_line and line == headers[number + 1]:
            if number >= 0:
                yield Diff(b"".join(parts).decode("utf-8", "replace"), size) if size <= max_bytes else Diff(None, size, "too_large")
            number, parts, size = number + 1, [], 0
            continue
        starts_line = line.endswith(b"\n")
        size += len(line)
        if size <= max_bytes:
            parts.append(line)


def _end(pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return a pair without difference, whose line ends the diff before it."""
    return pairs[-1][0], pairs[-1][0]


def _commit(text: str) -> dict[str, Any]:
    head, _, body = text.partition("\n\n")
    sha, *lines = head.strip("\n").split("\n")
    headers = [line.partition(" ") for line in lines if not line.startswith(" ")]
    message = "\n".join(line.removeprefix("    ") for line in body.rstrip("\n").split("\n"))
    named = {name: value for name, _, value in headers if name != "parent"}
    return {
        "sha": sha,
        "commit": {
            "author": _person(named.get("author", "")),
            "committer": _person(named.get("committer", "")),
            "message": message,
            "tree": {"sha": named.get("tree")},
        },
        "author": None,  # git knows no login
        "committer": None,
        "parents": [{"sha": value} for name, _, value in headers if name == "parent"],
    }


def _person(text: str) -> dict[str, Any]:
    """Return "name <mail> seconds zone" as GitHub writes it."""
    name, _, rest = text.partition(" <")
    mail, _, when = rest.rpartition("> ")
    seconds = when.split(" ")[0]
    is_time = seconds.isdigit() and len(seconds) < 13 and int(seconds) <= _LATEST
    date = f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}" if is_time else None
    return {"name": name, "email": mail, "date": date}

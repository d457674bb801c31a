"""Which paths of a git repository certain people wrote, by its history.

A commit writes a path when it gives it new content (a merge: content that none of its parents has): who deletes or moves a file, or
changes its mode, wrote nothing. A path is followed to where it was moved when its content stayed the same, or when its name did and no
other file of that name came or went in the commit: both can be told without contents.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, NamedTuple

from assets.code.sources import git_identities, listing
from assets.code.sources.git_command import GitError, stream
from assets.code.sources.git_mirror import GitRevision
from assets.code.sources.git_source import GitSource

_REVISIONS = ("--stdin", "--encoding=UTF-8")
_COMMITS = ("rev-list", *_REVISIONS, "--no-commit-header", f"--format={git_identities.FIELDS}")
# Nothing of this may depend on the configuration of the user, who may hide the first commit, show signatures, or colour.
_CHANGES = ("log", *_REVISIONS, "--root", "--no-show-signature", "--no-color", "--format=%H", "-z", "-c", "--raw", "--no-abbrev")
_MOVES = ("-M100%", "--no-rename-empty")  # of equal contents only: git takes nothing but ids for them
_READ_BYTES = 1_048_576
_MAX_FIELD_BYTES = 16_777_216  # of a message or a path
_MAX_PATHS = 2_000_000  # that are kept at once: some 500 MB
_REPORT_EVERY = 100_000  # commits


class _Change(NamedTuple):
    """What a commit did to a path; `before` is where it was moved from."""

    commit: bytes
    status: bytes
    has_new_content: bool
    path: bytes
    before: bytes | None


def paths_by(
    people: Sequence[str],
    history: Path,
    revisions: Sequence[GitRevision],
    source: GitSource,
    report: Callable[[str], object],
) -> frozenset[str]:
    """Return the paths that any commit by `people` wrote in the history of `revisions`, the newest first, as they are in listings.

    `report` is told how far it is. Changes are read only of a repository that has commits by `people`. Raises GitError.
    """
    theirs = _commits_by(people, history, revisions, source, report)
    if not theirs:
        return frozenset()
    paths = _Paths(source.repository)
    with stream(history, [*_CHANGES, *_MOVES], source.repository, source.timeout_s, _request(revisions)) as output:
        for number, (commit, changes) in enumerate(groupby(_changes(_fields(output, source)), key=lambda change: change.commit), 1):
            paths.add(changes, commit in theirs)
            if number % _REPORT_EVERY == 0:
                report(f"{source.repository}: changes of {number:,} commits read")
    return frozenset(map(listing.printable_path, paths.reached()))


def _commits_by(
    people: Sequence[str],
    history: Path,
    revisions: Sequence[GitRevision],
    source: GitSource,
    report: Callable[[str], object],
) -> set[bytes]:
    theirs: set[bytes] = set()
    n_read = 0
    with stream(history, _COMMITS, source.repository, source.timeout_s, _request(revisions)) as output:
        for n_commits, found in git_identities.commits_by(people, _fields(output, source), revisions[0], source.timeout_s):
            theirs |= found
            n_read += n_commits
            if n_read % _REPORT_EVERY == 0:
                report(f"{source.repository}: {n_read:,} commits read")
    return theirs


def _request(revisions: Sequence[GitRevision]) -> bytes:
    return "".join(f"{each.revision}\n" for each in revisions).encode()


def _fields(output: IO[bytes], source: GitSource) -> Iterator[bytes]:
    """Yield what ends with a NUL."""
    rest = b""
    while chunk := output.read(_READ_BYTES):
        *fields, rest = (rest + chunk).split(b"\0")
        if len(rest) > _MAX_FIELD_BYTES:
            raise GitError(f"git source {source.repository}: a commit with a message of more than {_MAX_FIELD_BYTES:,} bytes")
        yield from fields


def _changes(fields: Iterator[bytes]) -> Iterator[_Change]:
    """Yield what the fields of `git log --raw -z` say: a SHA, then of each change ":modes ids status" and one path, or two of a move."""
    commit = b""
    for field in fields:
        about = field.lstrip(b"\n")
        if not about.startswith(b":"):
            commit = about or commit
            continue
        words = about.split(b" ")
        n_parents = len(words[0]) - len(words[0].lstrip(b":"))
        ids, status = words[n_parents + 1 : -1], words[-1]
        before = next(fields, b"") if n_parents == 1 and status.startswith(b"R") else None
        is_new = ids[-1].strip(b"0") != b"" and ids[-1] not in ids[:-1]
        yield _Change(commit, status, is_new, next(fields, b""), before)


class _Paths:
    """What people wrote, and where paths were moved."""

    def __init__(self, repository: str) -> None:
        self.repository = repository
        self.written: set[bytes] = set()
        self.moves: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self.n_moves = 0

    def add(self, changes: Iterator[_Change], is_theirs: bool) -> None:
        """Add what one commit did."""
        gone: dict[bytes, bytes | None] = {}  # by name: the path, None when there are several
        new: dict[bytes, bytes | None] = {}
        for change in changes:
            if is_theirs and change.has_new_content:
                self.written.add(change.path)
            if change.before is not None:
                self._move(change.before, change.path)
            elif change.status in (b"A", b"D"):
                among, name = new if change.status == b"A" else gone, change.path.rpartition(b"/")[2]
                among[name] = None if name in among else change.path
            if len(self.written) + self.n_moves + len(gone) + len(new) > _MAX_PATHS:
                raise GitError(f"git source {self.repository}: its history changes more than {_MAX_PATHS:,} paths in ways to be followed")
        for name in gone.keys() & new.keys():
            before, after = gone[name], new[name]
            if before is not None and after is not None:
                self._move(before, after)

    def reached(self) -> set[bytes]:
        """Return what was written, wherever it was moved; a move counts whenever it was made, since branches have no common order."""
        found, ahead = set(self.written), list(self.written)
        while ahead:
            further = self.moves.get(ahead.pop(), set()) - found
            found |= further
            ahead += further
        return found

    def _move(self, before: bytes, after: bytes) -> None:
        self.n_moves += after not in self.moves[before]
        self.moves[before].add(after)

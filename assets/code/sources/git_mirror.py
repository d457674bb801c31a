"""Mirrors of git repositories: bare, without a checkout, and by default without history and without blobs that nobody reads.

A revision that has been fetched completely leaves an empty file named after its SHA in the mirror's `corpusmith/`: that is how an
unchanged repository is recognised without running git. `corpusmith/blob-limit` holds the size above which the host left blobs out, and
`corpusmith/ref-*` the commits that a ref named when it was last asked.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from assets.code.sources.git_command import REMOTE, GitError, Remote, run
from assets.code.sources.git_source import FetchSettings, GitSource
from assets.code.sources.git_upkeep import keep_up
from assets.code.sources.git_wanted import SHA, Wanted, ask

FETCH = ("fetch", "--quiet", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--stdin")
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
ENDLESS = 2_147_483_647  # the depth that git itself takes for no limit
_NEEDS_EVERYTHING = re.compile(r"not our ref|unadvertised|dumb http|shallow|Couldn't find remote ref|couldn't find remote ref")
_NO_FILTER = "filtering not recognized by server"
_NOT_THERE = re.compile(r"(?<!command )not found|does not exist|does not appear to be a git repository|has no ref")
_DEFAULTS = FetchSettings()


@dataclass(frozen=True)
class GitRevision:
    """A commit that the mirror holds."""

    repository: str
    revision: str
    mirror: Path


def sync(source: GitSource, mirror_root: Path, settings: FetchSettings = _DEFAULTS, max_blob_bytes: int | None = None) -> list[GitRevision]:
    """Bring the mirror of `source` under `mirror_root` up to date and return the commits to read, the default branch's first.

    A repository that has not changed costs one `git ls-remote` (a pinned commit not even that); an empty one has no commit. Blobs
    above `max_blob_bytes` stay away where the host can leave them out. A run that was killed leaves nothing that the next one cannot
    use or remove; a second process waits for the first. Raises GitError.
    """
    mirror = folder(source, mirror_root)
    remote = Remote(source.url, settings.answer_timeout_s, max_blob_bytes if settings.partial else None)
    pinned = SHA.fullmatch(source.ref) is not None
    wanted = [Wanted(source.ref, source.ref, source.ref)] if pinned else ask(source, remote)
    bring(source, mirror, wanted, remote, settings)
    commits = list(dict.fromkeys(want.commit for want in wanted))
    if commits and not pinned:
        _remember(mirror, source, commits)
    return [GitRevision(source.repository, commit, mirror) for commit in commits]


def bring(source: GitSource, mirror: Path, wanted: Sequence[Wanted], remote: Remote, settings: FetchSettings) -> None:
    """Fetch what `mirror` lacks of `wanted`, and keep the mirror quick to read. Raises GitError."""
    if not _complete(mirror, wanted, remote):
        mirror.parent.mkdir(parents=True, exist_ok=True)
        with locked(mirror) as lock:
            _fetch(source, mirror, wanted, remote, lock)
            keep_up(source, mirror, settings, remote, lock)


def last_known(source: GitSource, mirror_root: Path) -> list[GitRevision]:
    """Return the commits that the last successful `sync` of `source` returned, [] when there was none."""
    mirror = folder(source, mirror_root)
    try:
        commits = json.loads(_memory(mirror, source).read_bytes())
    except (OSError, ValueError):
        return []
    held = all(_mark(mirror, commit).exists() for commit in commits)
    return [GitRevision(source.repository, commit, mirror) for commit in commits] if held else []


def is_gone(error: GitError) -> bool:
    """Tell whether a host answered that there is no such repository or ref, as against not answering."""
    return _NOT_THERE.search(str(error)) is not None


def left_out_above(mirror: Path) -> int | None:
    """Return the size in bytes above which the mirror may lack blobs, None when it holds all of them."""
    try:
        return int((mirror / "corpusmith/blob-limit").read_bytes())
    except (OSError, ValueError):
        return None


def folder(source: GitSource, mirror_root: Path) -> Path:
    """Return the place of the mirror of `source`."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", source.repository.removesuffix(".git")).strip("-")[-60:]
    return mirror_root.absolute() / f"{readable}-{blake3(source.repository.encode()).hexdigest(length=6)}.git"


def _mark(mirror: Path, commit: str) -> Path:
    return mirror / "corpusmith" / commit


def _memory(mirror: Path, source: GitSource) -> Path:
    name = blake3(f"{source.branches or ''} {source.ref}".encode()).hexdigest(length=8)
    return mirror / "corpusmith" / f"ref-{name}"


def _remember(mirror: Path, source: GitSource, commits: Sequence[str]) -> None:
    place, text = _memory(mirror, source), json.dumps(commits)
    if not place.exists() or place.read_text() != text:
        partial = place.with_suffix(f".{os.getpid()}")
        partial.write_text(text)
        partial.replace(place)


def _complete(mirror: Path, wanted: Sequence[Wanted], remote: Remote) -> bool:
    return all(_mark(mirror, want.commit).exists() for want in wanted) and not _lacks_blobs(mirror, remote)


def _lacks_blobs(mirror: Path, remote: Remote) -> bool:
    """Tell whether an earlier fetch left out blobs that are wanted now."""
    limit = left_out_above(mirror)
    return limit is not None and (remote.max_blob_bytes is None or limit < remote.max_blob_bytes)


@contextmanager
def locked(mirror: Path) -> Iterator[int]:
    """Hold the mirror for this process, and for a git that outlives it (it inherits the open file)."""
    with open(mirror.with_suffix(".lock"), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _fetch(source: GitSource, mirror: Path, wanted: Sequence[Wanted], remote: Remote, lock: int) -> None:
    if _complete(mirror, wanted, remote):  # another process did it while we waited
        return
    place = mirror if mirror.exists() else _new(source, mirror, wanted[0], lock)
    for stale in place.rglob("*.lock"):  # of a git that was killed: nobody else is here
        stale.unlink()
    if _lacks_blobs(place, remote):
        _forget_marks(place)
    missing = [want for want in wanted if not _mark(place, want.commit).exists()]
    filtered = _transfer(source, place, missing, remote, lock)
    if source.depth == ENDLESS and (place / "shallow").exists():
        raise GitError(f"git source {source.repository}: its host has itself no more than a part of the history")
    for want in missing:
        if not _holds(place, want.commit, source):
            raise GitError(f"git source {source.repository}: ref {want.name!r} ({want.commit}) cannot be fetched: the host did not send it")
    _note_limit(place, remote if filtered else None)
    for want in missing:
        _mark(place, want.commit).touch()
    if place != mirror:
        place.rename(mirror)


def _new(source: GitSource, mirror: Path, wanted: Wanted, lock: int) -> Path:
    """Make an empty mirror beside its place: it is moved there when the first fetch is complete."""
    partial = mirror.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    hashes = "sha1" if len(wanted.fetched) == 40 else "sha256"
    arguments = ["init", "--quiet", "--bare", "--template=", f"--object-format={hashes}", "--", str(partial)]
    run(None, arguments, source.repository, source.timeout_s, lock=lock)
    run(partial, ["config", "gc.auto", "0"], source.repository, source.timeout_s)  # keep commits that a force push took off a branch
    (partial / "corpusmith").mkdir()
    return partial


def _transfer(source: GitSource, mirror: Path, missing: Sequence[Wanted], remote: Remote, lock: int) -> bool:
    """Fetch what `missing` names, alone or, where that is wanted or the host cannot, with everything; tell whether blobs were left out."""
    alone = [f"+{want.fetched}:refs/corpusmith/{want.commit}" for want in missing]
    try:
        if source.depth is not None:
            return _run_fetch(source, mirror, alone, remote, lock, "--no-tags", f"--depth={source.depth}")
    except GitError as error:
        if not _NEEDS_EVERYTHING.search(str(error)):
            raise
    depth = [f"--depth={ENDLESS}"] if (mirror / "shallow").exists() else []
    filtered = _run_fetch(source, mirror, _EVERYTHING, remote, lock, "--prune", *depth)
    left = [spec for want, spec in zip(missing, alone, strict=True) if not _holds(mirror, want.commit, source)]
    try:  # what no branch and no tag reaches: a pull request's ref, or a commit by its SHA
        return filtered if not left else _run_fetch(source, mirror, left, remote, lock, "--no-tags") or filtered
    except GitError as error:
        refs = ", ".join(f"{want.name!r} ({want.commit})" for want in missing[:3])
        raise GitError(f"git source {source.repository}: ref {refs} cannot be fetched: {error}") from error


def _run_fetch(source: GitSource, mirror: Path, refspecs: Sequence[str], remote: Remote, lock: int, *options: str) -> bool:
    again = ["--refetch"] if left_out_above(mirror) is not None and not any(_marks(mirror)) else []
    given = "".join(f"{spec}\n" for spec in refspecs).encode()
    messages = run(mirror, [*FETCH, *options, *again, REMOTE], source.repository, source.timeout_s, given, lock, remote).messages
    return remote.max_blob_bytes is not None and _NO_FILTER not in messages


def _holds(mirror: Path, commit: str, source: GitSource) -> bool:
    try:
        run(mirror, ["cat-file", "-e", f"{commit}^{{commit}}"], source.repository, source.timeout_s)
    except GitError:
        return False
    return True


def _marks(mirror: Path) -> Iterator[Path]:
    return (file for file in (mirror / "corpusmith").iterdir() if SHA.fullmatch(file.name))


def _forget_marks(mirror: Path) -> None:
    """Let every revision be fetched again: git would not ask for blobs of commits that it has."""
    for mark in _marks(mirror):
        mark.unlink()


def _note_limit(mirror: Path, remote: Remote | None) -> None:
    """Write down which blobs the mirror may lack: the narrowest limit of its fetches since the last refetch."""
    place, limit = mirror / "corpusmith/blob-limit", remote.max_blob_bytes if remote else None
    before = left_out_above(mirror) if any(_marks(mirror)) else None
    limits = [value for value in (before, limit) if value is not None]
    if limits:
        place.write_text(str(min(limits)))
    else:
        place.unlink(missing_ok=True)

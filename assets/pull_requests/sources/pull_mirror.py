"""Mirrors with the heads of pull requests: everything that refs/pull/* names, whole history, and reviewed commits fetched by SHA.

They are mirrors of `assets.code.sources.git_mirror` in a folder of their own, because those of the code line are shallow and leave out
large blobs. Nothing is ever pruned, so a commit that a force push took off a pull request stays, once it was here.
`corpusmith/gone` lists the commits that the host did not have when it was asked for them: it is asked once.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from assets.code.sources import git_mirror
from assets.code.sources.git_command import REMOTE, GitError, Remote, run
from assets.code.sources.git_source import FetchSettings, GitSource

_SPECS = ("+refs/pull/*/head:refs/pull/*/head", "+refs/pull/*/merge:refs/pull/*/merge")
_REF = re.compile(r"refs/pull/(\d{1,18})/(head|merge)")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NOT_THERE = re.compile(r"(?:not our ref|unadvertised object) ([0-9a-f]{40,64})")
_CHUNK = 500  # commits that are asked for at once
_MAX_REFUSALS = 200  # in one run; the host names one commit at a time


class Refs(NamedTuple):
    """What a mirror holds: the last commit of the default branch, and by number the heads and GitHub's test merges."""

    mirror: Path
    default: str | None
    heads: dict[int, str]
    merges: dict[int, str]


def sync(source: GitSource, root: Path, settings: FetchSettings) -> Refs:
    """Bring the mirror of `source` (all history) under `root` up to date; an unchanged repository costs two questions. Raises GitError."""
    revisions = git_mirror.sync(source, root, settings)
    if not revisions:
        return Refs(root, None, {}, {})
    mirror = revisions[0].mirror
    remote = Remote(source.url, settings.answer_timeout_s)
    asked = run(
        None, ["ls-remote", REMOTE, *(spec.partition(":")[2] for spec in _SPECS)], source.repository, source.timeout_s, remote=remote
    )
    if _numbered(asked.output) != _held(mirror, source):
        with git_mirror.locked(mirror) as lock:
            for stale in mirror.rglob("*.lock"):  # of a git that was killed: nobody else is here
                stale.unlink()
            given = "".join(f"{spec}\n" for spec in _SPECS).encode()
            arguments = [*git_mirror.FETCH, "--no-tags", "--prune", REMOTE]
            run(mirror, arguments, source.repository, source.timeout_s, given, lock, remote)
    return _refs(mirror, source, revisions[0].revision)


def last_known(source: GitSource, root: Path) -> Refs | None:
    """Return what the last successful `sync` of `source` brought, None when there was none."""
    revisions = git_mirror.last_known(source, root)
    try:
        return _refs(revisions[0].mirror, source, revisions[0].revision) if revisions else None
    except GitError:
        return None


def held(mirror: Path, shas: Iterable[str], repository: str, timeout_s: float) -> dict[str, str]:
    """Return {SHA: SHA of its tree} of those of `shas` that are commits in `mirror`. Raises GitError."""
    wanted = [sha for sha in dict.fromkeys(shas) if _SHA.fullmatch(sha)]
    given = "".join(f"{sha}^{{commit}}\n{sha}^{{tree}}\n" for sha in wanted).encode()
    output = run(mirror, ["cat-file", "--batch-check=%(objectname)"], repository, timeout_s, given).output if wanted else b""
    answers = output.decode().split("\n")
    told = zip(wanted, answers[::2], answers[1::2], strict=False)
    return {sha: tree for sha, commit, tree in told if commit == sha and _SHA.fullmatch(tree)}


def fetch_missing(source: GitSource, mirror: Path, shas: Iterable[str], settings: FetchSettings) -> None:
    """Ask the host of `source` for those of `shas` that `mirror` lacks, once for each commit; what it has not is remembered.

    Raises GitError when the host does not answer; what arrived until then stays.
    """
    wanted = [sha for sha in dict.fromkeys(shas) if _SHA.fullmatch(sha)]
    present = held(mirror, wanted, source.repository, source.timeout_s)
    if not set(wanted) - present.keys() - _gone(mirror):
        return
    with git_mirror.locked(mirror) as lock:
        gone = _gone(mirror)
        missing = [sha for sha in wanted if sha not in present and sha not in gone]
        try:
            for start in range(0, len(missing), _CHUNK):
                _fetch_commits(source, mirror, missing[start : start + _CHUNK], gone, settings, lock)
        finally:
            _write(mirror / "corpusmith/gone", gone)


def _fetch_commits(source: GitSource, mirror: Path, shas: Sequence[str], gone: set[str], settings: FetchSettings, lock: int) -> None:
    """Fetch `shas`; those that the host says it has not are added to `gone`, and the others asked for again."""
    remote, left = Remote(source.url, settings.answer_timeout_s), list(shas)
    for _ in range(_MAX_REFUSALS):
        if not left:
            return
        given = "".join(f"+{sha}:refs/corpusmith/{sha}\n" for sha in left).encode()
        try:
            run(mirror, [*git_mirror.FETCH, "--no-tags", REMOTE], source.repository, source.timeout_s, given, lock, remote)
            return
        except GitError as error:
            refused = _NOT_THERE.search(str(error))
            if refused is None or refused[1] not in left:
                raise
            gone.add(refused[1])
            left.remove(refused[1])


def _refs(mirror: Path, source: GitSource, default: str) -> Refs:
    found = _held(mirror, source)
    heads, merges = ({number: sha for (number, kind), sha in found.items() if kind == name} for name in ("head", "merge"))
    return Refs(mirror, default, heads, merges)


def _held(mirror: Path, source: GitSource) -> dict[tuple[int, str], str]:
    arguments = ["for-each-ref", "--format=%(objectname)%09%(refname)", "refs/pull/"]
    return _numbered(run(mirror, arguments, source.repository, source.timeout_s).output)


def _numbered(output: bytes) -> dict[tuple[int, str], str]:
    lines = (line.partition("\t") for line in output.decode("utf-8", "replace").split("\n"))
    found = ((_REF.fullmatch(name), sha) for sha, _, name in lines if _SHA.fullmatch(sha))
    return {(int(ref[1]), ref[2]): sha for ref, sha in found if ref}


def _gone(mirror: Path) -> set[str]:
    try:
        return set((mirror / "corpusmith/gone").read_text().split())
    except OSError:
        return set()


def _write(place: Path, shas: Iterable[str]) -> None:
    partial = place.with_suffix(f".{os.getpid()}")
    partial.write_text("".join(f"{sha}\n" for sha in sorted(shas)))
    partial.replace(place)

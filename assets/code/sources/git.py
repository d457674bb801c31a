"""Source code in git repositories: mirrored without a checkout, listed at one commit, blobs read in bulk.

The mirror is bare and holds branches and tags with their history. A revision that has been fetched completely leaves an empty
file named after its SHA in the mirror's `corpusmith/`: that is how an unchanged repository is recognised without running git.
"""

import fcntl
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets.code import licenses
from assets.code.sources import listing
from assets.code.sources.git_command import GitError, run

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FETCH = ("fetch", "--quiet", "--no-write-fetch-head", "--no-auto-maintenance")
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


class GitSource(BaseModel, frozen=True, extra="forbid"):
    """A git repository and what to read of it."""

    url: str = Field(pattern=r"^[^-\s].*$", description="URL or local path")
    ref: str = Field("HEAD", pattern=r"^[^-\s][^\s:^~?*\[\\]*$", description="branch, tag, full ref or full commit SHA")
    timeout_s: float = Field(3600.0, gt=0, description="longest time that one git command may take")

    @property
    def repository(self) -> str:
        """The URL without credentials."""
        return without_credentials(self.url)


@dataclass(frozen=True)
class GitRevision:
    """A commit that the mirror holds; `revision` is None for an empty repository."""

    repository: str
    revision: str | None
    mirror: Path


def without_credentials(url: str) -> str:
    """Return `url` without user and password; an ssh user stays, since it belongs to the address."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    user, host = parts.netloc.rsplit("@", 1)
    kept = f"{user.split(':', 1)[0]}@" if "ssh" in parts.scheme else ""
    return urlunsplit(parts._replace(netloc=kept + host))


def sync(source: GitSource, mirror_root: Path) -> GitRevision:
    """Bring the mirror of `source` under `mirror_root` up to date and return the commit that its ref names.

    A repository that has not changed costs one `git ls-remote` (a pinned commit not even that). A run that was killed leaves
    nothing that the next one cannot use or remove; a second process waits for the first. Raises GitError.
    """
    mirror = mirror_root.absolute() / _folder_name(source.repository)
    revision = source.ref if _SHA.fullmatch(source.ref) else _remote_revision(source)
    if revision is not None and not _mark(mirror, revision).exists():
        mirror_root.mkdir(parents=True, exist_ok=True)
        with _lock(mirror) as lock:
            _fetch(source, mirror, revision, lock)
    return GitRevision(source.repository, revision, mirror)


def list_blobs(revision: GitRevision, timeout_s: float = 3600.0) -> pl.DataFrame:
    """Return the listing of every entry of the tree, symlinks and submodules included, sorted by path. Raises GitError."""
    if revision.revision is None:
        return listing.frame([])
    tree = run(revision.mirror, ["ls-tree", "-r", "-z", "-l", "--full-tree", revision.revision], revision.repository, timeout_s)
    entries = [_entry(record) for record in tree.split(b"\0") if record]
    level = {
        "source": "git",
        "repository": revision.repository,
        "revision": revision.revision,
        "location": str(revision.mirror),
        "license": _license(revision, entries),
    }
    return listing.frame([level | entry for entry in entries])


def read_blobs(mirror: Path, shas: Sequence[str], repository: str, timeout_s: float = 3600.0) -> Iterator[bytes | None]:
    """Yield the content of each blob of `shas` in `mirror`, None for one that it does not hold. Raises GitError."""
    if not shas:
        return
    request = "".join(f"{sha}\n" for sha in shas).encode()
    answer = memoryview(run(mirror, ["cat-file", "--batch", "--buffer"], repository, timeout_s, request))
    position = 0
    for _ in shas:
        end = position + bytes(answer[position : position + 200]).index(b"\n")
        header = bytes(answer[position:end]).split(b" ")
        position = end + 1
        if header[1] != b"blob":  # "<sha> missing" has no content
            yield None
            continue
        n_bytes = int(header[2])
        yield bytes(answer[position : position + n_bytes])
        position += n_bytes + 1


def _remote_revision(source: GitSource) -> str | None:
    """Return the SHA that the ref of `source` names now, None for an empty repository."""
    found = _ls_remote(source, source.ref, f"{source.ref}^{{}}")
    for name in (source.ref, f"refs/{source.ref}", f"refs/tags/{source.ref}", f"refs/heads/{source.ref}"):  # git's own order
        if name in found:
            return found.get(f"{name}^{{}}", found[name])
    refs = _ls_remote(source)
    if not refs:
        return None
    names = ", ".join(sorted(name for name in refs if name.startswith(("refs/heads/", "refs/tags/")) and "^" not in name)[:10])
    raise GitError(f"git source {source.repository}: it has no ref {source.ref!r}; it has {names or 'no branch and no tag'}")


def _ls_remote(source: GitSource, *patterns: str) -> dict[str, str]:
    output = run(None, ["ls-remote", "--", source.url, *patterns], source.repository, source.timeout_s)
    lines = (line.split("\t", 1) for line in output.decode("utf-8", "backslashreplace").splitlines())
    return {name: sha for sha, name in lines}


def _folder_name(repository: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", repository.removesuffix(".git")).strip("-")[-60:]
    return f"{readable}-{blake3(repository.encode()).hexdigest(length=6)}.git"


def _mark(mirror: Path, revision: str) -> Path:
    return mirror / "corpusmith" / revision


@contextmanager
def _lock(mirror: Path) -> Iterator[int]:
    """Hold the mirror for this process, and for a git that outlives it (it inherits the open file)."""
    with open(mirror.with_suffix(".lock"), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _fetch(source: GitSource, mirror: Path, revision: str, lock: int) -> None:
    if _mark(mirror, revision).exists():  # another process did it while we waited
        return
    if not mirror.exists():
        _create(source, mirror, lock)
    for stale in mirror.rglob("*.lock"):  # of a git that was killed: nobody else is here
        stale.unlink()
    _fetch_refs(source, mirror, lock)
    if not _holds(mirror, revision, source):
        _fetch_commit(source, mirror, revision, lock)
    _mark(mirror, revision).touch()


def _create(source: GitSource, mirror: Path, lock: int) -> None:
    """Make the mirror beside its place and move it there when the first fetch is complete."""
    partial = mirror.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    run(None, ["init", "--quiet", "--bare", "--template=", "--", str(partial)], source.repository, source.timeout_s, lock=lock)
    run(partial, ["config", "gc.auto", "0"], source.repository, source.timeout_s)  # keep commits that a force push took off a branch
    (partial / "corpusmith").mkdir()
    _fetch_refs(source, partial, lock)
    partial.rename(mirror)


def _fetch_refs(source: GitSource, mirror: Path, lock: int) -> None:
    arguments = [*_FETCH, "--prune", "--", source.url, *_REFSPECS]
    run(mirror, arguments, source.repository, source.timeout_s, lock=lock)


def _fetch_commit(source: GitSource, mirror: Path, revision: str, lock: int) -> None:
    """Fetch what no branch and no tag reaches: a pull request's ref, or a commit by its SHA."""
    arguments = [*_FETCH, "--", source.url, f"+{revision}:refs/corpusmith/{revision}"]
    try:
        run(mirror, arguments, source.repository, source.timeout_s, lock=lock)
    except GitError as error:
        raise GitError(f"git source {source.repository}: ref {source.ref!r} ({revision}) cannot be fetched: {error}") from error


def _holds(mirror: Path, revision: str, source: GitSource) -> bool:
    try:
        run(mirror, ["cat-file", "-e", f"{revision}^{{commit}}"], source.repository, source.timeout_s)
    except GitError:
        return False
    return True


def _entry(record: bytes) -> dict[str, Any]:
    about, path = record.split(b"\t", 1)
    mode, _, sha, n_bytes = about.decode().split()
    size = 0 if n_bytes == "-" else int(n_bytes)  # a submodule has none
    return {"path": listing.printable_path(path), "mode": mode, "n_bytes": size, "digest": sha, "blob": sha}


def _license(revision: GitRevision, entries: Sequence[dict[str, Any]]) -> str | None:
    files = [entry for entry in entries if licenses.is_license_file(entry["path"]) and entry["mode"] in ("100644", "100755")]
    files = [entry for entry in files if entry["n_bytes"] <= licenses.MAX_LICENSE_BYTES]
    texts = read_blobs(revision.mirror, [entry["blob"] for entry in files], revision.repository)
    return licenses.of_files({entry["path"]: text for entry, text in zip(files, texts, strict=True) if text is not None})

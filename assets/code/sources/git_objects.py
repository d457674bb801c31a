"""The objects of a mirror: the tree of a commit as a listing, and blobs in bulk, read while git still inflates them."""

import re
import time
from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from assets.code.sources import license_files, listing
from assets.code.sources.git_command import GitError, GitTimeoutError, run, stream
from assets.code.sources.git_mirror import GitRevision, left_out_above

_COMMITTER = re.compile(rb"^committer [^\n]*> (\d{1,12}) [+-]\d{4}$", re.MULTILINE)
_LATEST = 253_402_300_799  # the end of the year 9999
_MAX_DEATHS = 100  # blobs that may end git before the mirror is given up


def list_blobs(revision: GitRevision, timeout_s: float = 3600.0) -> pl.DataFrame:
    """Return the listing of every entry of the tree, symlinks and submodules included, sorted by path. Raises GitError.

    A blob that the mirror lacks has the size 0 or, where its host was asked to leave out large blobs, the least that it can have.
    """
    mirror, repository = revision.mirror, revision.repository
    tree = run(mirror, ["ls-tree", "-r", "-z", "-l", "--full-tree", revision.revision], repository, timeout_s).output
    limit = left_out_above(mirror)
    columns = _columns(tree, 0 if limit is None else limit + 1)
    found = license_files.find(zip(columns["path"], columns["mode"], columns["n_bytes"], columns["blob"], strict=True))

    def read(shas: Sequence[Hashable]) -> Iterator[bytes | None]:
        return read_blobs(mirror, [str(sha) for sha in shas], repository, timeout_s)

    expressions = license_files.detect(found, read)
    level = {
        "source": "git",
        "repository": repository,
        "revision": revision.revision,
        "location": str(mirror),
        "license": expressions.get(license_files.ROOT),
        "committed_at": _committed_at(revision, timeout_s),
    }
    return listing.frame_of_columns(columns | {"nearest_license": license_files.nearest(columns["path"], expressions)}, level)


def read_blobs(mirror: Path, shas: Sequence[str], repository: str, timeout_s: float = 3600.0) -> Iterator[bytes | None]:
    """Yield the content of each blob of `shas` in `mirror`, None for one that it does not hold intact. Raises GitError.

    A damaged blob ends git, or what git says about it: it is passed over and git started again behind it.
    """
    done, deaths, deadline = 0, 0, time.monotonic() + timeout_s
    while done < len(shas) and deaths < _MAX_DEATHS:
        try:
            for content in _answers(mirror, shas[done:], repository, deadline - time.monotonic()):
                done += 1
                yield content
        except GitTimeoutError:
            raise GitTimeoutError(f"git source {repository}: git cat-file took more than {timeout_s:g} s") from None
        except GitError:
            if not (mirror / "objects").is_dir():
                raise
        if done < len(shas):
            done, deaths = done + 1, deaths + 1
            yield None
    yield from (None for _ in shas[done:])


def _answers(mirror: Path, shas: Sequence[str], repository: str, timeout_s: float) -> Iterator[bytes | None]:
    """Yield what one git process answers; it ends early where git does, or where an answer is not as long as it says."""
    names = [sha.encode() for sha in shas]
    request = b"\n".join([*names, b""])
    with stream(mirror, ["cat-file", "--batch", "--buffer"], repository, max(timeout_s, 0.0), request) as output:
        for name in names:
            words = output.readline().split()
            if not words or words[0] != name:
                return
            if len(words) != 3:  # "<sha> missing" has no content
                yield None
                continue
            content = output.read(int(words[2]))
            if output.read(1) != b"\n":  # nothing, or more of a damaged blob
                return
            yield content if words[1] == b"blob" else None


def _columns(tree: bytes, least_bytes: int) -> dict[str, list[Any]]:
    """Return the columns that a line of ls-tree tells: "<mode> <type> <sha> <size or - or BAD>\\t<path>"."""
    modes, shas, sizes, paths = [], [], [], []
    for record in tree.split(b"\0")[:-1]:
        about, path = record.split(b"\t", 1)
        mode, kind, sha, n_bytes = about.decode().split()
        modes.append(mode)
        shas.append(sha)
        sizes.append(int(n_bytes) if n_bytes.isdigit() else least_bytes if kind == "blob" else 0)  # a submodule has none
        paths.append(listing.printable_path(path))
    swhids = [f"swh:1:cnt:{sha}" if len(sha) == 40 and mode != "160000" else None for sha, mode in zip(shas, modes, strict=True)]
    return {"path": paths, "mode": modes, "n_bytes": sizes, "digest": shas, "blob": shas, "swhid": swhids}


def _committed_at(revision: GitRevision, timeout_s: float) -> datetime | None:
    text = run(revision.mirror, ["cat-file", "commit", revision.revision], revision.repository, timeout_s).output
    found = _COMMITTER.search(text.partition(b"\n\n")[0])
    seconds = int(found[1]) if found else _LATEST + 1
    return datetime.fromtimestamp(seconds, UTC) if seconds <= _LATEST else None

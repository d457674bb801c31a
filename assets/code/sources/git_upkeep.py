"""Keeping a mirror quick to read: many small packs become one, and nothing is lost."""

from pathlib import Path

from assets.code.sources.git_command import Remote, run
from assets.code.sources.git_source import FetchSettings, GitSource

_LOOSE = "[0-9a-f][0-9a-f]/*"
# Objects that nothing names any more stay (-k): a force push may have taken a commit off its branch that is still read.
_REPACK = ("repack", "-a", "-d", "-k", "-q", "--no-write-bitmap-index")


def needs_repack(mirror: Path, settings: FetchSettings) -> bool:
    """Tell whether the mirror has more packs or loose objects than the settings allow."""
    objects = mirror / "objects"
    packs = sum(1 for _ in objects.glob("pack/*.pack"))
    return packs > settings.max_packs or sum(1 for _ in objects.glob(_LOOSE)) > settings.max_loose_objects


def keep_up(source: GitSource, mirror: Path, settings: FetchSettings, remote: Remote, lock: int) -> None:
    """Repack the mirror, which the caller has locked, when it needs it; a kill leaves the old packs. Raises GitError.

    git must know `remote` to repack a mirror without the blobs that the host left out. It is not asked for anything.
    """
    if needs_repack(mirror, settings):
        run(mirror, _REPACK, source.repository, source.timeout_s, lock=lock, remote=remote)

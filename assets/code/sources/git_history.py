"""The history of git repositories: commits and trees without contents, fetched only where commits must be read.

It lies in mirrors of its own below `history/`: in the mirror that is read, git would take the commits of the history for a promise that
their blobs are there, and would not fetch those of a file that comes back.
"""

from collections.abc import Sequence
from pathlib import Path

from assets.code.sources import git_mirror
from assets.code.sources.git_command import Remote
from assets.code.sources.git_mirror import ENDLESS, GitRevision
from assets.code.sources.git_source import FetchSettings, GitSource
from assets.code.sources.git_wanted import Wanted

_FOLDER = "history"
_NO_BLOBS = -1


def sync(source: GitSource, revisions: Sequence[GitRevision], mirror_root: Path, settings: FetchSettings) -> Path:
    """Return the mirror with all ancestors of `revisions`; nobody is asked for what an earlier run fetched.

    Raises GitError, also where the host is a shallow clone: nobody can tell who wrote what lies before it.
    """
    mirror = git_mirror.folder(source, mirror_root / _FOLDER)
    wanted = [Wanted(each.revision, each.revision, each.revision) for each in revisions]
    remote = Remote(source.url, settings.answer_timeout_s, _NO_BLOBS if settings.partial else None)
    git_mirror.bring(source.model_copy(update={"depth": ENDLESS}), mirror, wanted, remote, settings)
    return mirror

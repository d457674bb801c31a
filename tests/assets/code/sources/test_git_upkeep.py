from collections.abc import Callable
from pathlib import Path

from assets.code.sources import git
from assets.code.sources.git_source import FetchSettings
from assets.code.sources.git_upkeep import needs_repack

Git = Callable[..., str]
Commit = Callable[[Path, str, str], str]
SETTINGS = FetchSettings(max_loose_objects=20)


def objects(mirror: Path, run_git: Git) -> set[str]:
    return set(run_git(mirror, "cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split())


def test_a_mirror_that_grew_is_packed_anew_and_keeps_every_object(repository: Path, tmp_path: Path, run_git: Git, commit: Commit) -> None:
    source = git.GitSource(url=str(repository))
    seen: set[str] = set()
    revisions = []
    for number in range(12):
        commit(repository, f"new_{number}.py", f"a = {number}\n")
        (found,) = git.sync(source, tmp_path / "mirrors", SETTINGS)
        assert not needs_repack(found.mirror, SETTINGS)
        assert seen <= objects(found.mirror, run_git)
        seen |= objects(found.mirror, run_git)
        revisions.append(found)
    packs = list((found.mirror / "objects/pack").glob("*.pack"))
    assert len(packs) == 1, "each fetch brings some loose objects: without packing there would be many of them"
    assert git.list_blobs(revisions[0]).height == git.list_blobs(revisions[-1]).height - 11

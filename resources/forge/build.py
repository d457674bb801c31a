"""Writes a forge into a folder, once and whole: into a temporary one, which is then renamed."""

import json
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from resources.forge import generated, git
from resources.forge.facts import Facts
from resources.forge.history import History
from resources.forge.plan import Project
from resources.forge.size import Size
from resources.forge.telling import Teller, pairs, replaced
from resources.forge.updating import with_updates

REPOSITORY, FACTS, UPDATES = "repository.git", "facts.sqlite", "updates.json"


def build(folder: Path, size: Size) -> Path:
    """Return the folder of the forge of that size inside of `folder`. What is there already is not built again."""
    home = folder / f"forge-{_key(size)}"
    if home.is_dir():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder, prefix="building-"))
    try:
        fill(temporary, plan(size))
        try:
            temporary.rename(home)
        except OSError:  # another process was quicker; what it built is the same
            if not home.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return home


def update(home: Path, size: Size, number: int) -> None:
    """Let something new happen to pull request `number`: a push where it is open, and a review with a comment in any case.

    Everything else stays as it is, to the byte. Readers see the facts of before or of after.
    """
    updated = [*updates(home), number]
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="building-") as temporary:
        fill(Path(temporary), with_updates(plan(size), updated))
        git.run(home / REPOSITORY, "fetch", "--quiet", "--force", str(Path(temporary) / REPOSITORY), "+refs/*:refs/*")
        (Path(temporary) / UPDATES).write_text(json.dumps(updated))
        for name in (UPDATES, FACTS):
            (Path(temporary) / name).replace(home / name)


def updates(home: Path) -> list[int]:
    """Return the numbers of the pull requests that were updated, in order."""
    return json.loads((home / UPDATES).read_text()) if (home / UPDATES).exists() else []


def plan(size: Size) -> Project:
    """Return the project of that size."""
    if size.written:
        from resources.forge import content

        return content.project()
    return generated.project(size)


def _key(size: Size) -> str:
    """Return a name for what is built: it changes with the size, the content and the code that builds."""
    files = sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".yaml"))
    return sha256(repr(size).encode() + b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def fill(folder: Path, project: Project) -> None:
    """Write repository and facts into `folder`."""
    repository = folder / REPOSITORY
    history = History(project)
    shas = history.write(repository)
    marked = sorted((shas[old], shas[new]) for old, new in pairs(history))
    diffs = git.diffs(repository, marked)
    teller = Teller(history, shas, git.tree_ids(repository, sorted(shas.values())), diffs)
    Facts(folder / FACTS).write(teller.facts(), diffs, teller.bases())
    kept, gone = replaced(history)
    if gone:
        _forget(repository, [shas[mark] for mark in sorted(kept)])


def _forget(repository: Path, kept: list[str]) -> None:
    """Remove every object that no ref and none of the `kept` commits leads to."""
    names = [f"refs/kept/{number}" for number in range(len(kept))]
    for name, sha in zip(names, kept, strict=True):
        git.run(repository, "update-ref", name, sha)
    git.run(repository, "repack", "-a", "-d", "-q")
    git.run(repository, "prune", "--expire=now")
    for name in names:
        git.run(repository, "update-ref", "-d", name)

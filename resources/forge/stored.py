"""What the API answers from: the facts, and git for what is asked for the first time."""

from functools import lru_cache
from pathlib import Path

from resources.forge import git
from resources.forge.facts import Fact, Facts
from resources.forge.replies import Problem, not_found


class Stored:
    """Reads one built forge. `resolve` and the diffs go to git where the facts have nothing."""

    def __init__(self, repository: Path, facts: Facts) -> None:
        self.repository = repository
        self.facts = facts
        self._diffs = lru_cache(maxsize=64)(self._diff_from_git)

    def fact(self, kind: str, id: str | int) -> Fact:
        """Return a fact; `Problem` 404 when there is none."""
        fact = self.facts.one(kind, id)
        if fact is None:
            raise not_found()
        return fact

    def commit(self, sha: str) -> Fact:
        """Return a commit's fact."""
        return self.fact("commit", sha)

    def open_pulls(self) -> int:
        """Return how many pull requests are open."""
        return sum(row[4] == "open" for row in self.facts.index("pull"))

    def blob(self, revision: str, path: str) -> tuple[bytes, str]:
        """Return a file's content and SHA."""
        sha = git.run(self.repository, "rev-parse", f"{revision}:{path}").decode().strip()
        return git.run(self.repository, "cat-file", "blob", sha), sha

    def resolve(self, name: str) -> str:
        """Return the SHA that a name (SHA, branch, owner:branch) stands for; `Problem` 404 when there is none."""
        if self.facts.one("commit", name):
            return name
        sha = git.commit(self.repository, name.rpartition(":")[2])
        if sha is None:
            raise not_found()
        return sha

    def three_dots(self, base: str, head: str) -> tuple[str, bytes]:
        """Return where two commits parted, and the diff from there to `head`."""
        parted = self.facts.base(base, head)
        if parted is None:
            try:
                parted = git.merge_base(self.repository, base, head)
            except git.GitFailed:
                raise Problem(404, f"No common ancestor between {base} and {head}.") from None
        return parted, self.diff(parted, head)

    def diff(self, old: str, new: str) -> bytes:
        """Return the diff of two commits."""
        if old == new:
            return b""
        stored = self.facts.diff(old, new)
        return self._diffs(old, new) if stored is None else stored

    def own_diff(self, commit: Fact) -> bytes:
        """Return what a commit changes, against its first parent."""
        if commit["parents"]:
            return self.diff(commit["parents"][0], commit["id"])
        options = ("-r", "-p", "-M", "--full-index", "--no-commit-id", "--root")
        return git.run(self.repository, "diff-tree", *options, commit["id"])

    def between(self, old: str, new: str) -> list[str]:
        """Return the commits that lead to `new` and not to `old`, oldest first."""
        return git.run(self.repository, "rev-list", "--reverse", "--topo-order", new, f"^{old}").decode().split()

    def _diff_from_git(self, old: str, new: str) -> bytes:
        return git.diffs(self.repository, [(old, new)])[old, new]

"""Where a pull request begins: the commit that its diff is taken against, found in the history alone."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from assets.code.sources.git_command import GitError, GitTimeoutError, run
from assets.pull_requests.sources.pull_mirror import Refs


class History:
    """The history of a mirror, as far as it tells where the pull requests `numbers` begin."""

    def __init__(self, refs: Refs, numbers: Sequence[int], repository: str, timeout_s: float) -> None:
        self.refs, self.repository, self.timeout_s = refs, repository, timeout_s
        self._heads = sorted({refs.heads[number] for number in numbers})
        self._merges = {refs.merges[number] for number in numbers if number in refs.merges}

    def base(self, number: int, head: str) -> str | None:
        """Return the commit of the target branch against which pull request `number` with `head` is compared.

        That is the first parent of GitHub's test merge; else of the merge that brought the head into the default branch; else where the
        head left the default branch. None when nothing tells: no common history, or a head that the branch was moved forward to.
        Raises GitError.
        """
        parents = self._parents.get(self.refs.merges.get(number, ""), [])
        if head in parents[1:]:
            return parents[0]
        if head in self._merged:
            return self._merged[head]
        found = beginning(head, self._unmerged)
        if found is None:
            found = merge_base(self.refs.mirror, self.refs.default or "", head, self.repository, self.timeout_s)
        return found if found != head else self._before(head)

    def _before(self, head: str) -> str | None:
        """Return the default branch's commit before the first one that has `head` among its ancestors, None when that one is `head`."""
        chain = [commit for commit, *_ in self._chain]
        low, high = 0, len(chain) - 1  # chain[low] has it; the last one that has it is looked for
        while low < high:
            middle = (low + high + 1) // 2
            if merge_base(self.refs.mirror, chain[middle], head, self.repository, self.timeout_s) == head:
                low = middle
            else:
                high = middle - 1
        return None if chain[low] == head or low + 1 == len(chain) else chain[low + 1]

    @cached_property
    def _merged(self) -> dict[str, str]:
        """By each commit that a merge brought into the default branch, what that branch was before; the earliest merge counts."""
        return {parent: parents[0] for _, *parents in self._chain for parent in parents[1:]}

    @cached_property
    def _chain(self) -> list[list[str]]:
        """The default branch by first parents, newest first: [commit, its parents …]."""
        return self._walk(["rev-list", "--first-parent", "--parents", self.refs.default or "HEAD", "--"])

    @cached_property
    def _unmerged(self) -> dict[str, list[str]]:
        """The parents of every commit of the pull requests that is not in the default branch."""
        given = [f"^{self.refs.default}", *self._heads]
        return {commit: parents for commit, *parents in self._walk(["rev-list", "--parents", "--stdin"], given)}

    @cached_property
    def _parents(self) -> dict[str, list[str]]:
        """The parents of GitHub's test merges."""
        merges = sorted(self._merges)
        lines = self._walk(["rev-list", "--no-walk=unsorted", "--parents", "--stdin"], merges) if merges else []
        return {commit: parents for commit, *parents in lines}

    def _walk(self, arguments: Sequence[str], given: Iterable[str] = ()) -> list[list[str]]:
        request = "".join(f"{sha}\n" for sha in given).encode()
        output = run(self.refs.mirror, arguments, self.repository, self.timeout_s, request).output
        return [line.split() for line in output.decode().splitlines()]


def ancestry(head: str, parents: Mapping[str, Sequence[str]]) -> tuple[set[str], set[str]]:
    """Return (`head` and its ancestors among the keys of `parents`, those of their parents that are no keys)."""
    inside, outside, pending = set(), set(), [head]
    while pending:
        commit = pending.pop()
        if commit in inside or commit in outside:
            continue
        if commit in parents:
            inside.add(commit)
            pending += parents[commit]
        else:
            outside.add(commit)
    return inside, outside


def beginning(head: str, parents: Mapping[str, Sequence[str]]) -> str | None:
    """Return where `head` left a branch, None when that takes git to tell. `parents` has all commits that the branch has not.

    All ways back to the branch lead through one of its commits: that is their best common ancestor.
    """
    outside = ancestry(head, parents)[1]
    return outside.pop() if len(outside) == 1 else None


def merge_base(mirror: Path, one: str, other: str, repository: str, timeout_s: float) -> str | None:
    """Return the best common ancestor of two commits, None when they have none."""
    if not one or not other or one == other:
        return one or None
    try:
        return run(mirror, ["merge-base", one, other], repository, timeout_s).output.decode().split()[0]
    except GitTimeoutError:
        raise
    except GitError:
        return None

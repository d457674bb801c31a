"""What happened on the forge, as data: pull requests and their steps, before git has made SHAs of them."""

from dataclasses import dataclass, field
from typing import Literal

End = Literal["open", "closed", "merged", "squashed"]
Tree = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file: new `content`, the only `find` in it replaced, `delete`, or `rename` to another path."""

    path: str
    content: bytes | None = None
    find: str | None = None
    replace: str = ""
    delete: bool = False
    rename: str | None = None

    def apply(self, tree: Tree) -> None:
        """Change `tree` in place; `ValueError` when the file is not there or `find` is not in it exactly once."""
        if self.content is not None:
            tree[self.path] = self.content
        elif self.delete:
            del tree[self.path]
        elif self.rename is not None:
            tree[self.rename] = tree.pop(self.path)
        else:
            tree[self.path] = self._replaced(tree[self.path])

    def _replaced(self, content: bytes) -> bytes:
        ending = "\r\n" if b"\r\n" in content else "\n"
        wanted, wished = ((text or "").replace("\n", ending).encode() for text in (self.find, self.replace))
        if content.count(wanted) != 1:
            raise ValueError(f"{self.path}: {content.count(wanted)} times instead of once: {self.find!r}")
        return content.replace(wanted, wished)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by the pull request's author (or `by`), with what it changes."""

    message: str
    edits: tuple[Edit, ...]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """Commits that arrive together: on top, after `merge_main`, or (`force`) in place of all that the branch had."""

    commits: tuple[Commit, ...]
    force: bool = False
    merge_main: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A review comment: on the line of the diff that holds the text `at` (or is the `at`th of its side), or on the file.

    A range ends at the line that holds the text `until`, or `until` lines further on in the hunk.
    """

    path: str
    body: str
    at: str | int | None = None
    until: str | int | None = None
    side: Literal["RIGHT", "LEFT"] = "RIGHT"
    by: str | None = None
    replies: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A review of the head as it was pushed last; `by` None is a user who was deleted since."""

    by: str | None
    remarks: tuple[Remark, ...] = ()
    state: Literal["COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"] = "COMMENTED"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """A comment in the conversation, on no line."""

    by: str | None
    body: str


Step = Push | Review | Say


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. It forks from main as it was when the last pull request before it, or `after`, had been merged."""

    number: int
    title: str
    body: str | None
    author: str | None
    branch: str
    steps: tuple[Step, ...]
    end: End = "merged"
    labels: tuple[str, ...] = ()
    draft: bool = False
    after: int | None = None
    forget: bool = False  # what a force push replaced is removed from the repository too, as after a garbage collection


@dataclass(frozen=True, slots=True)
class Project:
    """A repository and all that happened on it; `updates` are steps that were added since, by pull request."""

    base: Tree
    pulls: tuple[Pull, ...]
    updates: tuple[tuple[int, tuple[Step, ...]], ...] = field(default=())

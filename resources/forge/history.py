"""From a project to a git repository: one fast-import stream, with fixed names and times, so that SHAs are the same everywhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resources.forge import git, people
from resources.forge.plan import Commit, Project, Pull, Push, Review, Say, Tree

START = datetime(2023, 1, 9, 9, 0, tzinfo=UTC)
PUSHED_AFTER = timedelta(minutes=40)
REVIEWED_AFTER = timedelta(hours=2)
REMARK_EVERY = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Made:
    """A commit of the stream."""

    mark: int
    parents: tuple[int, ...]
    message: str
    by: str | None
    at: datetime
    tree: Tree = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """A pull request's branch after a push: its last commit, where it forks from main, what main was then, its own commits."""

    mark: int
    fork: int
    base: int
    commits: tuple[int, ...]


@dataclass(slots=True)
class Told:
    """What became of a pull request: when each step was, which head each review saw, how it ended."""

    pull: Pull
    opened_at: datetime
    steps: list[tuple[datetime, Push | Review | Say, Head]] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    ended_at: datetime | None = None
    merge: int | None = None

    @property
    def head(self) -> Head:
        """The branch as it is now."""
        return self.heads[-1]


class History:
    """Plays a project and keeps every commit with its tree; `write` makes the repository of it."""

    def __init__(self, project: Project) -> None:
        self.commits: list[Made] = []
        self.refs: list[tuple[str, int]] = []
        self.told: list[Told] = []
        first_update = START + timedelta(days=len(project.pulls) + 30)
        self._updates = [(number, steps, first_update + timedelta(days=day)) for day, (number, steps) in enumerate(project.updates)]
        self._main = self._commit("refs/heads/main", (), "Start the project", "maintainer-1", START, dict(project.base))
        self._main_after = {0: self._main}
        for pull in project.pulls:
            self.told.append(self._play(pull))
            self._main_after[pull.number] = self._main

    def tree(self, mark: int) -> Tree:
        """Return the files of a commit."""
        return self.commits[mark - 1].tree

    def write(self, repository: Path) -> dict[int, str]:
        """Make the bare repository; return the SHA of each mark."""
        git.create(repository)
        marks = repository / "marks"
        git.run(repository, "fast-import", "--quiet", "--force", "--date-format=raw", f"--export-marks={marks}", stdin=self._stream())
        lines = [line.split() for line in marks.read_text().splitlines()]
        marks.unlink()
        return {int(mark[1:]): sha for mark, sha in lines}

    def _play(self, pull: Pull) -> Told:
        opened_at = START + timedelta(days=pull.number)
        told, now = Told(pull, opened_at), opened_at
        fork = self._main_after[pull.number - 1 if pull.after is None else pull.after]
        for step in pull.steps:
            now = self._step(told, step, now, fork)
        self._end(told, now + PUSHED_AFTER)
        for steps, at in [(steps, at) for number, steps, at in self._updates if number == pull.number]:
            now = at
            for step in steps:
                now = self._step(told, step, now, fork)
        if pull.end == "open":
            self._merge_of(told, f"refs/pull/{pull.number}/merge", now, f"Merge {pull.branch} into main")
        return told

    def _step(self, told: Told, step: Push | Review | Say, now: datetime, fork: int) -> datetime:
        if isinstance(step, Push):
            told.heads.append(self._push(told, step, now, fork))
            told.steps.append((now, step, told.head))
            return now + PUSHED_AFTER
        told.steps.append((now, step, told.head))
        replies = sum(len(remark.replies) + 1 for remark in step.remarks) if isinstance(step, Review) else 1
        return now + REVIEWED_AFTER + REMARK_EVERY * replies

    def _push(self, told: Told, push: Push, now: datetime, fork: int) -> Head:
        ref = f"refs/pull/{told.pull.number}/head"
        fresh = push.force or not told.heads
        mark, own = (fork, ()) if fresh else (told.head.mark, told.head.commits)
        fork = fork if fresh else told.head.fork
        if push.merge_main:
            tree = self._joined(fork, mark, self._main, told.pull.number)
            mark = self._commit(ref, (mark, self._main), f"Merge main into {told.pull.branch}", told.pull.author, now, tree)
            fork, own = self._main, (*own, mark)
        for number, commit in enumerate(push.commits):
            mark = self._change(ref, mark, commit, commit.by or told.pull.author, now + timedelta(minutes=number))
            own = (*own, mark)
        return Head(mark, fork, self._main, own)

    def _change(self, ref: str, parent: int, commit: Commit, by: str | None, at: datetime) -> int:
        tree = dict(self.tree(parent))
        for edit in commit.edits:
            try:
                edit.apply(tree)
            except (ValueError, KeyError) as error:
                raise ValueError(f"{ref} {commit.message!r}: {error}") from None
        return self._commit(ref, (parent,), commit.message, by, at, tree)

    def _joined(self, fork: int, ours: int, theirs: int, number: int) -> Tree:
        """Return the tree of a merge: each path as the side has it that changed it; `ValueError` when both did."""
        old, mine, yours = self.tree(fork), self.tree(ours), self.tree(theirs)
        tree = dict(yours)
        for path in sorted(mine.keys() | old.keys()):
            if mine.get(path) == old.get(path):
                continue
            if yours.get(path) not in (old.get(path), mine.get(path)):
                raise ValueError(f"pull request {number} does not merge: {path} changed on both sides")
            tree.pop(path, None)
            if path in mine:
                tree[path] = mine[path]
        return tree

    def _end(self, told: Told, now: datetime) -> None:
        pull = told.pull
        if pull.end == "open":
            return
        told.ended_at = now
        if pull.end == "merged":
            self._main = told.merge = self._merge_of(told, "refs/heads/main", now, f"Merge pull request #{pull.number} from {pull.branch}")
        elif pull.end == "squashed":
            tree = self._joined(told.head.fork, told.head.mark, self._main, pull.number)
            message = f"{pull.title} (#{pull.number})"
            self._main = told.merge = self._commit("refs/heads/main", (self._main,), message, pull.author, now, tree)

    def _merge_of(self, told: Told, ref: str, now: datetime, message: str) -> int:
        tree = self._joined(told.head.fork, told.head.mark, self._main, told.pull.number)
        return self._commit(ref, (self._main, told.head.mark), message, "maintainer-1", now, tree)

    def _commit(self, ref: str, parents: tuple[int, ...], message: str, by: str | None, at: datetime, tree: Tree) -> int:
        made = Made(len(self.commits) + 1, parents, message, by, at, tree)
        self.commits.append(made)
        self.refs.append((ref, made.mark))
        return made.mark

    def _stream(self) -> bytes:
        return b"".join(part for (ref, _), made in zip(self.refs, self.commits, strict=True) for part in self._told_to_git(ref, made))

    def _told_to_git(self, ref: str, made: Made) -> list[bytes]:
        who = f"{people.name(made.by)} <{people.email(made.by)}> {int(made.at.timestamp())} +0000"
        parts = [f"commit {ref}\nmark :{made.mark}\nauthor {who}\ncommitter {who}\n".encode(), _data(made.message.encode())]
        if not made.parents and made.mark > 1:
            raise ValueError("only the first commit has no parent")
        for word, parent in zip(("from", "merge"), made.parents, strict=False):
            parts.append(f"{word} :{parent}\n".encode())
        old = self.tree(made.parents[0]) if made.parents else {}
        parts += [f"D {path}\n".encode() for path in sorted(old.keys() - made.tree.keys())]
        for path in sorted(made.tree):
            if old.get(path) is not made.tree[path] and old.get(path) != made.tree[path]:
                parts += [f"M 100644 inline {path}\n".encode(), _data(made.tree[path])]
        return [*parts, b"\n"]


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)

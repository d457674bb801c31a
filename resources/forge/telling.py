"""From a played history with its SHAs to facts: pull requests, commits, reviews, comments with their places."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from resources.forge import people
from resources.forge.diffs import Patch, parse
from resources.forge.facts import Fact
from resources.forge.history import REMARK_EVERY, Head, History, Told
from resources.forge.placing import Place, now, place
from resources.forge.plan import Remark, Review, Say

PULL_IDS, REVIEW_IDS, COMMENT_IDS, TALK_IDS = 2_100_000_000, 1_800_000_000, 1_400_000_000, 1_900_000_000
Diffs = dict[tuple[str, str], bytes]


def stamp(at: datetime | None) -> str | None:
    """Return a time as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def pairs(history: History) -> set[tuple[int, int]]:
    """Return the (old mark, new mark) whose diffs the facts need: of each head, from each reviewed head, from fork to fork."""
    wanted = set()
    for told in history.told:
        for head in told.heads:
            wanted |= {(head.fork, head.mark), (head.mark, told.head.mark), (head.fork, told.head.fork)}
    return {pair for pair in wanted if pair[0] != pair[1]}


class Teller:
    """Writes down the facts of one history."""

    def __init__(self, history: History, shas: dict[int, str], trees: dict[str, str], diffs: Diffs) -> None:
        self.history = history
        self.shas = shas
        self.trees = trees
        self.diffs = diffs
        self.patches = lru_cache(maxsize=8)(self._patches)

    def facts(self) -> Iterator[tuple[str, Fact]]:
        """Yield every (kind, fact). Commits that are gone from the repository have none."""
        gone = replaced(self.history)[1]
        for made in self.history.commits:
            if made.mark in gone:
                continue
            sha, parents = self.shas[made.mark], [self.shas[parent] for parent in made.parents]
            who = {"by": made.by, "at": stamp(made.at)}
            yield "commit", {"id": sha, "tree": self.trees[sha], "parents": parents, "message": made.message, **who}
        for told in self.history.told:
            yield from self._pull(told)

    def bases(self) -> dict[tuple[str, str], str]:
        """Return the merge bases of what a client compares: base and head, base and reviewed head, reviewed head and head."""
        known = {}
        for told in self.history.told:
            base = told.head.base
            for head in told.heads:
                known[self.shas[base], self.shas[head.mark]] = self.shas[head.fork]
                if head.mark in told.head.commits or set(head.commits) <= set(told.head.commits):
                    known[self.shas[head.mark], self.shas[told.head.mark]] = self.shas[head.mark]
        return known

    def _patches(self, old: int, new: int) -> dict[str, Patch]:
        """Return the patches between two commits by path."""
        return parse(self.diffs.get((self.shas[old], self.shas[new]), b""))

    def _pull(self, told: Told) -> Iterator[tuple[str, Fact]]:
        said: list[tuple[str, Fact]] = []
        today = self.patches(told.head.fork, told.head.mark)
        for at, step, head in told.steps:
            if isinstance(step, Review):
                said += self._review(told, step, at, head, today, said)
            elif isinstance(step, Say):
                said.append(("talk", self._talk(told, step, at, said)))
        yield from said
        yield "pull", self._pull_fact(told, today, said)

    def _pull_fact(self, told: Told, today: dict[str, Patch], said: list[tuple[str, Fact]]) -> Fact:
        pull, count = told.pull, [kind for kind, _ in said].count
        times = [stamp(at) for at, _, _ in told.steps] + [fact["updated_at"] for _, fact in said] + [stamp(told.ended_at)]
        merged = told.merge is not None
        return {
            "id": PULL_IDS + pull.number, "number": pull.number, "title": pull.title, "body": pull.body, "author": pull.author,
            "state": "open" if pull.end == "open" else "closed", "labels": list(pull.labels), "draft": pull.draft, "branch": pull.branch,
            "created_at": stamp(told.opened_at), "updated_at": max(time for time in times if time), "closed_at": stamp(told.ended_at),
            "merged_at": stamp(told.ended_at) if merged else None, "merge_sha": self.shas[told.merge] if told.merge else None,
            "base_sha": self.shas[told.head.base], "head_sha": self.shas[told.head.mark],
            "commits": [self.shas[mark] for mark in told.head.commits],
            "additions": sum(patch.additions for patch in today.values()), "deletions": sum(patch.deletions for patch in today.values()),
            "changed_files": len(today), "comments": count("talk"), "review_comments": count("comment"),
        }  # fmt: skip

    def _talk(self, told: Told, say: Say, at: datetime, said: list[tuple[str, Fact]]) -> Fact:
        return {"id": _id(TALK_IDS, told, said), "number": told.pull.number, "by": say.by, "body": say.body,
                "created_at": stamp(at), "updated_at": stamp(at)}  # fmt: skip

    def _review(
        self, told: Told, review: Review, at: datetime, head: Head, today: dict[str, Patch], said: list[tuple[str, Fact]]
    ) -> list[tuple[str, Fact]]:
        then, new = self.patches(head.fork, head.mark), list[tuple[str, Fact]]()
        first = self._review_fact(told, review.by, review.state, review.body, head, at, said)
        new.append(("review", first))
        for remark in review.remarks:
            spot = self._spot(told, remark, then, head, today)
            root = self._comment(told, remark.by or review.by, remark.body, spot, first, at, said + new)
            new.append(("comment", root))
            for by, body in remark.replies:
                at += REMARK_EVERY
                answer = self._review_fact(told, by, "COMMENTED", "", head, at, said + new)
                new.append(("review", answer))
                new.append(("comment", self._comment(told, by, body, spot, answer, at, said + new) | {"in_reply_to_id": root["id"]}))
            at += REMARK_EVERY
        return new

    def _spot(self, told: Told, remark: Remark, then: dict[str, Patch], head: Head, today: dict[str, Patch]) -> Fact:
        try:
            spot = place(remark, then[remark.path])
        except (KeyError, ValueError) as error:
            raise ValueError(f"pull request {told.pull.number}: no place for a remark: {error}") from None
        if head.mark == told.head.mark:
            spot = now(spot, None, None, then[remark.path])
        else:
            moved = self.patches(head.mark, told.head.mark).get(remark.path)
            base_moved = self.patches(head.fork, told.head.fork).get(then[remark.path].old_path)
            spot = now(spot, moved, base_moved, today.get(remark.path))
        fields = {name: getattr(spot, name) for name in Place.__slots__}
        return fields | {"commit_id": self.shas[told.head.mark], "original_commit_id": self.shas[head.mark]}

    def _comment(self, told: Told, by: str | None, body: str, spot: Fact, review: Fact, at: datetime, said: list[tuple[str, Fact]]) -> Fact:
        return {"id": _id(COMMENT_IDS, told, said), "number": told.pull.number, "review_id": review["id"], "by": by, "body": body,
                "association": people.association(by, told.pull.author), "created_at": stamp(at),
                "updated_at": stamp(at), **spot}  # fmt: skip

    def _review_fact(
        self, told: Told, by: str | None, state: str, body: str, head: Head, at: datetime, said: list[tuple[str, Fact]]
    ) -> Fact:
        return {"id": _id(REVIEW_IDS, told, said), "number": told.pull.number, "by": by, "state": state, "body": body,
                "association": people.association(by, told.pull.author), "commit_id": self.shas[head.mark],
                "created_at": stamp(at), "updated_at": stamp(at)}  # fmt: skip


def _id(kind: int, told: Told, said: list[tuple[str, Fact]]) -> int:
    return kind + told.pull.number * 10_000 + len(said)


def replaced(history: History) -> tuple[set[int], set[int]]:
    """Return the marks that force pushes left behind: those that are still to be had by SHA, and those that are to be forgotten."""
    kept, gone = set[int](), set[int]()
    for told in history.told:
        left = {mark for head in told.heads for mark in head.commits} - set(told.head.commits)
        (gone if told.pull.forget else kept).update(left)
    return kept, gone

"""Hunks that reviewers commented on, and hunks of the same diffs that they left alone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from assets import passport
from assets.pull_requests.diffs.patches import FilePatch, Hunk
from assets.pull_requests.tasks import hunks, reviewed_diffs
from assets.pull_requests.tasks.reviewed_diffs import Carried, Diff, Mark
from assets.pull_requests.tasks.settings import Drop, ReviewTaskSettings, Row

TASK = "needs_comment"


class Candidate(NamedTuple):
    """A hunk, or a part of one, from the index `first` to `last`, with the comments on it; none: it needs no comment."""

    id: str
    commit: str | None
    path: str
    hunk: Hunk
    first: int
    last: int
    marks: tuple[Mark, ...]

    @property
    def key(self) -> hunks.Key:
        """By which the hunk is redacted."""
        return self.path, self.hunk


class _Review(NamedTuple):
    """What is known while the hunks of one diff are looked at; `seen` are ids and contents of those before, also of other diffs."""

    pull: Row
    diff: Diff
    carried: Carried
    rules: Mapping[str, str]
    settings: ReviewTaskSettings
    seen: set[object]

    def id(self, path: str, start: str) -> str:
        """Return the id of the task that begins at `start`."""
        pull = self.pull
        parts = (pull["host"] or "", pull["repository"], str(pull["pull_number"]), self.diff.commit or "", path, start)
        return passport.row_id("review_tasks", TASK, *parts)


def candidates(
    pull: Row, comments: Sequence[Row], diffs: Sequence[Diff], rules: Mapping[str, str], settings: ReviewTaskSettings
) -> tuple[list[Candidate], list[Drop]]:
    """Return the hunks of `pull` (a row of bronze_prs) to ask about, and why the others are not.

    `comments` are its rows of silver_review_comments, `diffs` what was reviewed of it, `rules` says by which rule the file at a path is
    left out. Per reviewed commit: a hunk with a comment that counts is a positive; one that no comment can be about a negative, once per
    content, and only so many as `negatives_per_positive` allows in the pull request: those whose hashed id comes first.
    """
    chosen: list[Candidate] = []
    drops: list[Drop] = []
    seen: set[object] = set()
    counting = {comment["comment_id"]: comment for comment in comments if counts(comment, settings)}
    reviewed = {comment["comment_id"] for comment in comments if not comment["by_pull_author"]}
    for diff in diffs:
        if not any(raw["id"] in reviewed for raw in reviewed_diffs.comments_of(diff, pull, diffs)):
            drops.append(Drop(pull["id"], "not_reviewed", _detail(pull, diff.commit, "")))
            continue
        carried = reviewed_diffs.carried(diff, pull, diffs, counting)
        review = _Review(pull, diff, carried, rules, settings, seen)
        for found in (found for patch in diff.files.values() for found in _of_file(review, patch)):
            if isinstance(found, Drop):
                drops.append(found)
            else:
                chosen.append(found)
    kept, left = _sampled(chosen, settings)
    return kept, [*drops, *(Drop(found.id, "not_sampled", _detail(pull, found.commit, _place(found.path, found.hunk))) for found in left)]


def counts(comment: Row, settings: ReviewTaskSettings) -> bool:
    """Say whether `comment` tells that its hunk needs one: it opens a thread, is a reviewer's, and not only praise or the like."""
    labels = comment["labels"] or []
    pleased = any(label in settings.pleased_labels for label in labels) and not any(label in settings.asking_labels for label in labels)
    return comment["in_reply_to"] is None and not comment["by_pull_author"] and not pleased


def _of_file(review: _Review, patch: FilePatch) -> Iterator[Candidate | Drop]:
    if patch.is_binary or patch.is_combined:
        rule = "binary_file" if patch.is_binary else "merge_diff"
        yield Drop(review.id(patch.path, ""), rule, _detail(review.pull, review.diff.commit, patch.path))
    for number, hunk in enumerate(patch.hunks):
        marks = review.carried.marks.get((patch.path, number), [])
        rule = _rule(review, patch.path, number, hunk, bool(marks))
        content = (patch.path, tuple(line[:2] for line in hunk.lines if line.kind != " "))
        for found in _windows(review, patch.path, hunk, marks):
            repeats = found.id in review.seen or (not marks and content in review.seen)
            review.seen.update((found.id, content))
            why = rule or repeats * "duplicate"
            yield Drop(found.id, why, _detail(review.pull, review.diff.commit, _place(patch.path, hunk))) if why else found


def _rule(review: _Review, path: str, number: int, hunk: Hunk, is_commented: bool) -> str:
    """Return the rule by which a hunk is left out, nothing when it is asked about."""
    if path in review.rules:
        return review.rules[path]
    if not any(line.kind == "+" for line in hunk.lines):
        return "only_deletions"
    if any(len(line.text) > review.settings.max_line_chars for line in hunk.lines):
        return "too_long_line"
    if is_commented:
        return ""
    if (path, number) in review.carried.others:
        return "other_comment"
    return "unplaced_comment" if path in review.carried.unplaced else ""


def _windows(review: _Review, path: str, hunk: Hunk, marks: Sequence[Mark]) -> Iterator[Candidate]:
    """Yield the parts of a hunk to show: all of it where it is short, else one for each group of comments that fit into one part.

    A part of a long hunk without comment is around a changed line that the hash of the hunk's id chooses.
    """
    limit, lines = review.settings.max_hunk_lines, hunk.lines
    chance = _chance(review.id(path, f"{hunk.old_start},{hunk.new_start}"), review.settings.seed)
    changed = [index for index, line in enumerate(lines) if line.kind != " "] or [0]
    at = changed[int(chance * len(changed))]
    groups = _groups(marks, limit) if marks else [(at, at)]
    for first, last in dict.fromkeys(hunks.window(len(lines), *group, limit, chance) for group in groups):
        part = hunks.cut(hunk, hunks.Shown(hunk.section, lines), first, last)
        inside = tuple(mark for mark in marks if first <= mark.last <= last)
        yield Candidate(review.id(path, f"{part.old_start},{part.new_start}"), review.diff.commit, path, hunk, first, last, inside)


def _groups(marks: Sequence[Mark], max_lines: int) -> list[tuple[int, int]]:
    """Return the spans of comments (sorted by their last line), those together that fit into `max_lines`."""
    groups: list[tuple[int, int]] = []
    for mark in marks:
        first = min(groups[-1][0], mark.first) if groups else 0
        if groups and mark.last - first < max_lines:
            groups[-1] = first, mark.last
        else:
            groups.append((mark.first, mark.last))
    return groups


def _sampled(chosen: Sequence[Candidate], settings: ReviewTaskSettings) -> tuple[list[Candidate], list[Candidate]]:
    """Return those that stay, and the negatives that are too many."""
    n_wanted = math.ceil(settings.negatives_per_positive * sum(bool(found.marks) for found in chosen) - 1e-9)
    negatives = sorted((found.id for found in chosen if not found.marks), key=lambda name: (_chance(name, settings.seed), name))
    left = set(negatives[n_wanted:])
    return [found for found in chosen if found.id not in left], [found for found in chosen if found.id in left]


def _chance(name: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on nothing but name and seed."""
    return int(passport.row_id("chance", str(seed), name)[:13], 16) / 16**13


def _place(path: str, hunk: Hunk) -> str:
    return f"{path}:{hunk.new_start}"


def _detail(pull: Row, commit: str | None, place: str) -> str:
    return f"{TASK} {pull['repository']}#{pull['pull_number']}@{commit} {place}".rstrip()

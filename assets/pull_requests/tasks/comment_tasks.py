"""What a reviewer wrote about a hunk, and the code that answers it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assets import passport
from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import Hunk, Patches
from assets.pull_requests.silver import markdown, suggestions
from assets.pull_requests.tasks import follow_ups, hunks, reviewed_diffs
from assets.pull_requests.tasks.reviewed_diffs import Diff
from assets.pull_requests.tasks.settings import Drop, ReviewTaskSettings, Row

COMMENT, REFINE = "comment", "refine"
Lines = Mapping[hunks.Key, hunks.Shown | None]


class Case(NamedTuple):
    """A comment with its hunk, in which it is on the lines with the indices `first` to `last`, and what followed.

    `follow_up` are the hunks from the reviewed file to the head's, or the rule why there are none.
    """

    comment: Row
    hunk: Hunk
    first: int
    last: int
    follow_up: list[Hunk] | str

    @property
    def keys(self) -> list[hunks.Key]:
        """By which its hunks are redacted."""
        after = [] if isinstance(self.follow_up, str) else self.follow_up
        return [(self.comment["path"], hunk) for hunk in (self.hunk, *after)]


def cases(
    pull: Row, comments: Sequence[Row], diffs: Sequence[Diff], rules: Mapping[str, str], settings: ReviewTaskSettings
) -> tuple[list[Case], list[Drop]]:
    """Return the comments of a pull request that tasks can be made of, and why not of the others; each drop is there for both tasks.

    The rules: reply, not_valid, the rule of its file, no_hunk, too_long_range, too_long_line.
    """
    found: list[Case] = []
    drops: list[Drop] = []
    raw = {comment["id"]: comment for comment in pull["review_comments"] or []}
    by_commit = {diff.commit: diff for diff in diffs if diff.commit}
    follow = _FollowUps(pull)
    for comment in comments:
        case = _case(comment, raw.get(comment["comment_id"]), by_commit.get(comment["original_commit_sha"]), rules, follow)
        why = case if isinstance(case, str) else _too_long(case, settings)
        if why:
            drops += [_drop(comment, task, why) for task in (COMMENT, REFINE)]
        elif isinstance(case, Case):
            found.append(case)
    return found, drops


def _case(comment: Row, raw: Row | None, diff: Diff | None, rules: Mapping[str, str], follow: "_FollowUps") -> Case | str:
    if comment["in_reply_to"] is not None:
        return "reply"
    if not comment["is_valid"]:
        return "not_valid"
    if comment["path"] in rules:
        return rules[comment["path"]]
    mark = reviewed_diffs.place(diff, comment, raw) if diff else None
    if diff and mark:
        hunk = diff.files[mark.path].hunks[mark.hunk]
        return Case(comment, hunk, mark.first, mark.last, follow.of(comment, hunk))
    excerpt = patches.parse_hunk(comment["diff_hunk"])  # what GitHub shows with the comment: it ends at the commented line
    if excerpt is None or not excerpt.lines or excerpt.lines[-1].number(comment["side"]) != comment["line"]:
        return "no_hunk"
    last = len(excerpt.lines) - 1
    first = hunks.index_of(excerpt, comment["side"], comment["line"] - reviewed_diffs.line_count(comment) + 1)
    return Case(comment, excerpt, last if first is None else min(first, last), last, follow.of(comment, excerpt))


class _FollowUps:
    """The diffs from the reviewed commits of a pull request to its head, read when they are asked for."""

    def __init__(self, pull: Row) -> None:
        self.texts = {seen["commit_sha"]: seen["follow_up"] for seen in pull["reviewed"] or []}
        self.parsed: dict[str, Patches] = {}

    def of(self, comment: Row, hunk: Hunk) -> list[Hunk] | str:
        """Return the hunks that followed where `hunk` is, or why there are none: no_follow_up, unchanged, file_deleted."""
        commit = comment["original_commit_sha"]
        if not self.texts.get(commit):
            return "no_follow_up"
        if commit not in self.parsed:
            self.parsed[commit] = patches.parse(self.texts[commit])
        patch = next(
            (patch for patch in self.parsed[commit].values() if patch.old_path == comment["path"] and patch.status != "copied"), None
        )
        if patch is not None and patch.status == "deleted":
            return "file_deleted"
        end = hunk.new_start + hunk.new_count
        near = [one for one in patch.hunks if one.old_start <= end and one.old_start + one.old_count >= hunk.new_start - 1] if patch else []
        return near or "unchanged"


def _too_long(case: Case, settings: ReviewTaskSettings) -> str | None:
    if case.last - case.first >= settings.max_hunk_lines:
        return "too_long_range"
    first, last = _shown(case, case.first, case.last, settings)
    return "too_long_line" if _has_long_line([line.text for line in case.hunk.lines[first : last + 1]], settings) else None


def _has_long_line(lines: Sequence[str], settings: ReviewTaskSettings) -> bool:
    return any(len(line) > settings.max_line_chars for line in lines)


def _shown(case: Case, first: int, last: int, settings: ReviewTaskSettings) -> tuple[int, int]:
    """Return the indices of the lines to show around those from `first` to `last`: some below, the others above."""
    below = min(len(case.hunk.lines) - 1, last + settings.lines_after, first + settings.max_hunk_lines - 1)
    return max(0, below - settings.max_hunk_lines + 1), below


def finished(case: Case, lines: Lines, settings: ReviewTaskSettings) -> Iterator[Row | Drop]:
    """Yield the task `comment` and the task `refine` of `case`, or why there is none; `lines` are the redacted ones of each hunk."""
    own = lines[case.comment["path"], case.hunk]
    if own is None:
        yield from (_drop(case.comment, task, "unredactable") for task in (COMMENT, REFINE))
        return
    yield _commented(case, own, settings)
    yield _refined(case, own, lines, settings)


def _commented(case: Case, own: hunks.Shown, settings: ReviewTaskSettings) -> Row | Drop:
    body = markdown.unified(case.comment["body"]).strip()
    if not body or len(body) > settings.max_comment_chars:
        rule = "too_long_comment" if body else "no_text"
        return _drop(case.comment, COMMENT, rule, len(body), settings.max_comment_chars)
    excerpt = hunks.cut(case.hunk, own, *_shown(case, case.first, case.last, settings))
    return _row(case, COMMENT, excerpt, target=body)


def _refined(case: Case, own: hunks.Shown, after: Lines, settings: ReviewTaskSettings) -> Row | Drop:
    comment, known = case.comment, follow_ups.shown_lines(own.lines)
    said = follow_ups.without_suggestions(comment["body"])
    if comment["side"] != "RIGHT":
        return _drop(comment, REFINE, "removed_line")
    if not said or len(said) > settings.max_comment_chars:
        return _drop(comment, REFINE, "too_long_comment" if said else "no_text", len(said), settings.max_comment_chars)
    rewrite = _rewrite(case, known, after, settings)
    if isinstance(rewrite, str):
        return _drop(comment, REFINE, rewrite)
    indices = [index for index, line in enumerate(own.lines) if line.new is not None and rewrite.start <= line.new <= rewrite.end]
    first, last = min(case.first, indices[0]), max(case.last, indices[-1])
    n_lines = max(rewrite.end - rewrite.start + 1, len(rewrite.new))
    if n_lines > settings.max_target_lines:
        return _drop(comment, REFINE, "too_long_target", n_lines, settings.max_target_lines)
    if last - first >= settings.max_hunk_lines:
        return _drop(comment, REFINE, "too_long_range")
    excerpt = hunks.cut(case.hunk, own, *_shown(case, first, last, settings))
    if _has_long_line([*rewrite.new, *(line.text for line in excerpt.lines)], settings):
        return _drop(comment, REFINE, "too_long_line")
    place = {"target_start_line": rewrite.start, "target_end_line": rewrite.end}
    source = "follow_up" if comment["suggestion"] is None else "suggestion"
    return _row(case, REFINE, excerpt, target="\n".join(rewrite.new), comment=said, target_from=source, **place)


def _rewrite(case: Case, known: Mapping[int, str], lines: Lines, settings: ReviewTaskSettings) -> follow_ups.Rewrite | str:
    comment = case.comment
    start = comment["line"] - reviewed_diffs.line_count(comment) + 1
    if comment["suggestion"] is not None:
        return follow_ups.of_suggestion(known, start, comment["line"], suggestions.of_text(comment["suggestion"]).lines)
    if isinstance(case.follow_up, str):
        return case.follow_up
    redacted = [(hunk, lines[comment["path"], hunk]) for hunk in case.follow_up]
    if any(own is None for _, own in redacted):
        return "unredactable"
    shown = [(hunk, own.lines) for hunk, own in redacted if own]
    return follow_ups.of_diff(known, start, comment["line"], shown, settings.max_distance_lines)


def _row(case: Case, task: str, excerpt: hunks.Excerpt, **values: Any) -> Row:
    comment = case.comment
    return {
        "id": passport.row_id("review_tasks", task, comment["id"]),
        "parent_ids": [comment["id"]],
        "task": task,
        "original_commit_sha": comment["original_commit_sha"],
        "path": comment["path"],
        "side": comment["side"],
        "start_line": comment["line"] - reviewed_diffs.line_count(comment) + 1,
        "end_line": comment["line"],
        "hunk": excerpt.text,
        "labels": comment["labels"] or [],
        "created_at": comment["created_at"],
        **values,
    }


def _drop(comment: Row, task: str, rule: str, score: float | None = None, threshold: float | None = None) -> Drop:
    measured = (float(score or 0), threshold) if rule.startswith("too_long") and threshold else (None, None)
    return Drop(comment["id"], rule, f"{task} {comment['repository']}#{comment['pull_number']} {comment['path']}", *measured)

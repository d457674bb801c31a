"""Review comments a minute on one core, and how many land on the right line: `python -m bench.alignment`.

The diffs are git's, between releases of the same package in the corpus and of random edits of the standard library (up to one in ten
lines). What is true of them comes from replaying them onto the old files, not from the parser. A comment is put on every line, half by
GitHub's `position`, half by line and side. The peer is the naive rule, for which position p is the p-th context or added line: it goes
wrong with the first removed line or second hunk of a file, so the longer the diff, the worse. For the rate, a pull request is the diff
of a few files with twenty comments on random lines; parsing the diff is part of the time, which is the processor's.
"""

import random
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.alignment import Comment, Located, locate
from bench import corpus
from tests import random_diffs
from tests.random_diffs import Truth

RELEASES = [("django==5.0.9", "django==5.1.4"), ("react-native@0.66.5", "react-native@0.70.15")]
N_PULLS, N_COMMENTS, N_FILES, N_KEPT = 1_000, 20, 6, 40
GOAL, MEMORY_GOAL = 50_000.0, 300.0
_KINDS = {" ": "context", "+": "added", "-": "removed"}


class Changed(NamedTuple):
    """A file of a diff: its section of the text, and some of its lines."""

    section: str
    lines: list[Truth]


class Pull(NamedTuple):
    """A diff and comments on it."""

    diff: str
    comments: list[Comment]


def main() -> list[dict[str, Any]]:
    """Measure; print and return the rows."""
    changed: list[Changed] = []
    rng = random.Random(0)
    rows = [_row(*found, "naive rule", None, "% right") for found in _right(changed, rng)]
    pulls = [_pull(changed, rng) for _ in range(N_PULLS)]
    align(pulls[:20])
    started = time.process_time()
    proven = align(pulls)
    minutes = (time.process_time() - started) / 60
    n_comments = sum(len(pull.comments) for pull in pulls)
    diff_lines = sum(pull.diff.count("\n") for pull in pulls) / N_PULLS
    what = f"{n_comments:,} comments on {N_PULLS:,} pull requests of {diff_lines:,.0f} diff lines, {proven / n_comments:.0%} proven"
    rows.append(_row(what, n_comments / minutes, None, None, GOAL, "comments/min a core"))
    rows.append(_row(what, _peak(pulls), None, None, MEMORY_GOAL, "MB above the inputs"))
    for row in rows:
        print(row, flush=True)
    return rows


def align(pulls: list[Pull]) -> int:
    """Parse each pull request's diff, locate its comments, and return how many are proven."""
    n_proven = 0
    for pull in pulls:
        files = patches.parse(pull.diff)
        n_proven += sum(isinstance(locate(comment, files, None, None), Located) for comment in pull.comments)
    return n_proven


def _right(changed: list[Changed], rng: random.Random) -> Iterator[tuple[str, float, float]]:
    """Yield how many of the comments on all lines are right, ours and the naive rule's, by type of line; fill `changed` on the way."""
    counts: Counter[tuple[str, str]] = Counter()
    for name, diff, truths in _diffs():
        files = patches.parse(diff)
        sections = {section.split(" b/")[1].split("\n")[0]: section for section in diff.split("\ndiff --git ")}
        for path, group in groupby(truths, key=lambda truth: truth.path):
            lines = list(group)
            counted = [line.new for line in lines if line.kind != "-"]
            for number, line in enumerate(lines):
                is_naive = line.kind != "-" and line.position <= len(counted) and counted[line.position - 1] == line.new
                found = locate(_comment(line, number % 2 == 0), files, None, None)
                is_ours = isinstance(found, Located) and (found.line, found.side) == _place(line)
                for key in (name, _KINDS[line.kind]):
                    counts.update({(key, "all"): 1, (key, "ours"): is_ours, (key, "naive"): is_naive})
            section = "diff --git " + sections[path].removeprefix("diff --git ") + "\n"
            changed.append(Changed(section, rng.sample(lines, min(N_KEPT, len(lines)))))
    for key in dict.fromkeys(key for key, _ in counts):
        n_lines = counts[key, "all"]
        yield f"{n_lines:,} lines: {key}", 100 * counts[key, "ours"] / n_lines, 100 * counts[key, "naive"] / n_lines


def _diffs() -> Iterator[tuple[str, str, Iterator[Truth]]]:
    """Yield a name, a diff and the truth of its lines."""
    rng, frame = random.Random(1), corpus.files()
    pairs = {"random edits": random_diffs.edited(random_diffs.files(600, 400, rng), rng)}
    for releases in RELEASES:
        before, after = ({path.partition("/")[2]: text for path, text in _of(frame, release)} for release in releases)
        shared = sorted(path for path in before.keys() & after.keys() if " " not in path)
        pairs[" to ".join(releases)] = {path: before[path] for path in shared}, {path: after[path] for path in shared}
    for name, (before, after) in pairs.items():
        with tempfile.TemporaryDirectory() as folder:
            diff = next(random_diffs.diffs(Path(folder), before, after, (3,)))
        yield name, diff, random_diffs.replay(diff, before, after)


def _of(frame: pl.DataFrame, release: str) -> list[tuple[str, str]]:
    return frame.filter(pl.col("path").str.starts_with(release + "/")).select("path", "content").rows()


def _place(line: Truth) -> tuple[int | None, str]:
    return (line.old, "LEFT") if line.kind == "-" else (line.new, "RIGHT")


def _comment(line: Truth, by_position: bool) -> Comment:
    number, side = _place(line)
    if by_position:
        return Comment(line.path, line.excerpt, original_commit_id="c", original_position=line.position)
    return Comment(line.path, line.excerpt, original_commit_id="c", original_line=number, side=side)


def _pull(changed: list[Changed], rng: random.Random) -> Pull:
    files = rng.sample(changed, N_FILES)
    lines = [rng.choice(rng.choice(files).lines) for _ in range(N_COMMENTS)]
    return Pull("".join(file.section for file in files), [_comment(line, rng.random() < 0.5) for line in lines])


def _peak(pulls: list[Pull]) -> float:
    tracemalloc.start()
    align(pulls)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _row(what: str, ours: float, theirs: float | None, peer: str | None, goal: float | None, unit: str) -> dict[str, Any]:
    ratio = round(ours / theirs, 2) if theirs else None
    known = {"stage": "alignment", "what": what, "ours": round(ours, 2), "peer": None if theirs is None else round(theirs, 2)}
    return {**known, "peer_version": peer, "ratio": ratio, "goal": goal, "unit": unit}


if __name__ == "__main__":
    main()

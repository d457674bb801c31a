"""Where a reviewer comments: the form of the answer that says so, and how well such answers match.

A line of the file after the change is written as its number, a line that the change removed as its old number after an `L` (GitHub's
own mark for the left side of a diff): `no`, `yes: 41`, `yes: 41-43, L57`. GitHub shows a comment on a range below the last line of the
range, so a range counts as its last line.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from assets.model import agreement, bootstrap

SOURCE = "review_needs_comment"  # of the chats whose answers have this form
NEAR_LINES = 3
_MAX_ITEMS = 1_000  # an answer that names more lines than any hunk has is cut there
_NUMBER = r"\d{1,10}"
_ITEM = re.compile(rf"(L?)({_NUMBER})(?:\s*-\s*L?({_NUMBER}))?(?!\w)", re.IGNORECASE)
_VERDICT = re.compile(r"\s*(yes|no)\b[.!]?[ \t]*:?[ \t]*(?:lines?\b[ \t]*)?", re.IGNORECASE)
_COMMA = re.compile(r"[ \t]*,[ \t]*")


class Location(NamedTuple):
    """Commented lines: `start` to `line`, both included, of the file after the change, or before it (`is_removed`)."""

    line: int
    start: int
    is_removed: bool = False


class Answer(NamedTuple):
    """What an answer says; `needs_comment` is None for one that has not the form."""

    needs_comment: bool | None
    locations: tuple[Location, ...] = ()


def write(places: Iterable[Location]) -> str:
    """Return the answer that names `places`, each once, in their order: `no` when there are none."""
    written = list(dict.fromkeys(map(_written, places)))
    return f"yes: {', '.join(written)}" if written else "no"


def _written(place: Location) -> str:
    mark = "L" * place.is_removed
    return f"{mark}{place.line}" if place.start >= place.line else f"{mark}{place.start}-{place.line}"


def parse(answer: str) -> Answer:
    """Return what `answer` says. It begins with yes or no, in any case; the lines follow on the same line; the rest is not read.

    A "yes" without lines is one without locations; lines after a "no" are not read.
    """
    verdict = _VERDICT.match(answer)
    if verdict is None:
        return Answer(None)
    if verdict[1].lower() == "no":
        return Answer(False)
    places: list[Location] = []
    at = verdict.end()
    while len(places) < _MAX_ITEMS and (item := _ITEM.match(answer, at)):
        first, last = int(item[2]), int(item[3] or item[2])
        places.append(Location(max(first, last), min(first, last), bool(item[1])))
        comma = _COMMA.match(answer, item.end())
        if comma is None:
            break
        at = comma.end()
    return Answer(True, tuple(places))


def matched(found: Iterable[Location], wanted: Iterable[Location], within_lines: int) -> int:
    """Return how many of `found` can be paired one to one with `wanted`, at most `within_lines` apart on the same side.

    That is the most that any pairing reaches: of two sorted lists, the nearest two that fit are always paired first.
    """
    return sum(_matched_lines(_last_lines(found, side), _last_lines(wanted, side), within_lines) for side in (False, True))


def _last_lines(places: Iterable[Location], is_removed: bool) -> list[int]:
    return sorted({place.line for place in places if place.is_removed == is_removed})


def _matched_lines(found: list[int], wanted: list[int], within_lines: int) -> int:
    ours = theirs = count = 0
    while ours < len(found) and theirs < len(wanted):
        gap = found[ours] - wanted[theirs]
        count += abs(gap) <= within_lines
        ours, theirs = ours + (gap <= within_lines), theirs + (gap >= -within_lines)
    return count


def scores(answers: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Return how well `answers` find what `references` name, over all pairs together (micro average).

    `accuracy` of yes or no (an answer without the form is wrong), `in_form` (share of answers that have it), `n_found` and `n_wanted`
    (places), `exact` and `within_3_lines`, each with `matched`, `precision`, `recall` and `f1`: 0 where nothing is there to divide by.
    Raises ValueError when there are not as many answers as references.
    """
    said, true = [parse(answer) for answer in answers], [parse(reference) for reference in references]
    pairs = [(ours.locations, theirs.locations) for ours, theirs in zip(said, true, strict=True)]
    n_found, n_wanted = (sum(len({(place.line, place.is_removed) for place in pair[side]}) for pair in pairs) for side in (0, 1))
    verdicts = _right_verdicts(answers, references)
    return {
        "n": len(pairs),
        "accuracy": agreement.ratio(sum(verdicts), len(pairs)),
        "in_form": agreement.ratio(sum(answer.needs_comment is not None for answer in said), len(pairs)),
        "n_found": n_found,
        "n_wanted": n_wanted,
        "exact": agreement.agreement(sum(matched(*pair, 0) for pair in pairs), n_found, n_wanted),
        "within_3_lines": agreement.agreement(sum(matched(*pair, NEAR_LINES) for pair in pairs), n_found, n_wanted),
    }


def _right_verdicts(answers: Sequence[str], references: Sequence[str]) -> list[float]:
    """Return 1 for each answer whose yes or no is that of its reference, else 0."""
    verdicts = [[parse(text).needs_comment for text in texts] for texts in (answers, references)]
    return [float(said is not None and said is true) for said, true in zip(*verdicts, strict=True)]


def compare(report: pl.DataFrame, *, seed: int, resamples: int) -> dict[str, Any] | None:
    """Return the scores of `base` and `tuned`, and `accuracy` (base, tuned, difference, low, high: 95 % paired bootstrap).

    Of the rows of eval_report whose source is SOURCE; None when it has none.
    """
    rows = report.filter(pl.col("source") == SOURCE)
    if rows.is_empty():
        return None
    references = rows["reference"].to_list()
    models = {name: rows[f"{name}_answer"].to_list() for name in ("base", "tuned")}
    verdicts = [_right_verdicts(answers, references) for answers in models.values()]
    accuracy = bootstrap.paired(verdicts[0], verdicts[1], seed=seed, resamples=resamples)._asdict()
    return {name: scores(answers, references) for name, answers in models.items()} | {"accuracy": accuracy}

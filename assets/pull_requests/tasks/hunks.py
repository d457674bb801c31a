"""Pieces of hunks: cut out with their line numbers, redacted, and written with numbers for a model to refer to."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import Hunk, Line, Side
from assets.redaction.redaction import RedactionSettings, redact

Key = tuple[str, Hunk]  # a hunk is redacted as what the file at its path is


class Shown(NamedTuple):
    """What is shown of a hunk: the section that its header names, and its lines, redacted or not."""

    section: str
    lines: Sequence[Line]


class Excerpt(NamedTuple):
    """Lines of a hunk that stand together; starts and counts are those of a hunk header (with no line: the number of the one before)."""

    section: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        r"""The excerpt as a hunk of a unified diff, header first, lines ended by \n only and none at the end."""
        header = f"@@ -{self.old_start},{self.old_count} +{self.new_start},{self.new_count} @@ {self.section}".rstrip()
        return "\n".join([header, *(line.kind + line.text.removesuffix("\r") for line in self.lines)])

    @property
    def place(self) -> tuple[Side, int, int]:
        """Side, first and last number of the lines: of the new file where it has any of them."""
        side: Side = "RIGHT" if self.new_count else "LEFT"
        start, count = (self.new_start, self.new_count) if self.new_count else (self.old_start, self.old_count)
        return side, start, start + max(count, 1) - 1


def cut(hunk: Hunk, shown: Shown, first: int, last: int) -> Excerpt:
    """Return the lines with the indices `first` to `last` (included) of `hunk`, as they are in `shown`."""
    chosen, above = tuple(shown.lines[first : last + 1]), shown.lines[:first]
    old = _span(chosen, above, "LEFT", hunk.old_start - (hunk.old_count > 0))
    new = _span(chosen, above, "RIGHT", hunk.new_start - (hunk.new_count > 0))
    return Excerpt(shown.section, *old, *new, chosen)


def _span(chosen: Sequence[Line], above: Sequence[Line], side: Side, before: int) -> tuple[int, int]:
    numbers = [number for line in chosen if (number := line.number(side)) is not None]
    if numbers:
        return numbers[0], len(numbers)
    return next((number for line in reversed(above) if (number := line.number(side)) is not None), before), 0


def index_of(hunk: Hunk, side: Side, number: int) -> int | None:
    """Return the index in `hunk.lines` of the line that has `number` on `side`."""
    line = hunk.line(side, number)
    return None if line is None else hunk.lines.index(line)


def window(n_lines: int, first: int, last: int, max_lines: int, chance: float) -> tuple[int, int]:
    """Return the first and last index of at most `max_lines` of `n_lines` around those from `first` to `last`.

    `chance` (from 0 to 1) decides where in the window they stand, so that their place gives nothing away. Of more than `max_lines` the
    last ones are taken.
    """
    first = max(first, last - max_lines + 1)
    lowest, highest = max(0, last - max_lines + 1), max(0, min(first, n_lines - max_lines))
    start = lowest + round(chance * (highest - lowest))
    return start, min(start + max_lines, n_lines) - 1


def redacted(
    wanted: Sequence[Key], languages: Mapping[str, str | None], repository: str, settings: RedactionSettings
) -> dict[Key, Shown | None]:
    """Return each hunk without secrets and personal data; None where that is not possible without moving lines.

    Old and new lines are searched together, without their marks, so that a value over several lines is found as in a file.
    """
    keys = list(dict.fromkeys(wanted))
    texts = pl.Series(["\n".join([hunk.section, *(line.text for line in hunk.lines)]) for _, hunk in keys], dtype=pl.String)
    named = pl.Series([languages.get(path) for path, _ in keys], dtype=pl.String)
    found = redact(texts, pl.Series([repository] * len(keys), dtype=pl.String), named, settings).texts
    return {key: _with_texts(key[1].lines, text) for key, text in zip(keys, found, strict=True)}


def _with_texts(lines: Sequence[Line], text: str | None) -> Shown | None:
    if text is None or text.count("\n") != len(lines):
        return None
    section, *texts = text.split("\n")
    return Shown(section, [line._replace(text=new) for line, new in zip(lines, texts, strict=True)])


def numbered(hunk: str) -> str:
    """Return the lines of `hunk` (unified diff) with their numbers: `12 kept`, `13+added`, `L13-removed` (the old file's number).

    The header's section, when there is one, comes first as `@@ section`. Text that is no hunk is returned as it is.
    """
    parsed = patches.parse_hunk(hunk)
    if parsed is None:
        return hunk
    rows = [f"{line.new}{line.kind}{line.text}" if line.new is not None else f"L{line.old}-{line.text}" for line in parsed.lines]
    return "\n".join([f"@@ {parsed.section}"] * bool(parsed.section) + rows)

"""The text of a docstring or comment without its marks, with the way back to every character."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from assets import machine_code

_TEXTS_AT_A_TIME = 1_000  # bounds what is known of them at a time
_QUOTES = re.compile(r"[A-Za-z]{0,2}(\"\"\"|'''|\"|')")


@dataclass(frozen=True, slots=True)
class Bare:
    """Text without marks and common indentation: line i is `source[starts[i]:starts[i] + len(line i)]`."""

    text: str
    starts: tuple[int, ...]  # of each line in the source
    places: tuple[int, ...]  # of each line in `text`

    def source(self, position: int) -> int:
        """Return where in the source the character at `position` of `text` stands (line ends: one past the line)."""
        line = bisect_right(self.places, position) - 1
        return self.starts[line] + position - self.places[line]


def strip(text: str, start: int, end: int, *, is_python: bool) -> Bare:
    """Return the documentation in text[start:end], marks included there, without them."""
    (spans,) = _shorn([text[start:end]], [is_python])
    filled = [place for place, (first, last) in enumerate(spans) if first < last]
    if not filled:
        return Bare("", (start,), (0,))
    lines = [(start + first, start + last) for first, last in spans[filled[0] : filled[-1] + 1]]
    places = accumulate((last - first + 1 for first, last in lines[:-1]), initial=0)
    return Bare("\n".join(text[first:last] for first, last in lines), tuple(first for first, _ in lines), tuple(places))


def said(texts: Sequence[str], is_python: Sequence[bool]) -> list[str]:
    """Return the text of `strip` of each of `texts`, which are docstrings or comments as they stand in a file."""
    found = []
    for start in range(0, len(texts), _TEXTS_AT_A_TIME):
        some = slice(start, start + _TEXTS_AT_A_TIME)
        for text, lines in zip(texts[some], _shorn(texts[some], is_python[some]), strict=True):
            found.append("\n".join([text[first:last] for first, last in lines]).strip("\n"))
    return found


def _shorn(texts: Sequence[str], is_python: Sequence[bool]) -> Iterator[list[list[int]]]:
    """Yield what the lines of each text say, as [start, end] in it."""
    together, ends = "".join(texts), np.cumsum([0, *map(len, texts)])
    lines, stops = np.empty((together.count("\n") + len(texts), 2), np.int64), np.empty(len(texts), np.int64)
    characters = np.frombuffer(together.encode("utf-32-le", "surrogatepass"), np.uint32)
    kernel = machine_code.load("assets.corpus.chunks.comment_lines")
    kernel.shear(characters, np.column_stack([ends[:-1], ends[1:]]), np.array(is_python, np.uint8), lines, stops)
    for first, last in pairwise([0, *stops.tolist()]):
        yield lines[first:last].tolist()


def is_closed(text: str, start: int, end: int, *, is_python: bool) -> bool:
    """Tell whether the documentation in text[start:end] is whole: a piece that was cut inside it ends without the closing mark."""
    if end < len(text):
        return True
    if is_python:
        quotes = _QUOTES.match(text, start, end)
        return quotes is not None and end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return False  # a comment above a declaration is followed by it

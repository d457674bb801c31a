"""The text of a docstring or comment without its marks, with the way back to every character."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from assets import machine_code

Bytes = npt.NDArray[np.uint8]
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
    source = text[start:end].encode("utf-8", "surrogatepass")
    lines = np.empty((source.count(b"\n") + 1, 2), np.int64)
    characters = np.frombuffer(source, np.uint8)
    count = _kernels().shear(characters, 0, len(source), int(is_python), lines)
    if len(source) > end - start:  # from bytes to characters
        lines = np.append(0, np.cumsum(characters & 0xC0 != 0x80))[lines[:count]]
    spans = (lines[:count] + start).tolist()
    filled = [place for place, (first, last) in enumerate(spans) if first < last]
    if not filled:
        return Bare("", (start,), (0,))
    told = spans[filled[0] : filled[-1] + 1]
    places = accumulate((last - first + 1 for first, last in told[:-1]), initial=0)
    return Bare("\n".join(text[first:last] for first, last in told), tuple(first for first, _ in told), tuple(places))


def said(text: Bytes, spans: npt.NDArray[np.int64], is_python: npt.NDArray[np.bool_]) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Return the text of `strip` of each [start, end) of a UTF-8 text, one behind the other, and the (n, 2) bytes at which each stands."""
    lengths = spans[:, 1] - spans[:, 0]
    found, ends = np.empty(int(lengths.sum()), np.uint8), np.empty(len(spans), np.int64)
    lines = np.empty((int(lengths.max(initial=0)) + 1, 2), np.int64)
    _kernels().say(text, np.ascontiguousarray(spans), is_python.astype(np.uint8), lines, found, ends)
    return found, np.column_stack([np.append(0, ends)[:-1], ends])


def trimmed(text: Bytes, spans: npt.ArrayLike, *, without_semicolons: bool) -> npt.NDArray[np.int64]:
    """Return the spans without the blanks around them, and without the semicolons behind on demand; those below 0 as they are."""
    found = np.array(spans, np.int64, order="C").reshape(-1, 2)
    _kernels().trim(text, found, int(without_semicolons))
    return found


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.comment_lines")


def is_closed(text: str, start: int, end: int, *, is_python: bool) -> bool:
    """Tell whether the documentation in text[start:end] is whole: a piece that was cut inside it ends without the closing mark."""
    if end < len(text):
        return True
    if is_python:
        quotes = _QUOTES.match(text, start, end)
        return quotes is not None and end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return False  # a comment above a declaration is followed by it

"""Numbered lines of the texts that a model is shown, and back from its line numbers to characters."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A line [start, end) of the text `chunk` of a group, in characters, without its line end."""

    chunk: int
    start: int
    end: int


class Span(NamedTuple):
    """Characters [start, end) of the text `chunk` of a group."""

    chunk: int
    start: int
    end: int


# Everything that a reader, and so a model, may take for the end of a line, besides the line feed that is one.
_OTHER_LINE_ENDS = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def lines(texts: Sequence[str]) -> list[Line]:
    """Return the lines of all texts in order; the first has the number 1, and the next text goes on counting."""
    found = []
    for chunk, text in enumerate(texts):
        start = 0
        while start < len(text):
            feed = text.find("\n", start)
            end = len(text) if feed < 0 else feed
            found.append(Line(chunk, start, end - (end > start and text[end - 1] == "\r")))
            start = end + 1
    return found


def one_line(text: str) -> str:
    """Return `text` with a blank in the place of everything that may be taken for the end of a line."""
    return _OTHER_LINE_ENDS.sub(" ", text).replace("\n", " ")


def span(texts: Sequence[str], first: int, last: int) -> Span | str:
    """Return the characters on the lines `first` to `last` (numbers from 1, both included), without blanks at either end.

    When there is no such span within one text, what is wrong with it: "outside the text", "over two parts" or "blank".
    """
    numbered = lines(texts)
    if not 1 <= first <= last <= len(numbered):
        return "outside the text"
    start, end = numbered[first - 1], numbered[last - 1]
    if start.chunk != end.chunk:
        return "over two parts"
    cited = texts[start.chunk][start.start : end.end]
    if not cited.strip():
        return "blank"
    return Span(start.chunk, start.start + len(cited) - len(cited.lstrip()), start.start + len(cited.rstrip()))

"""The text of a docstring or comment without its marks, with the way back to every character."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, compress, repeat
from operator import add, sub

_QUOTES = re.compile(r"[A-Za-z]{0,2}(\"\"\"|'''|\"|')")
_LINE_MARK = re.compile(r"[ \t]*(?:/{2,}[!<]*|/\*+[!<]*(?!/)|\*+(?!/)(?=[ \t\n]|$))")


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
    begin, raw, lines, cuts = _shorn(text, start, end, is_python=is_python)
    filled = [place for place, line in enumerate(lines) if line]
    if not filled:
        return Bare("", (start,), (0,))
    span = slice(filled[0], filled[-1] + 1)
    begins = [first + place for place, first in enumerate(accumulate(map(len, raw[:-1]), initial=begin))]
    starts = map(add, begins[span], cuts[span])
    return Bare("\n".join(lines[span]), tuple(starts), tuple(accumulate((len(line) + 1 for line in lines[span]), initial=0)))


def said(text: str, start: int, end: int, *, is_python: bool) -> str:
    """Return the text of `strip` alone, which is two thirds of its work."""
    _, _, lines, _ = _shorn(text, start, end, is_python=is_python)
    return "\n".join(lines).strip("\n")


Shorn = tuple[int, list[str], list[str], list[int]]


def _shorn(text: str, start: int, end: int, *, is_python: bool) -> Shorn:
    """Return where the first line begins, the lines as they are, what they say, and how many characters before that were taken off."""
    if is_python:
        start, end = _between_quotes(text, start, end)
        raw = text[start:end].split("\n")
        lines, cuts = _dedented(raw, first=1)
        return start, raw, lines, cuts
    raw = text[start:end].split("\n")
    unmarked = [line[mark.end() :] if (mark := _LINE_MARK.match(line)) else line for line in raw]
    lines, cuts = _dedented([_without_end(line) for line in unmarked], first=0)
    marks = map(sub, map(len, raw), map(len, unmarked))
    return start, raw, lines, list(map(add, marks, cuts))


def _between_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    quotes = _QUOTES.match(text, start, end)
    if quotes is None:
        return start, end
    closed = end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return quotes.end(), end - len(quotes[1]) if closed else end


def is_closed(text: str, start: int, end: int, *, is_python: bool) -> bool:
    """Tell whether the documentation in text[start:end] is whole: a piece that was cut inside it ends without the closing mark."""
    if end < len(text):
        return True
    if is_python:
        quotes = _QUOTES.match(text, start, end)
        return quotes is not None and end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return False  # a comment above a declaration is followed by it


def _without_end(line: str) -> str:
    body = line.rstrip(" \t")
    return body[:-1].rstrip("*") if body.endswith("*/") else line


def _dedented(lines: list[str], first: int) -> tuple[list[str], list[int]]:
    """Take away trailing blanks everywhere, all leading ones of the lines before `first`, the common ones of the others.

    Return the lines, and how many characters each lost at its start.
    """
    lines = list(map(str.rstrip, lines))
    blanks = list(map(sub, map(len, lines), map(len, map(str.lstrip, lines))))
    rest = list(compress(blanks[first:], lines[first:]))
    if first == 0 and len(rest) > 1 and lines[0] and rest[0] < min(rest[1:]):
        rest = rest[1:]  # text right after `/**` says nothing about the indentation of the lines below
    cuts = blanks[:first] + list(map(min, blanks[first:], repeat(min(rest, default=0))))
    return [line[cut:] for line, cut in zip(lines, cuts, strict=True)], cuts

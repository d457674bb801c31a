"""The text of a docstring or comment without its marks, with the way back to every character."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

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
    lines = _python_lines(text, start, end) if is_python else _comment_lines(text, start, end)
    lines = _dedented(lines, first=1 if is_python else 0)
    filled = [place for place, (_, line) in enumerate(lines) if line]
    lines = lines[filled[0] : filled[-1] + 1] if filled else []
    places = accumulate((len(line) + 1 for _, line in lines), initial=0)
    return Bare("\n".join(line for _, line in lines), tuple(begin for begin, _ in lines) or (start,), tuple(places))


Line = tuple[int, str]  # where it starts in the source, and what it says


def _lines(text: str, start: int, end: int) -> list[Line]:
    lines = text[start:end].split("\n")
    return list(zip(accumulate((len(line) + 1 for line in lines), initial=start), lines, strict=False))


def _python_lines(text: str, start: int, end: int) -> list[Line]:
    quotes = _QUOTES.match(text, start, end)
    if quotes is None:
        return _lines(text, start, end)
    closed = end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return _lines(text, quotes.end(), end - len(quotes[1]) if closed else end)


def is_closed(text: str, start: int, end: int, *, is_python: bool) -> bool:
    """Tell whether the documentation in text[start:end] is whole: a piece that was cut inside it ends without the closing mark."""
    if end < len(text):
        return True
    if is_python:
        quotes = _QUOTES.match(text, start, end)
        return quotes is not None and end - quotes.end() >= len(quotes[1]) and text.endswith(quotes[1], quotes.end(), end)
    return False  # a comment above a declaration is followed by it


def _comment_lines(text: str, start: int, end: int) -> list[Line]:
    out = []
    for begin, line in _lines(text, start, end):
        mark = _LINE_MARK.match(line)
        said = line if mark is None else line[mark.end() :]
        body = said.rstrip(" \t")
        out.append((begin + len(line) - len(said), body[:-1].rstrip("*") if body.endswith("*/") else said))
    return out


def _dedented(lines: list[Line], first: int) -> list[Line]:
    """Take away trailing blanks everywhere, all leading ones of the lines before `first`, the common ones of the others."""
    lines = [(begin, line.rstrip()) for begin, line in lines]
    blanks = [len(line) - len(line.lstrip()) for _, line in lines]
    rest = [blank for blank, (_, line) in zip(blanks[first:], lines[first:], strict=True) if line]
    if first == 0 and len(rest) > 1 and lines[0][1] and rest[0] < min(rest[1:]):
        rest = rest[1:]  # text right after `/**` says nothing about the indentation of the lines below
    common = min(rest, default=0)
    taken = [blank if place < first else min(blank, common) for place, blank in enumerate(blanks)]
    return [(begin + indent, line[indent:]) for (begin, line), indent in zip(lines, taken, strict=True)]

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
    spans = _python_lines(text, start, end) if is_python else _comment_lines(text, start, end)
    spans = _dedented(text, spans, first=1 if is_python else 0)
    filled = [line for line, (first, last) in enumerate(spans) if first < last]
    spans = spans[filled[0] : filled[-1] + 1] if filled else []
    places = accumulate((last - first + 1 for first, last in spans), initial=0)
    return Bare("\n".join(text[first:last] for first, last in spans), tuple(first for first, _ in spans) or (start,), tuple(places))


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    out = []
    while True:
        stop = text.find("\n", start, end)
        out.append((start, end if stop < 0 else stop))
        if stop < 0:
            return out
        start = stop + 1


def _python_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
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


def _comment_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    out = []
    for first, last in _lines(text, start, end):
        mark = _LINE_MARK.match(text, first, last)
        first = mark.end() if mark is not None else first
        body = text[first:last].rstrip(" \t")
        out.append((first, first + len(body[:-1].rstrip("*")) if body.endswith("*/") else last))
    return out


def _dedented(text: str, spans: list[tuple[int, int]], first: int) -> list[tuple[int, int]]:
    """Take away trailing blanks everywhere, all leading ones of the lines before `first`, the common ones of the others."""
    spans = [(begin, begin + len(text[begin:end].rstrip())) for begin, end in spans]
    blanks = [len(text[begin:end]) - len(text[begin:end].lstrip()) for begin, end in spans]
    rest = [blank for blank, (begin, end) in zip(blanks[first:], spans[first:], strict=True) if begin < end]
    if first == 0 and len(rest) > 1 and spans[0][0] < spans[0][1] and rest[0] < min(rest[1:]):
        rest = rest[1:]  # text right after `/**` says nothing about the indentation of the lines below
    common = min(rest, default=0)
    taken = [blank if line < first else min(blank, common) for line, blank in enumerate(blanks)]
    return [(min(end, begin + indent), end) for (begin, end), indent in zip(spans, taken, strict=True)]

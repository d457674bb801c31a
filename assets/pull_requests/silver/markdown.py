"""What is code and what is prose in the Markdown of a comment: fenced blocks, code spans, quotations.

The rules are those of CommonMark 0.31 (sections 4.4, 4.5, 6.1) that decide where code begins and ends. Every function is linear in the
length of its text.
"""

import re
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n?|\n")
_OPENING = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)", re.DOTALL)
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")
_TICKS = re.compile(r"`+")
_HTML_COMMENT = re.compile(r"<!--(?:(?!-->).)*(?:-->|\Z)", re.DOTALL)
_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?![ \t]*\n))+")
_QUOTATION = re.compile(r"(?m)^ {0,3}>.*$")
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")


class Fence(NamedTuple):
    """A fenced block: its info string, its lines without the fence's own indentation, and the characters [start, end) that it covers.

    `closed` is false where the text ends before the fence does: CommonMark lets the block run to the end then.
    """

    info: str
    lines: tuple[str, ...]
    start: int
    end: int
    closed: bool


def unified(text: str) -> str:
    """Return `text` with \\n as the only line end."""
    return _LINE_END.sub("\n", text)


def fences(text: str) -> list[Fence]:
    """Return the fenced blocks of `text` (with \\n as line end), in order; a fence inside of a longer one is a line of it."""
    found: list[Fence] = []
    inside: list[str] | None = None
    mark, info, indent, start, at = "", "", 0, 0, 0
    for line in text.split("\n"):
        end = at + len(line)
        if inside is None:
            opening = _OPENING.fullmatch(line)
            if opening and not (opening[2][0] == "`" and "`" in opening[3]):  # a code span in a line of its own
                inside, start, indent, mark, info = [], at, len(opening[1]), opening[2], opening[3].strip()
        elif _closes(line, mark):
            found.append(Fence(info, tuple(inside), start, end, True))
            inside = None
        else:
            inside.append(_outdented(line, indent))
        at = end + 1
    if inside is not None:
        found.append(Fence(info, tuple(inside), start, len(text), False))
    return found


def _closes(line: str, mark: str) -> bool:
    closing = _CLOSING.fullmatch(line)
    return closing is not None and closing[1][0] == mark[0] and len(closing[1]) >= len(mark)


def _outdented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def code(text: str) -> list[tuple[int, int]]:
    """Return the characters [start, end) of `text` (\\n as line end) that are code: blocks with their fences, spans with their ticks.

    They are in order and do not overlap.
    """
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in [*sorted([(fence.start, fence.end) for fence in fences(text)] + _indented(text)), (len(text), len(text))]:
        for paragraph in _PARAGRAPH.finditer(text, at, max(at, start)):  # a code span does not reach into the next one
            found += [(paragraph.start() + first, paragraph.start() + last) for first, last in _code_spans(paragraph[0])]
        if end > at:
            found.append((max(at, start), end))
        at = max(at, end)
    return [(start, end) for start, end in found if start < end]


def _indented(text: str) -> list[tuple[int, int]]:
    """Return the lines that four blanks make code: after an empty line or another such line, as they cannot interrupt a paragraph."""
    found, at, may_begin = [], 0, True
    for line in text.split("\n"):
        is_code = may_begin and _INDENTED.match(line) is not None
        if is_code:
            found.append((at, at + len(line)))
        may_begin = is_code or not line.strip()
        at += len(line) + 1
    return found


def _code_spans(text: str) -> list[tuple[int, int]]:
    """Return the code spans of `text`: from a run of ticks to the next one of the same length."""
    runs = [match.span() for match in _TICKS.finditer(text)]
    following: dict[int, int] = {}
    partner = [-1] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        partner[index] = following.get(length, -1)
        following[length] = index
    found, index = [], 0
    while index < len(runs):
        if partner[index] >= 0:
            found.append((runs[index][0], runs[partner[index]][1]))
            index = partner[index]
        index += 1
    return found


def prose(text: str) -> str:
    """Return what a person wrote for people in `text` (with \\n as line end): without code, quotations and HTML comments."""
    pieces, at = [], 0
    for start, end in code(text):
        pieces += [text[at:start], " "]
        at = end
    rest = _HTML_COMMENT.sub(" ", "".join([*pieces, text[at:]]))
    return _QUOTATION.sub("", rest).strip()

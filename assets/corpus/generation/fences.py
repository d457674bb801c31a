"""Fenced code blocks of Markdown (CommonMark 4.5), in answers."""

import re
from typing import NamedTuple

_OPENING = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Block(NamedTuple):
    """A fenced block: [start, end) are the characters of the whole, fences included; the language is as written, "" where it is not."""

    start: int
    end: int
    language: str
    code: str
    is_closed: bool


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of `text` in order; one that is never closed goes on to the end."""
    found: list[Block] = []
    fence, language, start, code = "", "", 0, 0
    for match in _LINE.finditer(text):
        line = match[0].rstrip()
        if not fence and (opening := _OPENING.fullmatch(line)):
            fence, language, start, code = opening[1], opening[2], match.start(), match.end()
        elif fence and line.lstrip().startswith(fence) and not line.strip().strip(fence[0]):
            found.append(Block(start, match.end(), language, text[code : match.start()], True))
            fence = ""
    return [*found, Block(start, len(text), language, text[code:], False)] if fence else found


def without_blocks(text: str) -> str:
    """Return `text` without its fenced blocks."""
    at, kept = 0, []
    for block in blocks(text):
        kept.append(text[at : block.start])
        at = block.end
    return "".join([*kept, text[at:]])

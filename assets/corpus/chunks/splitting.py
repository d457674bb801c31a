"""Cut a span of text into pieces of a bounded size, at the best place there is: statement, line, character."""

from bisect import bisect_right
from collections.abc import Sequence

from tree_sitter import Node

# What a list of statements stands in, in any of the grammars: the only places to cut a long declaration at.
_BLOCKS = frozenset(
    {"block", "compound_statement", "statement_block", "class_body", "interface_body", "enum_body", "enum_body_declarations"}
    | {"field_declaration_list", "enumerator_list", "declaration_list", "constructor_body", "switch_block", "switch_body"}
    | {"switch_block_statement_group", "case_statement", "switch_case", "switch_default"}
)


def cut(text: str, start: int, end: int, borders: Sequence[int], max_chars: int) -> list[tuple[int, int]]:
    """Return [start, end) of `text` as spans of at most `max_chars` characters, without the blank lines at their ends.

    `borders` are sorted positions that are good to cut at. Together the spans hold everything but whitespace.
    """
    spans = []
    while start < end:
        stop = end if end - start <= max_chars else _border(text, start, start + max_chars, borders)
        spans.append(trim(text, start, stop))
        start = stop
    return [(first, last) for first, last in spans if first < last]


def _border(text: str, start: int, limit: int, borders: Sequence[int]) -> int:
    """Return where to cut in (start, limit]: the last border that leaves a piece not too small, else a line end, else the limit."""
    enough = start + (limit - start) // 3
    at = bisect_right(borders, limit) - 1
    if at >= 0:
        stop = line_start(text, borders[at], start)
        if stop > enough:
            return stop
    line = text.rfind("\n", enough, limit) + 1
    return line if line > start else limit


def line_start(text: str, position: int, floor: int = 0) -> int:
    """Return the start of the line (not before `floor`) when only blanks precede `position` on it, else `position`."""
    line = max(text.rfind("\n", floor, position) + 1, floor)
    return line if not text[line:position].strip(" \t") else position


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without blank lines before it (indentation stays) and without whitespace after it."""
    piece = text[start:end].rstrip()
    if not piece:
        return start, start
    blank = len(piece) - len(piece.lstrip())
    return start + piece.rfind("\n", 0, blank) + 1, start + len(piece)


def paragraphs(text: str) -> list[int]:
    """Return the positions after blank lines: where to cut a text whose syntax is unknown."""
    out, at = [], text.find("\n\n")
    while at >= 0:
        out.append(at + 2)
        at = text.find("\n\n", at + 1)
    return out


def statements(node: Node, smallest: int) -> list[int]:
    """Return the bytes at which statements inside `node` start, leaving out those inside statements under `smallest` bytes."""
    out: list[int] = []
    stack = [node]
    while stack:
        here = stack.pop()
        is_block = here.type in _BLOCKS
        for child in here.named_children:
            if is_block:
                out.append(child.start_byte)
            if child.end_byte - child.start_byte > smallest:
                stack.append(child)
    return sorted(out)

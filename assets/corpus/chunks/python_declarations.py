"""Functions, methods and classes of a Python file by its lines: what `declarations.find` finds in its tree, without parsing it."""

import re
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks.declarations import Declaration, declaration_end, line_start

MAX_BLOCKS = 100  # that stand in each other
COMMENT, SIMPLE, STRING, DECORATOR, IMPORT, FUNCTION, CLASS, CONTAINER, OTHER = range(9)  # as in `python_lines`
_NAME = re.compile(rb"(?:async[\s\\]+)?(?:def|class)[\s\\]+([\w\x80-\xff]+)")
_PLAIN_STRING = re.compile(rb"[rRuU]?['\"]")
Rows = npt.NDArray[np.int64]


class Row(NamedTuple):
    """What `python_lines` tells of a statement, clause, decorator or comment."""

    start: int
    end: int
    kind: int
    parent: int
    block_start: int
    block_end: int
    first: int
    outer: int
    is_visible: int
    is_statement: int
    indent: int


_START, _END, _KIND, _PARENT, _BLOCK_END, _VISIBLE = map(Row._fields.index, ("start", "end", "kind", "parent", "block_end", "is_visible"))


def statements(rows: Rows, header: int, smallest: int) -> list[int]:
    """Return the bytes at which statements in the block of row `header` start, leaving out those in blocks of `smallest` bytes or less."""
    stop = int(np.searchsorted(rows[:, _START], rows[header, _BLOCK_END]))
    is_open, out = {header: True}, []
    for place, row in enumerate(map(Row._make, rows[header:stop].tolist()), header):
        shown = place == header or is_open.get(row.parent, False)
        is_open[place] = shown and row.block_end - row.block_start > smallest
        if shown and row.is_statement and place > header:
            out.append(row.start)
    return out


def read(source: bytes) -> Rows | None:
    """Return a Row for each statement, clause, decorator and comment by start; None when `source` is not certain to be Python."""
    kinds = lexing.kinds(source, "Python")
    if kinds is None or source.startswith(b"\xef\xbb\xbf") or source.count(b"\r") != source.count(b"\r\n"):
        return None
    most = sum(map(source.count, (b"\n", b"\r", b";", b"#", b":"))) + 2
    rows, open_blocks = np.empty((most, len(Row._fields)), np.int64), np.full((3, MAX_BLOCKS), -1)
    open_blocks[1, 0] = 0  # the indentation of the module
    state = np.array([0, 0, 0, -1, 0])
    kernel = machine_code.load("assets.corpus.chunks.python_lines")
    kernel.read(np.frombuffer(source, np.uint8), kinds, rows, state, *open_blocks)
    return rows[: state[1]] if state[1] >= 0 else None


def find(source: bytes) -> tuple[list[Declaration], list[tuple[int, int]]] | None:
    """Return (declarations, bytes of the import statements), both by start; None when `source` is not certain to be Python."""
    rows = read(source)
    if rows is None:
        return None
    kinds, shown = rows[:, _KIND], rows[:, _VISIBLE] == 1
    imports = rows[shown & (kinds == IMPORT), _START : _END + 1]
    found: list[Declaration] = []
    around = {-1: -1}  # row of a class or container -> the declaration that what stands in it belongs to
    places = np.flatnonzero(shown & (kinds >= FUNCTION) & (kinds <= CONTAINER))
    for place, kind, outer in zip(places.tolist(), kinds[places].tolist(), rows[places, _PARENT].tolist(), strict=True):
        parent = around[outer]
        around[place] = parent
        if kind != CONTAINER:
            around[place] = len(found)
            found.append(_declaration(source, rows, place, parent, found))
    return found, [(start, end) for start, end in imports.tolist()]


def _declaration(source: bytes, rows: Rows, place: int, parent: int, found: list[Declaration]) -> Declaration:
    row = Row._make(rows[place].tolist())
    named = _NAME.match(source, row.start)
    name = "anonymous" if named is None else named[1].decode("utf-8", "replace")
    first = Row._make(rows[row.first].tolist())
    is_documentation = first.kind == STRING and _PLAIN_STRING.match(source, first.start) is not None
    start = int(rows[row.outer, _START])
    return Declaration(
        kind="class" if row.kind == CLASS else "function" if parent < 0 else "method",
        name=name if parent < 0 else f"{found[parent].name}.{name}",
        start=line_start(source, start),
        signature=(row.start, row.end),
        end=declaration_end(source, start, row.block_end),
        doc=(first.start, first.end) if is_documentation else None,
        statements=partial(statements, rows, place),
        parent=parent,
    )

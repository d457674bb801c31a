"""Functions, methods and classes of a Python file by its lines: what `declarations.find` finds in its tree, without parsing it."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks.declarations import Declaration

MAX_BLOCKS = 100  # that stand in each other
COMMENT, SIMPLE, STRING, DECORATOR, IMPORT, FUNCTION, CLASS, CONTAINER, OTHER = range(9)  # as in `python_lines`
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
    within: int


class Declared(NamedTuple):
    """What `python_lines` tells of a function or class: places in the source are bytes, -1 for none."""

    row: int
    kind: int
    name_start: int
    name_end: int
    start: int
    end: int
    signature_start: int
    signature_end: int
    doc_start: int
    doc_end: int
    parent: int


_START, _END, _KIND, _VISIBLE = map(Row._fields.index, ("start", "end", "kind", "is_visible"))


def statements(rows: Rows, header: int, smallest: int) -> list[int]:
    """Return the bytes at which statements in the block of row `header` start, leaving out those in blocks of `smallest` bytes or less."""
    is_open, starts = np.empty(len(rows) - header, np.uint8), np.empty(len(rows) - header, np.int64)
    count = _kernels().statements(rows, header, smallest, is_open, starts)
    found: list[int] = starts[:count].tolist()
    return found


def read(source: bytes) -> tuple[Rows, Rows] | None:
    """Return a Row for each statement, clause, decorator and comment, and a Declared for each function and class to find, both by start.

    None when `source` is not certain to be Python.
    """
    kinds = lexing.kinds(source, "Python")
    if kinds is None or source.startswith(b"\xef\xbb\xbf") or source.count(b"\r") != source.count(b"\r\n"):
        return None
    most = len(source) - len(source.translate(None, b"\n\r;#:")) + 2
    rows, declared = np.empty((most, len(Row._fields)), np.int64), np.empty((most, len(Declared._fields)), np.int64)
    state, open_blocks = np.array([0, 0, 0, -1, 0, 0]), np.full((3, MAX_BLOCKS), -1)
    open_blocks[1, 0] = 0  # the indentation of the module
    _kernels().read(np.frombuffer(source, np.uint8), kinds, rows, declared, state, open_blocks)
    return (rows[: state[1]], declared[: state[5]]) if state[1] >= 0 else None


def find(source: bytes) -> tuple[list[Declaration], list[tuple[int, int]]] | None:
    """Return (declarations, bytes of the import statements), both by start; None when `source` is not certain to be Python."""
    read_ = read(source)
    if read_ is None:
        return None
    rows, declared = read_
    imports = rows[(rows[:, _KIND] == IMPORT) & (rows[:, _VISIBLE] == 1), _START : _END + 1]
    found: list[Declaration] = []
    for one in map(Declared._make, declared.tolist()):
        found.append(_declaration(source, rows, one, found))
    return found, [(start, end) for start, end in imports.tolist()]


def _declaration(source: bytes, rows: Rows, one: Declared, found: list[Declaration]) -> Declaration:
    name = "anonymous" if one.name_start < 0 else source[one.name_start : one.name_end].decode("utf-8", "replace")
    return Declaration(
        "class" if one.kind == CLASS else "function" if one.parent < 0 else "method",
        name if one.parent < 0 else f"{found[one.parent].name}.{name}",
        one.start,
        (one.signature_start, one.signature_end),
        one.end,
        (one.doc_start, one.doc_end) if one.doc_start >= 0 else None,
        partial(statements, rows, one.row),
        one.parent,
    )


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.python_lines")

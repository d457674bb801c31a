"""Functions, methods and classes of a Python file by its lines: what `declarations.find` finds in its tree, without parsing it."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks.declared import Declared

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


class Name(NamedTuple):
    """Where a declaration stands among the rows and its name in the source, -1 for none."""

    row: int
    start: int
    end: int


_START, _END, _KIND, _VISIBLE = map(Row._fields.index, ("start", "end", "kind", "is_visible"))
_PARENT = 7  # of `Declared.table`


def find(source: bytes) -> Declared | None:
    """Return what a Python file declares; None when `source` is not certain to be Python."""
    read_ = read(source)
    if read_ is None:
        return None
    rows, table, named = read_
    imports = rows[(rows[:, _KIND] == IMPORT) & (rows[:, _VISIBLE] == 1), _START : _END + 1]
    return Declared(
        _names(source, table, named), table, [(start, end) for start, end in imports.tolist()], partial(_statements, rows, named)
    )


def read(source: bytes) -> tuple[Rows, Rows, Rows] | None:
    """Return a Row for each statement, clause, decorator and comment, and for each declaration a row as in `Declared` and a Name, by start.

    None when `source` is not certain to be Python.
    """
    kinds = lexing.kinds(source, "Python")
    if kinds is None or source.startswith(b"\xef\xbb\xbf") or source.count(b"\r") != source.count(b"\r\n"):
        return None
    most = len(source) - len(source.translate(None, b"\n\r;#:")) + 2
    rows, declared, named = (np.empty((most, columns), np.int64) for columns in (len(Row._fields), 8, len(Name._fields)))
    state, open_blocks = np.array([0, 0, 0, -1, 0, 0]), np.full((3, MAX_BLOCKS), -1)
    open_blocks[1, 0] = 0  # the indentation of the module
    _kernels().read(np.frombuffer(source, np.uint8), kinds, rows, declared, named, state, open_blocks)
    return (rows[: state[1]], declared[: state[5]], named[: state[5]]) if state[1] >= 0 else None


def _names(source: bytes, table: Rows, named: Rows) -> list[str]:
    """Return the names with those of the classes around; they are of ASCII, or the file had been left to the parser."""
    text, names = source.decode("latin-1"), list[str]()
    for parent, (_, start, end) in zip(table[:, _PARENT].tolist(), named.tolist(), strict=True):
        name = "anonymous" if start < 0 else text[start:end]
        names.append(name if parent < 0 else f"{names[parent]}.{name}")
    return names


def _statements(rows: Rows, named: Rows, declaration: int, smallest: int) -> list[int]:
    """Return the bytes at which statements in a declaration start, leaving out those in blocks of `smallest` bytes or less."""
    header = named[declaration, 0]
    is_open, starts = np.empty(len(rows) - header, np.uint8), np.empty(len(rows) - header, np.int64)
    count = _kernels().statements(rows, header, smallest, is_open, starts)
    found: list[int] = starts[:count].tolist()
    return found


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.python_lines")

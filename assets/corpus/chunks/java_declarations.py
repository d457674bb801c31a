"""Methods and classes of a Java file by its tokens: what `declarations.find` finds in its tree, without parsing it."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks import outline
from assets.corpus.chunks.declared import Declared

_MODIFIERS = "public private protected abstract final strictfp native transient volatile"
_PRIMITIVES = "boolean byte char short int long float double void"
_LETTERS = (
    "static:s synchronized:Y default:d class:C interface:I enum:N throws:T extends:E implements:i super:S import:m package:k if:f while:w"
    " for:F do:D else:e try:t catch:c finally:y switch:h case:K new:n instanceof:o"
)
_LEAVING = "return throw break continue assert"
_UNUSED = "const goto"  # keywords that no program has
KEYWORDS = tuple(
    [(word, "M") for word in _MODIFIERS.split()]
    + [(word, "P") for word in _PRIMITIVES.split()]
    + [(word, "R") for word in _LEAVING.split()]
    + [(word, "X") for word in _UNUSED.split()]
    + [(pair[:-2], pair[-1]) for pair in _LETTERS.split()]
)
_PARENT = 7  # of `Declared.table`
Rows = npt.NDArray[np.int32]
Table = npt.NDArray[np.int64]


def find(source: bytes) -> Declared | None:
    """Return what a Java file declares; None when `source` is not certain to be Java."""
    tokens = None if b"\r" in source else outline.rows(source, "Java", KEYWORDS)
    if tokens is None:
        return None
    rows, shape = tokens
    most = len(shape) // 3 + 2  # the shortest declaration, import and package have three tokens
    jump, scopes = np.empty(len(shape), np.int32), np.empty((lexing.MAX_DEPTH + 2, 4), np.int64)
    table, named, imports = (np.empty((most, columns), np.int64) for columns in (8, 4, 2))
    text = np.frombuffer(source, np.uint8)
    count = _kernels().read(text, rows, shape, source.isascii(), jump, table, named, imports, scopes)
    if count < 0:
        return None
    table, named, imported = table[:count], named[:count], imports[: imports[-1, 0]].tolist()
    statements = partial(_statements, rows, shape, jump, named)
    return Declared(_names(source, table, named), table, [(start, end) for start, end in imported], statements)


def _names(source: bytes, table: Table, named: Table) -> list[str]:
    """Return the names with those of the classes around; they are of ASCII."""
    text, names = source.decode("latin-1"), list[str]()
    for parent, start, end in zip(table[:, _PARENT].tolist(), named[:, 0].tolist(), named[:, 1].tolist(), strict=True):
        names.append(text[start:end] if parent < 0 else f"{names[parent]}.{text[start:end]}")
    return names


def _statements(rows: Rows, shape: npt.NDArray[np.uint8], jump: Rows, named: Table, declaration: int, smallest: int) -> list[int]:
    """Return the bytes at which statements in a declaration start, leaving out those in blocks of `smallest` bytes or less.

    A comment between statements counts as one; so does a group of statements in a switch, which is a block as well.
    """
    first, last = named[declaration, 2:].tolist()
    marks, starts = np.zeros(last - first, np.uint8), np.empty(2 * (last - first) + int(rows[-1, 0]), np.int64)
    count = _kernels().statements(rows, shape, jump, first, last, smallest, marks, starts)
    found: list[int] = starts[:count].tolist()
    return found


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.java_members")

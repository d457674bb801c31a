"""Functions, methods and classes of a JavaScript file by its tokens: what `declarations.find` finds in its tree, without parsing it."""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.corpus.chunks import outline
from assets.corpus.chunks.declared import FUNCTION, KIND, METHOD, Declared
from assets.corpus.chunks.javascript_grammar import KEYWORDS, grammar

MAX_DEPTH = 8192  # symbols of the grammar that are still to be read: a bracket takes some five of them
MAX_TEXTS = 256  # templates and elements in each other
PADDING = 5  # as in `javascript_tokens`
START, END, SCOPE = 0, 1, 2  # of a row, as in `javascript_parser`, like the next two lines
SCOPE_START, SCOPE_END = 1, 2  # of a scope
OPEN_ROW, ROWS, SCOPES, COMMENTS = 1, 3, 4, 7  # where the parser is
DECLARATION, ROW, VALUE = 2, 1, 7  # of a name, as in `javascript_bindings`, like the next line
BOUND, DEFAULT, NAMELESS, STATEMENTS = 1, 2, 3, 4
_EXPORTS = re.compile(r"^(?:module\.)?exports(?:\.|$)")
_TEXTS = {DEFAULT: "default", NAMELESS: ""}  # by style
Integers = npt.NDArray[np.int32]


class _Tokens(NamedTuple):
    """What `javascript_tokens` fills: some tokens have rows to spare."""

    source: npt.NDArray[np.uint8]
    rows: Integers
    terminals: npt.NDArray[np.uint8]  # one for each token, and PADDING
    comments: Integers


class _Read(NamedTuple):
    """What is read of a file: `javascript_parser` fills rows and scopes, `javascript_bindings` the named."""

    rows: Integers
    scopes: Integers
    named: npt.NDArray[np.int64]

    def statements(self, declaration: int, smallest: int) -> list[int]:
        """Return the bytes at which statements in a declaration start, leaving out those in blocks of `smallest` bytes or less."""
        name = self.named[np.flatnonzero(self.named[:, DECLARATION] == declaration)[0]]
        first, last = np.searchsorted(self.rows[:, START], (name[VALUE] + 1, self.rows[name[ROW], END]))
        within = self.rows[first:last]
        sizes = self.scopes[:, SCOPE_END] - self.scopes[:, SCOPE_START]
        chosen: list[int] = within[sizes[within[:, SCOPE]] > smallest, START].tolist()
        return chosen


def find(source: bytes) -> Declared | None:
    """Return what a file declares; None when `source` is not certain to be JavaScript."""
    start = _hash_bang_end(source)
    is_strange = b"\r" in source and source.count(b"\r") != source.count(b"\r\n")
    found = None if is_strange else _tokens(source, max(start, 0))
    parsed = None if found is None else _parse(found)
    if found is None or parsed is None:
        return None
    rows, scopes = parsed
    around, count = np.zeros((len(scopes), 6), np.int64), np.zeros(2, np.int64)
    around[0] = STATEMENTS, -1, -1, start, -1, -1
    table, named, imports = np.empty((len(rows), 8), np.int64), np.empty((len(rows) + 1, 9), np.int64), np.empty((len(rows), 2), np.int32)
    kernel = machine_code.load("assets.corpus.chunks.javascript_bindings")
    table = table[: kernel.find(found.source, found.rows, found.terminals, rows, scopes, around, table, named, imports, count)]
    names, imported = count.tolist()
    read = _Read(rows, scopes, named[:names])
    texts = _names(source, read.named)
    if b"::" in source:
        is_outside = np.array(["::" in text for text in texts], np.bool_)
        table[is_outside & (table[:, KIND] == FUNCTION), KIND] = METHOD
    return Declared(texts, table, [(start, end) for start, end in imports[:imported].tolist()], read.statements)


def _tokens(source: bytes, start: int) -> _Tokens | None:
    """Return the tokens of a file from byte `start` on, None when they are not certain: all words that are no text are of ASCII."""
    size, data = len(source), np.frombuffer(source, np.uint8)
    rows, terminals = np.empty((size + 1, 3), np.int32), np.empty(size + PADDING, np.uint8)
    comments, stack = np.empty((size // 2 + 1, 2), np.int32), np.empty(MAX_TEXTS, np.int64)
    kernel = machine_code.load("assets.corpus.chunks.javascript_tokens")
    count = kernel.read(data, start, outline.keyword_table(KEYWORDS), stack, rows, terminals, comments)
    return _Tokens(data, rows, terminals[: count + PADDING], comments[: comments.item(-1, 0)]) if count >= 0 else None


def _parse(found: _Tokens) -> tuple[Integers, Integers] | None:
    """Return the rows and scopes of a file, None when it is not certain to be JavaScript."""
    tokens, comments = len(found.terminals) - PADDING, len(found.comments)
    rows, scopes = np.empty((tokens + comments + 1, 5), np.int32), np.empty((tokens + 1, 4), np.int32)
    scopes[0], at = 0, np.zeros(COMMENTS + 2, np.int64)
    at[OPEN_ROW], at[COMMENTS] = -1, comments
    kernel = machine_code.load("assets.corpus.chunks.javascript_parser")
    is_sure = kernel.parse(*found, grammar(), np.empty(MAX_DEPTH, np.uint64), rows, scopes, at)
    return (rows[: at[ROWS]], scopes[: at[SCOPES]]) if is_sure else None


def _hash_bang_end(source: bytes) -> int:
    """Return where a first line ends that names an interpreter, -1 when it does not."""
    return -1 if not source.startswith(b"#!") else source.find(b"\n") if b"\n" in source else len(source)


def _names(source: bytes, named: npt.NDArray[np.int64]) -> list[str]:
    """Return the names of the declarations, with those of what is around them."""
    prefixes, out = [""], []
    for outer, _, declaration, _, start, end, style, _, _ in named.tolist():
        text = _TEXTS[style] if style in _TEXTS else " ".join(source[start:end].decode("utf-8", "replace").split())
        if style == BOUND:
            text = text.strip("'\"").replace(".prototype.", ".")
            text = _EXPORTS.sub("", text) if "exports" in text else text
        if declaration >= 0:
            text = text or "anonymous"
            out.append(prefixes[outer + 1] + text)
        prefixes.append(f"{prefixes[outer + 1]}{text}." if text else prefixes[outer + 1])
    return out

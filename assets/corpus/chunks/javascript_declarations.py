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
PADDING = 5  # as in `javascript_terminals`
TOKEN_START, TOKEN_END = 0, 1  # as in `brace_tokens`
START, END, SCOPE, LAST = 0, 1, 2, 4  # of a row, as in `javascript_parser`, like the next two lines
SCOPE_START, SCOPE_END = 1, 2  # of a scope
TOKEN, OPEN_ROW, ROWS, SCOPES, COMMENTS = 0, 1, 3, 4, 7  # where the parser is
OUTER, ROW, DECLARATION, NAME_FIRST, NAME_LAST, STYLE, VALUE = (
    0,
    1,
    2,
    4,
    5,
    6,
    7,
)  # of a name, as in `javascript_bindings`, like the next line
BOUND, DEFAULT, NAMELESS, STATEMENTS, IMPORT = 1, 2, 3, 4, -2
_EXPORTS = re.compile(r"^(?:module\.)?exports(?:\.|$)")
_LITERAL = ord('"')
_TEXTS = {DEFAULT: "default", NAMELESS: ""}  # by style
Integers = npt.NDArray[np.int32]


class _Read(NamedTuple):
    """What is read of a file: `brace_tokens` fills the tokens, `javascript_parser` rows and scopes, `javascript_bindings` the named."""

    tokens: Integers
    rows: Integers
    scopes: Integers
    named: npt.NDArray[np.int64]

    def statements(self, declaration: int, smallest: int) -> list[int]:
        """Return the bytes at which statements in a declaration start, leaving out those in blocks of `smallest` bytes or less."""
        name = self.named[np.flatnonzero(self.named[:, DECLARATION] == declaration)[0]]
        inside = self.tokens[name[VALUE], TOKEN_START] + 1, self.rows[name[ROW], END]
        first, last = np.searchsorted(self.rows[:, START], inside)
        within = self.rows[first:last]
        sizes = self.scopes[:, SCOPE_END] - self.scopes[:, SCOPE_START]
        chosen: list[int] = within[sizes[within[:, SCOPE]] > smallest, START].tolist()
        return chosen


def find(source: bytes) -> Declared | None:
    """Return what a file declares; None when `source` is not certain to be JavaScript."""
    found = None if source.count(b"\r") != source.count(b"\r\n") else outline.rows(source, "JavaScript", KEYWORDS)
    if found is None or not _has_plain_words(source, *found):
        return None
    tokens, shape = found
    data, terminals = np.frombuffer(source, np.uint8), np.zeros(len(shape) + PADDING, np.uint8)
    terminals[: len(shape)] = shape
    hash_bang_end = _hash_bang_end(source)
    parsed = _parse(data, tokens, terminals, hash_bang_end)
    if parsed is None:
        return None
    rows, scopes = parsed
    around, count = np.zeros((len(scopes), 6), np.int64), np.zeros(1, np.int64)
    around[0] = STATEMENTS, -1, -1, hash_bang_end, -1, -1
    table, named = np.empty((len(rows), 8), np.int64), np.empty((len(rows) + 1, 9), np.int64)
    kernel = machine_code.load("assets.corpus.chunks.javascript_bindings")
    table = table[: kernel.find(data, tokens, terminals, rows, scopes, around, table, named, count)]
    read = _Read(tokens, rows, scopes, named[: count.item(0)])
    names = _names(source, read)
    for place in [place for place, name in enumerate(names) if "::" in name]:
        table[place, KIND] = METHOD if table[place, KIND] == FUNCTION else table[place, KIND]
    imports = rows[rows[:, LAST] == IMPORT, : END + 1].tolist()
    return Declared(names, table, [(start, end) for start, end in imports], read.statements)


def _parse(data: npt.NDArray[np.uint8], tokens: Integers, terminals: npt.NDArray[np.uint8], start: int) -> tuple[Integers, Integers] | None:
    """Fill the terminals and return the rows and scopes of a file, None when it is not certain to be JavaScript."""
    n, comments = len(terminals) - PADDING, tokens.item(-1, 0)
    rows, scopes, stack = np.empty((n + comments + 1, 5), np.int32), np.zeros((n + 1, 4), np.int32), np.empty(MAX_DEPTH, np.int16)
    tokens[n, TOKEN_START] = len(data)  # where a token after the last would start
    at = np.zeros(COMMENTS + 1, np.int64)
    at[OPEN_ROW], at[COMMENTS] = -1, comments
    at[TOKEN] = np.searchsorted(tokens[:n, TOKEN_START], start) if start > 0 else 0
    machine_code.load("assets.corpus.chunks.javascript_terminals").classify(data, tokens, terminals)
    kernel = machine_code.load("assets.corpus.chunks.javascript_parser")
    is_sure = kernel.parse(data, tokens, terminals, *grammar(), stack, rows, scopes, at)
    return (rows[: at[ROWS]], scopes[: at[SCOPES]]) if is_sure else None


def _hash_bang_end(source: bytes) -> int:
    """Return where a first line ends that names an interpreter, -1 when it does not."""
    return -1 if not source.startswith(b"#!") else source.find(b"\n") if b"\n" in source else len(source)


def _has_plain_words(source: bytes, tokens: Integers, shape: npt.NDArray[np.uint8]) -> bool:
    """Tell whether all names are of ASCII: the list of other characters that may be in one, or are blanks, is long."""
    if source.isascii() or not len(shape):
        return True
    beyond = np.flatnonzero(np.frombuffer(source, np.int8) < 0)
    places = np.searchsorted(tokens[: len(shape), TOKEN_START], beyond, "right") - 1
    return not bool(((places >= 0) & (beyond < tokens[places, TOKEN_END]) & (shape[places] != _LITERAL)).any())


def _names(source: bytes, read: _Read) -> list[str]:
    """Return the names of the declarations, with those of what is around them."""
    named, prefixes, out = read.named, [""], []
    starts, ends = read.tokens[named[:, NAME_FIRST], TOKEN_START], read.tokens[named[:, NAME_LAST], TOKEN_END]
    facts = starts, ends, named[:, STYLE], named[:, OUTER], named[:, DECLARATION]
    for start, end, style, outer, declaration in zip(*(fact.tolist() for fact in facts), strict=True):
        text = _TEXTS[style] if style in _TEXTS else " ".join(source[start:end].decode("utf-8", "replace").split())
        if style == BOUND:
            text = _EXPORTS.sub("", text.strip("'\"").replace(".prototype.", "."))
        if declaration >= 0:
            text = text or "anonymous"
            out.append(prefixes[outer + 1] + text)
        prefixes.append(f"{prefixes[outer + 1]}{text}." if text else prefixes[outer + 1])
    return out

"""What to take from files: the pieces that become chunks, in bytes of their UTF-8."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import grammars
from assets.corpus.chunks import (
    cpp_declarations,
    declarations,
    java_declarations,
    javascript_declarations,
    python_declarations,
)
from assets.corpus.chunks.declarations import Declaration
from assets.corpus.chunks.declared import KINDS, Declared
from assets.corpus.chunks.syntax import parse_error_share, parseable

Table = npt.NDArray[np.int64]
FILE, ORDER, START, END, _IS_OPEN = range(5)  # columns of `pieces`, and of what its kernel fills
# They return None where the parser is to decide.
_READERS = {
    "Python": python_declarations.find,
    "Java": java_declarations.find,
    "C++": cpp_declarations.find,
    "JavaScript": javascript_declarations.find,
}
_NOTHING = np.empty((0, 8), np.int64)
_NO_MEMBER = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?:^|(?<=\n))[ \t]*#[^\n]*|\b(?:public|private|protected|pass)\b", re.DOTALL)


class SlicedFile:
    """A file of UTF-8 with what it declares, in bytes of `source`; `start` is where it begins in the text of many files.

    `declared` is None where nothing is declared, in languages without a grammar, and in a file that `is_broken`: the share of its parse
    errors is above `most_errors`. `parse_error_share` is None where nothing was parsed or read. What `declared` holds may be the syntax
    tree, a hundred times as large as the file.
    """

    def __init__(self, source: bytes, language: str | None, start: int = 0, most_errors: float = 1) -> None:
        self.source, self.start = source, start
        self.read_as = grammars.READ_AS.get(language or "", language)
        self.parse_error_share: float | None = None
        declared = self._declared() if self.read_as is not None and grammars.grammar(self.read_as) is not None else None
        self.is_broken = (self.parse_error_share or 0) > most_errors
        self.declared = None if self.is_broken else declared

    def _declared(self) -> Declared | None:
        """Return what is declared, None for nothing."""
        language = self.read_as or ""
        read = _READERS[language](self.source) if language in _READERS else None
        if read is not None:
            self.parse_error_share = 0.0
        found = self._parsed(language) if read is None else read
        return found if found is not None and len(found.table) else None

    def _parsed(self, language: str) -> Declared | None:
        parsed = parseable(self.source, language)
        tree = grammars.parse(language, parsed)
        if tree is None:
            return None
        self.parse_error_share = parse_error_share(tree, len(self.source))
        return _as_table(*declarations.find(tree.root_node, language, self.source, parsed))


def _as_table(found: list[Declaration], imports: list[tuple[int, int]]) -> Declared:
    """Return what is found in a syntax tree as readers return it."""
    rows = [(KINDS.index(one.kind), one.start, *one.signature, one.end, *(one.doc or (-1, -1)), one.parent) for one in found]
    table = np.array(rows, np.int64).reshape(-1, 8)
    return Declared([one.name for one in found], table, imports, lambda place, smallest: found[place].statements(smallest))


def pieces(text: bytes, files: Sequence[SlicedFile]) -> tuple[Table, Table]:
    """Return (FILE, ORDER, START, END) of the pieces of files and `Declared.table` of all that they declare, in bytes of `text`.

    Nothing stands in two pieces. They are by file, declaration and start. FILE is the place in `files`, ORDER the place in the table, -1
    for the one piece of a file in which nothing is declared. Blank files and those that are broken have none.
    """
    declared = np.concatenate([_NOTHING, *[one.declared.table for one in files if one.declared is not None]])
    rows = np.array([_row(one) for one in files], np.int64).reshape(-1, 3)
    state, found = np.empty((2, len(declared) + 1), np.int64), np.empty((2 * len(declared) + len(files), 5), np.int64)
    kernels = machine_code.load("assets.corpus.chunks.piece_spans")
    found = found[: kernels.find(np.frombuffer(text, np.uint8), rows, declared, state, found)]
    is_open = found[:, _IS_OPEN] != 0
    if is_open.any():
        found = found[[not is_open or _has_members(text[start:end].decode()) for _, _, start, end, is_open in found.tolist()]]
    return found[:, :_IS_OPEN], declared


def _row(sliced: SlicedFile) -> tuple[int, int, int]:
    """Return what `piece_spans.find` is to know of a file."""
    size = 0 if sliced.is_broken else len(sliced.source)
    return sliced.start, sliced.start + size, 0 if sliced.declared is None else len(sliced.declared.table)


def _has_members(text: str) -> bool:
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    return re.search(r"\w", _NO_MEMBER.sub("", text)) is not None

"""What to take from a file: the pieces that become chunks, in bytes of its UTF-8."""

import re
from typing import Any

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
    splitting,
)
from assets.corpus.chunks.declarations import Declaration
from assets.corpus.chunks.declared import KINDS, Declared
from assets.corpus.chunks.syntax import parse_error_share, parseable

Table = npt.NDArray[np.int64]
ORDER, START, END = range(3)  # columns of `SlicedFile.pieces`
# They return None where the parser is to decide.
_READERS = {
    "Python": python_declarations.find,
    "Java": java_declarations.find,
    "C++": cpp_declarations.find,
    "JavaScript": javascript_declarations.find,
}
_NO_MEMBER = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?:^|(?<=\n))[ \t]*#[^\n]*|\b(?:public|private|protected|pass)\b", re.DOTALL)


class SlicedFile:
    """A file with its pieces, by declaration and start; nothing stands in two of them. All offsets are bytes of `source`.

    `pieces` has (ORDER, START, END): ORDER is the place in `declared`, -1 for the one piece of a file in which nothing is declared or
    that is of a language without a grammar (`declared` is None then); no piece for a blank file. `parse_error_share` is None where
    nothing was parsed or read. What `declared` holds may be the syntax tree, a hundred times as large as the file.
    """

    def __init__(self, content: str, language: str | None) -> None:
        self.source = content.encode()
        self.read_as = grammars.READ_AS.get(language or "", language)
        self.parse_error_share: float | None = None
        self.declared = self._declared() if self.read_as is not None and grammars.grammar(self.read_as) is not None else None
        self.pieces = _whole(self.source) if self.declared is None else _exclusive(self.source, self.declared.table)
        self._borders: dict[int, list[int]] = {}

    def borders(self, order: int, smallest: int) -> list[int]:
        """Return where the pieces of `order` are best cut, ascending: after blank lines in a file that declares nothing.

        In others that is where statements start that do not stand in one of under `smallest` bytes.
        """
        if order not in self._borders:
            self._borders[order] = splitting.paragraphs(self.source) if self.declared is None else self.declared.statements(order, smallest)
        return self._borders[order]

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


def _whole(source: bytes) -> Table:
    found = np.empty((1, 4), np.int64)
    count = _kernels().whole(np.frombuffer(source, np.uint8), found)
    return found[:count, :3]


def _exclusive(source: bytes, declared: Table) -> Table:
    """Return (declaration, start, end) of what belongs to each declaration and to nothing inside it, by declaration and start."""
    state, found = np.empty((2, len(declared) + 1), np.int64), np.empty((2 * len(declared), 4), np.int64)
    count = _kernels().exclusive(np.frombuffer(source, np.uint8), declared, state, found)
    found = found[:count]
    if state[0, 0]:
        found = found[[not is_open or _has_members(source[start:end].decode()) for _, start, end, is_open in found.tolist()]]
    return found[:, :3]


def _has_members(text: str) -> bool:
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    return re.search(r"\w", _NO_MEMBER.sub("", text)) is not None


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.piece_spans")

"""What to take from a file: the pieces that become chunks, in characters of its text."""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.code import grammars
from assets.corpus.chunks import cpp_declarations, declarations, java_declarations, python_declarations, splitting
from assets.corpus.chunks.declarations import Declaration
from assets.corpus.chunks.imports import Imports
from assets.corpus.chunks.syntax import parse_error_share, parseable

Found = tuple[list[Declaration], list[tuple[int, int]]]  # and the bytes of the import statements
# They return None where the parser is to decide.
_READERS = {"Python": python_declarations.find, "Java": java_declarations.find, "C++": cpp_declarations.find}
_NO_MEMBER = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?:^|(?<=\n))[ \t]*#[^\n]*|\b(?:public|private|protected|pass)\b", re.DOTALL)


class Piece(NamedTuple):
    """A span [start, end) of a file to be a chunk, in characters; `order` is the place of what it belongs to in `Sliced.about`."""

    order: int
    start: int
    end: int


class About(NamedTuple):
    """What the chunks of a declaration have in common; `doc` is where its documentation stands, in characters of the file."""

    kind: str
    name: str
    signature: str | None
    doc: tuple[int, int] | None


_WHOLE = About("file", "", None, None)


class Sliced:
    """A file with its pieces, by declaration and start; nothing stands in two of them.

    One piece of kind "file" for languages without a grammar and for files in which nothing is declared; none for a blank file.
    `parse_error_share` is null where nothing was parsed. It holds the syntax tree, which is a hundred times as large as the file.
    """

    def __init__(self, content: str, language: str | None) -> None:
        self.content = content
        self.imports = Imports([], "")
        self.parse_error_share: float | None = None
        self.about = [_WHOLE]
        self._found: list[Declaration] = []
        self._borders: dict[int, list[int]] = {}
        self._later: npt.NDArray[np.int64] | None = None
        read_as = grammars.READ_AS.get(language or "", language)
        pieces = self._declared(read_as) if read_as is not None and grammars.grammar(read_as) is not None else []
        self.pieces = pieces or self._whole()

    def borders(self, piece: Piece, smallest: int) -> list[int]:
        """Return the characters at which `piece` is best cut: where statements start that do not stand in one of under `smallest` bytes."""
        if piece.order not in self._borders:
            self._borders[piece.order] = (
                self._characters(self._found[piece.order].statements(smallest)) if self._found else splitting.paragraphs(self.content)
            )
        return self._borders[piece.order]

    def _whole(self) -> list[Piece]:
        start, end = splitting.trim(self.content, 0, len(self.content))
        return [Piece(0, start, end)] if start < end else []

    def _declared(self, language: str) -> list[Piece]:
        source = self.content.encode()
        read = self._read(language, source) or self._parsed(language, source)
        if read is None:
            return []
        if len(source) > len(self.content):  # note where the later bytes of characters are: those before an offset are subtracted
            self._later = np.flatnonzero(np.frombuffer(source, np.int8) < -64)
        self._found, statements = read
        if self._found:
            self.imports = Imports([_decoded(source, start, end) for start, end in statements], language)
        return self._pieces(source)

    def _read(self, language: str, source: bytes) -> Found | None:
        read = _READERS[language](source) if language in _READERS else None
        if read is not None:
            self.parse_error_share = 0.0
        return read

    def _parsed(self, language: str, source: bytes) -> Found | None:
        parsed = parseable(source, language)
        tree = grammars.parse(language, parsed)
        if tree is None:
            return None
        self.parse_error_share = parse_error_share(tree, len(source))
        return declarations.find(tree.root_node, language, source, parsed)

    def _pieces(self, source: bytes) -> list[Piece]:
        spans = _exclusive_spans(self._found)
        starts, ends = (self._characters([span[place] for span in spans]) for place in (1, 2))
        pieces = []
        for (order, at, _), start, end in zip(spans, starts, ends, strict=True):
            first, last = splitting.trim(self.content, start, end)
            if first < last and (at == self._found[order].start or _has_members(self.content[first:last])):
                pieces.append(Piece(order, first, last))
        if pieces:
            self.about = self._described(source)
        return pieces

    def _described(self, source: bytes) -> list[About]:
        documented = [declaration.doc for declaration in self._found if declaration.doc is not None]
        starts, ends = (self._characters([doc[place] for doc in documented]) for place in (0, 1))
        docs = zip(starts, ends, strict=True)
        return [
            About(one.kind, one.name, _signature(source, *one.signature), None if one.doc is None else next(docs)) for one in self._found
        ]

    def _characters(self, offsets: list[int]) -> list[int]:
        """Return the characters in which the bytes at `offsets` stand."""
        if self._later is None:
            return offsets
        places: list[int] = (np.array(offsets, np.int64) - self._later.searchsorted(offsets)).tolist()
        return places


def _decoded(source: bytes, start: int, end: int) -> str:
    return source[start:end].decode(errors="replace").strip()


def _signature(source: bytes, start: int, end: int) -> str:
    return _decoded(source, start, end).rstrip(";").rstrip()


def _exclusive_spans(found: list[Declaration]) -> list[tuple[int, int, int]]:
    """Return (declaration, start, end) of the bytes that belong to each declaration and to nothing inside it, by declaration and start."""
    spans = []
    reached = [declaration.start for declaration in found]
    for declaration in found:
        outer = declaration.parent
        if outer >= 0:
            if reached[outer] < declaration.start:
                spans.append((outer, reached[outer], declaration.start))
            reached[outer] = max(reached[outer], declaration.end)
    spans += [(order, at, one.end) for order, (at, one) in enumerate(zip(reached, found, strict=True)) if at < one.end]
    return sorted(spans)


def _has_members(text: str) -> bool:
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    return re.search(r"\w", _NO_MEMBER.sub("", text)) is not None

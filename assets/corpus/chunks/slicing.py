"""What to take from a file: the pieces that become chunks, in characters of its text."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from assets.code import grammars
from assets.corpus.chunks import declarations, python_declarations, splitting
from assets.corpus.chunks.declarations import Declaration
from assets.corpus.chunks.imports import Imports
from assets.corpus.chunks.syntax import parse_error_share, parseable

Found = tuple[list[Declaration], list[tuple[int, int]]]  # and the bytes of the import statements
_NO_MEMBER = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?:^|(?<=\n))[ \t]*#[^\n]*|\b(?:public|private|protected|pass)\b", re.DOTALL)


@dataclass(slots=True)
class Piece:
    """A span [start, end) of a file to be a chunk, in characters; `order` groups the parts of one declaration."""

    order: int
    kind: str
    name: str
    start: int
    end: int
    signature: str | None = None
    doc: tuple[int, int] | None = None
    part: int = 0
    n_tokens: int = 0


class Sliced:
    """A file with its pieces, by start; nothing stands in two of them.

    One piece of kind "file" for languages without a grammar and for files in which nothing is declared; none for a blank file.
    `parse_error_share` is null where nothing was parsed. It holds the syntax tree, which is a hundred times as large as the file.
    """

    def __init__(self, content: str, language: str | None) -> None:
        self.content = content
        self.imports = Imports([], "")
        self.parse_error_share: float | None = None
        self._found: list[Declaration] = []
        self._borders: dict[int, list[int]] = {}
        self._later: list[int] = []
        read_as = grammars.READ_AS.get(language or "", language)
        pieces = self._declared(read_as) if read_as is not None and grammars.grammar(read_as) is not None else []
        self.pieces = sorted(pieces, key=lambda piece: (piece.order, piece.start)) or self._whole()

    def borders(self, piece: Piece, smallest: int) -> list[int]:
        """Return the characters at which `piece` is best cut: where statements start that do not stand in one of under `smallest` bytes."""
        if piece.order not in self._borders:
            found = self._found[piece.order].statements(smallest) if self._found else splitting.paragraphs(self.content)
            self._borders[piece.order] = [self._character(border) for border in found] if self._later and self._found else found
        return self._borders[piece.order]

    def _whole(self) -> list[Piece]:
        start, end = splitting.trim(self.content, 0, len(self.content))
        return [Piece(0, "file", "", start, end)] if start < end else []

    def _declared(self, language: str) -> list[Piece]:
        source = self.content.encode()
        read = self._read(source) if language == "Python" else None
        read = read or self._parsed(language, source)
        if read is None:
            return []
        if len(source) > len(self.content):
            # Multi-byte characters are few: note where each one's later bytes are, and subtract those before an offset.
            self._later = [match.start() for match in re.finditer(rb"[\x80-\xbf]", source)]
        self._found, statements = read
        if self._found:
            self.imports = Imports([_decoded(source, start, end) for start, end in statements], language)
        return self._pieces(source)

    def _read(self, source: bytes) -> Found | None:
        read = python_declarations.find(source)
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
        out = []
        for order, (declaration, spans) in enumerate(zip(self._found, _exclusive_spans(self._found), strict=True)):
            for start, end in spans:
                first, last = splitting.trim(self.content, self._character(start), self._character(end))
                if first < last and (start == declaration.start or _has_members(self.content[first:last])):
                    out.append(self._piece(order, declaration, first, last, source))
        return out

    def _piece(self, order: int, declaration: Declaration, start: int, end: int, source: bytes) -> Piece:
        signature = _decoded(source, *declaration.signature).rstrip(";").rstrip()
        doc = None if declaration.doc is None else (self._character(declaration.doc[0]), self._character(declaration.doc[1]))
        return Piece(order, declaration.kind, declaration.name, start, end, signature, doc)

    def _character(self, offset: int) -> int:
        """Return the character in which the byte at `offset` stands."""
        return offset - bisect_left(self._later, offset) if self._later else offset


def _decoded(source: bytes, start: int, end: int) -> str:
    return source[start:end].decode(errors="replace").strip()


def _exclusive_spans(found: list[Declaration]) -> list[list[tuple[int, int]]]:
    """Return for each declaration the bytes that belong to it and to nothing inside it."""
    out: list[list[tuple[int, int]]] = [[] for _ in found]
    reached = [declaration.start for declaration in found]
    for declaration in found:
        outer = declaration.parent
        if outer >= 0:
            out[outer].append((reached[outer], max(reached[outer], declaration.start)))
            reached[outer] = max(reached[outer], declaration.end)
    for spans, at, declaration in zip(out, reached, found, strict=True):
        if at < declaration.end:
            spans.append((at, declaration.end))
    return out


def _has_members(text: str) -> bool:
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    return re.search(r"\w", _NO_MEMBER.sub("", text)) is not None

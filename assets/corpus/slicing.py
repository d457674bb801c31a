"""What to take from a file: the pieces that become chunks, in characters of its text."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from assets.code import grammars
from assets.corpus import declarations, splitting
from assets.corpus.declarations import Declaration
from assets.corpus.imports import bound_names
from assets.corpus.syntax import parseable

_NO_MEMBER = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|(?:^|(?<=\n))[ \t]*#[^\n]*|\b(?:public|private|protected|pass)\b", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A span [start, end) of a file to be a chunk, in characters; `order` groups the parts of one declaration."""

    order: int
    kind: str
    name: str
    start: int
    end: int
    signature: str | None = None
    doc: tuple[int, int] | None = None
    borders: tuple[int, ...] = ()  # where a statement starts: good places to cut
    imports: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    part: int = 0


def pieces(content: str, language: str | None, *, smallest: int) -> list[Piece]:
    """Return the pieces of a file, by start; nothing stands in two of them. Borders come with those over `smallest` bytes.

    One piece of kind "file" for languages without a grammar and for files in which nothing is declared; none for a blank file.
    """
    found = list(_declared(content, language, smallest)) if grammars.grammar(language or "") is not None else []
    if found:
        return sorted(found, key=lambda piece: (piece.order, piece.start))
    start, end = splitting.trim(content, 0, len(content))
    return [Piece(0, "file", "", start, end, borders=tuple(splitting.paragraphs(content)))] if start < end else []


def _declared(content: str, language: str | None, smallest: int) -> Iterator[Piece]:
    source = content.encode()
    parsed = parseable(source, language or "")
    tree = grammars.parse(language, parsed)
    if tree is None:
        return
    char = _characters(source, content)
    found, statements = declarations.find(tree.root_node, language or "", source, parsed)
    imports = [_import(node, source, language or "") for node in statements]
    spans = _exclusive_spans(found)
    for order, declaration in enumerate(found):
        for start, end in spans[order]:
            first, last = splitting.trim(content, char(start), char(end))
            head = start == declaration.start
            if first < last and (head or _has_members(content[first:last])):
                yield _piece(order, declaration, (first, last), source, char, imports, smallest)


def _piece(
    order: int,
    declaration: Declaration,
    span: tuple[int, int],
    source: bytes,
    char: Callable[[int], int],
    imports: list[tuple[str, frozenset[str]]],
    smallest: int,
) -> Piece:
    is_long = declaration.end - declaration.start > smallest
    borders = declarations.borders(declaration.node, smallest // 2) if is_long else []
    doc = declaration.doc
    return Piece(
        order,
        declaration.kind,
        declaration.name,
        *span,
        signature=source[slice(*declaration.signature)].decode(errors="replace").strip().rstrip(";").rstrip(),
        doc=None if doc is None else (char(doc[0]), char(doc[1])),
        borders=tuple(char(border) for border in borders),
        imports=imports,
    )


def _exclusive_spans(found: list[Declaration]) -> list[list[tuple[int, int]]]:
    """Return for each declaration the bytes that belong to it and to nothing inside it."""
    inside: list[list[Declaration]] = [[] for _ in found]
    for declaration in found:
        if declaration.parent >= 0:
            inside[declaration.parent].append(declaration)
    out = []
    for declaration, members in zip(found, inside, strict=True):
        spans, at = [], declaration.start
        for member in members:
            spans.append((at, max(at, member.start)))
            at = max(at, member.end)
        out.append([*spans, (at, declaration.end)] if at < declaration.end else spans)
    return out


def _has_members(text: str) -> bool:
    """Tell whether what stands between the methods of a class declares anything: more than comments, braces and access."""
    return re.search(r"\w", _NO_MEMBER.sub("", text)) is not None


def _import(node: Node, source: bytes, language: str) -> tuple[str, frozenset[str]]:
    statement = source[node.start_byte : node.end_byte].decode(errors="replace").strip()
    return statement, bound_names(statement, language)


def _characters(source: bytes, content: str) -> Callable[[int], int]:
    """Return the function from a byte offset in `source` to the offset of the character it stands in."""
    if len(source) == len(content):
        return int
    # Multi-byte characters are few: note where each one's later bytes are, and subtract those before the offset.
    later = [match.start() for match in re.finditer(rb"[\x80-\xbf]", source)]
    return lambda offset: offset - bisect_left(later, offset)

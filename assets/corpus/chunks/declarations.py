"""Functions, methods and classes of a parsed file, as byte spans."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tree_sitter import Node

from assets.corpus.chunks import splitting
from assets.corpus.chunks.syntax import SYNTAX, Syntax, declarator, first_child

_LINE_COMMENT = (b"//", b"#")
_PLAIN_STRING = re.compile(rb"[rRuU]?['\"]")
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")


@dataclass(slots=True)
class Declaration:
    """A declaration with the bytes it takes, decorators and leading comment included: [start, end)."""

    kind: str  # function, method or class
    name: str
    start: int
    signature: tuple[int, int]
    end: int
    doc: tuple[int, int] | None
    statements: Callable[[int], list[int]]  # as `splitting.statements` of it, which is inside its wrappers
    parent: int  # index of the class around it, -1 for none


Comment = tuple[Node, Node] | None  # first and last of the comments directly above a node


@dataclass(frozen=True, slots=True)
class _File:
    """What the walk reads and never changes: the text, and the same text as the parser saw it."""

    syntax: Syntax
    source: bytes
    parsed: bytes


@dataclass(slots=True)
class _Scope:
    """Where the walk is: the node to look into, what its names start with, and the class around it."""

    node: Node
    prefix: str
    parent: int


def find(root: Node, language: str, source: bytes, parsed: bytes) -> tuple[list[Declaration], list[tuple[int, int]]]:
    """Return the declarations and the bytes of the import statements of a tree, both by start.

    Functions inside functions belong to the outer one. `parsed` is what the parser read instead of `source` (equally long, see
    `syntax.parseable`). The walk keeps its own stack, so that depth of nesting costs memory, never recursion.
    """
    file = _File(SYNTAX[language], source, parsed)
    found: list[Declaration] = []
    imports: list[tuple[int, int]] = []
    stack = [_Scope(root, "", -1)]
    while stack:
        scope = stack.pop()
        for child, kind, comment in _children(scope.node, file):
            if kind in file.syntax.imports:
                imports.append((child.start_byte, child.end_byte))
            elif kind in file.syntax.declaring and (kind not in file.syntax.declarators or _may_declare(child, comment, file)):
                inner = _visit(child, comment, scope, file, found)
                if inner is not None:
                    stack.append(inner)
    return _ordered(found), sorted(imports)


def _ordered(found: list[Declaration]) -> list[Declaration]:
    """Return the declarations by start, outer before inner, with their parents' new places."""
    order = sorted(range(len(found)), key=lambda index: (found[index].start, -found[index].end))
    moved = {old: new for new, old in enumerate(order)} | {-1: -1}
    for declaration in found:
        declaration.parent = moved[declaration.parent]
    return [found[index] for index in order]


def _children(node: Node, file: _File) -> list[tuple[Node, str, Comment]]:
    """Return the named children that are not comments, each with its type and the block of comments directly above it."""
    out: list[tuple[Node, str, Comment]] = []
    above: Comment = None
    for child in node.named_children:
        kind = child.type
        if kind in file.syntax.comments:
            if above is None and out and _trails(child, out[-1][0]):
                continue
            joins = above is not None and _joins(above[1], child, file)
            above = (above[0] if joins and above is not None else child, child)
        elif above is None:
            out.append((child, kind, None))
        else:
            adjacent = _BLANK_LINE.search(file.source, above[1].end_byte, child.start_byte) is None
            out.append((child, kind, above if adjacent else None))
            above = None
    return out


def _trails(comment: Node, code: Node) -> bool:
    """Tell whether a comment stands on the line that the code before it ends on."""
    end = code.end_point
    return comment.start_point.row == (end.row if end.column else end.row - 1)


def _joins(above: Node, comment: Node, file: _File) -> bool:
    begins = file.source.startswith
    are_lines = begins(_LINE_COMMENT, comment.start_byte) and begins(_LINE_COMMENT, above.start_byte)
    return are_lines and comment.start_point.row == above.end_point.row + 1


def _may_declare(statement: Node, comment: Comment, file: _File) -> bool:
    """Tell by its text whether a statement may declare anything, as few do: it has a body, documentation or errors."""
    if (comment is not None and file.syntax.prototypes) or statement.has_error:
        return True
    return any(file.parsed.find(mark, statement.start_byte, statement.end_byte) >= 0 for mark in (b"{", b"=>"))


def _visit(outer: Node, comment: Comment, scope: _Scope, file: _File, found: list[Declaration]) -> _Scope | None:
    """Note what `outer` declares; return where to look further, if anywhere."""
    syntax = file.syntax
    node = _unwrap(outer, syntax)
    if node is None:
        return None
    kind = node.type
    if kind in syntax.functions or (kind in syntax.declarators and kind in syntax.prototypes):
        if (comment is not None and kind in syntax.prototypes) or node.child_by_field_name("body") is not None:
            found.append(_declaration("function", outer, node, comment, scope, file))
    elif kind in syntax.classes and (body := node.child_by_field_name("body")) is not None:
        found.append(_declaration("class", outer, node, comment, scope, file))
        return _Scope(body, found[-1].name + syntax.separator, len(found) - 1)
    if kind in syntax.containers:
        return _Scope(node, scope.prefix + _container_name(outer, node, file), scope.parent)
    return None


def _unwrap(node: Node, syntax: Syntax) -> Node | None:
    """Return the declaration inside decorators, `template<…>`, `export` and bindings; the node itself when there is nothing around it."""
    for _ in range(8):  # wrappers hardly nest; a bound keeps hostile input cheap
        kind = node.type
        if kind in syntax.wrappers:
            inner = node.child_by_field_name("definition") or node.child_by_field_name("declaration") or node.child_by_field_name("value")
            inner = inner or (node.named_children[-1] if node.named_children else None)
        elif kind in syntax.declarators:
            inner = syntax.find(node)
        else:
            return node
        if inner is None or inner == node:
            return inner
        node = inner
    return None


def _container_name(outer: Node, node: Node, file: _File) -> str:
    """Return what a namespace or an object adds to the names inside it."""
    if node.type == "namespace_definition":
        name = node.child_by_field_name("name")
        return "" if name is None else _text(name, file) + file.syntax.separator
    bound = _bound_name(outer, file) if node.type == "object" else ""
    return bound + file.syntax.separator if bound else ""


def _declaration(kind: str, outer: Node, node: Node, comment: Comment, scope: _Scope, file: _File) -> Declaration:
    python = file.syntax is SYNTAX["Python"]
    doc = _docstring(node, file) if python else (comment[0].start_byte, comment[1].end_byte) if comment is not None else None
    start = outer.start_byte if python or doc is None else doc[0]
    name = _name(outer, node, file)
    if kind == "function" and (scope.parent >= 0 or "::" in name or node.type == "method_definition" or outer.type == "pair"):
        kind = "method"
    head = node.start_byte if outer.type == "decorated_definition" else outer.start_byte
    return Declaration(
        kind=kind,
        name=scope.prefix + name,
        start=line_start(file.parsed, start),
        signature=(head, _signature_end(outer, node, file.syntax)),
        end=declaration_end(file.source, outer.start_byte, outer.end_byte),
        doc=doc,
        statements=partial(splitting.statements, node),
        parent=scope.parent,
    )


def declaration_end(source: bytes, start: int, end: int) -> int:
    """Return the end of a declaration: with the semicolon that C++ asks for after a class, without trailing newlines."""
    while end > start and source[end - 1 : end].isspace():
        end -= 1
    return end + 1 if source[end : end + 1] == b";" else end


def line_start(source: bytes, start: int) -> int:
    """Return the start of the line when only blanks precede `start` on it: a slice then keeps its indentation."""
    line = source.rfind(b"\n", max(start - 401, 0), start) + 1
    return line if start - line <= 400 and not source[line:start].strip(b" \t") else start


def _signature_end(outer: Node, node: Node, syntax: Syntax) -> int:
    if syntax is SYNTAX["Python"]:
        if colons := [child for child in node.children if child.type == ":"]:
            return colons[-1].end_byte
    elif syntax is SYNTAX["C++"]:
        for child in node.named_children:
            if child.type == "field_initializer_list":  # `: x_(x)`
                return child.start_byte
    body = node.child_by_field_name("body")
    return outer.end_byte if body is None else body.start_byte


def _docstring(node: Node, file: _File) -> tuple[int, int] | None:
    """Return the bytes of a Python docstring, quotes and prefix included; f-strings and bytes are none."""
    body = node.child_by_field_name("body")
    first = first_child(body)
    if body is not None and first is not None and first.type == "comment":
        first = next((child for child in body.named_children if child.type != "comment"), None)
    if first is not None and first.type == "expression_statement" and first.named_child_count == 1:
        first = first_child(first)
    if first is None or first.type != "string" or _PLAIN_STRING.match(file.source, first.start_byte) is None:
        return None
    return first.start_byte, first.end_byte


def _text(node: Node, file: _File) -> str:
    return " ".join(file.parsed[node.start_byte : node.end_byte].decode("utf-8", "replace").split())  # node.text is several times slower


def _name(outer: Node, node: Node, file: _File) -> str:
    called = declarator(node) if file.syntax is SYNTAX["C++"] else None
    if called is not None:
        return _text(called.child_by_field_name("declarator") or called, file)
    own = node.child_by_field_name("name")
    if own is not None and (outer == node or outer.type in file.syntax.wrappers or node.type in file.syntax.classes):
        return _text(own, file)
    return _bound_name(outer, file) or "anonymous"


def _bound_name(outer: Node, file: _File) -> str:
    """Return the name that `const f = …`, `A.prototype.f = …`, `f: …` or `typedef struct … f` gives; "default" for a nameless export."""
    if outer.type == "export_statement":
        inner = outer.child_by_field_name("declaration")
        return "default" if inner is None or inner.type == "export_statement" else _bound_name(inner, file)
    target = first_child(outer) or outer
    fields = ((outer, "key"), (outer, "property"), (target, "name"), (target, "left"), (outer, "declarator"))
    found = next((child for node, name in fields if (child := node.child_by_field_name(name)) is not None), None)
    text = "" if found is None else _text(found, file).strip("'\"").replace(".prototype.", ".")
    return re.sub(r"^(?:module\.)?exports(?:\.|$)", "", text)

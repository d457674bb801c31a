"""Functions, methods and classes of a parsed file, as byte spans."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from assets.corpus.syntax import SYNTAX, Syntax, declarator

_LINE_COMMENT = (b"//", b"#")
_PLAIN_STRING = re.compile(rb"[rRuU]?['\"]")
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
# What a list of statements stands in, in any of the grammars: the only places to cut a long declaration at.
_BLOCKS = frozenset(
    {"block", "compound_statement", "statement_block", "class_body", "interface_body", "enum_body", "enum_body_declarations"}
    | {"field_declaration_list", "enumerator_list", "declaration_list", "constructor_body", "switch_block", "switch_body"}
    | {"switch_block_statement_group", "case_statement", "switch_case", "switch_default"}
)


@dataclass(slots=True)
class Declaration:
    """A declaration with the bytes it takes, decorators and leading comment included: [start, end)."""

    kind: str  # function, method or class
    name: str
    start: int
    signature: tuple[int, int]
    end: int
    doc: tuple[int, int] | None
    node: Node  # what is declared, inside its wrappers
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


def find(root: Node, language: str, source: bytes, parsed: bytes) -> tuple[list[Declaration], list[Node]]:
    """Return the declarations (by start) and the import statements of a tree; functions inside functions belong to the outer one.

    `parsed` is what the parser read instead of `source` (equally long, see `syntax.parseable`). The walk keeps its own stack, so that
    depth of nesting costs memory, never recursion.
    """
    file = _File(SYNTAX[language], source, parsed)
    found: list[Declaration] = []
    imports: list[Node] = []
    stack = [_Scope(root, "", -1)]
    while stack:
        scope = stack.pop()
        for child, comment in _children(scope.node, file):
            if child.type in file.syntax.imports:
                imports.append(child)
                continue
            inner = _visit(child, comment, scope, file, found)
            if inner is not None:
                stack.append(inner)
    return _ordered(found), sorted(imports, key=lambda node: node.start_byte)


def _ordered(found: list[Declaration]) -> list[Declaration]:
    """Return the declarations by start, outer before inner, with their parents' new places."""
    order = sorted(range(len(found)), key=lambda index: (found[index].start, -found[index].end))
    moved = {old: new for new, old in enumerate(order)} | {-1: -1}
    for declaration in found:
        declaration.parent = moved[declaration.parent]
    return [found[index] for index in order]


def _children(node: Node, file: _File) -> list[tuple[Node, Comment]]:
    """Return the named children that are not comments, each with the block of comments directly above it."""
    out: list[tuple[Node, Comment]] = []
    above: Comment = None
    code_row = -1
    for child in node.named_children:
        if child.type in file.syntax.comments:
            row = child.start_point.row
            if row == code_row:  # trails the code on its line
                continue
            joins = above is not None and row == above[1].end_point.row + 1 and _is_line(child, file) and _is_line(above[1], file)
            above = (above[0] if joins and above is not None else child, child)
            continue
        adjacent = above is not None and _BLANK_LINE.search(file.source, above[1].end_byte, child.start_byte) is None
        out.append((child, above if adjacent else None))
        above = None
        end = child.end_point
        code_row = end.row if end.column else end.row - 1
    return out


def _is_line(comment: Node, file: _File) -> bool:
    return file.source.startswith(_LINE_COMMENT, comment.start_byte)


def _visit(outer: Node, comment: Comment, scope: _Scope, file: _File, found: list[Declaration]) -> _Scope | None:
    """Note what `outer` declares; return where to look further, if anywhere."""
    syntax = file.syntax
    node = _unwrap(outer, syntax)
    if node is None:
        return None
    body = node.child_by_field_name("body")
    if node.type in syntax.functions or (node.type in syntax.declarators and node.type in syntax.prototypes):
        if body is not None or (node.type in syntax.prototypes and comment is not None):
            found.append(_declaration("function", outer, node, comment, scope, file))
    elif node.type in syntax.classes and body is not None:
        found.append(_declaration("class", outer, node, comment, scope, file))
        return _Scope(body, found[-1].name + syntax.separator, len(found) - 1)
    elif node.type in syntax.containers:
        return _Scope(node, scope.prefix + _container_name(outer, node, file), scope.parent)
    return None


def _unwrap(node: Node, syntax: Syntax) -> Node | None:
    """Return the declaration inside decorators, `template<…>`, `export` and bindings; the node itself when there is nothing around it."""
    for _ in range(8):  # wrappers hardly nest; a bound keeps hostile input cheap
        if node.type in syntax.wrappers:
            inner = node.child_by_field_name("definition") or node.child_by_field_name("declaration") or node.child_by_field_name("value")
            inner = inner or (node.named_children[-1] if node.named_children else None)
        elif node.type in syntax.declarators:
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
        start=_line_start(file.parsed, start),
        signature=(head, _signature_end(outer, node)),
        end=_end(outer, file.source),
        doc=doc,
        node=node,
        parent=scope.parent,
    )


def _end(outer: Node, source: bytes) -> int:
    """Return the end of a declaration: with the semicolon that C++ asks for after a class, without trailing newlines."""
    end = outer.end_byte
    while end > outer.start_byte and source[end - 1 : end].isspace():
        end -= 1
    return end + 1 if source[end : end + 1] == b";" else end


def _line_start(source: bytes, start: int) -> int:
    """Return the start of the line when only blanks precede `start` on it: a slice then keeps its indentation."""
    line = source.rfind(b"\n", 0, start) + 1
    return line if start - line <= 400 and not source[line:start].strip(b" \t") else start


def _signature_end(outer: Node, node: Node) -> int:
    colons = [child for child in node.children if child.type == ":"]
    if colons and node.type in ("function_definition", "class_definition"):  # Python
        return colons[-1].end_byte
    for child in node.children:
        if child.type == "field_initializer_list":  # C++ `: x_(x)`
            return child.start_byte
    body = node.child_by_field_name("body")
    return outer.end_byte if body is None else body.start_byte


def _docstring(node: Node, file: _File) -> tuple[int, int] | None:
    """Return the bytes of a Python docstring, quotes and prefix included; f-strings and bytes are none."""
    body = node.child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body is not None else None
    if first is not None and first.type == "expression_statement" and first.named_child_count == 1:
        first = first.named_children[0]
    if first is None or first.type != "string" or _PLAIN_STRING.match(file.source, first.start_byte) is None:
        return None
    return first.start_byte, first.end_byte


def _text(node: Node, file: _File) -> str:
    # Not node.text: that is several times slower.
    return " ".join(file.parsed[node.start_byte : node.end_byte].decode("utf-8", "replace").split())


def _name(outer: Node, node: Node, file: _File) -> str:
    called = declarator(node)
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
    target = outer.named_children[0] if outer.named_children else outer
    fields = ((outer, "key"), (outer, "property"), (target, "name"), (target, "left"), (outer, "declarator"))
    found = next((child for node, name in fields if (child := node.child_by_field_name(name)) is not None), None)
    text = "" if found is None else _text(found, file).strip("'\"").replace(".prototype.", ".")
    return re.sub(r"^(?:module\.)?exports(?:\.|$)", "", text)


def borders(node: Node, smallest: int) -> list[int]:
    """Return the bytes at which statements inside `node` start, leaving out those inside statements under `smallest` bytes."""
    out: list[int] = []
    stack = [node]
    while stack:
        here = stack.pop()
        is_block = here.type in _BLOCKS
        for child in here.named_children:
            if is_block:
                out.append(child.start_byte)
            if child.end_byte - child.start_byte > smallest:
                stack.append(child)
    return sorted(out)

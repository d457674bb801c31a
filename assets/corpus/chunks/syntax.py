"""What declares something in each language: node types of the tree-sitter grammars, and how to name what they declare."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from tree_sitter import Node, Tree

from assets import machine_code


@dataclass(frozen=True)
class Syntax:
    """The node types of one grammar that matter to chunking."""

    functions: frozenset[str]
    classes: frozenset[str]
    containers: frozenset[str]  # looked into for declarations, besides the bodies of classes
    imports: frozenset[str]
    separator: str
    wrappers: frozenset[str] = frozenset()  # the declaration proper is a child; the wrapper belongs to its text
    declarators: frozenset[str] = frozenset()  # statements that may hold a declaration deeper inside
    comments: frozenset[str] = frozenset({"comment"})
    prototypes: frozenset[str] = frozenset()  # may declare a function without a body
    find: Callable[[Node], Node | None] = field(default=lambda node: None)  # the declaration inside a declarator

    @cached_property
    def declaring(self) -> frozenset[str]:
        """What may be or hold a declaration: everything else is passed over."""
        return self.functions | self.classes | self.containers | self.wrappers | self.declarators


_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function", "function"})


def first_child(node: Node | None) -> Node | None:
    """Return the first named child, None for none: unlike `named_children`, it does not make an object of each."""
    return node.named_child(0) if node is not None and node.named_child_count else None


def declarator(node: Node) -> Node | None:
    """Return the function_declarator of a C++ declaration, None when it declares something else; no other grammar has any."""
    found = node.child_by_field_name("declarator")
    while found is not None and found.type != "function_declarator":
        inner = found.child_by_field_name("declarator")
        if inner is None:  # reference_declarator has no field name for its child
            inner = next((child for child in found.named_children if child.type.endswith("_declarator")), None)
        found = inner
    return found


def _cpp_inner(node: Node) -> Node | None:
    """Return the class that a C++ declaration defines, else the node itself when it declares a function."""
    kind = node.child_by_field_name("type")
    if kind is not None and kind.type in SYNTAX["C++"].classes and kind.child_by_field_name("body") is not None:
        return kind
    return node if declarator(node) is not None else None


def _javascript_inner(node: Node) -> Node | None:
    """Return the function, class or object that `const f = …`, `exports.f = …`, `f: …` or `static f = …` binds."""
    if node.type in ("lexical_declaration", "variable_declaration"):
        bound = [child for child in node.named_children if child.type == "variable_declarator"]
        value = bound[0].child_by_field_name("value") if len(bound) == 1 else None
    elif node.type == "expression_statement":
        value = _assigned(node)
    else:
        value = node.child_by_field_name("value")
    return value if value is not None and value.type in _FUNCTION_VALUES | {"class", "object", "statement_block"} else None


def _assigned(statement: Node) -> Node | None:
    """Return what an assignment assigns, or the body of a function that is called where it is written (a module pattern)."""
    expression = first_child(statement)
    if expression is not None and expression.type == "assignment_expression":
        return expression.child_by_field_name("right")
    called = expression.child_by_field_name("function") if expression is not None and expression.type == "call_expression" else None
    if called is not None and called.type == "parenthesized_expression" and called.named_children:
        body = called.named_children[0].child_by_field_name("body")
        return body if body is not None and body.type == "statement_block" else None
    return None


SYNTAX = {
    "Python": Syntax(
        functions=frozenset({"function_definition"}),
        classes=frozenset({"class_definition"}),
        containers=frozenset(
            {"if_statement", "try_statement", "with_statement", "else_clause", "elif_clause", "except_clause", "finally_clause"}
            | {"block", "ERROR"}
        ),
        imports=frozenset({"import_statement", "import_from_statement"}),
        separator=".",
        wrappers=frozenset({"decorated_definition"}),
    ),
    "Java": Syntax(
        functions=frozenset({"method_declaration", "constructor_declaration", "compact_constructor_declaration"}),
        classes=frozenset(
            {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration"}
        ),
        containers=frozenset({"enum_body_declarations", "ERROR"}),
        imports=frozenset({"import_declaration"}),
        separator=".",
        comments=frozenset({"line_comment", "block_comment"}),
        prototypes=frozenset({"method_declaration"}),
    ),
    "C++": Syntax(
        functions=frozenset({"function_definition"}),
        classes=frozenset({"class_specifier", "struct_specifier", "union_specifier", "enum_specifier"}),
        containers=frozenset(
            {"namespace_definition", "linkage_specification", "declaration_list", "ERROR"}
            | {"preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif"}
        ),
        imports=frozenset({"preproc_include"}),
        separator="::",
        wrappers=frozenset({"template_declaration"}),
        declarators=frozenset({"declaration", "field_declaration", "type_definition"}),
        prototypes=frozenset({"function_definition", "declaration", "field_declaration"}),
        find=_cpp_inner,
    ),
    "JavaScript": Syntax(
        functions=frozenset({"function_declaration", "generator_function_declaration", "method_definition"}) | _FUNCTION_VALUES,
        classes=frozenset({"class_declaration", "class"}),
        containers=frozenset({"object", "statement_block", "ERROR"}),
        imports=frozenset({"import_statement"}),
        separator=".",
        wrappers=frozenset({"export_statement"}),
        declarators=frozenset({"lexical_declaration", "variable_declaration", "expression_statement", "field_definition", "pair"}),
        find=_javascript_inner,
    ),
}


def parseable(source: bytes, language: str) -> bytes:
    """Return `source` for the parser: equally long, with what its grammar cannot read blanked out, which are macros in C++."""
    if language != "C++":
        return source
    text = np.frombuffer(source, np.uint8)
    out = text.copy()
    return out.tobytes() if machine_code.load("assets.corpus.chunks.cpp_macros").blank(text, out) else source


def parse_error_share(tree: Tree, n_bytes: int) -> float:
    """Return the share of a file's bytes that its grammar could not place, 0 to 1: what stands directly in ERROR nodes.

    A construct that was read inside an ERROR node does not count: one missing brace can put a whole file into one. A token that the
    parser had to add counts as one byte.
    """
    lost, stack = 0, [tree.root_node]
    while stack:
        node = stack.pop()
        if not node.has_error:
            continue
        inner = [child for child in node.children if child.child_count] if node.is_error else node.children
        if node.is_error:
            lost += node.end_byte - node.start_byte - sum(child.end_byte - child.start_byte for child in inner)
        lost += node.is_missing
        stack.extend(inner)
    return lost / max(n_bytes, 1)

"""Where a long declaration is best cut, by its tree: at statements."""

from tree_sitter import Node

# What a list of statements stands in, in any of the grammars: the only places to cut a long declaration at.
_BLOCKS = frozenset(
    {"block", "compound_statement", "statement_block", "class_body", "interface_body", "enum_body", "enum_body_declarations"}
    | {"field_declaration_list", "enumerator_list", "declaration_list", "constructor_body", "switch_block", "switch_body"}
    | {"switch_block_statement_group", "case_statement", "switch_case", "switch_default"}
)


def statements(node: Node, smallest: int) -> list[int]:
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

"""Which places of a source file are text: inside of a string or a comment."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from tree_sitter import Node, Tree

from assets.code import lexing

_COMMENTS = ("comment", "line_comment", "block_comment", "html_comment")
_CONTENT = ("string_content", "string_fragment", "multiline_string_fragment", "raw_string_content", "jsx_text", "escape_sequence")
_QUOTED = ("string", "string_literal", "raw_string_literal", "template_string")  # with their quotes
_TEXT = frozenset((*_COMMENTS, *_CONTENT, *_QUOTED))
_CODE_IN_TEXT = ("interpolation", "template_substitution", "string_interpolation")
_MACRO_BODY = "preproc_arg"  # C++ keeps the rest of a #define as one token
_LITERAL = re.compile(rb"\"(?:[^\"\\\n]|\\[\s\S])*\"|//.*|/\*[\s\S]*?\*/")
# Comments that stand before any code, and lines that can be nothing else than a comment or a part of a string.
_LEADING = {
    "Python": re.compile(rb"(?:\s++|#[^\n]*+)*+"),
    "Java": re.compile(rb"(?:\s++|//[^\n]*+|/\*[^*]*+\*++(?:[^*/][^*]*+\*++)*+/)*+"),
}
_LEADING["JavaScript"] = _LEADING["C++"] = _LEADING["Java"]
_COMMENT_MARK = re.compile(rb"[\n#*/]")
_COMMENT_LINE = {"Python": re.compile(rb"[ \t]*#"), **dict.fromkeys(("Java", "JavaScript", "C++"), re.compile(rb"[ \t]*//"))}

# What may go from a string or a comment and leave the tokens as they are: nothing that ends, escapes or embeds, nor /* in a string of a
# #define, which tree-sitter takes for a comment. A replacement is harmless.
_HARMLESS = re.compile(rb"[^\\\"'`{}$/*\r\n]*")
_MAX_ESCAPE_BYTES = 10  # \U0001F600

Span = tuple[int, int]


def cannot_break(language: str, source: bytes, spans: Sequence[Span]) -> bool:
    """Say whether all `spans` certainly lie in comments and strings, and what is there cannot change how the file parses.

    Certain is what `in_comments` knows, and what a lexer says of a whole file that it understands. False may be both.
    """
    return in_comments(language, source, spans) or _in_literals(language, source, spans)


def _in_literals(language: str, source: bytes, spans: Sequence[Span]) -> bool:
    if not all(is_harmless(source, *span) for span in spans):
        return False
    kinds = lexing.kinds(source, language)
    return kinds is not None and all(set(kinds[start:end].tolist()) in ({lexing.COMMENT}, {lexing.STRING}) for start, end in spans)


def is_harmless(source: bytes, start: int, end: int) -> bool:
    """Say whether source[start:end] begins in no escape, and holds nothing that means something in a string or a comment."""
    return source.rfind(b"\\", max(0, start - _MAX_ESCAPE_BYTES), start) < 0 and _HARMLESS.fullmatch(source, start, end) is not None


def in_comments(language: str, source: bytes, spans: Sequence[Span]) -> bool:
    """Say whether all `spans` certainly lie in comments: what is there cannot change how the file parses.

    Certain are the comments before any code, and lines that begin with # or // (in a string they would be text too). A value
    that holds a part of what begins or ends a comment is not certain.
    """
    leading = _LEADING[language].match(source)
    head = leading.end() if leading else 0
    keeps_marks = not any(_COMMENT_MARK.search(source, start, end) for start, end in spans)
    return keeps_marks and all(end <= head or _on_comment_line(language, source, start) for start, end in spans)


def _on_comment_line(language: str, source: bytes, start: int) -> bool:
    begin = source.rfind(b"\n", 0, start) + 1
    marked = _COMMENT_LINE[language].match(source, begin)
    return marked is not None and marked.end() <= start


def in_text(tree: Tree, source: bytes, span: Span) -> bool:
    """Say whether `span` (bytes) lies within one string or comment of `tree`, without code that is embedded in it."""
    node = tree.root_node.descendant_for_byte_range(*span)
    while node is not None and node.type not in _TEXT and node.type != _MACRO_BODY:
        node = node.parent
    if node is None:
        return False
    if node.type == _MACRO_BODY:
        return _in_literal(source[node.start_byte : node.end_byte], span[0] - node.start_byte, span[1] - node.start_byte)
    inside = node.type not in _QUOTED or (node.start_byte < span[0] and span[1] < node.end_byte)
    return inside and not _has_code(node, span)


def _has_code(node: Node, span: Span) -> bool:
    return any(child.type in _CODE_IN_TEXT and child.start_byte < span[1] and span[0] < child.end_byte for child in node.children)


def _in_literal(body: bytes, start: int, end: int) -> bool:
    literals = [match.span() for match in _LITERAL.finditer(body)]
    at = bisect_right(literals, (start, len(body))) - 1
    return at >= 0 and literals[at][0] < start and end <= literals[at][1]

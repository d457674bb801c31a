"""The normal form of a file: its tokens, without comments and layout; two files with one normal form are the same program.

A syntax tree tells comments and literals from code (a regular expression cannot, in JavaScript). Literals are kept to the letter
and stand in the code as NUL; around them, white space is dropped where it separates nothing. What has a meaning stays: Python's
blocks, the line of a preprocessor directive, JavaScript's line ends where a semicolon may be inserted. In doubt a space stays, so
that two normal forms may differ for no reason but are never equal for no reason.
"""

import re
from collections.abc import Iterator
from functools import cache

from tree_sitter import Tree

from assets.code import grammars

_COMMENTS = {"Python": "comment", "Java": "line_comment block_comment", "C++": "comment", "JavaScript": "comment html_comment"}
_LITERALS = {
    "Python": "string",
    "Java": "string_literal character_literal",
    "C++": "string_literal raw_string_literal char_literal system_lib_string",
    "JavaScript": "string template_string regex jsx_text",
}
_INDENT, _DEDENT, _LITERAL = b"\x02", b"\x03", b"\x00"  # control characters: none is in a clean file
_WORD = rb"[\w$\x80-\xff]"
# A space between two characters that would be read as one token, or as another number, without it.
_SEPARATES = (
    rb"(?<=" + _WORD + rb" )" + _WORD,
    rb"(?<=\+ )\+|(?<=- )-|(?<=& )&|(?<=\| )\||(?<=< )<|(?<=> )>|(?<=: ):|(?<=/ )/|(?<=\* )\*|(?<=\. )\.|(?<=\? )\?|(?<=# )#",
    rb"(?<=[-+*/%&|^<>=!:?@] )=",
    rb"(?<=[-=%:] )>",
    rb"(?<=[\d.] )\.|(?<=\. )\d",
    rb"(?<=[.>/] )\*",
    rb"(?<=\? )\.",
    rb"(?<=[<%] )[:%-]",
)
_SPACE = re.compile(rb" (?!" + rb"|".join(_SEPARATES) + rb")")
_DIRECTIVE = re.compile(rb"^[ \t]*(#(?:[^\n\\]|\\[\s\S])*)", re.MULTILINE)
# Line ends of JavaScript that no rule of automatic semicolon insertion (ECMA-262, 12.10) can see: after an operator or a bracket
# (but not before ++ and --), and before a character that continues the expression.
_JS_LINE_END = re.compile(rb"(?<=[\[({,;=*/%&|?:<>.!~^])\n|(?<=[\])}])\n(?![-+])|\n(?=[)}\],;.?:=*%&|>^])")
_TOKEN = re.compile(rb"\x00|" + _WORD + rb"+|[^\w\s]")


def normal_form(language: str | None, text: str) -> bytes:
    """Return the normal form of `text`: its language, its code and its literals.

    For a language without grammar, or a text that is refused by the parser, comments stay; blank lines, the width of indentation
    and of other white space do not count.
    """
    source = text.encode()
    code, literals = _split(language, source)
    layouts = {"Python": _python, "JavaScript": _javascript, "C++": _cpp, "Java": _free}
    body = _indented(source, brackets=False) if code is None else layouts[language or ""](code)
    return _LITERAL.join([(language or "").encode(), body, *literals])


def has_tokens(form: bytes, count: int) -> bool:
    """Tell whether a normal form has at least `count` words, signs and literals."""
    tokens = _TOKEN.finditer(form, form.index(_LITERAL) + 1)  # the language is not one of them
    return all(next(tokens, None) is not None for _ in range(count))


@cache
def _kinds(language: str) -> dict[int, bool]:
    """Return the node kinds that the normal form looks at: whether each is a literal (else it is a comment)."""
    grammar = grammars.grammar(language)
    if grammar is None:
        return {}
    names = [(name, False) for name in _COMMENTS[language].split()] + [(name, True) for name in _LITERALS[language].split()]
    return {kind: is_literal for name, is_literal in names if (kind := grammar.id_for_node_kind(name, True)) is not None}


def _split(language: str | None, source: bytes) -> tuple[bytes | None, list[bytes]]:
    """Return the code with each literal replaced by NUL and each comment by white space, and the literals; None without a tree."""
    tree = grammars.parse(language, source) if language in _COMMENTS else None
    if tree is None or language is None:
        return None, []
    code: list[bytes] = []
    literals: list[bytes] = []
    position = 0
    for start, end, is_literal in _ranges(tree, _kinds(language)):
        code += (source[position:start], _LITERAL if is_literal else _blank(source[start:end]))
        literals += [source[start:end]] if is_literal else []
        position = end
    return b"".join([*code, source[position:]]), literals


def _ranges(tree: Tree, kinds: dict[int, bool]) -> Iterator[tuple[int, int, bool]]:
    """Yield (first byte, one past the last, is a literal) of the outermost nodes of `kinds`, in order.

    A cursor is as fast as a query and stays linear: a query takes seconds for 50,000 brackets that nobody closed.
    """
    cursor = tree.walk()
    while True:
        node = cursor.node
        is_literal = kinds.get(node.kind_id) if node is not None else None
        if node is not None and is_literal is not None:
            yield *node.byte_range, is_literal
        elif cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _blank(comment: bytes) -> bytes:
    return b"\n" if b"\n" in comment else b" "


def _free(code: bytes) -> bytes:
    return _SPACE.sub(b"", b" ".join(code.split()))


def _cpp(code: bytes) -> bytes:
    """Code is free, a directive is one line and kept to the letter (spaces matter in a macro)."""
    parts = _DIRECTIVE.split(code)
    return b"\n".join(part.rstrip() if index % 2 else _free(part) for index, part in enumerate(parts))


def _javascript(code: bytes) -> bytes:
    lines = (b" ".join(line.split()) for line in code.split(b"\n"))
    return _SPACE.sub(b"", _JS_LINE_END.sub(b"", b"\n".join(line for line in lines if line)))


def _python(code: bytes) -> bytes:
    code = code.replace(b"\\\n", b" ")
    return _SPACE.sub(b"", _indented(code, brackets=True))


def _indented(code: bytes, *, brackets: bool) -> bytes:
    """Return the lines with the width of indentation replaced by marks where it grows and shrinks.

    With `brackets`, a line inside brackets goes on the line before; if they do not match, every line counts for itself.
    """
    lines = [line for line in code.split(b"\n") if line and not line.isspace()]
    depths = list(_depths(lines)) if brackets else []
    if depths and (min(depths) < 0 or depths[-1] != 0):
        depths = []
    levels, parts = [0], []
    for index, line in enumerate(lines):
        text = b" ".join(line.split())
        if depths and index and depths[index - 1] > 0:
            parts.append(b" " + text)
        else:
            parts.append(b"\n" + _marks(levels, line) + text)
    return b"".join(parts)


def _depths(lines: list[bytes]) -> Iterator[int]:
    depth = 0
    for line in lines:
        opened = line.count(b"(") + line.count(b"[") + line.count(b"{")
        depth += opened - line.count(b")") - line.count(b"]") - line.count(b"}")
        yield depth


def _marks(levels: list[int], line: bytes) -> bytes:
    """Bring the stack `levels` of open indentations up to `line` and return a mark for each that it opens or closes."""
    wide = line.expandtabs(8)
    indentation, marks = len(wide) - len(wide.lstrip()), b""
    while indentation < levels[-1]:
        levels.pop()
        marks += _DEDENT
    if indentation > levels[-1]:
        levels.append(indentation)
        marks += _INDENT
    return marks

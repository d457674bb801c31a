"""The tree-sitter grammars: loaded at first use, once per process."""

import re
from functools import cache
from importlib import import_module
from itertools import count

from tree_sitter import Language, Parser, Tree

# Language, named as in GitHub Linguist -> module that carries its grammar.
_MODULES = {
    "Python": "tree_sitter_python",
    "Java": "tree_sitter_java",
    "C++": "tree_sitter_cpp",
    "JavaScript": "tree_sitter_javascript",
}
LANGUAGES = tuple(_MODULES)
# Dialects that the grammar of another language reads well enough to find what they declare. Of 198 C files it finds 2,627 declarations
# where C's own grammar finds 2,631, and of 689 C headers it leaves half as many bytes unread, because many speak to C++ as well.
READ_AS = {"C": "C++", "Cuda": "C++"}
# Each < may open type arguments, and a parser that follows all readings at once keeps them all: 8,000 of them in one Java statement
# take 640 MB, 16,000 over 1.5 GB. So many between two of ; { } are refused.
MAX_OPEN_ANGLES = 2_000
# Source files take 0.3 to 2.3 operations a byte; error recovery can be quadratic (100 a byte in 1 KB of "!&" in Java, 1,000 in 4 KB).
MAX_OPERATIONS_PER_BYTE = 10
MIN_PROGRESS_CALLS = 500
# Python's scanner reads the rest of a block of comments anew at each of them, and so for lines of nothing but a backslash: 1.5 s for
# this many bytes, which is a block of 2,200 lines; 100,000 lines would take an hour, and count as one operation.
MAX_BYTES_READ_AGAIN = 100_000_000
_CODE_LINE = re.compile(rb"^[ \t\f\r]*+[^#\s\\].*$", re.MULTILINE)
_OPERATIONS_PER_CALL = 100  # OP_COUNT_PER_PARSER_CALLBACK_CHECK in tree-sitter's parser.c
_READ_BYTES = 65_536


@cache
def grammar(language: str) -> Language | None:
    """Return the grammar of `language`, None when there is none."""
    module = _MODULES.get(language)
    return None if module is None else Language(import_module(module).language())


def parser(language: str | None) -> Parser | None:
    """Return a new parser for `language`, None when there is no grammar. A parser is cheap and must not be shared by threads."""
    found = None if language is None else grammar(language)
    return None if found is None else Parser(found)


def parse(language: str | None, source: bytes) -> Tree | None:
    """Return the syntax tree of UTF-8 `source`, with ERROR nodes where it does not parse.

    None when there is no grammar, and when the source is built (or broken) so that parsing it would take hours or gigabytes. All
    limits count what the parser does, not time, so that the answer is the same on every machine.
    """
    found = parser(language)
    if found is None or _most_angles(source) > MAX_OPEN_ANGLES:
        return None
    if language == "Python" and _bytes_read_again(source) > MAX_BYTES_READ_AGAIN:
        return None
    max_calls = MIN_PROGRESS_CALLS + len(source) * MAX_OPERATIONS_PER_BYTE // _OPERATIONS_PER_CALL
    calls = count(1)
    try:
        return found.parse(
            lambda offset, _: source[offset : offset + _READ_BYTES],
            progress_callback=lambda _offset, _error: next(calls) > max_calls,
        )
    except ValueError:  # stopped by the progress callback
        return None


def _most_angles(source: bytes) -> int:
    if source.count(b"<") <= MAX_OPEN_ANGLES:
        return 0
    return max(statement.count(b"<") for statement in re.split(rb"[;{}]", source))


def _bytes_read_again(source: bytes) -> int:
    """Return how many bytes of comments Python's scanner reads more than once, at most; 0 where that is no problem."""
    if len(source) * _marks(source) // 2 <= MAX_BYTES_READ_AGAIN:
        return 0
    blocks = _CODE_LINE.split(source)[1:]  # the one at the start is read once
    return sum(len(block) * min(_marks(block), block.count(b"\n")) // 2 for block in blocks)


def _marks(source: bytes) -> int:
    return source.count(b"#") + source.count(b"\\\n") + source.count(b"\\\r\n")

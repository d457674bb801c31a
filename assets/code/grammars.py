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
# Each < may open type arguments, and a parser that follows all readings at once keeps them all: 8,000 of them in one Java statement
# take 640 MB, 16,000 over 1.5 GB. So many between two of ; { } are refused.
MAX_OPEN_ANGLES = 2_000
# Source files take 0.3 to 2.3 operations a byte; error recovery can be quadratic (100 a byte in 1 KB of "!&" in Java, 1,000 in 4 KB).
MAX_OPERATIONS_PER_BYTE = 10
MIN_PROGRESS_CALLS = 500
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

    None when there is no grammar, and when the source is built (or broken) so that parsing it would take hours or gigabytes. Both
    limits count what the parser does, not time, so that the answer is the same on every machine.
    """
    found = parser(language)
    if found is None or _most_angles(source) > MAX_OPEN_ANGLES:
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

"""Which bytes of a source file are strings and comments.

A lexer is some forty times as fast as a parser, and knows less. Whatever it cannot be certain of (a string that does not end, a bracket
that does not close, a sign that the language does not have, JSX, a slash that may divide or begin a pattern) it leaves to the parser: the
answer is then None for the whole file. Time is linear in the length of the text, whatever it holds.
"""

import numpy as np
import numpy.typing as npt

from assets import machine_code

CODE, COMMENT_MARK, COMMENT, QUOTE, STRING = range(5)  # QUOTE includes prefixes
PATTERN, FIELD = 5, 6  # a regular expression in JavaScript; the braces and the format of a field in an f-string, the braces in a template
MAX_DEPTH = 256  # of brackets: source files reach 30
_WITH_BRACES = {"Java": 1, "C++": 2, "JavaScript": 3}  # as numbered in `brace_lexer`


def kinds(source: bytes, language: str) -> npt.NDArray[np.uint8] | None:
    """Return for each byte of UTF-8 `source` one of CODE … FIELD; None when that is not certain, and in languages without a lexer."""
    if language != "Python" and language not in _WITH_BRACES:
        return None
    text, out = np.frombuffer(source, np.uint8), np.zeros(len(source), np.uint8)
    stack, is_sure = np.empty(MAX_DEPTH, np.int64), np.zeros(1, np.int64)
    if language == "Python":
        machine_code.load("assets.code.python_lexer").lex(text, out, stack, is_sure)
    else:
        machine_code.load("assets.code.brace_lexer").lex(text, out, _WITH_BRACES[language], stack, is_sure)
    return out if is_sure[0] else None


def text_spans(source: bytes, language: str) -> list[tuple[int, int]] | None:
    """Return the bytes [start, end) inside string literals and comments, sorted; None when they are not certain.

    Without quotes, marks of comments and embedded code (fields of f-strings, substitutions in templates); patterns are no strings. What
    stands in an `#include`, `#error` or `#warning` is neither.
    """
    found = kinds(source, language)
    if found is None:
        return None
    inside = np.zeros(len(found) + 2, np.bool_)
    inside[1:-1] = (found == COMMENT) | (found == STRING)
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))

"""The tokens of Java, C++ and JavaScript, and what stands side by side: enough to find declarations without parsing expressions.

Each token has a shape of one byte: its own for a sign, `a` for a word, `0` for a number, a quote for any literal, `#` for a line of the
preprocessor, and for a keyword the letter that the language's reader gives it. What stands in a block, without what stands in brackets
inside it, is then a short text for regular expressions: a method of a class reads `aaa(){}`, a field `aa=;`.
"""

import re
from bisect import bisect_left
from functools import cache
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing

WHOLE_FILE = -1
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
Integers = npt.NDArray[np.int32]


class Tokens(NamedTuple):
    """A file's tokens, by start. Offsets are bytes."""

    source: bytes
    start: Integers
    end: Integers
    partner: Integers  # of a bracket: the token that closes or opens it; -1 for all others
    depth: Integers  # brackets open around it; those of a pair are as deep as each other
    is_fresh: npt.NDArray[np.bool_]  # a line ends between it and the token before
    shape: bytes
    comments: list[tuple[int, int]]  # those outside of directives

    @classmethod
    def read(cls, source: bytes, language: str, keywords: tuple[tuple[str, str], ...]) -> Self | None:
        """Return the tokens of a file; None when they, or its brackets, are not certain. `keywords` are of up to 16 letters, with shapes.

        A word after a dot is no keyword. The substitutions of a JavaScript template stand in brackets between parts that are literals.
        """
        kinds = lexing.kinds(source, language)
        if kinds is None:
            return None
        size = len(source)
        rows, shape = np.empty((size + 1, 7), np.int32), np.empty(size, np.uint8)
        kernel = machine_code.load("assets.corpus.chunks.brace_tokens")
        n = kernel.read(np.frombuffer(source, np.uint8), kinds, language == "C++", _table(keywords), rows, shape)
        if n < 0:
            return None
        start, end, partner, depth, fresh = rows[:n, :5].T
        comments = [(first, last) for first, last in rows[: rows[size, 0], 5:].tolist()]
        return cls(source, start, end, partner, depth, fresh == 1, shape[:n].tobytes(), comments)

    def inside(self, opening: int) -> npt.NDArray[np.int64]:
        """Return the tokens that stand directly in the brackets that token `opening` opens, brackets inside them included."""
        if opening == WHOLE_FILE:
            return np.flatnonzero(self.depth == 0)
        first, last = opening + 1, int(self.partner[opening])
        return first + np.flatnonzero(self.depth[first:last] == self.depth[opening] + 1)

    def shape_of(self, tokens: npt.NDArray[np.int64]) -> bytes:
        """Return the shapes of `tokens` as text, a byte each."""
        return np.frombuffer(self.shape, np.uint8)[tokens].tobytes()

    def text(self, token: int) -> bytes:
        """Return the source of a token."""
        return self.source[self.start[token] : self.end[token]]

    def comment_above(self, before: int, start: int, floor: int = 0) -> tuple[int, int] | None:
        """Return the bytes of the comment directly above what starts at byte `start`, when what stands before it ends at byte `before`.

        Line comments on consecutive lines are one; one on the line on which the code before ends is not above anything. `before` is -1
        when there is no code before; comments before `floor`, where the block begins, do not count.
        """
        comments, begin = self.comments, max(before, floor)
        place = bisect_left(comments, (start,)) - 1
        if place < 0 or comments[place][0] < begin:
            return None
        first, last = comments[place]
        if self._trails(before, first) or _BLANK_LINE.search(self.source, last, start) is not None:
            return None
        while (
            place
            and comments[place - 1][0] >= begin
            and self._joins(comments[place - 1], first)
            and not self._trails(before, comments[place - 1][0])
        ):
            place -= 1
            first = comments[place][0]
        return first, last

    def _trails(self, before: int, comment: int) -> bool:
        """Tell whether a comment stands on the line on which the code that ends at `before` does."""
        return before >= 0 and self.source.find(b"\n", before - (self.source[before - 1 : before] == b"\n"), comment) < 0

    def _joins(self, above: tuple[int, int], comment: int) -> bool:
        """Tell whether two comments are line comments on consecutive lines."""
        source = self.source
        return source.startswith(b"//", above[0]) and source.startswith(b"//", comment) and source.count(b"\n", above[1], comment) == 1


@cache
def _table(keywords: tuple[tuple[str, str], ...]) -> npt.NDArray[np.uint64]:
    """Return 256 rows of (first eight bytes, next eight, shape): a keyword's is the first free one from where its first bytes lead to."""
    out = np.zeros((256, 3), np.uint64)
    for word, shape in keywords:
        letters = word.encode().ljust(16, b"\0")
        low, high = int.from_bytes(letters[:8], "little"), int.from_bytes(letters[8:], "little")
        place = low * 0x9E3779B97F4A7C15 % 2**64 >> 56  # as in `brace_tokens`
        while out[place, 2]:
            place = (place + 1) % 256
        out[place] = low, high, ord(shape)
    return out

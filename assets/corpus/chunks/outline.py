"""The tokens of Java and C++: enough to find declarations without parsing expressions.

Each token has a shape of one byte: its own for a sign, `a` for a word, `0` for a number, a quote for any literal, `#` for a line of the
preprocessor, and for a keyword the letter that the language's reader gives it. What stands in a block, without what stands in brackets
inside it, is then a short text: a method of a class reads `aaa(){}`, a field `aa=;`.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing

Integers = npt.NDArray[np.int32]


def rows(source: bytes, language: str, keywords: tuple[tuple[str, str], ...]) -> tuple[Integers, npt.NDArray[np.uint8]] | None:
    """Return the rows that `brace_tokens` fills, one for each byte and one more, and the shape of each token.

    None when the tokens of the file, or its brackets, are not certain. `keywords` are of up to 16 letters, with shapes; a word after a dot
    is none.
    """
    kinds = lexing.kinds(source, language)
    if kinds is None:
        return None
    size = len(source)
    found, shape = np.empty((size + 1, 7), np.int32), np.empty(size, np.uint8)
    kernel = machine_code.load("assets.corpus.chunks.brace_tokens")
    count = kernel.read(np.frombuffer(source, np.uint8), kinds, language == "C++", keyword_table(keywords), found, shape)
    return (found, shape[:count]) if count >= 0 else None


@cache
def keyword_table(keywords: tuple[tuple[str, str], ...]) -> npt.NDArray[np.uint64]:
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

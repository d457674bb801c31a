"""From bytes to the words that are compared, compiled by numba: import this module inside the function that needs it.

A **word** is a run of ASCII letters, digits, `_` and other letters, in lower case. What differs between two copies of a text is no word:
white space, line ends, punctuation (so quotes, brackets, trailing commas, the marks of comments, diffs, Markdown and doctests), zero-width
characters, also within a word, and numbers before the first other word of a line (line numbers). The escapes `\\n`, `\\r` and `\\t`, which
code has inside of JSON, are white space. The text is in NFKC (see `texts`).

The second reading of a text also leaves out comments (`#`, `//`, `/* */`) and lines with imports. It is blind to strings: a mark inside
one is taken for a comment, in the problem as in the row.

A **segment** is a message, or a block between ``` or ~~~. Of short segments the **strict key** is compared: all their words and signs but
quotes, commas, semicolons and what stands before the first word of a line.
"""

import numpy as np
from numba import njit

TINY_BYTES = 2  # a word of so many tells nothing
MAX_STRICT = 24  # words of a segment that has a strict key
_U = np.uint64
_P0, _P1, _P2 = _U(0x9E3779B185EBCA87), _U(0xC2B2AE3D27D4EB4F), _U(0xFF51AFD7ED558CCD)
_SEED = _U(0x27D4EB2F165667C5)
_LINE, _TAB, _RETURN, _SPACE, _ESCAPE, _HASH, _SLASH, _STAR, _EDGE = (np.uint8(ord(sign)) for sign in "\n\t\r \\#/*\x1e")
_FENCES = (np.uint8(ord("`")), np.uint8(ord("~")))
_OPEN, _CLOSE = np.uint8(ord("(")), np.uint8(ord(")"))


@njit(cache=True, nogil=True)
def _mixed(value):  # type: ignore[no-untyped-def]
    """Return a 64-bit number whose bits all depend on all bits of `value` (MurmurHash3's finaliser)."""
    value = (value ^ (value >> _U(33))) * _P2
    value = (value ^ (value >> _U(29))) * _P1
    return value ^ (value >> _U(32))


@njit(cache=True, nogil=True)
def is_word(byte):  # type: ignore[no-untyped-def]
    """Tell whether an ASCII byte belongs to a word."""
    letter = np.uint8(np.uint8(byte | np.uint8(32)) - np.uint8(97)) < np.uint8(26)
    return letter or np.uint8(byte - np.uint8(48)) < np.uint8(10) or byte == np.uint8(95)


@njit(cache=True, nogil=True)
def special(data, at, end):  # type: ignore[no-untyped-def]
    """Return (length, kind) of the character at a byte from 0x80 on: kind 0 is part of a word, 1 a sign, 2 invisible.

    Signs: U+0080-00BF without the letters AA, B5 and BA, U+00D7, U+00F7, U+2000-205E, U+2190-25FF (arrows to box drawing), U+3000-301F.
    Invisible: U+00AD, U+200B-200F, U+202A-202E, U+2060-206F, U+FE00-FE0F, U+FEFF.
    """
    first = data[at]
    if first < 0xE0:
        second = data[at + 1] if at + 1 < end else np.uint8(0)
        if first == 0xC2:
            kind = 2 if second == 0xAD else 0 if second in (0xAA, 0xB5, 0xBA) else 1
            return 2, kind
        return 2, 1 if first == 0xC3 and second in (0x97, 0xB7) else 0
    if first >= 0xF0 or at + 2 >= end:
        return (4 if first >= 0xF0 else 3), 0
    code = (np.int64(first & 0x0F) << 12) | (np.int64(data[at + 1] & 0x3F) << 6) | np.int64(data[at + 2] & 0x3F)
    if 0x200B <= code <= 0x200F or 0x202A <= code <= 0x202E or 0x2060 <= code <= 0x206F or 0xFE00 <= code <= 0xFE0F or code == 0xFEFF:
        return 3, 2
    return 3, 1 if 0x2000 <= code <= 0x205E or 0x2190 <= code <= 0x25FF or 0x3000 <= code <= 0x301F else 0


@njit(cache=True, nogil=True)
def skip_line(data, at, end, brackets):  # type: ignore[no-untyped-def]
    """Return the place of the next line end (also an escaped one) or boundary; with `brackets`, the first that no bracket is open at."""
    depth = 0
    while at < end and data[at] != _EDGE:
        byte = data[at]
        depth += (1 if byte == _OPEN else -1 if byte == _CLOSE else 0) if brackets else 0
        is_escape = byte == _ESCAPE and at + 1 < end and (data[at + 1] == 110 or data[at + 1] == 114)
        if (byte in (_LINE, _RETURN) or is_escape) and depth <= 0:
            return at
        at += 1
    return at


@njit(cache=True, nogil=True)
def imports(data, at, end):  # type: ignore[no-untyped-def]
    """Tell whether an import begins at a word: `import x`, or `from x import`. No recursion: a text may say `from x` without end."""
    if _says_import(data, at, end):
        return True
    if at + 5 > end or data[at] != 102 or data[at + 1] != 114 or data[at + 2] != 111 or data[at + 3] != 109 or data[at + 4] != _SPACE:
        return False
    at += 5
    while at < end and (is_word(data[at]) or data[at] == 46):
        at += 1
    return at < end and data[at] == _SPACE and _says_import(data, at + 1, end)


@njit(cache=True, nogil=True)
def _says_import(data, at, end):  # type: ignore[no-untyped-def]
    """Tell whether `import ` stands at a place."""
    if at + 7 > end or data[at] != 105 or data[at + 1] != 109 or data[at + 2] != 112 or data[at + 3] != 111:
        return False
    return data[at + 4] == 114 and data[at + 5] == 116 and data[at + 6] == _SPACE


@njit(cache=True, nogil=True)
def read_all(data, offsets, bare, words, bounds, stricts, segments, marks):  # type: ignore[no-untyped-def]
    """Read the texts data[offsets[i]:offsets[i + 1]] into words[bounds[i]:bounds[i + 1]] and stricts[segments[i]:segments[i + 1]].

    With `bare`, comments and imports are left out; texts whose `marks` are 0 have none, and are empty then. Without, marks[i] is filled.
    n bytes have at most (n + 1) / 2 words and n + 1 segments.
    """
    bounds[0] = segments[0] = 0
    for text in range(len(offsets) - 1):
        count, closed = 0, 0
        if marks[text] or not bare:
            count, closed, marked = _read(data, offsets[text], offsets[text + 1], bare, words[bounds[text] :], stricts[segments[text] :])
            marks[text] = marked
        bounds[text + 1], segments[text + 1] = bounds[text] + count, segments[text] + closed


@njit(cache=True, nogil=True)
def _read(data, begin, end, bare, words, stricts):  # type: ignore[no-untyped-def]
    """Return (number of words, number of segments, whether there are comments or imports) of data[begin:end].

    A strict key is 0 where there are too many words.
    """
    count, segments, first_word, marks = 0, 0, 0, False
    strict, fresh, at = _SEED, True, begin  # fresh: no word yet on this line
    while at < end:
        byte = data[at]
        if byte >= 0x80 or is_word(byte):
            if byte >= 0x80 and special(data, at, end)[1]:
                at += special(data, at, end)[0]
                continue
            if fresh and imports(data, at, end):
                marks = True
                if bare:
                    at = skip_line(data, at, end, True)
                    continue
            value, at, is_number = _word(data, at, end)
            if not (fresh and is_number):
                words[count] = value
                count, fresh = count + 1, False
                strict = (strict ^ value) * _P0 + _SEED
            continue
        following = data[at + 1] if at + 1 < end else np.uint8(0)
        if byte in (_LINE, _RETURN):
            fresh = True
        elif byte == _ESCAPE:
            fresh = fresh or following == 110 or following == 114
            at += following == 110 or following == 114 or following == 116
        elif byte == _HASH or (byte == _SLASH and following in (_SLASH, _STAR)):
            marks = True
            if bare:
                at = _after_comment(data, at, end, following == _STAR)
                continue
            strict = strict if fresh else (strict ^ _U(byte)) * _P1
        elif byte == _EDGE or ((byte in _FENCES) and following == byte and at + 2 < end and data[at + 2] == byte):
            stricts[segments] = strict if 0 < count - first_word <= MAX_STRICT else _U(0)
            segments, first_word, strict, fresh = segments + 1, count, _SEED, True
            at = at if byte == _EDGE else _after_fence(data, at, end)
        elif _is_sign(byte) and not fresh:
            strict = (strict ^ _U(byte)) * _P1
        at += 1
    stricts[segments] = strict if 0 < count - first_word <= MAX_STRICT else _U(0)
    return count, segments + 1, marks


@njit(cache=True, nogil=True)
def _word(data, at, end):  # type: ignore[no-untyped-def]
    """Return (hash, end, whether it is a number) of the word that begins at `at`. The hash of a number or a tiny word is odd."""
    value, is_number, begin = _SEED, True, at
    while at < end:
        byte = data[at]
        if byte < 0x80:
            if not is_word(byte):
                break
            is_number = is_number and byte < 58
            value = (value ^ _U(byte | np.uint8(32) if np.uint8(byte - np.uint8(65)) < np.uint8(26) else byte)) * _P0
            value ^= value >> _U(32)
            at += 1
            continue
        length, kind = special(data, at, end)
        if kind == 1:
            break
        for place in range(at, min(at + length, end) if kind == 0 else at):
            value = (value ^ _U(data[place])) * _P0
            value ^= value >> _U(32)
            is_number = False
        at += length
    is_tiny = is_number or at - begin <= TINY_BYTES
    return (_mixed(value) & ~_U(1)) | _U(is_tiny), min(at, end), is_number


@njit(cache=True, nogil=True)
def _after_comment(data, at, end, is_block):  # type: ignore[no-untyped-def]
    if not is_block:
        return skip_line(data, at, end, False)
    at += 2
    while at < end and data[at] != _EDGE and not (data[at] == _STAR and at + 1 < end and data[at + 1] == _SLASH):
        at += 1
    return at if at >= end or data[at] == _EDGE else at + 2


@njit(cache=True, nogil=True)
def _after_fence(data, at, end):  # type: ignore[no-untyped-def]
    """Return the last byte of a fence that begins at `at`, with the language that it names."""
    sign = data[at]
    while at < end and data[at] == sign:
        at += 1
    while at < end and data[at] < 0x80 and (is_word(data[at]) or data[at] == 43 or data[at] == 45):
        at += 1
    return at - 1


@njit(cache=True, nogil=True)
def _is_sign(byte):  # type: ignore[no-untyped-def]
    return byte > _SPACE and byte not in (34, 39, 44, 59, 96, 127)

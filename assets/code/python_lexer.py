"""The lexer of Python: not imported but loaded, see `machine_code`. What it fills is described in `lexing`."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SIGNATURES = {"lex": "void(u1[::1], u1[::1], i8[::1], i8[::1])"}
# As in `lexing`: a kernel uses nothing of another module.
_COMMENT_MARK, _COMMENT, _QUOTE, _STRING, _FIELD_MARK = map(np.uint8, (1, 2, 3, 4, 6))
# Classes of bytes outside of text. A byte of class _STRANGE is in no program.
_PLAIN, _WORD, _QUOTES, _OPEN, _CLOSE, _HASH, _BACKSLASH, _NEWLINE, _STRANGE = range(9)
_LF, _CR, _COLON, _N, _ESCAPE, _BRACE, _CLOSING_BRACE = 10, 13, 58, 78, 92, 123, 125
_ZERO = np.int64(0)  # numba compiles a function anew for each literal that it is called with
_FIELD, _TRIPLE, _RAW, _SPEC = 256, 512, 1024, 2048  # on the stack of brackets: the f-string that a field interrupts; _SPEC: in its format


def _classes() -> npt.NDArray[np.uint8]:
    out = np.full(256, _STRANGE, np.uint8)
    out[list(b" \t\f,.:;@=+-*/%&|^~<>!")] = _PLAIN
    out[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] = _WORD
    out[128:] = _WORD
    for kind, signs in {_QUOTES: b"\"'", _OPEN: b"([{", _CLOSE: b")]}", _HASH: b"#", _BACKSLASH: b"\\", _NEWLINE: b"\n\r"}.items():
        out[list(signs)] = kind
    return out


_CLASSES = _classes()
_STOPS = np.isin(np.arange(256), list(b"\"'\n\r\\{}"))  # what may matter in a string


@njit(**_OPTIONS)
def lex(source, kinds, stack, is_sure):  # type: ignore[no-untyped-def]
    """Fill `kinds` and set is_sure[0] when they are certain. `stack` is scratch, as long as brackets may be deep."""
    depth, at, top = _ZERO, _ZERO, _ZERO
    fields, narrow = _ZERO, _ZERO  # of f-strings, that are open; those of them that are in strings of one line
    while at < len(source):
        kind = _CLASSES[source[at]]
        if top < _FIELD and (kind == _PLAIN or (kind == _NEWLINE and narrow == 0)):
            at += 1
            continue
        byte, entered = np.int64(source[at]), _ZERO
        if kind in (_WORD, _QUOTES):
            at, entered = _word(source, kinds, at, top)
        elif kind == _OPEN:
            at, entered = at + 1, byte
        elif kind == _CLOSE:
            if depth == 0 or not _matches(top, byte):
                return
            depth -= 1
            at += 1
            if top >= _FIELD:
                fields, narrow = fields - 1, narrow - _is_narrow(top)
                kinds[at - 1] = _FIELD_MARK
                at, entered = _string(source, kinds, at, top & (_SPEC - 1))
            top = stack[depth - 1] if depth else _ZERO
        else:
            if byte == _COLON and top >= _FIELD:
                top |= _SPEC
                stack[depth - 1] = top
            if top & _SPEC:
                kinds[at] = _FIELD_MARK
            at = _sign(source, kinds, at, kind, fields, narrow, top)
        if at < 0 or (entered and depth == len(stack)):
            return
        if entered:
            stack[depth] = top = entered
            depth += 1
            fields, narrow = fields + (entered >= _FIELD), narrow + _is_narrow(entered)
    is_sure[0] = depth == 0


@njit(**_OPTIONS)
def _word(source, kinds, start, top):  # type: ignore[no-untyped-def]
    """Mark the word and the string at `start`; return (their end or -1, the string when a field interrupts it, else 0)."""
    at = start
    while at < len(source) and _CLASSES[source[at]] == _WORD:
        at += 1
    if top & _SPEC:
        _mark(kinds, start, at, _FIELD_MARK)
    if at >= len(source) or _CLASSES[source[at]] != _QUOTES:
        return at, _ZERO
    flags = _prefix(source, start, at)
    quote, triple = np.int64(source[at]), _is_triple(source, at)
    if top & _SPEC:  # a quote in the format of a field
        return -1, _ZERO
    end = at + (3 if triple else 1)
    _mark(kinds, at if flags < 0 else start, end, _QUOTE)
    return _string(source, kinds, end, quote | max(flags, 0) | (_TRIPLE if triple else 0))


@njit(**_OPTIONS)
def _sign(source, kinds, at, kind, fields, narrow, top):  # type: ignore[no-untyped-def]
    """Return the end of what is at `at`, no word, string or bracket; -1 when it is not certain."""
    if kind == _HASH and not (top & _SPEC):
        return -1 if fields else _comment(source, kinds, at)
    if kind == _STRANGE or (kind == _NEWLINE and (narrow or top & _SPEC)):
        return -1
    if kind == _BACKSLASH:
        after = _escaped(source, at)
        return after if not fields and after - 1 < len(source) and source[after - 1] == _LF else -1
    return at + 1


@njit(**_OPTIONS)
def _is_narrow(entered):  # type: ignore[no-untyped-def]
    """Tell whether what is on the stack of brackets is an f-string of one line, which ends with it even in a field."""
    return entered >= _FIELD and not entered & _TRIPLE


@njit(**_OPTIONS)
def _prefix(source, start, end):  # type: ignore[no-untyped-def]
    """Return the flags of a prefix of a Python string, -1 when source[start:end] is none."""
    flags = _ZERO
    if end - start > 2:
        return np.int64(-1)
    for index in range(start, end):
        letter = source[index] | 32
        if letter == 102 or letter == 116:  # f, t
            flags |= _FIELD
        elif letter == 114:
            flags |= _RAW
        elif letter != 98 and letter != 117:  # b, u
            return np.int64(-1)
    return flags


@njit(**_OPTIONS)
def _string(source, kinds, at, opened):  # type: ignore[no-untyped-def]
    """Mark a string from inside; return (its end, 0), (the start of a field's code, `opened`), or (-1, 0) when it does not end."""
    quote, triple, fields = opened & 127, opened & _TRIPLE, opened & _FIELD
    while at < len(source):
        byte = source[at]
        if not _STOPS[byte]:
            kinds[at] = _STRING
            at += 1
            continue
        if byte == quote and (not triple or _is_triple(source, at)):
            end = at + (3 if triple else 1)
            _mark(kinds, at, end, _QUOTE)
            return end, _ZERO
        end = at + 1
        if byte == _ESCAPE:
            braces = fields and end < len(source) and source[end] in (_BRACE, _CLOSING_BRACE)
            end = end if braces else _escaped(source, at)
            if fields and not opened & _RAW and end < len(source) and source[end - 1] == _N and source[end] == _BRACE:  # \N{DASH}
                end = _find(source, end, _CLOSING_BRACE) + 1
        elif byte in (_LF, _CR) and not triple:
            break
        elif fields and byte in (_BRACE, _CLOSING_BRACE):
            if end < len(source) and source[end] == byte:
                end += 1
            elif byte == _BRACE:
                kinds[at] = _FIELD_MARK
                return end, opened
            else:
                break
        end = min(end, len(source))
        _mark(kinds, at, end, _STRING)
        at = end
    return -1, _ZERO


@njit(**_OPTIONS)
def _comment(source, kinds, at):  # type: ignore[no-untyped-def]
    """Mark a comment and return its end; -1 when a carriage return ends it, as it does for Python but not for all who read it."""
    end = at + 1
    while end < len(source) and source[end] != _LF and source[end] != _CR:
        end += 1
    if end < len(source) and source[end] == _CR and not (end + 1 < len(source) and source[end + 1] == _LF):
        return -1
    kinds[at] = _COMMENT_MARK
    _mark(kinds, at + 1, end, _COMMENT)
    return end


@njit(**_OPTIONS)
def _escaped(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the backslash at `at` and what it escapes: a byte, or a line end of two; maybe beyond the text."""
    return at + 3 if at + 2 < len(source) and source[at + 1] == _CR and source[at + 2] == _LF else at + 2


@njit(**_OPTIONS)
def _find(source, at, byte):  # type: ignore[no-untyped-def]
    while at < len(source) and source[at] != byte:
        at += 1
    return at


@njit(**_OPTIONS)
def _mark(kinds, start, end, kind):  # type: ignore[no-untyped-def]
    for index in range(start, min(end, len(kinds))):
        kinds[index] = kind


@njit(**_OPTIONS)
def _is_triple(source, at):  # type: ignore[no-untyped-def]
    return at + 2 < len(source) and source[at + 1] == source[at] and source[at + 2] == source[at]


@njit(**_OPTIONS)
def _matches(opened, byte):  # type: ignore[no-untyped-def]
    if opened >= _FIELD:
        return byte == _CLOSING_BRACE
    return byte == opened + (1 if opened == 40 else 2)

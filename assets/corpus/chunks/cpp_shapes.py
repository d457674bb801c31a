"""The shapes of C++'s tokens as its forms have them: not imported but loaded, see `machine_code`. `cpp_forms` says what they are."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"refine": "i8(u1[::1], i4[:, ::1], i8, u1[::1], i4[::1], i8)"}
_START, _END, _PARTNER = range(3)  # of a row of tokens, as in `brace_tokens`
_WORD, _DIRECTIVE, _CAPITALS, _FOREIGN = 97, 35, 77, 106
_IF, _ELSE, _END_IF, _INCLUDE, _OTHER = 49, 50, 51, 52, 53
_OPENING_BRACE, _CLOSING_BRACE, _SEMICOLON = 123, 125, 59
_LESS, _GREATER, _EQUAL, _MINUS, _NUMBER, _RIGHT, _OPERATOR, _OTHER_SIGN = 60, 62, 61, 45, 48, 41, 111, 124
_FEWEST_CAPITALS = 4
_CAPITAL, _LETTER = 1, 2


def _classes() -> npt.NDArray[np.uint8]:
    out = np.zeros(256, np.uint8)
    out[list(b"abcdefghijklmnopqrstuvwxyz")] = _LETTER
    out[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] = _LETTER | _CAPITAL
    return out


_CLASSES = _classes()
_IF_, _ELSE_, _ELIF_, _ENDIF_, _INCLUDE_ = (np.frombuffer(word, np.uint8) for word in (b"if", b"else", b"elif", b"endif", b"include"))


@njit(**_OPTIONS)
def refine(source, rows, count, shape, after, is_free):  # type: ignore[no-untyped-def]
    """Give directives and words in capitals their own shapes, and note what comes after each token: after a bracket, that which closes it.

    Returns 0 when a statement begins as in another language, else 1. With `is_free`, what compares has a shape that is no bracket.
    """
    for token in range(count):
        letter, start, end = shape[token], rows[token, _START], rows[token, _END]
        after[token] = max(token + 1, rows[token, _PARTNER])
        if letter == _WORD and _is_in_capitals(source, start, end):
            shape[token] = _CAPITALS
        elif letter == _DIRECTIVE:
            shape[token] = _directive(source, start)
        elif is_free and letter in (_LESS, _GREATER) and _compares(source, rows, count, shape, token):
            shape[token] = _OTHER_SIGN
        if token > 0 and shape[token - 1] == _FOREIGN and shape[token] in (_WORD, _CAPITALS, _FOREIGN):
            before = shape[token - 2] if token > 1 else _SEMICOLON
            if before in (_SEMICOLON, _OPENING_BRACE, _CLOSING_BRACE):
                return 0
    return 1


@njit(**_OPTIONS)
def _compares(source, rows, count, shape, token):  # type: ignore[no-untyped-def]
    """Tell whether < or > is no bracket: it is one with =, or a number stands on the side on which no bracket has any."""
    before, end = shape[token - 1] if token > 0 else _SEMICOLON, rows[token, _END]
    if before in (_OPERATOR, _LESS, _GREATER, _MINUS):
        return False
    if end < len(source) and source[end] == _EQUAL:
        return True
    if shape[token] == _LESS:
        return before in (_NUMBER, _RIGHT)
    return token + 1 < count and shape[token + 1] == _NUMBER


@njit(**_OPTIONS)
def _is_in_capitals(source, start, end):  # type: ignore[no-untyped-def]
    """Tell whether a word is, by some of its letters."""
    if end - start < _FEWEST_CAPITALS:
        return False
    some = _CLASSES[source[start]] & _CLASSES[source[start + 1]] & _CLASSES[source[(start + end) // 2]]
    return some & _CLASSES[source[end - 2]] & _CLASSES[source[end - 1]] & _CAPITAL != 0


@njit(**_OPTIONS)
def _directive(source, at):  # type: ignore[no-untyped-def]
    """Return the shape of the preprocessor's line that begins at `at`."""
    at += 1
    while at < len(source) and (source[at] == 32 or source[at] == 9):
        at += 1
    if _begins(source, at, _IF_):
        return _IF
    if (_begins(source, at, _ELSE_) or _begins(source, at, _ELIF_)) and _ends(source, at + len(_ELSE_)):
        return _ELSE
    if _begins(source, at, _ENDIF_):
        return _END_IF
    return _INCLUDE if _begins(source, at, _INCLUDE_) and _ends(source, at + len(_INCLUDE_)) else _OTHER


@njit(**_OPTIONS)
def _begins(source, at, word):  # type: ignore[no-untyped-def]
    if at + len(word) > len(source):
        return False
    for index in range(len(word)):  # noqa: SIM110
        if source[at + index] != word[index]:
            return False
    return True


@njit(**_OPTIONS)
def _ends(source, at):  # type: ignore[no-untyped-def]
    """Tell whether no word goes on at `at`."""
    return at >= len(source) or not _CLASSES[source[at]] & _LETTER

"""The terminals of JavaScript's grammar: not imported but loaded, see `machine_code`.

They are the shapes of `outline`'s tokens, with what stands around them taken into account where the grammar has to know before it gets
there: `(` is A when an arrow follows what it opens, a word is K before an arrow and L before the colon of a label. What consists of
several tokens (`===`, `...`) is one terminal, and is left out after it.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"classify": "void(u1[::1], i4[:, ::1], u1[::1])"}
_TOKEN_START, _TOKEN_END, _PARTNER, _FRESH = 0, 1, 2, 4  # as in `brace_tokens`
PADDING = 5  # zeros behind the terminals: so far is looked ahead
_FRESH_BIT, _TERMINAL, _LEFT_OUT = 128, 127, 1
_LF, _DOLLAR, _STAR, _PLUS, _MINUS, _DOT, _STROKE, _COLON, _EQUAL, _GREATER, _QUESTION, _BACKTICK, _TILDE = list(b"\n$*+-./:=>?`~")
_LEFT, _OPENS_INDEX, _OPENS, _NOT, _NUMBER, _LITERAL = list(b'([{!0"')
_ASYNC, _STATIC, _LET, _FROM, _IMPORT, _NEW, _FUNCTION, _OF, _FOR = list(b"ySljmnfOo")
_A_NAME, _PARAMETER, _LABEL, _MODIFIER, _DOUBTFUL, _ASYNC_ARROW, _ARROW, _PARAMETERS = list(b"aKLMHZRA")
_BINARY, _STEP, _OPTIONAL, _SPREAD, _PATTERN = list(b"%P98p")


def _among(letters: bytes) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(256), list(letters))


_NAMES = _among(b"aygSOlj")  # words that may be names
_ACCESSORS = _among(b"ygS")
_WORDS = _among(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_KEYS = _among(b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"0[')
_OPERATORS = _among(b"%&*/<=>^|!+-?~")
_VARIABLES = _among(b"vl")
_AFTER_LABEL = _among(b"owdsi")  # what begins a statement, where a word and a colon behind a brace may begin an object, too


@njit(**_OPTIONS)
def classify(source, tokens, terminals):  # type: ignore[no-untyped-def]
    """Turn the shape of each token into its terminal, with a bit for a new line before it: `terminals` end in PADDING zeros."""
    left_out = 0
    for token in range(len(terminals) - PADDING):
        letter = np.int64(terminals[token])
        size = 1
        if left_out:
            left_out -= 1
            terminals[token] = _LEFT_OUT
            continue
        if _WORDS[letter]:
            letter = _word(tokens, terminals, token)
        elif letter == _LITERAL:
            first = source[tokens[token, _TOKEN_START]]
            letter = _BACKTICK if first == _BACKTICK else _PATTERN if first == _STROKE else letter
        elif letter == _LEFT:
            is_field = source[tokens[token, _TOKEN_START]] == _DOLLAR
            letter = _DOLLAR if is_field else _PARAMETERS if _is_arrow(tokens, terminals, tokens[token, _PARTNER] + 1) else letter
        elif letter == _DOT:
            size = 2 if _joined(tokens, terminals, token + 1, _NUMBER) else 3 if _is_spread(tokens, terminals, token) else 1
            letter = _NUMBER if size == 2 else _SPREAD if size == 3 else letter
        elif _OPERATORS[letter]:
            letter, size = _operator(tokens, terminals, token, letter)
        terminals[token] = letter | (_FRESH_BIT if tokens[token, _FRESH] else 0)
        left_out = size - 1


@njit(**_OPTIONS)
def _joined(tokens, terminals, token, letter):  # type: ignore[no-untyped-def]
    """Tell whether `token` has this shape and touches the one before."""
    return terminals[token] == letter and tokens[token, _TOKEN_START] == tokens[token - 1, _TOKEN_END]


@njit(**_OPTIONS)
def _is_arrow(tokens, terminals, token):  # type: ignore[no-untyped-def]
    return terminals[token] == _EQUAL and _joined(tokens, terminals, token + 1, _GREATER)


@njit(**_OPTIONS)
def _is_spread(tokens, terminals, token):  # type: ignore[no-untyped-def]
    return _joined(tokens, terminals, token + 1, _DOT) and _joined(tokens, terminals, token + 2, _DOT)


@njit(**_OPTIONS)
def _word(tokens, terminals, token):  # type: ignore[no-untyped-def]
    """Return the terminal of a word."""
    letter, after, is_on_line = np.int64(terminals[token]), terminals[token + 1], tokens[token + 1, _FRESH] == 0
    if not _NAMES[letter]:
        is_member = after == _DOT or (after == _LEFT and letter == _IMPORT)
        return _A_NAME if is_member and letter in (_IMPORT, _NEW) else letter  # new.target, import.meta, import(…)
    if _is_arrow(tokens, terminals, token + 1):
        return _PARAMETER
    if after == _COLON and _is_label(terminals, token):
        return _LABEL
    if letter == _ASYNC and is_on_line:
        if after == _FUNCTION:
            return letter
        bracket = tokens[token + 1, _PARTNER] + 1 if after == _LEFT else token + 2 if _NAMES[after] else token + 1
        if _is_arrow(tokens, terminals, bracket):
            return _ASYNC_ARROW
    if _ACCESSORS[letter] and (_KEYS[after] or (after == _STAR and letter in (_ASYNC, _STATIC))):
        return _MODIFIER if is_on_line else _DOUBTFUL
    if letter == _OF or (letter == _STATIC and after == _OPENS) or (letter == _FROM and after == _LITERAL):
        return letter
    return letter if letter == _LET and (_WORDS[after] or after in (_OPENS_INDEX, _OPENS)) else _A_NAME


@njit(**_OPTIONS)
def _is_label(terminals, token):  # type: ignore[no-untyped-def]
    """Tell whether a word before a colon, if it begins a statement, is certain not to be the first key of an object."""
    if token == 0 or terminals[token - 1] & _TERMINAL != _OPENS or _AFTER_LABEL[terminals[token + 2]]:
        return True
    first = terminals[token + 3] if terminals[token + 2] == _OPENS else 0
    return (_VARIABLES[first] and _WORDS[terminals[token + 4]]) or (first == _FOR and _VARIABLES[terminals[token + 5]])


@njit(**_OPTIONS)
def _operator(tokens, terminals, token, letter):  # type: ignore[no-untyped-def]
    """Return (terminal, number of tokens) of a sign."""
    if letter == _QUESTION and _joined(tokens, terminals, token + 1, _DOT) and not _joined(tokens, terminals, token + 2, _NUMBER):
        return _OPTIONAL, 2
    if letter == _EQUAL and _joined(tokens, terminals, token + 1, _GREATER):
        return _ARROW, 2
    if letter in (_PLUS, _MINUS) and _joined(tokens, terminals, token + 1, letter):
        return _STEP, 2
    doubled, size = _EQUAL if letter in (_NOT, _TILDE) else letter, 1  # !! and ~~ are two
    while size < 4 and (_joined(tokens, terminals, token + size, doubled) or _joined(tokens, terminals, token + size, _EQUAL)):
        size += 1
    if size > 1:
        return _BINARY, size
    if letter in (_STAR, _PLUS, _EQUAL, _NOT, _QUESTION):
        return letter, 1
    return _PLUS if letter == _MINUS else _NOT if letter == _TILDE else _BINARY, 1

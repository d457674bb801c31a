"""The lexer of Java, C++ and JavaScript: not imported but loaded, see `machine_code`. What it fills is described in `lexing`."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SIGNATURES = {"lex": "void(u1[::1], u1[::1], i8, i8[::1], i8[::1])"}
# As in `lexing`: kernels use nothing of other modules.
_COMMENT_MARK, _COMMENT, _QUOTE, _STRING, _PATTERN, _FIELD_MARK = map(np.uint8, range(1, 7))
_JAVA, _CPP, _JAVASCRIPT = 1, 2, 3
_MAX_CHARACTER_BYTES = 12  # of a character literal in Java and C++: '\U0001F600'
# Classes of bytes outside of text, by language. A byte of class _STRANGE is in no program of the language.
_PLAIN, _WORD, _DIGIT, _QUOTES, _OPEN, _CLOSE, _SLASH, _HASH, _BACKSLASH, _NEWLINE, _DOT, _ANGLE, _SIGN, _STRANGE = range(14)
_LF, _CR, _SPACE, _DOUBLE, _DOLLAR, _SINGLE, _LEFT, _RIGHT, _STAR = 10, 13, 32, 34, 36, 39, 40, 41, 42
_PLUS, _MINUS, _FULL_STOP, _STROKE, _ESCAPE, _BACKTICK, _BRACE, _CLOSING_BRACE = 43, 45, 46, 47, 92, 96, 123, 125
# numba compiles a function anew for each literal that it is called with.
_ZERO, _ONE, _THREE, _NO, _YES = np.int64(0), np.int64(1), np.int64(3), np.False_, np.True_
_HEAD, _FIELD = 128, 256  # on the stack of brackets: those of an `if (…)`, which a pattern may follow; a substitution in a template
_OPERATOR, _OPERAND, _UNKNOWN, _NAME, _A_WORD = range(5)  # what stands before a slash; a name follows a dot, a word may be a keyword


def _classes() -> npt.NDArray[np.uint8]:
    out = np.full((4, 256), _STRANGE, np.uint8)
    kinds = {_PLAIN: " \t\f", _NEWLINE: "\n\r", _QUOTES: "\"'", _OPEN: "([{", _CLOSE: ")]}", _SLASH: "/", _BACKSLASH: "\\", _DOT: "."}
    kinds |= {_SIGN: ",:;=+-*%&|^~>!?", _ANGLE: "<", _DIGIT: "0123456789", _WORD: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"}
    for kind, signs in kinds.items():
        out[:, list(signs.encode())] = kind
    out[:, 128:] = _WORD
    out[[[_JAVA], [_JAVASCRIPT]], list(b"@$")] = _WORD
    out[[_CPP, _JAVASCRIPT], ord("#")] = _HASH
    out[_JAVASCRIPT, _BACKTICK] = _QUOTES
    return out


def _words(text: str) -> npt.NDArray[np.uint64]:
    return np.array([int.from_bytes(word.encode(), "little") for word in text.split()], np.uint64)


_CLASSES = _classes()
# After these words, and `instanceof`, a slash begins a pattern.
_OPERATORS = _words("return typeof in new delete void throw case do else default")
_INSTANCE, _OF = _words("instance of")
_UNCLEAR = _words("of yield await extends")  # operators, names, or before a type
_HEADS = _words("if while for with")  # what follows their brackets is no operand
_ERRORS = _words("error warning")  # directives with prose behind them
_INCLUDES = _words("include import include_")
_RAW_PREFIXES = _words("R u8R uR UR LR")


@njit(**_OPTIONS)
def lex(source, kinds, language, stack, is_sure):  # type: ignore[no-untyped-def]
    """Fill `kinds` and set is_sure[0] when they are certain. `stack` is scratch, as long as brackets may be deep."""
    depth, classes = _ZERO, _CLASSES[language]
    # What stands before `at`; nothing else on its line; its last word.
    operand, first, word, word_end = np.int64(_OPERATOR), True, _ZERO, _ZERO
    has_hash_bang = language == _JAVASCRIPT and len(source) > 1 and source[0] == 35 and source[1] == 33
    at = _line_end(source, _ZERO, _NO) if has_hash_bang else _ZERO
    while at < len(source):
        kind, start = classes[source[at]], at
        at += 1
        if kind == _PLAIN:
            continue
        if kind == _WORD:
            at = _word_end(source, at, classes)
            is_name = start > 0 and source[start - 1] == _FULL_STOP and not (start > 1 and source[start - 2] == _FULL_STOP)
            operand, word, word_end = _NAME if is_name else _A_WORD, start, at
        elif kind == _DIGIT or (kind == _DOT and at < len(source) and classes[source[at]] == _DIGIT):
            at, operand = _number_end(source, at, classes, language), _OPERAND
        elif kind in (_QUOTES, _OPEN, _CLOSE):
            if operand != _A_WORD:
                word_end = _ZERO
            at, depth, operand = _nested(source, kinds, start, kind, language, stack, depth, word, word_end)
        elif kind == _DOT or (kind == _SIGN and source[start] != _PLUS and source[start] != _MINUS):  # most signs
            operand = _OPERATOR
        elif kind == _HASH and language == _CPP and first:
            at = _directive(source, at, classes)
        elif kind != _NEWLINE:
            at, operand = _sign(source, kinds, start, kind, language, _meaning(source, operand, word, word_end), classes)
        if at < 0:
            return
        first = kind == _NEWLINE or (first and kind in (_SLASH, _BACKSLASH))
    is_sure[0] = depth == 0


@njit(**_OPTIONS)
def _nested(source, kinds, start, kind, language, stack, depth, word, word_end):  # type: ignore[no-untyped-def]
    """Read a literal or bracket; return (its end or -1, the depth of brackets, what it is before a slash).

    `word_end` is 0 when no word that may be a keyword stands before it. C++'s brackets are not counted: branches of #if may each open
    what is closed once.
    """
    byte, at, entered = np.int64(source[start]), start + 1, _ZERO
    if kind == _QUOTES:
        raw = language == _CPP and word_end == start and start > 0 and _among(_packed(source, word, start), _RAW_PREFIXES)
        at, entered = (_raw_string(source, kinds, word, start), entered) if raw else _literal(source, kinds, start, language)
        operand = _OPERATOR if entered else _OPERAND
    elif language == _CPP:
        return at, depth, _OPERATOR
    elif kind == _OPEN:
        head = byte == _LEFT and word_end > 0 and _among(_packed(source, word, word_end), _HEADS)
        entered, operand = byte | (_HEAD if head else 0), _OPERATOR
    else:
        if depth == 0 or not _matches(stack[depth - 1], byte):
            return -1, depth, _UNKNOWN
        depth -= 1
        top = stack[depth]
        operand = _OPERATOR if top & _HEAD else _UNKNOWN if byte == _CLOSING_BRACE else _OPERAND
        if top == _FIELD:
            kinds[start] = _FIELD_MARK
            at, entered = _template(source, kinds, at)
            operand = _OPERATOR if entered else _OPERAND
    if entered:
        if depth == len(stack):
            return -1, depth, _UNKNOWN
        stack[depth] = entered
        depth += 1
    return at, depth, operand


@njit(**_OPTIONS)
def _sign(source, kinds, start, kind, language, before, classes):  # type: ignore[no-untyped-def]
    """Read a comment, pattern or sign behind `before`; return (its end or -1, what it is before a slash)."""
    after = np.int64(source[start + 1]) if start + 1 < len(source) else _ZERO
    if kind == _SLASH and after == _STROKE:
        return _line_comment(source, kinds, start, language == _CPP), before
    if kind == _SLASH and after == _STAR:
        return _block_comment(source, kinds, start), before
    if kind == _BACKSLASH:
        end = _escaped(source, start)
        return (end if language == _CPP and end <= len(source) and source[end - 1] == _LF else -1), before
    if kind in (_SLASH, _ANGLE) and language == _JAVASCRIPT and before != _OPERAND:  # < may be JSX, or open the types of a function
        return (_pattern(source, kinds, start, classes) if kind == _SLASH and before == _OPERATOR else -1), _OPERAND
    is_private = kind == _HASH and language == _JAVASCRIPT and start + 1 < len(source) and classes[source[start + 1]] == _WORD
    if kind == _STRANGE or (kind == _HASH and language != _CPP and not is_private):
        return -1, before
    if kind == _ANGLE and language == _JAVASCRIPT and after == source[start]:  # x << 1
        return start + 2, _OPERATOR
    if source[start] in (_PLUS, _MINUS) and after == source[start] and before != _OPERATOR:  # x++
        return start + 2, before
    return start + 1, _OPERATOR


@njit(**_OPTIONS)
def _meaning(source, operand, word, word_end):  # type: ignore[no-untyped-def]
    """Return whether an operand, an operator, or one cannot say which, stands before a slash."""
    if operand == _NAME:
        return _OPERAND
    if operand != _A_WORD:
        return operand
    packed = _packed(source, word, word_end)
    if packed == _INSTANCE and _packed(source, min(word + 8, word_end), word_end) == _OF:
        return _OPERATOR
    if _among(packed, _OPERATORS) and word_end - word <= 8:
        return _OPERATOR
    return _UNKNOWN if _among(packed, _UNCLEAR) else _OPERAND


@njit(**_OPTIONS)
def _block_comment(source, kinds, start):  # type: ignore[no-untyped-def]
    end = start + 2
    while end + 1 < len(source) and not (source[end] == _STAR and source[end + 1] == _STROKE):
        end += 1
    if end + 1 >= len(source):
        return -1
    _mark(kinds, start, end + 2, _COMMENT_MARK)
    _mark(kinds, start + 2, end, _COMMENT)
    return end + 2


@njit(**_OPTIONS)
def _pattern(source, kinds, start, classes):  # type: ignore[no-untyped-def]
    """Mark a regular expression and return its end, -1 when it has none on its line."""
    at, in_set = start + 1, False
    while at < len(source) and source[at] != _LF and source[at] != _CR:
        byte = source[at]
        if byte == _STROKE and not in_set:
            end = _word_end(source, at + 1, classes)
            _mark(kinds, start, end, _PATTERN)
            return end
        if byte == 91 or byte == 93:
            in_set = byte == 91
        at += 2 if byte == _ESCAPE else 1
    return -1


@njit(**_OPTIONS)
def _literal(source, kinds, at, language):  # type: ignore[no-untyped-def]
    """Mark the literal whose quote is at `at`; return (its end or -1, what stays open on the stack of brackets or 0)."""
    quote = source[at]
    if quote == _BACKTICK:
        kinds[at] = _QUOTE
        return _template(source, kinds, at + 1)
    if language == _JAVA and quote == _DOUBLE and _is_triple(source, at):
        return _string(source, kinds, at, _THREE), _ZERO
    end = _string(source, kinds, at, _ONE)
    is_long = quote == _SINGLE and language != _JAVASCRIPT and end - at - 2 > _MAX_CHARACTER_BYTES
    return (-1 if is_long else end), _ZERO


@njit(**_OPTIONS)
def _string(source, kinds, start, quotes):  # type: ignore[no-untyped-def]
    """Mark a string of one line (1 quote) or many (3) and return its end, -1 when it has none."""
    at = start + quotes
    while at < len(source):
        if source[at] == source[start] and (quotes == 1 or _is_triple(source, at)):
            _mark(kinds, start, at + quotes, _QUOTE)
            _mark(kinds, start + quotes, at, _STRING)
            return at + quotes
        if source[at] in (_LF, _CR) and quotes == 1:
            break
        at = _escaped(source, at) if source[at] == _ESCAPE else at + 1
    return -1


@njit(**_OPTIONS)
def _template(source, kinds, at):  # type: ignore[no-untyped-def]
    """Mark a template from inside; return (its end, 0), (the start of a substitution's code, _FIELD), or (-1, 0)."""
    while at < len(source):
        byte = source[at]
        if byte == _BACKTICK:
            kinds[at] = _QUOTE
            return at + 1, _ZERO
        if byte == _DOLLAR and at + 1 < len(source) and source[at + 1] == _BRACE:
            _mark(kinds, at, at + 2, _FIELD_MARK)
            return at + 2, np.int64(_FIELD)
        end = min(at + 2 if byte == _ESCAPE else at + 1, len(source))
        _mark(kinds, at, end, _STRING)
        at = end
    return -1, _ZERO


@njit(**_OPTIONS)
def _raw_string(source, kinds, prefix, quote):  # type: ignore[no-untyped-def]
    """Mark R"name(…)name" and return its end, -1 when it has none."""
    bracket = quote + 1
    while bracket < len(source) and bracket - quote <= 17 and source[bracket] != _LEFT:
        if source[bracket] <= _SPACE or source[bracket] == _ESCAPE or source[bracket] == _RIGHT or source[bracket] == _DOUBLE:
            return -1
        bracket += 1
    if bracket >= len(source) or source[bracket] != _LEFT:
        return -1
    name = bracket - quote - 1
    for end in range(bracket + 1, len(source) - name - 1):
        if source[end] == _RIGHT and source[end + name + 1] == _DOUBLE and _equal(source, end + 1, quote + 1, name):
            _mark(kinds, prefix, bracket + 1, _QUOTE)
            _mark(kinds, bracket + 1, end, _STRING)
            _mark(kinds, end, end + name + 2, _QUOTE)
            return end + name + 2
    return -1


@njit(**_OPTIONS)
def _directive(source, at, classes):  # type: ignore[no-untyped-def]
    """Return where to go on after the # of a preprocessor's line: past what is included, past prose; -1 when it is not certain."""
    while at < len(source) and classes[source[at]] == _PLAIN:
        at += 1
    start, at = at, _word_end(source, at, classes)
    word = _packed(source, start, at)
    if _among(word, _ERRORS):
        end = _line_end(source, at, _YES)
        while at + 1 < end:
            if source[at] == _STROKE and source[at + 1] == _STAR:
                return -1
            at += 1
        return end
    if _among(word, _INCLUDES):
        while at < len(source) and classes[source[at]] == _PLAIN:
            at += 1
        closing = 62 if at < len(source) and source[at] == 60 else _DOUBLE
        if at < len(source) and (source[at] == 60 or source[at] == _DOUBLE):
            end = _find(source, at + 1, closing)
            return end + 1 if end < _line_end(source, at, _NO) else -1
    return at


@njit(**_OPTIONS)
def _line_comment(source, kinds, at, continues):  # type: ignore[no-untyped-def]
    """Mark a comment up to the end of its line and return that; -1 where languages differ on what ends a line."""
    end = _line_end(source, at, continues)
    for index in range(at, end - 2):
        if source[index] == 0xE2 and source[index + 1] == 0x80 and source[index + 2] & 0xFE == 0xA8:  # U+2028 and U+2029
            return -1
    if end < len(source) and source[end] == _CR and not (end + 1 < len(source) and source[end + 1] == _LF):
        return -1
    _mark(kinds, at, at + 2, _COMMENT_MARK)
    _mark(kinds, at + 2, end, _COMMENT)
    return end


@njit(**_OPTIONS)
def _line_end(source, at, continues):  # type: ignore[no-untyped-def]
    """Return where the line of `at` ends; with `continues`, a backslash before the end goes on."""
    while at < len(source) and source[at] != _LF and source[at] != _CR:
        at = _escaped(source, at) if continues and source[at] == _ESCAPE else at + 1
    return min(at, len(source))


@njit(**_OPTIONS)
def _escaped(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the backslash at `at` and what it escapes: a byte, or a line end of two; maybe beyond the text."""
    return at + 3 if at + 2 < len(source) and source[at + 1] == _CR and source[at + 2] == _LF else at + 2


@njit(**_OPTIONS)
def _word_end(source, at, classes):  # type: ignore[no-untyped-def]
    while at < len(source) and classes[source[at]] in (_WORD, _DIGIT):
        at += 1
    return at


@njit(**_OPTIONS)
def _number_end(source, at, classes, language):  # type: ignore[no-untyped-def]
    """Return the end of a number that has begun before `at`, with dots and C++'s 1'000."""
    while at < len(source):
        kind = classes[source[at]]
        separates = language == _CPP and source[at] == _SINGLE and at + 1 < len(source) and classes[source[at + 1]] in (_WORD, _DIGIT)
        if kind != _WORD and kind != _DIGIT and kind != _DOT and not separates:
            break
        at += 1
    return at


@njit(**_OPTIONS)
def _find(source, at, byte):  # type: ignore[no-untyped-def]
    while at < len(source) and source[at] != byte:
        at += 1
    return at


@njit(**_OPTIONS)
def _equal(source, one, other, length):  # type: ignore[no-untyped-def]
    """Compare two stretches that both lie within `source`."""
    for index in range(length):  # noqa: SIM110
        if source[one + index] != source[other + index]:
            return False
    return True


@njit(**_OPTIONS)
def _mark(kinds, start, end, kind):  # type: ignore[no-untyped-def]
    for index in range(start, min(end, len(kinds))):
        kinds[index] = kind


@njit(**_OPTIONS)
def _is_triple(source, at):  # type: ignore[no-untyped-def]
    return at + 2 < len(source) and source[at + 1] == source[at] and source[at + 2] == source[at]


@njit(**_OPTIONS)
def _matches(opened, byte):  # type: ignore[no-untyped-def]
    if opened == _FIELD:
        return byte == _CLOSING_BRACE
    opened &= _HEAD - 1
    return byte == opened + (1 if opened == _LEFT else 2)


@njit(**_OPTIONS)
def _packed(source, start, end):  # type: ignore[no-untyped-def]
    """Return the first eight bytes of a word as a little-endian number; the loop of fixed length is one load."""
    out, size = np.uint64(0), min(end - start, 8)
    if start + 8 > len(source):
        for index in range(size):
            out |= np.uint64(source[start + index]) << np.uint64(8 * index)
        return out
    begin = np.uint64(start)
    for index in range(8):
        out |= np.uint64(source[begin + np.uint64(index)]) << np.uint64(8 * index)
    return out if size == 8 else out & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))


@njit(**_OPTIONS)
def _among(word, words):  # type: ignore[no-untyped-def]
    for index in range(len(words)):  # noqa: SIM110
        if words[index] == word:
            return True
    return False

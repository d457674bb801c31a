"""The tokens of a JavaScript file, as terminals of its grammar: not imported but loaded, see `machine_code`.

A terminal is a sign, the letter of a keyword or one of those below. What stands around a token is taken into account where the grammar
has to know before it gets there: `(` is A when an arrow follows what it opens, a word is K before an arrow and L before the colon of a
label. The file is lexed by the rules of `lexing` in the same pass, which knows the token before a slash, and what `lexing` refuses: JSX,
which is read like a template, and Flow's types.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_INLINE: dict[str, Any] = _OPTIONS | {"forceinline": True}
SIGNATURES = {"read": "i8(u1[::1], i8, u8[:, ::1], i8[::1], i4[:, ::1], u1[::1], i4[:, ::1])"}
TOKEN_START, TOKEN_END, PARTNER = range(3)  # of a token
COMMENT_START, COMMENT_END = range(2)  # of a comment
PADDING = 5  # zeros behind the terminals: so far is looked ahead
FRESH, _TERMINAL = 128, 127  # the bit of a terminal with a new line before it, and the others
_LOW, _HIGH, _LETTER = range(3)  # of a row of the table of keywords, as in `outline`
_MOST_LETTERS = 10  # of a keyword
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in `outline`
_LF, _CR, _SINGLE, _LITERAL, _DOLLAR, _STAR, _DOT, _STROKE, _COLON, _BACKTICK = list(b"\n\r'\"$*./:`")
_PLUS, _MINUS, _EQUAL, _GREATER, _QUESTION, _NOT, _TILDE, _ANGLE, _ESCAPE = list(b"+-=>?!~<\\")
_FIRST_LETTER, _OPENS_SET, _CLOSES_SET, _COMMA, _BAR = list(b"a[],|")
_LEFT, _RIGHT, _OPENS, _CLOSES, _NUMBER = list(b"(){}0")
_ASYNC, _STATIC, _LET, _FROM, _IMPORT, _NEW, _FUNCTION, _FOR = list(b"ySljmnfo")
_A_NAME, _PARAMETER, _LABEL, _MODIFIER, _DOUBTFUL, _ASYNC_ARROW, _ARROW, _PARAMETERS = list(b"aKLMHZRA")
_BINARY, _STEP, _OPTIONAL, _SPREAD_SIGN, _PATTERN, _ELEMENT, _MARK, _TYPES = list(b"%P98pXzB")
_TYPE, _OPAQUE, _INTERFACE, _IMPLEMENTS, _EXPORT, _OF_TYPE = list(b"kNJqxu")  # `declare` is V
_MOST_TYPES = 64  # tokens between angles: else time is not linear
_BLANK, _LINE_END, _STRANGE, _QUOTE, _OPENING, _CLOSING, _SIGN, _PRIVATE, _TEXT, _WORD, _DIGIT = range(11)  # classes of bytes
_OPERAND, _OPERATOR, _UNKNOWN = range(3)  # what stands before a slash
_WORDS = b"abcdefghijklmnoqrstuvwxyCDEFGIJNOQSTUVWY"  # of the grammar's keywords, and a name


def _among(letters: bytes) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(256), list(letters))


def _classes() -> npt.NDArray[np.uint8]:
    out = np.full(256, _STRANGE, np.uint8)
    kinds = {_BLANK: b" \t\f", _LINE_END: b"\n\r", _QUOTE: b"\"'`", _OPENING: b"([{", _CLOSING: b")]}", _SIGN: b",:;=+-*%&|^~>!?/.<"}
    kinds |= {_WORD: b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$", _PRIVATE: b"#", _DIGIT: b"0123456789"}
    for kind, signs in kinds.items():
        out[list(signs)] = kind
    return out


def _before_slash() -> npt.NDArray[np.uint8]:
    """What each terminal is before a slash; it is not certain behind `of`, `yield`, `await`, `extends` and a brace."""
    out = np.full(128, _OPERAND, np.uint8)
    out[list(b"ruInTCdED([{$,:;=+-*%!?.R98P<>|&z")] = _OPERATOR
    out[list(b"OYUe}")] = _UNKNOWN
    return out


_CLASSES, _BEFORE_SLASH = _classes(), _before_slash()
_HEADS = _among(b"iwWo")  # what follows the brackets of these is no operand
_NAMES = _among(b"aygSOljkqNVJ")  # words that may be names
_DEPENDS = _among(b"ygSljmn:kqNVJx?<")  # terminals that depend on what follows
_ACCESSORS = _among(b"ygS")
_OPENS_ANY = _among(b"([{$")
_AFTER_MARK = _among(b":,)")
_TYPE_WORDS = _among(b"kqNVJ")
_JOINS = _among(b"%&*/<=>^|!+-?~")  # signs that may be part of a longer one
_SIGNS = np.full(128, ord("%"), np.uint8)  # their terminals
_SIGNS[list(b"*+=!?-~<|&")] = list(b"*+=!?+!<|&")
_PARAMETER_LETTERS = _among(b"KA")
_IN_TYPE = _among(_WORDS + b'K."0|&?*')
_BEFORE_ARROW = _among(b"\0([{,;=:R}ryD$8")  # what may stand before the bracket of an arrow's parameters
_AFTER_LET = _among(_WORDS + b"KZ[{")
_AFTER_DECLARE = _AFTER_LET & ~_among(b"IO[{")
_KEYS = _among(_WORDS + b'KZ"0[')
_VARIABLES = _among(b"vl")
_AFTER_LABEL = _among(b"owdsi")  # what begins a statement, where a word and a colon behind a brace may begin an object, too


@njit(**_OPTIONS)
def read(source, start, keywords, stack, tokens, terminals, comments):  # type: ignore[no-untyped-def]
    """Fill a row and a terminal for each token from byte `start` on, and a row for each comment; return how many tokens there are.

    That is -1 when they are not certain. `tokens` has a row more than `source` has bytes, `terminals` PADDING more; the row behind the
    last token gets the end of the file. `comments` has half as many and one, and the last says how many there are. `keywords` are as
    `outline` puts them. The PARTNER of a bracket is the other one, of other tokens -1; a substitution in a template stands in brackets.
    """
    at, count, noted, opened, fresh = start, 0, 0, -1, FRESH
    before, is_member = _OPERATOR, False  # what stands before a slash; after a dot, a word is no keyword
    is_text, element, texts = False, -1, 0  # in a template (element -1) or in an element; around how many substitutions
    while at < len(source):
        byte = np.int64(source[at])
        class_ = _TEXT if is_text else np.int64(_CLASSES[byte])
        if class_ <= _LINE_END:
            at, fresh = at + 1, fresh | (FRESH if class_ == _LINE_END else 0)
            continue
        after = np.int64(source[at + 1]) if at + 1 < len(source) else np.int64(0)
        if class_ == _SIGN and byte == _STROKE and (after in (_STROKE, _STAR)):
            end = _line_comment_end(source, at) if after == _STROKE else _block_comment_end(source, at)
            if end < 0:
                return -1
            comments[noted, COMMENT_START], comments[noted, COMMENT_END] = at, end
            fresh = FRESH if fresh == 0 and after == _STAR and _has_line_end(source, at, end) else fresh
            at, noted = end, noted + 1
            continue
        partner = -1
        if class_ == _WORD:
            end = _word_end(source, at + 1)
            letter = _A_NAME if is_member else _letter(source, at, end, keywords)
        elif class_ == _CLOSING or (byte == _BAR and after == _CLOSES and not is_text):
            end, byte = (at + 1, byte) if class_ == _CLOSING else (at + 2, after)  # {| and |} are Flow's
            if opened < 0 or byte != _closing(terminals[opened] & _TERMINAL):
                return -1
            is_text = terminals[opened] & _TERMINAL == _DOLLAR
            if is_text:
                texts -= 1
                element = stack[texts]
            letter, partner, opened = _RIGHT if is_text else byte, opened, np.int64(tokens[opened, PARTNER])
            tokens[partner, PARTNER] = count
        elif is_text and (byte == _OPENS if element >= 0 else byte == _DOLLAR and after == _OPENS):
            if texts == len(stack):
                return -1
            stack[texts], texts = element, texts + 1
            end, letter, is_text = at + (1 if element >= 0 else 2), np.int64(_DOLLAR), False
        elif is_text or byte == _BACKTICK or (byte == _ANGLE and before == _OPERATOR):
            letter, element = (np.int64(_LITERAL), element) if is_text else (byte, -1) if byte == _BACKTICK else (np.int64(_ELEMENT), 0)
            if element < 0:
                end, is_text = _template_end(source, at + (not is_text))
            else:
                end, element = _element_end(source, at, element)
                is_text = element > 0
        else:
            end, letter = _token(source, at, byte, after, class_, before)
        if end < 0:
            return -1
        if _OPENS_ANY[letter]:
            partner, opened = opened, count  # until it is closed, the partner of an opening bracket is the one around it
        elif letter == _ARROW and count > 0:
            _note_arrow(tokens, terminals, count - 1)
        tokens[count, TOKEN_START], tokens[count, TOKEN_END], tokens[count, PARTNER], terminals[count] = at, end, partner, letter | fresh
        if letter == _RIGHT and partner > 0 and _HEADS[terminals[partner - 1] & _TERMINAL]:
            before = _OPERATOR
        elif letter != _STEP or before == _OPERATOR:
            before = np.int64(_BEFORE_SLASH[letter])
        at, is_member, fresh, count = end, letter in (_DOT, _OPTIONAL), 0, count + 1
    tokens[count, TOKEN_START], comments[len(comments) - 1, 0] = len(source), noted
    terminals[count : count + PADDING] = 0
    if opened >= 0 or is_text:
        return -1
    _classify(tokens, terminals, count)
    return count


@njit(**_INLINE)
def _token(source, at, byte, after, class_, before):  # type: ignore[no-untyped-def]
    """Return (end or -1, terminal) of what is no word, no text and closes nothing."""
    if class_ == _QUOTE:
        return _string_end(source, at), np.int64(_LITERAL)
    if class_ == _DIGIT or (byte == _DOT and _CLASSES[after] == _DIGIT):
        return _number_end(source, at + 1), np.int64(_NUMBER)
    if byte == _STROKE and before != _OPERAND:
        return _pattern_end(source, at + 1) if before == _OPERATOR else -1, np.int64(_PATTERN)
    if class_ == _SIGN and (byte != _ANGLE or before == _OPERAND):
        size, letter = _sign(source, at, byte, after)
        return at + size, letter
    if class_ == _PRIVATE and _CLASSES[after] == _WORD:
        return _word_end(source, at + 1), np.int64(_A_NAME)
    if class_ == _OPENING:
        return at + (2 if byte == _OPENS and after == _BAR else 1), byte
    return -1, byte


@njit(**_INLINE)
def _word_end(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and _CLASSES[source[at]] >= _WORD:
        at += 1
    return at


@njit(**_INLINE)
def _letter(source, start, end, keywords):  # type: ignore[no-untyped-def]
    """Return the terminal of a word: the keyword's that is found from the place on where its first eight bytes lead to, up to a gap."""
    if end - start > _MOST_LETTERS or end - start == 1 or source[start] < _FIRST_LETTER:
        return np.int64(_A_NAME)
    low, high = _packed(source, start, min(end, start + 8)), _packed(source, start + 8, end)
    place = np.int64((low * _SPREAD) >> np.uint64(56))
    while keywords[place, _LETTER]:
        if keywords[place, _LOW] == low and keywords[place, _HIGH] == high:
            return np.int64(keywords[place, _LETTER])
        place = (place + 1) & 255
    return np.int64(_A_NAME)


@njit(**_INLINE)
def _packed(source, start, end):  # type: ignore[no-untyped-def]
    """Return up to eight bytes as a little-endian number; the loop of fixed length is one load."""
    out, size = np.uint64(0), max(end - start, 0)
    if start + 8 > len(source):
        for index in range(start, end):
            out |= np.uint64(source[index]) << np.uint64(8 * (index - start))
        return out
    begin = np.uint64(start)
    for index in range(8):
        out |= np.uint64(source[begin + np.uint64(index)]) << np.uint64(8 * index)
    return out if size == 8 else out & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))


@njit(**_OPTIONS)
def _number_end(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and (_CLASSES[source[at]] >= _WORD or source[at] == _DOT):
        at += 1
    return at


@njit(**_OPTIONS)
def _string_end(source, start):  # type: ignore[no-untyped-def]
    """Return the end of the string at `start`, -1 when it has none on its line."""
    quote, at = source[start], start + 1
    while at < len(source) and source[at] != quote:
        if source[at] == _LF or source[at] == _CR:
            return -1
        at += 1 if source[at] != _ESCAPE else 3 if at + 2 < len(source) and source[at + 1] == _CR and source[at + 2] == _LF else 2
    return at + 1 if at < len(source) else -1


@njit(**_OPTIONS)
def _template_end(source, at):  # type: ignore[no-untyped-def]
    """Return (the end of a template from inside, False), (the start of its next substitution, True), or (-1, False)."""
    while at < len(source):
        if source[at] == _BACKTICK:
            return at + 1, False
        if source[at] == _DOLLAR and at + 1 < len(source) and source[at + 1] == _OPENS:
            return at, True
        at += 2 if source[at] == _ESCAPE else 1
    return -1, False


@njit(**_OPTIONS)
def _element_end(source, at, state):  # type: ignore[no-untyped-def]
    """Return (the end of an element of JSX from inside, 0), (the start of its next substitution, how to go on), or (-1, 0).

    `state` is twice the number of elements that are open, and one in a tag. What stands in quotes may have several lines.
    """
    is_closed = False  # by a slash in its tag
    while at < len(source):
        byte, after = source[at], source[at + 1] if at + 1 < len(source) else 0
        if byte == _OPENS:
            return at, state
        if byte == _CLOSES or (byte == _ANGLE if state & 1 else byte == _GREATER):
            return -1, 0
        if byte == _GREATER:
            state -= 3 if is_closed else 1
            if state <= 0:
                return at + 1, 0
        elif byte == _ANGLE:
            if not (after in (_STROKE, _GREATER) or _CLASSES[after] == _WORD):
                return -1, 0
            state, is_closed = state + (1 if after == _STROKE else 3), after == _STROKE
            at += is_closed
        elif state & 1 and byte == _STROKE and (after in (_STROKE, _STAR)):
            at = (_line_comment_end(source, at) if after == _STROKE else _block_comment_end(source, at)) - 1
            if at < 0:
                return -1, 0
        elif state & 1 and (byte in (_SINGLE, _LITERAL)):
            at += 1
            while at < len(source) and source[at] != byte:
                at += 1
        elif state & 1:
            is_closed = is_closed or byte == _STROKE
        at += 1
    return -1, 0


@njit(**_OPTIONS)
def _pattern_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of a regular expression from inside, -1 when it has none on its line."""
    in_set = False
    while at < len(source) and source[at] != _LF and source[at] != _CR:
        byte = source[at]
        if byte == _STROKE and not in_set:
            return _word_end(source, at + 1)
        if byte in (_OPENS_SET, _CLOSES_SET):
            in_set = byte == _OPENS_SET
        at += 2 if byte == _ESCAPE else 1
    return -1


@njit(**_OPTIONS)
def _line_comment_end(source, at):  # type: ignore[no-untyped-def]
    """Return where the line of `at` ends; -1 where it holds U+2028 or U+2029, which end it to some."""
    while at < len(source) and source[at] != _LF and source[at] != _CR:
        if source[at] == 0xE2 and at + 2 < len(source) and source[at + 1] == 0x80 and source[at + 2] & 0xFE == 0xA8:
            return -1
        at += 1
    return at


@njit(**_OPTIONS)
def _block_comment_end(source, at):  # type: ignore[no-untyped-def]
    at += 2
    while at + 1 < len(source):
        if source[at] == _STAR and source[at + 1] == _STROKE:
            return at + 2
        at += 1
    return -1


@njit(**_OPTIONS)
def _has_line_end(source, start, end):  # type: ignore[no-untyped-def]
    for byte in range(start, end):  # noqa: SIM110
        if source[byte] == _LF:
            return True
    return False


@njit(**_OPTIONS)
def _closing(letter):  # type: ignore[no-untyped-def]
    """Return what closes a bracket."""
    return _RIGHT if letter == _LEFT else _CLOSES if letter == _DOLLAR else letter + 2


@njit(**_INLINE)
def _sign(source, at, byte, after):  # type: ignore[no-untyped-def]
    """Return (number of bytes, terminal) of a sign."""
    if not _JOINS[byte]:
        is_spread = byte == _DOT and after == _DOT and at + 2 < len(source) and source[at + 2] == _DOT
        return (3, np.int64(_SPREAD_SIGN)) if is_spread else (1, byte)
    if byte == _QUESTION and after == _DOT and not (at + 2 < len(source) and _CLASSES[source[at + 2]] == _DIGIT):
        return 2, np.int64(_OPTIONAL)
    if byte == _EQUAL and after == _GREATER:
        return 2, np.int64(_ARROW)
    if (byte in (_PLUS, _MINUS)) and after == byte:
        return 2, np.int64(_STEP)
    if byte == _GREATER:  # each stands alone: they may close types
        size = 1
        while size < 4 and at + size < len(source) and source[at + size] == _GREATER:
            size += 1
        is_assigned = at + size < len(source) and source[at + size] == _EQUAL
        return (size + 1, np.int64(_BINARY)) if is_assigned else (1, byte)
    doubled, size = _EQUAL if byte in (_NOT, _TILDE) else byte, 1  # !! and ~~ are two
    while size < 4 and at + size < len(source) and (source[at + size] == doubled or source[at + size] == _EQUAL):
        size += 1
    return size, np.int64(_SIGNS[byte] if size == 1 else _BINARY)


@njit(**_INLINE)
def _note_arrow(tokens, terminals, last):  # type: ignore[no-untyped-def]
    """Mark the parameters that end before an arrow, and `async` before them."""
    letter, first = terminals[last] & _TERMINAL, last
    if letter == _RIGHT:
        first = np.int64(tokens[last, PARTNER])
    elif _NAMES[letter]:
        terminals[first] = _PARAMETER | (terminals[first] & FRESH)
    typed = _typed_parameters(tokens, terminals, last)
    first = typed if typed >= 0 else first
    if terminals[first] & _TERMINAL == _LEFT:
        terminals[first] = _PARAMETERS | (terminals[first] & FRESH)
    is_found = _PARAMETER_LETTERS[terminals[first] & _TERMINAL]
    if is_found and first > 0 and terminals[first - 1] & _TERMINAL == _ASYNC and terminals[first] & FRESH == 0:
        terminals[first - 1] = _ASYNC_ARROW | (terminals[first - 1] & FRESH)


@njit(**_OPTIONS)
def _typed_parameters(tokens, terminals, token):  # type: ignore[no-untyped-def]
    """Return the bracket that opens the parameters before a type that ends at `token`, before an arrow; -1 for none."""
    depth = 0  # of angles
    while token > 1:
        letter = terminals[token] & _TERMINAL
        if letter == _COLON:
            opening = np.int64(tokens[token - 1, PARTNER]) if terminals[token - 1] & _TERMINAL == _RIGHT else -1
            before = terminals[opening - 1] & _TERMINAL if opening > 0 else 0
            return opening if terminals[opening] & _TERMINAL == _LEFT and _BEFORE_ARROW[before] else -1
        if letter in (_RIGHT, _CLOSES, _CLOSES_SET):
            token = np.int64(tokens[token, PARTNER])
        elif letter == _GREATER:
            depth += 1
        elif letter == _ANGLE:
            depth -= 1
        elif not _IN_TYPE[letter] and not (depth > 0 and letter == _COMMA):
            return -1
        token -= 1
    return -1


@njit(**_INLINE)
def _classify(tokens, terminals, count):  # type: ignore[no-untyped-def]
    """Turn words and signs into the terminals that they are by what stands behind them."""
    for token in range(count):
        letter, bit = np.int64(terminals[token] & _TERMINAL), terminals[token] & FRESH
        if _DEPENDS[letter]:
            if letter == _ANGLE:
                terminals[token] = (_TYPES if _are_types(tokens, terminals, token) else letter) | bit
            elif letter == _QUESTION:
                terminals[token] = (_MARK if _AFTER_MARK[terminals[token + 1] & _TERMINAL] else letter) | bit
            elif letter != _COLON:
                terminals[token] = _word(terminals, token, letter) | bit
            elif token > 0 and _NAMES[terminals[token - 1] & _TERMINAL] and _is_label(terminals, token - 1):
                terminals[token - 1] = _LABEL | (terminals[token - 1] & FRESH)


@njit(**_OPTIONS)
def _are_types(tokens, terminals, token):  # type: ignore[no-untyped-def]
    """Tell whether a < opens types before a call."""
    depth = 0
    for _ in range(_MOST_TYPES):
        letter = terminals[token] & _TERMINAL
        if letter == _ANGLE:
            depth += 1
        elif letter == _GREATER:
            depth -= 1
            if depth == 0:
                after = terminals[token + 1] & _TERMINAL
                return after in (_LEFT, _PARAMETERS)
        elif letter in (_OPENS, _OPENS_SET, _LEFT, _PARAMETERS):
            token = np.int64(tokens[token, PARTNER])
        elif not _IN_TYPE[letter] and letter != _COMMA and letter != _ARROW:
            return False
        token += 1
    return False


@njit(**_INLINE)
def _word(terminals, token, letter):  # type: ignore[no-untyped-def]
    """Return the terminal of a word that may be a name, or begin a statement of types."""
    after, is_on_line = np.int64(terminals[token + 1] & _TERMINAL), terminals[token + 1] & FRESH == 0
    if letter in (_EXPORT, _IMPORT) or _TYPE_WORDS[letter]:
        if is_on_line and _is_of_types(letter, after, np.int64(terminals[token + 2] & _TERMINAL)):
            return np.int64(_TYPE)
        if _TYPE_WORDS[letter]:
            is_kept = is_on_line and ((letter == _INTERFACE and after == _OPENS) or (letter == _IMPLEMENTS and _AFTER_LET[after]))
            return letter if is_kept else np.int64(_A_NAME)
        if letter == _EXPORT:
            return letter
    if letter in (_IMPORT, _NEW):  # new.target, import.meta, import(…)
        return np.int64(_A_NAME) if after == _DOT or (after == _LEFT and letter == _IMPORT) else letter
    if letter == _ASYNC and is_on_line and after == _FUNCTION:
        return letter
    if _ACCESSORS[letter] and (_KEYS[after] or (after == _STAR and (letter in (_ASYNC, _STATIC)))):
        return np.int64(_MODIFIER if is_on_line else _DOUBTFUL)
    if (letter == _STATIC and after == _OPENS) or (letter == _FROM and after == _LITERAL):
        return letter
    return letter if letter == _LET and _AFTER_LET[after] else np.int64(_A_NAME)


@njit(**_OPTIONS)
def _is_of_types(letter, after, second):  # type: ignore[no-untyped-def]
    """Tell by the two terminals behind it whether a word begins a statement that Flow has for types alone."""
    if letter == _TYPE:
        return _AFTER_LET[after] and (second in (_EQUAL, _ANGLE))
    if letter == _OPAQUE:
        return after == _TYPE
    if letter == _IMPORT:
        return after == _OF_TYPE or (after == _TYPE and second != _FROM and (_AFTER_LET[second] or second == _STAR))
    if letter == _IMPLEMENTS:
        return False
    if letter == _EXPORT:
        return (after in (_TYPE, _OPAQUE, _INTERFACE)) and (_AFTER_LET[second] or second == _STAR)
    return _AFTER_DECLARE[after]


@njit(**_OPTIONS)
def _is_label(terminals, token):  # type: ignore[no-untyped-def]
    """Tell whether a word before a colon, if it begins a statement, is certain not to be the first key of an object."""
    after = terminals[token + 2] & _TERMINAL
    if token == 0 or terminals[token - 1] & _TERMINAL != _OPENS or _AFTER_LABEL[after]:
        return True
    first = terminals[token + 3] & _TERMINAL if after == _OPENS else 0
    is_declared = _VARIABLES[first] and _AFTER_LET[terminals[token + 4] & _TERMINAL]
    return is_declared or (first == _FOR and _VARIABLES[terminals[token + 5] & _TERMINAL])

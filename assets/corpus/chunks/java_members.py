"""What stands in Java's files and blocks, by tokens: not imported but loaded, see `machine_code`.

Every form below reads what stands directly in a block: `jump` leads from an opening bracket to the one that closes it, from any other
token to the next. Shapes are those of `outline`, keywords' letters those of `java_declarations`. A form returns where it ends, -1 when
it is none; `stop` is where the block ends. Nothing goes back by more than one form, so that time is linear in the number of tokens.
"""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SIGNATURES = {
    "read": "i8(u1[::1], i4[:, ::1], u1[::1], i8, i4[::1], i8[:, ::1], i8[:, ::1], i8[:, ::1], i8[:, ::1])",
    "statements": "i8(i4[:, ::1], u1[::1], i4[::1], i8, i8, i8, u1[::1], i8[::1])",
}
START, END, PARTNER, DEPTH, FRESH, COMMENT_START, COMMENT_END = range(7)  # as in `brace_tokens`
WHAT, FROM, HEAD_START, HEAD_END, TO, DOC_START, DOC_END, AROUND = range(8)  # as in `declared`
NAME_START, NAME_END, FIRST, LAST = range(4)  # of `named`: the bytes of the name, the tokens [first, last) of the declaration
_LONGEST_INDENTATION = 400  # bytes, as in `declarations.line_start`
_MOST_ANGLES = 9  # type arguments in each other, the innermost of them empty
_MOST_STRANGE = 100  # tokens of a switch that are no statement: hostile text would be read again from each of them
METHOD, CLASS, ENUM, ANNOTATION, RECORD, COMPACT, FIELD, BLOCK, IMPORT, PACKAGE, EMPTY, CLOSING, STRANGE = range(1, 14)  # members
_FILE = 0  # a scope; those of classes are as their members are called
_PLACE, _FLOOR, _BEFORE = 1, 2, 3  # of a scope, after its kind: its place in `table`, where it begins, where the member before ends
_LF, _TAB, _SPACE = 10, 9, 32
_LEFT, _RIGHT, _STAR, _COMMA, _DASH, _DOT, _STROKE, _COLON, _SEMICOLON, _LESS, _EQUAL, _GREATER = map(np.int64, b"()*,-./:;<=>")
_AT, _SQUARE, _OPENING, _CLOSING, _WORD, _LITERAL = map(np.int64, b'@[{}a"')
_CLASS, _DO, _EXTENDS, _INTERFACE, _CASE, _ENUM, _PRIMITIVE, _THROWS, _SYNCHRONIZED = map(np.int64, b"CDEIKNPTY")
_CATCH, _DEFAULT, _ELSE, _SWITCH, _IMPLEMENTS, _PACKAGE, _IMPORT, _PERMITS, _RECORD = map(np.int64, b"cdehikmpr")
_STATIC, _TRY, _WHILE, _FINALLY, _SEALED = map(np.int64, b"stwyz")
_NEVER, _NO, _YES = np.uint8(0), np.False_, np.True_  # numba compiles a function anew for each literal that it is called with
_MODIFIER, _IN_ARGUMENTS, _NO_VALUE, _NOT_COMMON, _NOT_SIMPLE, _BEFORE_VALUES, _HEAD, _CONTROL = (np.uint8(1 << bit) for bit in range(8))
_IS_STATEMENT, _BEGINS, _IS_VALUE = 1, 4, 8  # marks of a token: it is a statement (once or twice), begins a part of a block, is an array


def _sets() -> npt.NDArray[np.uint8]:
    out = np.zeros(256, np.uint8)
    sets = {_MODIFIER: b"MsYd", _IN_ARGUMENTS: b"?ESaP,&.", _NO_VALUE: b";{}MsdTCNEimkfwFDetcyKRX@", _BEFORE_VALUES: b"=](,d"}
    sets |= {_NOT_COMMON: b";{}KDefwFtcy", _NOT_SIMPLE: b";KDefwFtcy", _HEAD: b"fwF", _CONTROL: b"fwFthD"}
    for flag, letters in sets.items():
        out[list(letters)] |= flag
    return out


def _strange_pairs() -> npt.NDArray[np.bool_]:
    """Operands without an operator, operators without an operand, keywords without what they need."""
    forms = (
        rb'0[0"({@a-zA-Z]|"[0"(\[{@a-np-zA-Z]|a[0"]|\][0"(P]',
        rb'\.[;,=+\-/%&|^!~?:\])}"{]|[=/%&|^!~<][)\]},;]|\*[)\]},]|:[)\],=*/%&|]|,[)\]=:*/%&|^>]',
        rb"\([,*/%=|^&:?>}\]]|;[=*/%&|^>:?,\]]|\{[)\]=*/%&|^>?:]",
        rb"[CIN][^a]|[fwFhc][^(]|t[^({]|y[^{]|E[^a@]|@[^aI]|.X",
    )
    form = re.compile(b"|".join(forms), re.DOTALL)
    return np.array([[form.fullmatch(bytes([one, other])) is not None for other in range(128)] for one in range(128)])


def _letters(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


_SETS, _STRANGE_PAIRS = _sets(), _strange_pairs()
_RECORD_WORD, _SEALED_WORD, _PERMITS_WORD = map(_letters, ("record", "sealed", "permits"))


@njit(**_OPTIONS)
def read(source, rows, shape, is_ascii, jump, table, named, imports, scopes):  # type: ignore[no-untyped-def]
    """Fill a row of `table`, as in `declared`, and of `named` for each declaration; return how many there are, -1 when it is not Java.

    `rows` and `shape` are of the tokens, as `brace_tokens` leaves them. `jump` is as long as `shape`, and filled; `table`, `named` and
    `imports` have a row for each third token and two more: the first number of the last row of `imports` is how many there are. `scopes`
    is scratch, a row for each bracket that may be open and two more.
    """
    count = len(shape)
    _reletter(source, rows, shape, count)
    if _is_strange(shape, count) or not (is_ascii or _has_plain_words(source, rows, shape, count)):
        return -1
    _find_jumps(rows, shape, count, jump)
    at, found, depth, imported = np.int64(0), np.int64(0), np.int64(0), 0
    _enter(scopes, depth, np.int64(_FILE), np.int64(-1), np.int64(0))
    while at < count:
        end, kind, name, opening = _member(shape, jump, at, count)
        scope = scopes[depth]
        if not _fits(shape, kind, end, scope[0]):
            return -1
        if kind <= COMPACT:
            first, last = _doc(source, rows, scope, rows[at, START])
            is_class, has_body = CLASS <= kind <= RECORD, shape[end - 1] == _CLOSING
            if is_class or has_body or (first >= 0 and scope[0] != ANNOTATION):
                _note(source, rows, at, end, name, opening, scope[_PLACE], first, last, table[found], named[found])
                found += 1
            if is_class:
                depth += 1
                _enter(scopes, depth, kind, found - 1, np.int64(rows[end - 1, END]))
        elif kind == CLOSING:
            depth -= 1
            if depth < 0:
                return -1
        elif kind == IMPORT:
            imports[imported, 0], imports[imported, 1] = rows[at, START], rows[end - 1, END]
            imported += 1
        if kind != EMPTY and not CLASS <= kind <= RECORD:
            scopes[depth, _BEFORE] = rows[end - 1, END]
        at = end
    _restore_jumps(rows, shape, count, jump)
    imports[len(imports) - 1, 0] = imported
    return found


@njit(**_OPTIONS)
def _enter(scopes, depth, kind, place, floor):  # type: ignore[no-untyped-def]
    scopes[depth, 0], scopes[depth, _PLACE], scopes[depth, _FLOOR], scopes[depth, _BEFORE] = kind, place, floor, -1


@njit(**_OPTIONS)
def _fits(shape, kind, end, around):  # type: ignore[no-untyped-def]
    """Tell whether a member may stand where it does, in a scope `around`: the file or a class."""
    if kind in (IMPORT, PACKAGE):
        return around == _FILE
    if kind in (FIELD, BLOCK):
        return around != _FILE
    if kind in (METHOD, COMPACT):
        has_body = shape[end - 1] == _CLOSING
        return around != _FILE and not (has_body and around == ANNOTATION) and (kind == METHOD or around == RECORD)
    return kind != STRANGE


@njit(**_OPTIONS)
def _note(source, rows, at, end, name, opening, around, first, last, into, named):  # type: ignore[no-untyped-def]
    """Note the declaration of tokens [at, end), `end` being behind the opening brace of a class: its comment is the bytes [first, last)."""
    is_method = opening < 0
    start = np.int64(rows[at, START])
    stop = end - 1 if is_method else np.int64(rows[opening, PARTNER])
    if is_method:
        opening = np.int64(rows[stop, PARTNER])  # -1 when it has no body
    finish = np.int64(rows[stop, END])
    into[WHAT], into[AROUND], into[DOC_START], into[DOC_END] = 1 if is_method else 2, around, first, last
    into[FROM] = _line_start(source, start if first < 0 else first)
    into[HEAD_START], into[HEAD_END] = start, finish if opening < 0 else np.int64(rows[opening, START])
    into[TO] = finish + 1 if finish < len(source) and source[finish] == _SEMICOLON else finish
    named[NAME_START], named[NAME_END], named[FIRST], named[LAST] = rows[name, START], rows[name, END], at, stop + 1


@njit(**_OPTIONS)
def _line_start(source, start):  # type: ignore[no-untyped-def]
    at = start
    while at > 0 and (source[at - 1] == _SPACE or source[at - 1] == _TAB):
        at -= 1
    begins = at == 0 or source[at - 1] == _LF
    return at if begins and start - at <= _LONGEST_INDENTATION else start


@njit(**_OPTIONS)
def _doc(source, rows, scope, start):  # type: ignore[no-untyped-def]
    """Return the bytes of the comment directly above what starts at `start`, (-1, -1) for none, as `Tokens.comment_above` does."""
    before = scope[_BEFORE]
    begin = max(before, scope[_FLOOR])
    place = _comments_before(rows, start) - 1
    if place < 0 or rows[place, COMMENT_START] < begin:
        return np.int64(-1), np.int64(-1)
    first, last = np.int64(rows[place, COMMENT_START]), np.int64(rows[place, COMMENT_END])
    if (before >= 0 and _line_ends(source, before, first) == 0) or _has_blank_line(source, last, start):
        return np.int64(-1), np.int64(-1)
    while place > 0 and rows[place - 1, COMMENT_START] >= begin:
        above, above_end = np.int64(rows[place - 1, COMMENT_START]), np.int64(rows[place - 1, COMMENT_END])
        are_lines = _is_line_comment(source, above) and _is_line_comment(source, first)
        if not are_lines or _line_ends(source, above_end, first) != 1 or (before >= 0 and _line_ends(source, before, above) == 0):
            break
        place -= 1
        first = above
    return first, last


@njit(**_OPTIONS)
def _comments_before(rows, start):  # type: ignore[no-untyped-def]
    """Return how many comments start before byte `start`."""
    low, high = 0, np.int64(rows[len(rows) - 1, START])
    while low < high:
        middle = (low + high) // 2
        if rows[middle, COMMENT_START] < start:
            low = middle + 1
        else:
            high = middle
    return low


@njit(**_OPTIONS)
def _is_line_comment(source, at):  # type: ignore[no-untyped-def]
    return at + 1 < len(source) and source[at] == _STROKE and source[at + 1] == _STROKE


@njit(**_OPTIONS)
def _line_ends(source, start, end):  # type: ignore[no-untyped-def]
    """Return how many line ends are in [start, end), 2 for more."""
    count = 0
    for at in range(start, end):
        if source[at] == _LF:
            count += 1
            if count == 2:
                break
    return count


@njit(**_OPTIONS)
def _has_blank_line(source, start, end):  # type: ignore[no-untyped-def]
    after_line = False
    for at in range(start, end):
        if source[at] == _LF:
            if after_line:
                return True
            after_line = True
        elif source[at] != _SPACE and source[at] != _TAB:
            after_line = False
    return False


@njit(**_OPTIONS)
def _reletter(source, rows, shape, count):  # type: ignore[no-untyped-def]
    """Give letters of their own to `record`, `sealed` and `permits` where they are keywords."""
    for at in range(count - 2):
        is_header = shape[at + 1] == _WORD and shape[at + 2] in (_LEFT, _LESS) and not (at > 0 and shape[at - 1] == _DOT)
        if is_header and _spells(source, rows, shape, at, _RECORD_WORD):
            shape[at] = _RECORD
    for at in range(count - 1):
        if shape[at + 1] in (77, _STATIC, _CLASS, _INTERFACE, _AT) and _spells(source, rows, shape, at, _SEALED_WORD):
            shape[at] = _SEALED
    for at in range(1, count - 1):
        is_between = shape[at + 1] == _WORD and shape[at - 1] in (_WORD, _PERMITS, _GREATER, _RIGHT, 93)
        if is_between and _spells(source, rows, shape, at, _PERMITS_WORD):
            shape[at] = _PERMITS


@njit(**_OPTIONS)
def _spells(source, rows, shape, token, letters):  # type: ignore[no-untyped-def]
    start = rows[token, START]
    if shape[token] != _WORD or rows[token, END] - start != len(letters):
        return False
    for index in range(len(letters)):  # noqa: SIM110
        if source[start + index] != letters[index]:
            return False
    return True


@njit(**_OPTIONS)
def _is_strange(shape, count):  # type: ignore[no-untyped-def]
    """Tell whether what stands side by side, or three words in a row, are in no program."""
    before, words, first = np.uint8(0), 0, np.uint8(0)  # first: before the words
    for at in range(count):
        letter = shape[at]
        if _STRANGE_PAIRS[before & 127, letter & 127]:
            return True
        if letter != _WORD:
            words = 0
        else:
            words += 1
            if words == 1:
                first = before
            after_name = first in (_AT, _DOT)
            if first != 0 and first != _CASE and ((words == 3 and not after_name) or words == 4):
                return True
        before = letter
    return False


@njit(**_OPTIONS)
def _has_plain_words(source, rows, shape, count):  # type: ignore[no-untyped-def]
    """Tell whether names are of ASCII: which other characters may be in one, and which are blanks, is a long list."""
    for token in range(count):
        if shape[token] != _LITERAL:
            for at in range(rows[token, START], rows[token, END]):
                if source[at] >= 128:
                    return False
    return True


@njit(**_OPTIONS)
def _find_jumps(rows, shape, count, jump):  # type: ignore[no-untyped-def]
    """Fill `jump`; it leads into the bodies of classes."""
    is_class = False
    for at in range(count):
        letter = shape[at]
        jump[at] = max(at + 1, rows[at, PARTNER])
        if letter in (_CLASS, _INTERFACE, _ENUM) or (letter == _WORD and at > 0 and shape[at - 1] == _RECORD):
            is_class = True
        elif letter in (_OPENING, _CLOSING, _SEMICOLON):
            if is_class and letter == _OPENING:
                jump[at] = at + 1
            is_class = False


@njit(**_OPTIONS)
def _restore_jumps(rows, shape, count, jump):  # type: ignore[no-untyped-def]
    """Make `jump` lead past the bodies of classes."""
    for at in range(count):
        if shape[at] == _OPENING:
            jump[at] = rows[at, PARTNER]


@njit(**_OPTIONS)
def _member(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return (end, kind, name, brace or -1) of the member of a file or class at `at`; a class ends behind its brace or constants."""
    modified = _modified(shape, jump, at, stop)
    end, name = _method(shape, jump, modified, stop)
    if end >= 0:
        return end, METHOD, name, -1
    end = _field(shape, jump, modified, stop)
    if end >= 0:
        return end, FIELD, -1, -1
    end = _import(shape, at, stop)
    if end >= 0:
        return end, IMPORT, -1, -1
    brace, kind, name = _class_head(shape, jump, modified, stop)
    if brace >= 0:
        end = np.int64(jump[brace])
        end = _constants(shape, jump, end, stop) if kind == ENUM else end
        if end >= 0:
            return end, kind, name, brace
    end = _package(shape, jump, at, stop)
    if end >= 0:
        return end, PACKAGE, -1, -1
    end = _pair(shape, jump, modified + 1, stop, _OPENING)
    if end >= 0 and shape[modified] == _WORD:  # of a record
        return end, COMPACT, modified, -1
    if shape[at] == _SEMICOLON:
        return at + 1, EMPTY, -1, -1
    end = _pair(shape, jump, at + (shape[at] == _STATIC), stop, _OPENING)
    if end >= 0:
        return end, BLOCK, -1, -1
    return at + 1, CLOSING if shape[at] == _CLOSING else STRANGE, -1, -1


@njit(**_OPTIONS)
def _at(shape, at, stop):  # type: ignore[no-untyped-def]
    """Return the shape at `at`, 0 behind the end."""
    return shape[at] if at < stop else np.uint8(0)


@njit(**_OPTIONS)
def _pair(shape, jump, at, stop, opening):  # type: ignore[no-untyped-def]
    """Return the end of a pair of brackets with what is in them."""
    if at < 0 or at >= stop or shape[at] != opening:
        return np.int64(-1)
    closing = np.int64(jump[at])
    closes = closing < stop and shape[closing] == opening + (1 if opening == _LEFT else 2)
    return closing + 1 if closes else np.int64(-1)


@njit(**_OPTIONS)
def _after(end, otherwise):  # type: ignore[no-untyped-def]
    """Return the end of something that may be left out."""
    return end if end >= 0 else otherwise


@njit(**_OPTIONS)
def _name(shape, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of `a.b.c`."""
    if _at(shape, at, stop) != _WORD:
        return -1
    at += 1
    while at + 1 < stop and shape[at] == _DOT and shape[at + 1] == _WORD:
        at += 2
    return at


@njit(**_OPTIONS)
def _annotation(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    if _at(shape, at, stop) != _AT:
        return -1
    end = _name(shape, at + 1, stop)
    return _after(_pair(shape, jump, end, stop, _LEFT), end) if end >= 0 else -1


@njit(**_OPTIONS)
def _annotations(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of any number of annotations."""
    end = at
    while end >= 0:
        at, end = end, _annotation(shape, jump, end, stop)
    return at


@njit(**_OPTIONS)
def _modified(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of any number of modifiers and annotations."""
    while at < stop:
        end = at + 1 if _SETS[shape[at]] & _MODIFIER else _annotation(shape, jump, at, stop)
        if end < 0:
            break
        at = end
    return at


@njit(**_OPTIONS)
def _arguments(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of <type arguments or parameters>."""
    depth = 0
    while at < stop:
        letter = shape[at]
        if letter == _GREATER:
            depth, end = depth - 1, at + 1
        elif letter == _LESS and depth < _MOST_ANGLES:
            depth, end = depth + 1, at + 1
        elif depth == 0 or depth == _MOST_ANGLES:
            return -1
        elif _SETS[letter] & _IN_ARGUMENTS:
            end = at + 1
        else:
            end = _annotation(shape, jump, at, stop) if letter == _AT else _pair(shape, jump, at, stop, _SQUARE)
        if end < 0 or depth == 0:
            return end
        at = end
    return -1


@njit(**_OPTIONS)
def _parameters(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    return _after(_arguments(shape, jump, at, stop), at) if _at(shape, at, stop) == _LESS else at


@njit(**_OPTIONS)
def _type(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    at = _annotations(shape, jump, at, stop)
    if _at(shape, at, stop) not in (_WORD, _PRIMITIVE):
        return -1
    end = at + 1
    while end >= 0:
        at = end
        letter = _at(shape, at, stop)
        if letter == _LESS:
            end = _arguments(shape, jump, at, stop)
        elif letter == _DOT:
            end = _annotations(shape, jump, at + 1, stop)
            end = end + 1 if _at(shape, end, stop) == _WORD else -1
        elif letter in (_AT, _SQUARE):
            end = _pair(shape, jump, _annotations(shape, jump, at, stop), stop, _SQUARE)
        else:
            end = -1
    return at


@njit(**_OPTIONS)
def _types(shape, jump, at, stop, keyword):  # type: ignore[no-untyped-def]
    """Return the end of types behind `keyword`, `at` when there are none."""
    if _at(shape, at, stop) != keyword:
        return at
    end = _type(shape, jump, at + 1, stop)
    while end >= 0:
        at, end = end, _type(shape, jump, end + 1, stop) if _at(shape, end, stop) == _COMMA else -1
    return at


@njit(**_OPTIONS)
def _value(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of a field's value."""
    while at < stop:
        end = np.int64(jump[at]) if not _SETS[shape[at]] & _NO_VALUE else _pair(shape, jump, at, stop, _OPENING)
        if end < 0:
            break
        at = end
    return at


@njit(**_OPTIONS)
def _method(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return (end, name) of a method or constructor, behind its modifiers."""
    at = _parameters(shape, jump, at, stop)
    name = _type(shape, jump, at, stop)
    if name >= 0 and _at(shape, name, stop) == _WORD:
        end = _pair(shape, jump, name + 1, stop, _LEFT)
        if end >= 0:
            end = _types(shape, jump, end, stop, _THROWS)
            body = _pair(shape, jump, end, stop, _OPENING)
            if body >= 0:
                return body, name
            end = _value(shape, jump, end + 1, stop) if _at(shape, end, stop) == _DEFAULT else end
            if _at(shape, end, stop) == _SEMICOLON:
                return end + 1, name
    end = _pair(shape, jump, at + 1, stop, _LEFT) if _at(shape, at, stop) == _WORD else -1
    if end >= 0:
        end = _pair(shape, jump, _types(shape, jump, end, stop, _THROWS), stop, _OPENING)
    return end, at


@njit(**_OPTIONS)
def _field(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    at = _type(shape, jump, at, stop)
    if at < 0 or _at(shape, at, stop) != _WORD:
        return -1
    end = at + 1
    while end >= 0:
        at, end = end, _pair(shape, jump, end, stop, _SQUARE)
    if _at(shape, at, stop) in (_EQUAL, _COMMA):
        at = _value(shape, jump, at + 1, stop)
    return at + 1 if _at(shape, at, stop) == _SEMICOLON else -1


@njit(**_OPTIONS)
def _import(shape, at, stop):  # type: ignore[no-untyped-def]
    if shape[at] != _IMPORT:
        return -1
    at = _name(shape, at + (2 if _at(shape, at + 1, stop) == _STATIC else 1), stop)
    if at >= 0 and at + 1 < stop and shape[at] == _DOT and shape[at + 1] == _STAR:
        at += 2
    return at + 1 if at >= 0 and _at(shape, at, stop) == _SEMICOLON else -1


@njit(**_OPTIONS)
def _package(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    at = _annotations(shape, jump, at, stop)
    at = _name(shape, at + 1, stop) if _at(shape, at, stop) == _PACKAGE else -1
    return at + 1 if at >= 0 and _at(shape, at, stop) == _SEMICOLON else -1


@njit(**_OPTIONS)
def _class_head(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return (brace or -1, kind, name) of a class, interface, enum, annotation or record, behind its modifiers."""
    dashed = at + 2 if _at(shape, at, stop) == _WORD and _at(shape, at + 1, stop) == _DASH else at  # non-sealed
    is_sealed = _at(shape, dashed, stop) == _SEALED
    at = _modified(shape, jump, dashed + 1, stop) if is_sealed else at
    letter, kind = _at(shape, at, stop), STRANGE
    if letter in (_CLASS, _INTERFACE):
        kind = CLASS
    elif letter == _ENUM and not is_sealed:
        kind = ENUM
    elif letter == _RECORD and not is_sealed:
        kind = RECORD
    elif letter == _AT and _at(shape, at + 1, stop) == _INTERFACE and not is_sealed:
        kind, at = ANNOTATION, at + 1
    name = at + 1
    if kind == STRANGE or _at(shape, name, stop) != _WORD:
        return -1, STRANGE, -1
    at = name + 1
    if kind in (CLASS, RECORD):
        at = _parameters(shape, jump, at, stop)
    if kind == RECORD:
        at = _pair(shape, jump, at, stop, _LEFT)
    if kind == CLASS:
        at = _types(shape, jump, at, stop, _EXTENDS)
    if kind != ANNOTATION and at >= 0:
        at = _types(shape, jump, at, stop, _IMPLEMENTS)
    if kind == CLASS:
        at = _types(shape, jump, at, stop, _PERMITS)
    return (at if at >= 0 and _at(shape, at, stop) == _OPENING else -1), kind, name


@njit(**_OPTIONS)
def _constant(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of a constant of an enum."""
    at = _annotations(shape, jump, at, stop)
    if _at(shape, at, stop) != _WORD:
        return -1
    at = _after(_pair(shape, jump, at + 1, stop, _LEFT), at + 1)
    return _after(_pair(shape, jump, at, stop, _OPENING), at)


@njit(**_OPTIONS)
def _constants(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of the constants of an enum, with the semicolon."""
    while True:
        end = _constant(shape, jump, at, stop)
        letter = _at(shape, end, stop) if end >= 0 else np.uint8(1)
        if letter not in (_COMMA, _SEMICOLON, _CLOSING, 0):
            break
        at = end + 1 if letter == _COMMA else end
    letter = _at(shape, at, stop)
    return at + 1 if letter == _SEMICOLON else at if letter in (_CLOSING, 0) else -1


@njit(**_OPTIONS)
def statements(rows, shape, jump, first, last, smallest, marks, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the bytes at which statements in the tokens [first, last) start, sorted; return how many there are.

    Those in blocks of `smallest` bytes or less are left out. A comment between statements counts as one; so does a group of statements in
    a switch, which is a block as well. `marks` are zeros, one for each token; `out` holds two for each and one for each comment.
    """
    is_enum, is_annotation = _NO, _NO
    for brace in range(first, last):
        letter = shape[brace]
        if letter == _ENUM:
            is_enum = _YES
        elif letter == _INTERFACE:
            is_annotation = brace > first and shape[brace - 1] == _AT
        elif letter == _CLOSING:
            is_enum, is_annotation = _NO, _NO
        elif letter == _OPENING:
            closing = np.int64(rows[brace, PARTNER])
            if closing < last and rows[closing, END] - rows[brace, START] > smallest:
                _split(rows, shape, jump, brace, closing, first, smallest, is_enum, is_annotation, marks)
            is_enum, is_annotation = _NO, _NO
    return _marked(rows, first, last, marks, out)


@njit(**_OPTIONS)
def _split(rows, shape, jump, brace, closing, first, smallest, is_enum, is_annotation, marks):  # type: ignore[no-untyped-def]
    """Mark the parts of a block; arrays and the bodies of annotations have none."""
    before = shape[brace - 1] if brace > 0 else np.uint8(0)
    condition = rows[brace - 1, PARTNER] if before == _RIGHT else 0
    if _SETS[before] & _BEFORE_VALUES or (before == _OPENING and brace > first and marks[brace - 1 - first] & _IS_VALUE):
        marks[brace - first] |= _IS_VALUE
        return
    if condition > 0 and shape[condition - 1] == _SWITCH:
        _split_switch(rows, shape, jump, brace + 1, closing, first, smallest, marks)
    elif is_annotation:
        return
    elif is_enum:
        _split_enum(rows, shape, jump, brace + 1, closing, first, smallest, marks)
    else:
        _split_plain(shape, jump, brace + 1, closing, first, marks)
    marks[closing - first] |= _BEGINS


@njit(**_OPTIONS)
def _mark(marks, place, is_statement):  # type: ignore[no-untyped-def]
    marks[place] = (marks[place] | _BEGINS) + (_IS_STATEMENT if is_statement else 0)


@njit(**_OPTIONS)
def _split_plain(shape, jump, at, stop, first, marks):  # type: ignore[no-untyped-def]
    while at < stop:
        end = _statement(shape, jump, at, stop)
        if end < 0:
            return
        _mark(marks, at - first, shape[at] != _SEMICOLON)
        at = end


@njit(**_OPTIONS)
def _split_enum(rows, shape, jump, at, stop, first, smallest, marks):  # type: ignore[no-untyped-def]
    """Mark the constants and, as one block with the semicolon before them, the members."""
    end = _constants(shape, jump, at, stop)
    while at < end:
        constant = _constant(shape, jump, at, end)
        if constant >= 0 or shape[at] == _COMMA:
            _mark(marks, at - first, constant >= 0)
        at = _after(constant, at + 1)
    if end >= 0 and shape[end - 1] == _SEMICOLON:
        _mark(marks, end - 1 - first, _YES)
        if rows[stop - 1, END] - rows[end - 1, START] > smallest:
            _split_plain(shape, jump, end, stop, first, marks)


@njit(**_OPTIONS)
def _split_switch(rows, shape, jump, at, stop, first, smallest, marks):  # type: ignore[no-untyped-def]
    """Mark the rules (`case … ->`), or the groups (`case …:`), and what stands in those that are large enough."""
    at, strange = _group_end(shape, jump, at, stop, first, marks, _NO, np.int64(0))
    while at < stop:
        inside, is_label = _case(shape, jump, at, stop)
        end, strange = _group_end(shape, jump, inside, stop, first, marks, _NO, strange)
        _mark(marks, at - first, _YES)
        if is_label and rows[end - 1, END] - rows[at, START] > smallest:
            _mark(marks, at - first, _YES)  # the label, first in its group
            _group_end(shape, jump, inside, end, first, marks, _YES, strange)
        at = end


@njit(**_OPTIONS)
def _group_end(shape, jump, at, stop, first, marks, is_marked, strange):  # type: ignore[no-untyped-def]
    """Return (where the next rule or label of a switch is, `strange` more tokens that are no statement); mark what is before it."""
    while at < stop and _case(shape, jump, at, stop)[0] < 0:
        end = _statement(shape, jump, at, stop)
        strange += end < 0
        if strange > _MOST_STRANGE:
            return stop, strange
        if is_marked:
            _mark(marks, at - first, shape[at] != _SEMICOLON)
        at = _after(end, at + 1)
    return at, strange


@njit(**_OPTIONS)
def _case(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return (end, whether it is one) of a label, or of a rule with what it leads to, in a switch."""
    if shape[at] != _CASE and shape[at] != _DEFAULT:
        return np.int64(-1), False
    end = np.int64(at + 1)
    while shape[at] == _CASE and end < stop and shape[end] not in (_COLON, _SEMICOLON, _OPENING, _CLOSING):
        if shape[end] == _DASH and _at(shape, end + 1, stop) == _GREATER:
            break
        end = np.int64(jump[end])
    if _at(shape, end, stop) == _DASH and _at(shape, end + 1, stop) == _GREATER:
        rule = _pair(shape, jump, end + 2, stop, _OPENING)
        rule = rule if rule >= 0 else _through_semicolon(shape, jump, end + 2, stop, _NEVER)
        if rule >= 0:
            return rule, False
    return (end + 1, True) if _at(shape, end, stop) == _COLON else (np.int64(-1), False)


@njit(**_OPTIONS)
def _through_semicolon(shape, jump, at, stop, unless):  # type: ignore[no-untyped-def]
    """Return the end of what ends in a semicolon, -1 when a token of the set `unless` comes before."""
    while at < stop:
        if shape[at] == _SEMICOLON:
            return at + 1
        if _SETS[shape[at]] & unless:
            break
        at = np.int64(jump[at])
    return -1


@njit(**_OPTIONS)
def _statement(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of a statement, or of a member of a class."""
    end = _through_semicolon(shape, jump, at, stop, _NOT_COMMON)
    if end < 0 and _SETS[shape[at]] & _CONTROL:
        end = _controlled(shape, jump, at, stop)
    if end < 0:
        modified = _modified(shape, jump, at, stop)
        brace, _, _ = _class_head(shape, jump, modified, stop)
        end = _pair(shape, jump, brace, stop, _OPENING) if brace >= 0 else -1
        if end < 0:
            end, _ = _method(shape, jump, modified, stop)
        if end < 0 and _at(shape, modified, stop) == _WORD:  # a record's constructor
            end = _pair(shape, jump, modified + 1, stop, _OPENING)
    return end if end >= 0 else _controlled(shape, jump, at, stop)


@njit(**_OPTIONS)
def _controlled(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of a statement with all that belongs to it: what else, catch and finally lead to."""
    done, end = np.int64(-1), _core(shape, jump, at, stop)
    while end >= 0:
        done, letter = end, _at(shape, end, stop)
        if letter == _ELSE:
            end = _core(shape, jump, done + 1, stop)
        elif letter == _CATCH:
            end = _pair(shape, jump, _pair(shape, jump, done + 1, stop, _LEFT), stop, _OPENING)
        else:
            end = _pair(shape, jump, done + 1, stop, _OPENING) if letter == _FINALLY else np.int64(-1)
    return done


@njit(**_OPTIONS)
def _core(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of a statement with its conditions and labels, without what else leads to."""
    at = _heads_end(shape, jump, at, stop)
    letter, end = _at(shape, at, stop), np.int64(-1)
    if letter in (_OPENING, _STATIC):
        end = _pair(shape, jump, at + (letter == _STATIC), stop, _OPENING)
    elif letter == _TRY:
        return _pair(shape, jump, _after(_pair(shape, jump, at + 1, stop, _LEFT), at + 1), stop, _OPENING)
    elif letter in (_SWITCH, _SYNCHRONIZED):
        end = _pair(shape, jump, _pair(shape, jump, at + 1, stop, _LEFT), stop, _OPENING)
    elif letter == _DO:
        end = _until(shape, jump, _pair(shape, jump, at + 1, stop, _OPENING), stop)
        return end if end >= 0 else _until(shape, jump, _through_semicolon(shape, jump, at + 1, stop, _NOT_SIMPLE), stop)
    return end if end >= 0 else _through_semicolon(shape, jump, at, stop, _NOT_SIMPLE)


@njit(**_OPTIONS)
def _heads_end(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of `if (…)`, `while (…)`, `for (…)` and labels before a statement."""
    while at < stop:
        if _SETS[shape[at]] & _HEAD:
            end = _pair(shape, jump, at + 1, stop, _LEFT)
        else:
            is_label = shape[at] == _WORD and _at(shape, at + 1, stop) == _COLON and _at(shape, at + 2, stop) != _COLON
            end = at + 2 if is_label else -1
        if end < 0:
            break
        at = end
    return at


@njit(**_OPTIONS)
def _until(shape, jump, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of the condition behind a loop."""
    if at < 0 or _at(shape, at, stop) != _WHILE:
        return -1
    end = _pair(shape, jump, at + 1, stop, _LEFT)
    return end + 1 if end >= 0 and _at(shape, end, stop) == _SEMICOLON else -1


@njit(**_OPTIONS)
def _marked(rows, first, last, marks, out):  # type: ignore[no-untyped-def]
    """Fill `out` with what is marked, and with the comments before what begins."""
    count, comment, comments = 0, _comments_before(rows, rows[first, START]), rows[len(rows) - 1, START]
    for token in range(first, last):
        mark, start = marks[token - first], rows[token, START]
        while comment < comments and rows[comment, COMMENT_START] < start:
            if mark & _BEGINS:
                out[count] = rows[comment, COMMENT_START]
                count += 1
            comment += 1
        for _ in range(mark & (_BEGINS - 1)):
            out[count] = start
            count += 1
    return count

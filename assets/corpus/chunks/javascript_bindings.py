"""What the statements and members of a JavaScript file declare: not imported but loaded, see `machine_code`.

It is read by the tokens at both ends of a row of `javascript_parser`: that these are statements and members is certain. Nothing is looked
for but at the top of the file and in the classes, objects, blocks and module patterns that stand there.
"""

from typing import Any

import numpy as np
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_INLINE: dict[str, Any] = _OPTIONS | {"forceinline": True}  # to hand over the arrays takes longer than most of what is done
SIGNATURES = {"find": "i8(u1[::1], i4[:, ::1], u1[::1], i4[:, ::1], i4[:, ::1], i8[:, ::1], i8[:, ::1], i8[:, ::1], i4[:, ::1], i8[::1])"}
LOOKED_INTO, CONTEXT, AROUND, BEFORE, ABOVE_START, ABOVE_END = range(6)  # of what is around: see `find`
OUTER, ROW, DECLARATION, KIND, NAME_START, NAME_END, STYLE, VALUE, BODY = range(9)  # of a name: see `find`
OWN, BOUND, DEFAULT, NAMELESS = range(4)  # styles: bytes NAME_START to NAME_END as they are; a target or key; two without any text
_START, _END, _SCOPE, _FIRST, _LAST = range(5)  # of a row, and the next line of a scope, as in `javascript_parser`
_OPENING = 0
_TOKEN_START, _TOKEN_END, _PARTNER = 0, 1, 2  # as in `javascript_tokens`
_KIND, _FROM, _HEAD_START, _HEAD_END, _TO, _DOC_START, _DOC_END, _PARENT = range(8)  # as in `declared`
_FUNCTION, _METHOD, _CLASS, _OBJECT, _BLOCK, _NOTHING = range(6)  # the first three as in `declared`; from _CLASS on, with a scope
STATEMENTS = _BLOCK  # what is looked into: a class, an object, or statements
_TERMINAL, _LEFT_OUT = 127, 1  # without the bit for a new line; what belongs to types
_TAB, _LF, _SPACE, _STAR, _COMMA, _STROKE, _COLON, _SEMICOLON, _EQUAL = list(b"\t\n *,/:;=")
_LEFT, _OPENS, _PARAMETERS, _PARAMETER, _ASYNC_ARROW, _MODIFIER = list(b"({AKZM")
_FUNCTION_WORD, _ASYNC, _CLASS_WORD, _EXTENDS, _EXPORT, _DEFAULT_WORD, _IMPORT_WORD = list(b"fycexDm")
_TARGETS = np.isin(np.arange(128), list(b'aLKMHZSOg.n(["`\1'))  # what may stand in a target of an assignment
_VARIABLES = np.isin(np.arange(128), list(b"vl"))
_BLANKS = np.isin(np.arange(256), list(b" \t\n\r\v\f"))
_LONGEST_INDENTATION = 400  # bytes, as in `declarations.line_start`


@njit(**_OPTIONS)
def find(source, tokens, terminals, rows, scopes, around, table, named, imports, count):  # type: ignore[no-untyped-def]
    """Fill `table`, `named` and `imports` and return the number of declarations; count[0] is that of names, count[1] of imports.

    `around` is of each scope what is known of it: LOOKED_INTO is 0 until it is found to be looked into; CONTEXT is the name before those
    in it, AROUND the class around it, BEFORE the byte at which the last row ended, ABOVE_START and ABOVE_END the comment above the next,
    each -1 for none. Comes with those of the file. `table` is as `declared` has it. `named` are its declarations and the objects around
    some: OUTER is the CONTEXT, ROW what it stands in, DECLARATION its place in the table, -1 for an object, VALUE where its value begins.
    `imports` get their first and last bytes. All three are as long as `rows`, `named` has one more.
    """
    declared = 0
    for row in range(len(rows)):
        start, end, first, last = rows[row, _START], rows[row, _END], np.int64(rows[row, _FIRST]), np.int64(rows[row, _LAST])
        scope, name = around[rows[row, _SCOPE]], named[count[0]]
        if scope[LOOKED_INTO] == 0:
            continue
        if last < 0:
            _note(source, scope, start, end)
            continue
        if scope[LOOKED_INTO] != STATEMENTS:
            _read_member(tokens, terminals, name, scope[LOOKED_INTO], first, last)
        elif terminals[first] & _TERMINAL == _IMPORT_WORD:
            imports[count[1], 0], imports[count[1], 1], name[KIND] = start, end, _NOTHING
            count[1] += 1
        else:
            _read_statement(source, tokens, terminals, name, first, last)
        kind, parent, context = name[KIND], scope[AROUND], scope[CONTEXT]
        if kind < _BLOCK:
            name[OUTER], name[ROW], name[DECLARATION], context = context, row, -1, count[0]
            name[NAME_START], name[NAME_END] = tokens[name[NAME_START], _TOKEN_START], tokens[name[NAME_END], _TOKEN_END]
            name[VALUE] = tokens[name[VALUE], _TOKEN_START]
            count[0] += 1
        if kind < _OBJECT:
            name[DECLARATION], parent = declared, declared if kind == _CLASS else parent
            _declare(source, scope, start, end, kind, tokens[name[BODY], _TOKEN_START], table[declared])
            declared += 1
        if kind in (_CLASS, _OBJECT, _BLOCK):
            _look_into(scopes, around, name[BODY], kind, context, parent)
        scope[BEFORE], scope[ABOVE_START] = end, -1
    return declared


@njit(**_INLINE)
def _read_statement(source, tokens, terminals, name, first, last):  # type: ignore[no-untyped-def]
    """Note what a statement declares."""
    begin = first + (terminals[first] & _TERMINAL == _EXPORT)
    letter = terminals[begin] & _TERMINAL
    name[KIND], name[STYLE], name[NAME_START], value = _NOTHING, BOUND, begin, begin
    if letter == _OPENS and begin == first:
        name[KIND], name[BODY] = _BLOCK, first
        return
    if letter == _DEFAULT_WORD:
        name[STYLE], value = DEFAULT, begin + 1
    elif letter not in (_FUNCTION_WORD, _ASYNC, _CLASS_WORD):
        if _VARIABLES[letter]:
            name[NAME_START] = begin + 1
            name[STYLE] = NAMELESS if _has_comment(source, tokens, begin) else BOUND
        value = _assigned(tokens, terminals, name[NAME_START], last)
    if value >= 0:
        name[NAME_END] = _before(terminals, value - 1)
        _read_value(tokens, terminals, name, value, last)
        is_own = name[KIND] == _CLASS or letter in (_FUNCTION_WORD, _ASYNC, _DEFAULT_WORD) or begin > first
        _prefer_own(tokens, terminals, name, is_own)
    elif letter == _LEFT and begin == first:
        _read_called(source, tokens, terminals, name, first, last)


@njit(**_OPTIONS)
def _read_called(source, tokens, terminals, name, first, last):  # type: ignore[no-untyped-def]
    """Note the body of a function that is called where it is written, when the statement does nothing else."""
    closing = np.int64(tokens[first, _PARTNER])
    if terminals[closing + 1] & _TERMINAL == _LEFT and tokens[closing + 1, _PARTNER] == _end(terminals, last) - 1:
        _read_value(tokens, terminals, name, first + 1, closing)
        is_shown = name[KIND] == _FUNCTION and not _has_comment(source, tokens, first)
        name[KIND] = _BLOCK if is_shown and terminals[name[BODY]] & _TERMINAL == _OPENS else _NOTHING


@njit(**_OPTIONS)
def _end(terminals, last):  # type: ignore[no-untyped-def]
    """Return where a statement ends without its semicolon."""
    return last - (terminals[last - 1] & _TERMINAL == _SEMICOLON)


@njit(**_OPTIONS)
def _assigned(tokens, terminals, token, last):  # type: ignore[no-untyped-def]
    """Return the token after the first `=` of a statement, -1 when that is not an assignment."""
    while token < last and _TARGETS[terminals[token] & _TERMINAL]:
        token = _after(tokens, terminals, token)
    return token + 1 if terminals[token] & _TERMINAL == _EQUAL else -1


@njit(**_INLINE)
def _read_member(tokens, terminals, name, place, first, last):  # type: ignore[no-untyped-def]
    """Note what a member of a class or an object declares."""
    key = first
    while terminals[key] & _TERMINAL in (_MODIFIER, _ASYNC, _STAR, _LEFT_OUT):
        key += 1
    behind = _after(tokens, terminals, key)
    letter = terminals[behind] & _TERMINAL
    name[KIND], name[STYLE], name[NAME_START], name[NAME_END], name[VALUE] = _NOTHING, OWN, key, _last(tokens, key), first
    if letter == _LEFT:
        name[KIND], name[BODY] = _METHOD, _after(tokens, terminals, behind)
    elif letter == (_EQUAL if place == _CLASS else _COLON):
        name[STYLE] = BOUND
        _read_value(tokens, terminals, name, behind + 1, last)
        name[KIND] = _METHOD if name[KIND] == _FUNCTION else name[KIND]
        _prefer_own(tokens, terminals, name, name[KIND] == _CLASS)


@njit(**_OPTIONS)
def _prefer_own(tokens, terminals, name, is_own):  # type: ignore[no-untyped-def]
    """Note the name of a function or class itself, if it has one and `is_own`."""
    own = name[VALUE]
    while terminals[own] & _TERMINAL in (_ASYNC, _FUNCTION_WORD, _CLASS_WORD, _STAR):
        own += 1
    if is_own and own > name[VALUE] and _TARGETS[terminals[own] & _TERMINAL] and terminals[own] & _TERMINAL != _LEFT:
        name[STYLE], name[NAME_START], name[NAME_END] = OWN, own, own


@njit(**_INLINE)
def _read_value(tokens, terminals, name, value, last):  # type: ignore[no-untyped-def]
    """Note the function, class or object that tokens [value, last) are, if they are one."""
    end, letter, body, kind = _end(terminals, last), terminals[value] & _TERMINAL, value, _NOTHING
    if letter in (_FUNCTION_WORD, _ASYNC, _CLASS_WORD):
        kind = _CLASS if letter == _CLASS_WORD else _FUNCTION
        while body < end and not (terminals[body] & _TERMINAL == _OPENS and terminals[body - 1] & _TERMINAL != _EXTENDS):
            body = _after(tokens, terminals, body)
    elif letter in (_PARAMETERS, _PARAMETER, _ASYNC_ARROW):
        kind, body = _FUNCTION, _after(tokens, terminals, value + (letter == _ASYNC_ARROW)) + 1  # behind the arrow
    elif letter == _OPENS:
        kind = _OBJECT
    is_block = terminals[body] & _TERMINAL == _OPENS
    is_whole = body < end and (_last(tokens, body) + 1 == end if is_block else not _has_comma(tokens, terminals, body, end))
    name[KIND], name[VALUE], name[BODY] = kind if is_whole else _NOTHING, value, body


@njit(**_INLINE)
def _after(tokens, terminals, token):  # type: ignore[no-untyped-def]
    """Return the token after this one, and after what stands in brackets when it opens any, and after its type."""
    token = _last(tokens, token) + 1
    while terminals[token] == _LEFT_OUT:
        token += 1
    return token


@njit(**_INLINE)
def _before(terminals, token):  # type: ignore[no-untyped-def]
    """Return the token before this one, and before its type."""
    token -= 1
    while token > 0 and terminals[token] == _LEFT_OUT:
        token -= 1
    return max(token, 0)


@njit(**_INLINE)
def _last(tokens, token):  # type: ignore[no-untyped-def]
    """Return the bracket that closes this one, of another token itself."""
    return max(token, np.int64(tokens[token, _PARTNER]))


@njit(**_OPTIONS)
def _has_comma(tokens, terminals, token, end):  # type: ignore[no-untyped-def]
    while token < end and terminals[token] & _TERMINAL != _COMMA:
        token = _after(tokens, terminals, token)
    return token < end


@njit(**_OPTIONS)
def _has_comment(source, tokens, token):  # type: ignore[no-untyped-def]
    """Tell whether a comment stands behind a token."""
    for byte in range(tokens[token, _TOKEN_END], tokens[token + 1, _TOKEN_START]):  # noqa: SIM110
        if not _BLANKS[source[byte]]:
            return True
    return False


@njit(**_INLINE)
def _look_into(scopes, around, opening, kind, context, parent):  # type: ignore[no-untyped-def]
    """Note that declarations are looked for in the scope that token `opening` opens: scopes are by that."""
    low, high = 0, len(scopes)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if scopes[middle, _OPENING] <= opening else (low, middle)
    if low > 0 and scopes[low, _OPENING] == opening:
        around[low, LOOKED_INTO], around[low, CONTEXT], around[low, AROUND] = kind, context, parent
        around[low, BEFORE], around[low, ABOVE_START] = -1, -1


@njit(**_INLINE)
def _note(source, scope, start, end):  # type: ignore[no-untyped-def]
    """Note a comment, unless it stands on the line on which the row before it ends; line comments on consecutive lines are one."""
    before, above, above_end = scope[BEFORE], scope[ABOVE_START], scope[ABOVE_END]
    if above < 0 and before >= 0 and _lines(source, before, start) == 0:
        scope[BEFORE] = start
        return
    joins = above >= 0 and source[above + 1] == _STROKE and source[start + 1] == _STROKE and _lines(source, above_end, start) == 1
    scope[ABOVE_START], scope[ABOVE_END] = above if joins else start, end


@njit(**_OPTIONS)
def _lines(source, start, end):  # type: ignore[no-untyped-def]
    count = 0
    for byte in range(start, end):
        count += source[byte] == _LF
    return count


@njit(**_INLINE)
def _declare(source, scope, start, end, kind, body, declaration):  # type: ignore[no-untyped-def]
    """Fill a row of the table for what stands in [start, end), with its body at byte `body`."""
    doc = scope[ABOVE_START]
    if doc >= 0 and _has_blank_line(source, scope[ABOVE_END], start):
        doc = np.int64(-1)
    line = begin = start if doc < 0 else doc
    while line > 0 and begin - line <= _LONGEST_INDENTATION and (source[line - 1] == _SPACE or source[line - 1] == _TAB):
        line -= 1
    is_line_start = begin - line <= _LONGEST_INDENTATION and (line == 0 or source[line - 1] == _LF)
    while end > start and _BLANKS[source[end - 1]]:
        end -= 1
    declaration[_KIND] = _METHOD if kind == _FUNCTION and scope[AROUND] >= 0 else kind
    declaration[_FROM], declaration[_TO] = line if is_line_start else begin, end + (end < len(source) and source[end] == _SEMICOLON)
    declaration[_HEAD_START], declaration[_HEAD_END], declaration[_PARENT] = start, body, scope[AROUND]
    declaration[_DOC_START], declaration[_DOC_END] = doc, -1 if doc < 0 else scope[ABOVE_END]


@njit(**_OPTIONS)
def _has_blank_line(source, start, end):  # type: ignore[no-untyped-def]
    """Tell whether two line ends follow on each other, with nothing but blanks between them."""
    is_blank = False
    for byte in range(start, end):
        if source[byte] == _LF:
            if is_blank:
                return True
            is_blank = True
        elif source[byte] != _SPACE and source[byte] != _TAB:
            is_blank = False
    return False

"""The statements and members of a JavaScript file: not imported but loaded, see `machine_code`. `javascript_grammar` says what is read."""

from typing import Any

import numpy as np
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_INLINE: dict[str, Any] = _OPTIONS | {"forceinline": True}  # to hand over nine arrays takes longer than most of what is done
SIGNATURES = {"parse": "i8(u1[::1], i4[:, ::1], u1[::1], i4[:, ::1], u8[::1], u8[::1], i4[:, ::1], i4[:, ::1], i8[::1])"}
START, END, SCOPE, FIRST, LAST = range(5)  # of a row: bytes [START, END), tokens [FIRST, LAST); LAST is -1 for a comment
OPENING, SCOPE_START, SCOPE_END, OUTER = range(4)  # of a scope: its first token, bytes, and the scope around it
TOKEN, OPEN_ROW, OPEN_SCOPE, ROWS, SCOPES, NOTED, REACHED, COMMENTS, TYPE = range(9)  # where the parser is: see `parse`
_TOKEN_START, _TOKEN_END, _COMMENT_START, _COMMENT_END = 0, 1, 0, 1  # as in `javascript_tokens`
# Actions as in `javascript_grammar`, like the numbers below.
_BEGIN, _CLOSING, _OPEN, _CLOSE, _LEAVE, _NOTE, _REACH, _COMMENT, _WITHIN, _CHECK, _TYPE, _TYPED = range(384, 396)
_BITS, _SYMBOL, _SYMBOLS, _COLUMNS, _FIRST_RULE = np.uint64(9), np.uint64(511), np.uint64(2**54 - 1), np.uint64(256), np.uint64(128)
_FIRST_ACTION, _TAKES, _ONE = np.uint64(384), np.uint64(63), np.uint64(1)
LEFT_OUT = 1  # the terminal of what belongs to types, behind the parser
_MOST_COMMENTS = 16  # behind an expression
_LF, _STAR, _STROKE, _CLOSES = list(b"\n*/}")


@njit(**_OPTIONS)
def parse(source, tokens, terminals, comments, table, stack, rows, scopes, at):  # type: ignore[no-untyped-def]
    """Fill a row for each statement, member, case and comment between them, and a scope for each block, class, object and case.

    Returns 1 when all of the file has been read, 0 when it is not certain to be JavaScript. Tokens come from `javascript_tokens`, the
    table from `javascript_grammar`. `rows` are as many as tokens and comments and one, `scopes` as tokens and one, the first being the
    file; `stack` is scratch, of symbols still to be read: what is deeper is in doubt. What belongs to types alone becomes LEFT_OUT in
    `terminals`. Of `at` comes COMMENTS, how many there are; OPEN_ROW is -1, the others 0. REACHED is the byte at which the last statement
    ends, past the file where there is doubt; NOTED is the first comment that has not been looked at, TYPE where types begin. Where a
    token after the last would start is the length of the file.
    """
    top, token, terminal, left = _ONE, np.uint64(0), np.uint64(terminals[0]), _FIRST_RULE  # `left` is on top of the stack
    at[SCOPES], stack[0] = 1, np.uint64(0)
    while left:
        symbol = left & _SYMBOL
        left >>= _BITS
        if symbol >= _FIRST_ACTION:
            at[TOKEN] = token
            _act(source, tokens, terminals, comments, rows, scopes, at, np.int64(symbol))
        else:
            found = table[symbol * _COLUMNS + terminal]
            if found == 0 or top >= np.uint64(len(stack)):
                return 0
            stack[top] = left
            top += np.uint64(left != 0)
            left = found & _SYMBOLS
            token += found >> _TAKES
            terminal = np.uint64(terminals[token])
        if left == 0:
            top -= _ONE
            left = stack[top]
    at[TOKEN] = token
    _note(source, tokens, comments, rows, at, len(source))
    return 1 if terminal == 0 and at[REACHED] <= len(source) else 0


@njit(**_INLINE)
def _act(source, tokens, terminals, comments, rows, scopes, at, action):  # type: ignore[no-untyped-def]
    """Do what the grammar asks for."""
    token, row, scope = at[TOKEN], at[OPEN_ROW], at[OPEN_SCOPE]
    if action == _REACH:
        at[REACHED] = max(at[REACHED], tokens[token - 1, _TOKEN_END])
    elif action == _BEGIN:
        _note(source, tokens, comments, rows, at, tokens[token, _TOKEN_START])
        at[OPEN_ROW] = _row(rows, at, tokens[token, _TOKEN_START], row, 0)  # until it ends, END is the row around it
    elif action == _CLOSING:
        at[OPEN_ROW], rows[row, END], rows[row, LAST] = rows[row, END], at[REACHED], token
    elif action == _OPEN:
        scopes[at[SCOPES], OPENING], scopes[at[SCOPES], OUTER] = token - 1, scope
        scopes[at[SCOPES], SCOPE_START] = scopes[at[SCOPES], SCOPE_END] = tokens[token - 1, _TOKEN_START]
        at[OPEN_SCOPE], at[SCOPES] = at[SCOPES], at[SCOPES] + 1
    elif action in (_CLOSE, _LEAVE):  # an object is of no size, since it holds no statements
        scopes[scope, SCOPE_END] = at[REACHED] if action == _CLOSE else scopes[scope, SCOPE_START]
        at[OPEN_SCOPE] = scopes[scope, OUTER]
    elif action == _NOTE:
        _note(source, tokens, comments, rows, at, tokens[token, _TOKEN_START])
    elif action == _TYPE:
        at[TYPE] = token
    elif action == _TYPED:
        terminals[at[TYPE] : token] = LEFT_OUT
    elif action == _CHECK:
        if _is_between_comments(source, tokens[token - 1, _TOKEN_END], tokens[token, _TOKEN_START]):
            at[REACHED] = len(source) + 1
    else:
        end = _end_with_comments(source, tokens, comments, at)
        if action == _WITHIN:
            _note(source, tokens, comments, rows, at, end)
        at[REACHED] = end


@njit(**_INLINE)
def _row(rows, at, start, end, last):  # type: ignore[no-untyped-def]
    """Return a new row in the scope that is open."""
    row = rows[at[ROWS]]
    row[START], row[END], row[SCOPE], row[FIRST], row[LAST] = start, end, at[OPEN_SCOPE], at[TOKEN], last
    at[ROWS] += 1
    return at[ROWS] - 1


@njit(**_INLINE)
def _note(source, tokens, comments, rows, at, limit):  # type: ignore[no-untyped-def]
    """Add a row for each comment between what has been read and byte `limit`."""
    before = max(at[REACHED], tokens[at[TOKEN] - 1, _TOKEN_END] if at[TOKEN] else 0)
    while at[NOTED] < at[COMMENTS] and comments[at[NOTED], _COMMENT_START] < limit:
        start = comments[at[NOTED], _COMMENT_START]
        if start >= before:
            _row(rows, at, start, comments[at[NOTED], _COMMENT_END], -1)
        at[NOTED] += 1


@njit(**_OPTIONS)
def _end_with_comments(source, tokens, comments, at):  # type: ignore[no-untyped-def]
    """Return the byte at which an expression ends before the next token: to tree-sitter, behind comments that it cannot end before.

    When it has none, or there are too many to tell, that is a byte that the file does not have: then it is not read.
    """
    end, limit = max(at[REACHED], tokens[at[TOKEN] - 1, _TOKEN_END]), tokens[at[TOKEN], _TOKEN_START]
    while at[NOTED] < at[COMMENTS] and comments[at[NOTED], _COMMENT_START] < end:
        at[NOTED] += 1
    for comment in range(at[NOTED], at[NOTED] + _MOST_COMMENTS):
        if _may_end(source, comments, comment, end, limit, at[COMMENTS]):
            return end
        if comment >= at[COMMENTS] or comments[comment, _COMMENT_START] >= limit:
            break
        end = np.int64(comments[comment, _COMMENT_END])
    return len(source) + 1


@njit(**_OPTIONS)
def _is_between_comments(source, end, start):  # type: ignore[no-untyped-def]
    """Tell whether a line comment begins on the line of the token before, and a block comment ends on that of the token behind.

    A semicolon inserted there is between the two, whatever ends before them.
    """
    while start > end and source[start - 1] != _LF and source[start - 1] != _STROKE:
        start -= 1
    while end < start and source[end] != _LF and source[end] != _STROKE:
        end += 1
    is_line_comment = end + 2 < start and source[end] == _STROKE and source[end + 1] == _STROKE
    return is_line_comment and source[start - 1] == _STROKE and source[start - 2] == _STAR


@njit(**_OPTIONS)
def _may_end(source, comments, comment, position, limit, count):  # type: ignore[no-untyped-def]
    """Tell whether tree-sitter's scanner inserts a semicolon at `position`, which `comment` follows, and later the token at `limit`.

    It looks for the end of a line or file, but not behind a line comment, and not where comments touch.
    """
    is_inside = False
    while True:
        is_last = comment >= count or comments[comment, _COMMENT_START] >= limit
        start = limit if is_last else np.int64(comments[comment, _COMMENT_START])
        if not is_inside and _has_line_end(source, position, start):
            return True
        if is_last:
            return source[limit] == _CLOSES if limit < len(source) else not is_inside
        position = np.int64(comments[comment, _COMMENT_END])
        is_inside = source[start + 1] == _STROKE or position == len(source) or source[position] == _STROKE
        comment += 1


@njit(**_OPTIONS)
def _has_line_end(source, start, end):  # type: ignore[no-untyped-def]
    for byte in range(start, end):  # noqa: SIM110
        if source[byte] == _LF:
            return True
    return False

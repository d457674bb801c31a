"""The statements and members of a JavaScript file: not imported but loaded, see `machine_code`. `javascript_grammar` says what is read."""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"parse": "i8(u1[::1], i4[:, ::1], u1[::1], i2[:, ::1], i2[:, ::1], i2[::1], i2[::1], i4[:, ::1], i4[:, ::1], i8[::1])"}
START, END, SCOPE, FIRST, LAST = range(5)  # of a row: bytes [START, END), tokens [FIRST, LAST); LAST is -1 for a comment
OPENING, SCOPE_START, SCOPE_END, OUTER = range(4)  # of a scope: its first token, bytes, and the scope around it
TOKEN, OPEN_ROW, OPEN_SCOPE, ROWS, SCOPES, NOTED, REACHED, COMMENTS = range(8)  # where the parser is: see `parse`
_TOKEN_START, _TOKEN_END, _COMMENT_START, _COMMENT_END = 0, 1, 5, 6  # as in `brace_tokens`
_BEGIN, _CLOSING, _OPEN, _CLOSE, _LEAVE, _NOTE, _REACH, _COMMENT, _WITHIN, _CHECK = range(128, 138)  # as in `javascript_grammar`
_TERMINAL, _FIRST_RULE, _LEFT_OUT = 127, 256, 1
_MOST_COMMENTS = 16  # behind an expression
_LF, _STAR, _STROKE, _CLOSES = list(b"\n*/}")


@njit(**_OPTIONS)
def parse(source, tokens, terminals, alternatives, bounds, symbols, stack, rows, scopes, at):  # type: ignore[no-untyped-def]
    """Fill a row for each statement, member, case and comment between them, and a scope for each block, class, object and case.

    Returns 1 when all of the file has been read, 0 when it is not certain to be JavaScript. `terminals` come from `javascript_terminals`,
    the table of three arrays from `javascript_grammar`. `rows` are as many as tokens and comments and one, `scopes` as tokens and one,
    the first being the file; `stack` is scratch: what is deeper is in doubt. Of `at` come TOKEN, the first one to read, and COMMENTS, how
    many there are; OPEN_ROW is -1, the others 0. REACHED is the byte at which the last statement ends, past the file where there is doubt;
    NOTED is the first comment that has not been looked at. Where a token after the last would start is the length of the file.
    """
    top, stack[0] = 0, _FIRST_RULE
    at[SCOPES], terminal = 1, terminals[at[TOKEN]]
    while top >= 0:
        symbol = np.int64(stack[top])
        top -= 1
        takes = symbol == terminal & _TERMINAL
        if symbol >= _FIRST_RULE:
            alternative = np.int64(alternatives[symbol - _FIRST_RULE, terminal])
            takes = alternative < 0
            alternative = abs(alternative)
            first, end = bounds[alternative]
            if alternative == 0 or top + end - first >= len(stack):
                return 0
            for place in range(end - 1, first - 1, -1):
                top += 1
                stack[top] = symbols[place]
        elif symbol >= _BEGIN:
            _act(source, tokens, rows, scopes, at, symbol)
        elif not takes:
            return 0
        if takes:
            if terminal == 0:
                return 0
            at[TOKEN] += 1
            while terminals[at[TOKEN]] == _LEFT_OUT:
                at[TOKEN] += 1
            terminal = terminals[at[TOKEN]]
    _note(source, tokens, rows, at, len(source))
    return 1 if terminal == 0 and at[REACHED] <= len(source) else 0


@njit(**_OPTIONS)
def _act(source, tokens, rows, scopes, at, action):  # type: ignore[no-untyped-def]
    """Do what the grammar asks for."""
    token, row, scope = at[TOKEN], at[OPEN_ROW], at[OPEN_SCOPE]
    if action == _REACH:
        at[REACHED] = max(at[REACHED], tokens[token - 1, _TOKEN_END])
    elif action == _BEGIN:
        _note(source, tokens, rows, at, tokens[token, _TOKEN_START])
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
        _note(source, tokens, rows, at, tokens[token, _TOKEN_START])
    elif action == _CHECK:
        if _is_between_comments(source, tokens[token - 1, _TOKEN_END], tokens[token, _TOKEN_START]):
            at[REACHED] = len(source) + 1
    else:
        end = _end_with_comments(source, tokens, at)
        if action == _WITHIN:
            _note(source, tokens, rows, at, end)
        at[REACHED] = end


@njit(**_OPTIONS)
def _row(rows, at, start, end, last):  # type: ignore[no-untyped-def]
    """Return a new row in the scope that is open."""
    row = rows[at[ROWS]]
    row[START], row[END], row[SCOPE], row[FIRST], row[LAST] = start, end, at[OPEN_SCOPE], at[TOKEN], last
    at[ROWS] += 1
    return at[ROWS] - 1


@njit(**_OPTIONS)
def _note(source, tokens, rows, at, limit):  # type: ignore[no-untyped-def]
    """Add a row for each comment between what has been read and byte `limit`."""
    before = max(at[REACHED], tokens[at[TOKEN] - 1, _TOKEN_END] if at[TOKEN] else 0)
    while at[NOTED] < at[COMMENTS] and tokens[at[NOTED], _COMMENT_START] < limit:
        start = tokens[at[NOTED], _COMMENT_START]
        if start >= before:
            _row(rows, at, start, tokens[at[NOTED], _COMMENT_END], -1)
        at[NOTED] += 1


@njit(**_OPTIONS)
def _end_with_comments(source, tokens, at):  # type: ignore[no-untyped-def]
    """Return the byte at which an expression ends before the next token: to tree-sitter, behind comments that it cannot end before.

    When it has none, or there are too many to tell, that is a byte that the file does not have: then it is not read.
    """
    end, limit = max(at[REACHED], tokens[at[TOKEN] - 1, _TOKEN_END]), tokens[at[TOKEN], _TOKEN_START]
    while at[NOTED] < at[COMMENTS] and tokens[at[NOTED], _COMMENT_START] < end:
        at[NOTED] += 1
    for comment in range(at[NOTED], at[NOTED] + _MOST_COMMENTS):
        if _may_end(source, tokens, comment, end, limit, at[COMMENTS]):
            return end
        if comment >= at[COMMENTS] or tokens[comment, _COMMENT_START] >= limit:
            break
        end = np.int64(tokens[comment, _COMMENT_END])
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
def _may_end(source, tokens, comment, position, limit, comments):  # type: ignore[no-untyped-def]
    """Tell whether tree-sitter's scanner inserts a semicolon at `position`, which `comment` follows, and later the token at `limit`.

    It looks for the end of a line or file, but not behind a line comment, and not where comments touch.
    """
    is_inside = False
    while True:
        is_last = comment >= comments or tokens[comment, _COMMENT_START] >= limit
        start = limit if is_last else np.int64(tokens[comment, _COMMENT_START])
        if not is_inside and _has_line_end(source, position, start):
            return True
        if is_last:
            return source[limit] == _CLOSES if limit < len(source) else not is_inside
        position = np.int64(tokens[comment, _COMMENT_END])
        is_inside = source[start + 1] == _STROKE or position == len(source) or source[position] == _STROKE
        comment += 1


@njit(**_OPTIONS)
def _has_line_end(source, start, end):  # type: ignore[no-untyped-def]
    for byte in range(start, end):  # noqa: SIM110
        if source[byte] == _LF:
            return True
    return False

"""C++ without the preprocessor's branches that cut declarations: not imported but loaded, see `machine_code`.

Of an `#if` that stands inside a declaration, or whose branches do not close the brackets that they open, the first branch counts, as for
clang-format and ctags: it alone is left, of `#if 0` the next. All others stay as they are, with all of their branches: what they declare
is looked for in each.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"blank": "i8(u1[::1], u1[::1], i8[:, ::1], i8[:, ::1], i8[::1], u1[::1])"}
_CODE, _COMMENT_MARK, _COMMENT = range(3)  # as in `lexing`
_LF, _CR, _SPACE, _TAB, _HASH, _BACKSLASH, _ZERO = 10, 13, 32, 9, 35, 92, 48
_LEFT, _BRACKET, _BRACE, _CLOSING, _COLON, _SEMICOLON, _TILDE = 40, 91, 123, 125, 58, 59, 126
_OTHER, _BLANK, _LETTER, _CAPITAL, _OPENS, _CLOSES = range(6)  # classes of bytes
_BORDER, _MACRO, _INSIDE = range(3)  # what a place is: between declarations, behind a macro that may stand for itself, in a declaration
_ROUND, _CURLY, _PLACE, _LOW_ROUND, _LOW_CURLY, _AROUND, _IS_FIRST, _WORD, _OPENED = range(9)  # in state; brackets open, and the fewest
_LIVE = 5  # of state that each branch begins with
_START, _END, _KIND, _GROUP, _IS_TAKEN = range(5)  # columns of lines of the preprocessor
_IF, _ELSE, _END_IF = range(1, 4)
# Columns of groups: the last two are of states, where it begins and where the branch ends that is taken.
_OUTER, _IS_CUT, _HAS_TAKEN, _IN_TAKEN, _BEGIN, _TAKEN = 0, 1, 2, 3, 4, 4 + _LIVE
_MOST_OPEN = 256  # brackets, as in `lexing`
_FEWEST_CAPITALS = 4


def _classes() -> npt.NDArray[np.uint8]:
    out = np.zeros(256, np.uint8)
    out[list(b" \t\n\r\f\v\\")] = _BLANK
    out[list(b"abcdefghijklmnopqrstuvwxyz$")] = out[128:] = _LETTER
    out[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")] = _CAPITAL
    out[list(b"([{")], out[list(b")]}")] = _OPENS, _CLOSES
    return out


_CLASSES = _classes()
_IF_, _ELSE_, _ELIF_, _ENDIF_ = (np.frombuffer(word, np.uint8) for word in (b"if", b"else", b"elif", b"endif"))
_PUBLIC, _PRIVATE, _PROTECTED = (np.frombuffer(word, np.uint8) for word in (b"public", b"private", b"protected"))


@njit(**_OPTIONS)
def blank(source, kinds, lines, groups, state, out):  # type: ignore[no-untyped-def]
    """Put blanks into `out`, a copy of `source`, for branches that are not taken and lines of the preprocessor; return for how many #if.

    `kinds` are as in `lexing`. `lines` and `groups` are as many as signs # and one, `state` has `_OPENED` numbers and one for each bracket
    that may be open. Returns -1 where more are.
    """
    count = _read(source, kinds, lines, groups, state)
    cut = 0
    for place in range(count):
        cut += lines[place, _KIND] == _IF and groups[lines[place, _GROUP], _IS_CUT]
    if cut:
        _blank(source, lines, groups, count, out)
    return cut if count >= 0 else np.int64(-1)


@njit(**_OPTIONS)
def _read(source, kinds, lines, groups, state):  # type: ignore[no-untyped-def]
    """Note the lines that begin and end branches, and the groups of them; return how many lines, -1 where too many brackets are open."""
    at, count, opened, is_fresh = 0, 0, 0, True
    state[:_OPENED], state[_AROUND] = 0, -1
    while at < len(source):
        byte, kind = source[at], kinds[at]
        if kind in (_COMMENT_MARK, _COMMENT):
            at += 1
        elif kind == _CODE and _CLASSES[byte] == _BLANK:
            is_fresh = is_fresh or byte == _LF
            at += 1
        elif kind == _CODE and byte == _HASH and is_fresh:
            end, what = _line_end(source, kinds, at), _directive(source, at)
            if what == _IF or (what and state[_AROUND] >= 0):
                lines[count, _START], lines[count, _END], lines[count, _KIND] = at, end, what
                opened += what == _IF
                _turn(source, lines, count, groups, opened - 1, state)
                count += 1
            at = end
        else:
            at = _token(source, kinds, at, is_fresh, groups, state)
            is_fresh = False
        if state[_ROUND] >= _MOST_OPEN:
            return -1
    while state[_AROUND] >= 0:  # it has no end
        groups[state[_AROUND], _IS_CUT] = 0
        state[_AROUND] = groups[state[_AROUND], _OUTER]
    return count


@njit(**_OPTIONS)
def _token(source, kinds, at, is_fresh, groups, state):  # type: ignore[no-untyped-def]
    """Pass what is no blank, comment or directive, and note what place is behind it; return its end."""
    byte, class_, end = source[at], _CLASSES[source[at]], at + 1
    is_word = kinds[at] == _CODE and class_ in (_LETTER, _CAPITAL)
    if state[_IS_FIRST] and kinds[at] == _CODE and not is_word and byte not in (_SEMICOLON, _TILDE, _CLOSING):
        is_double = end < len(source) and source[end] == byte and byte in (_COLON, _BRACKET)  # `::a`, `[[a]]`
        groups[state[_AROUND], _IS_CUT] |= not is_double
    state[_IS_FIRST] = 0
    if kinds[at] != _CODE:
        while end < len(source) and kinds[end] > _COMMENT:
            end += 1
        state[_PLACE] = _INSIDE
    elif is_word:
        is_capital = class_ == _CAPITAL
        while end < len(source) and kinds[end] == _CODE and (_CLASSES[source[end]] == _LETTER or _CLASSES[source[end]] == _CAPITAL):
            is_capital = is_capital and _CLASSES[source[end]] == _CAPITAL
            end += 1
        may_stand = state[_PLACE] == _BORDER or (state[_PLACE] == _MACRO and is_fresh)
        state[_PLACE] = _MACRO if is_capital and end - at >= _FEWEST_CAPITALS and may_stand else _INSIDE
        state[_WORD] = at
    elif class_ in (_OPENS, _CLOSES):
        _bracket(byte, state)
    elif byte == _SEMICOLON or (byte == _COLON and _is_access(source, state[_WORD])):
        state[_PLACE] = _BORDER
    else:
        state[_PLACE] = _INSIDE
    return end


@njit(**_OPTIONS)
def _bracket(byte, state):  # type: ignore[no-untyped-def]
    """Count a bracket; behind round ones the place is what it was before, where that is a macro."""
    if byte == _BRACE:
        state[_CURLY] += 1
        state[_PLACE] = _BORDER
    elif byte == _CLOSING:
        state[_CURLY] -= 1
        state[_PLACE] = _BORDER if state[_ROUND] == 0 else _INSIDE
        state[_LOW_CURLY] = min(state[_LOW_CURLY], state[_CURLY])
    elif _CLASSES[byte] == _OPENS:
        state[_OPENED + max(state[_ROUND], 0)] = _MACRO if state[_PLACE] == _MACRO and byte == _LEFT else _INSIDE
        state[_ROUND] += 1
        state[_PLACE] = _INSIDE
    else:
        state[_ROUND] -= 1
        state[_PLACE] = state[_OPENED + max(state[_ROUND], 0)]
        state[_LOW_ROUND] = min(state[_LOW_ROUND], state[_ROUND])


@njit(**_OPTIONS)
def _turn(source, lines, line, groups, newest, state):  # type: ignore[no-untyped-def]
    """Begin a group, go on to its next branch, or end it."""
    what, group = lines[line, _KIND], state[_AROUND]
    if what == _IF:
        groups[newest, _OUTER], groups[newest, _IS_CUT], groups[newest, _HAS_TAKEN] = group, state[_PLACE] == _INSIDE, 0
        group = state[_AROUND] = newest
        for index in range(_LIVE):
            groups[group, _BEGIN + index] = groups[group, _TAKEN + index] = state[index]
    else:
        _end_branch(groups, group, state)
    lines[line, _GROUP] = group
    if what != _END_IF:
        is_taken = not groups[group, _HAS_TAKEN] and not _is_never(source, lines[line, _START], lines[line, _END])
        lines[line, _IS_TAKEN] = groups[group, _IN_TAKEN] = is_taken
        groups[group, _HAS_TAKEN] |= is_taken
        state[_ROUND], state[_CURLY], state[_PLACE] = groups[group, _BEGIN], groups[group, _BEGIN + _CURLY], groups[group, _BEGIN + _PLACE]
        state[_LOW_ROUND], state[_LOW_CURLY] = state[_ROUND], state[_CURLY]
    else:
        state[_AROUND] = groups[group, _OUTER]
        for index in range(_LIVE):
            state[index] = groups[group, _TAKEN + index]
        for index in (_LOW_ROUND, _LOW_CURLY):
            state[index] = min(state[index], groups[group, _BEGIN + index])
    state[_IS_FIRST] = what != _END_IF


@njit(**_OPTIONS)
def _end_branch(groups, group, state):  # type: ignore[no-untyped-def]
    """Note whether the branch that ends has declarations and nothing else."""
    is_whole = state[_PLACE] != _INSIDE
    for now, low in ((_ROUND, _LOW_ROUND), (_CURLY, _LOW_CURLY)):
        is_whole = is_whole and state[now] == groups[group, _BEGIN + now] and state[low] == state[now]
    groups[group, _IS_CUT] |= not is_whole
    if groups[group, _IN_TAKEN]:
        for index in range(_LIVE):
            groups[group, _TAKEN + index] = state[index]


@njit(**_OPTIONS)
def _blank(source, lines, groups, count, out):  # type: ignore[no-untyped-def]
    """Put blanks for the lines of cut groups, and for their branches that are not taken."""
    left, start = np.int64(-1), np.int64(0)  # the group in which what comes is left out, and from where
    for line in range(count):
        group, kind, begin = lines[line, _GROUP], lines[line, _KIND], lines[line, _START]
        if left >= 0 and left != group:
            continue
        if groups[group, _IS_CUT]:
            is_in = kind == _END_IF or lines[line, _IS_TAKEN] != 0
            begin = start if left >= 0 else begin
            left, start = (np.int64(-1), start) if is_in else (group, begin)
            for place in range(begin, lines[line, _END]):
                if source[place] != _LF and source[place] != _CR:
                    out[place] = _SPACE
            start = lines[line, _END]


@njit(**_OPTIONS)
def _line_end(source, kinds, at):  # type: ignore[no-untyped-def]
    """Return the end of the preprocessor's line at `at`, behind its comments and escaped line ends."""
    while at < len(source) and not (source[at] == _LF and kinds[at] == _CODE):
        is_escape = source[at] == _BACKSLASH and kinds[at] == _CODE and at + 1 < len(source)
        at += 3 if is_escape and source[at + 1] == _CR else 2 if is_escape else 1
    return np.int64(min(at, len(source)))


@njit(**_OPTIONS)
def _directive(source, at):  # type: ignore[no-untyped-def]
    """Return what the preprocessor's line at `at` does to branches, 0 for nothing."""
    at = _blanks_end(source, at + 1)
    if _begins(source, at, _IF_):
        return _IF
    if _begins(source, at, _ELSE_) or _begins(source, at, _ELIF_):
        return _ELSE
    return _END_IF if _begins(source, at, _ENDIF_) else 0


@njit(**_OPTIONS)
def _is_never(source, at, end):  # type: ignore[no-untyped-def]
    """Tell whether a line is `#if 0` or `#elif 0`."""
    at = _blanks_end(source, at + 1)
    while at < end and _CLASSES[source[at]] == _LETTER:
        at += 1
    start = _blanks_end(source, at)
    return start > at and start < end and source[start] == _ZERO and (start + 1 >= end or _CLASSES[source[start + 1]] == _BLANK)


@njit(**_OPTIONS)
def _blanks_end(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and (source[at] == _SPACE or source[at] == _TAB):
        at += 1
    return at


@njit(**_OPTIONS)
def _begins(source, at, word):  # type: ignore[no-untyped-def]
    if at + len(word) > len(source):
        return False
    for index in range(len(word)):  # noqa: SIM110
        if source[at + index] != word[index]:
            return False
    return True


@njit(**_OPTIONS)
def _is_access(source, word):  # type: ignore[no-untyped-def]
    return _begins(source, word, _PUBLIC) or _begins(source, word, _PRIVATE) or _begins(source, word, _PROTECTED)

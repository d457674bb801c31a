"""Which forms stand in a C++ file, its namespaces and classes, and where statements start: not imported but loaded, see `machine_code`.

A matcher runs the programs of `cpp_program` over the tokens that stand directly in a scope: behind an opening bracket it goes on with the
one that closes it. It keeps what it may have to go back to on a stack, and gives up when that is full.
"""

from typing import Any

import numpy as np
from numba import njit

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
_MACHINE = "i4[:, ::1], u1[:, ::1], i8[:, ::1], i8[::1], u1[::1], i4[::1]"
SIGNATURES = {
    "match": f"i8({_MACHINE}, i8, i8, i8)",
    "statements": f"i8({_MACHINE}, i4[:, ::1], u1[::1], i4[:, ::1], i8, i8, i8, i8[::1])",
    "walk": f"i8({_MACHINE}, u1[::1], i4[:, ::1], i8, i8[:, ::1], i4[:, ::1], i8[:, ::1], i8)",
}
_SET, _SPAN, _PEEK, _NOT_PEEK, _BEHIND, _NOT_BEHIND, _TEST, _CHOICE, _ATOMIC, _CUT, _BACK, _REFUSE, _JUMP, _MARK, _END, _FAIL = range(16)
(
    _DIRECTIVE,
    _LABEL,
    _NAMESPACE,
    _LINKAGE,
    _EMPTY,
    _OTHER,
    _CLASS,
    _FUNCTION,
    _CONVERSION,
    _CALLED,
    _VARIABLE,
    _MACRO,
    _STRANGE,
    _STATEMENT,
    _CASE,
    _LOST,
) = range(16)
_SPECIFIERS, _ENUM, _NAME, _PARAMETERS, _INITIALIZERS, _DECLARATORS = range(
    0, 12, 2
)  # in state: where groups start; where they end stands behind
_MARKS, _MATCHED = 12, 12  # in state: how many of these there are, then where the match ends
_ITEM, _ARGUMENTS, _QUALIFIER, _HEAD_OF_CLASS, _IN_BLOCK, _IN_ENUM = map(np.int64, range(6))  # expressions of the program
_IS_CLASS, _CONTAINER, _AT, _STOP, _FLOOR, _BEFORE, _MACROS, _BRANCHES = range(8)  # columns of scopes
# In state: the scope; how many forms, imports and open branches there are; whether `cpp_forms` are the free ones, bytes that are lost.
_TOP, _FORMS, _IMPORTS, _OPEN, _IS_FREE, _LOST_BYTES = range(13, 19)
_A_FUNCTION, _A_PROTOTYPE, _A_CLASS, _A_NAMESPACE, _A_VARIABLE = map(np.int64, range(5))  # kinds of forms, which `cpp_notes` reads
_TOKEN_START, _TOKEN_END, _PARTNER, _FRESH, _COMMENT_START = 0, 1, 2, 4, 5  # of a row of tokens, as in `brace_tokens`
_IS_CLASS_BODY, _IS_ENUM_BODY, _IS_VALUES, _IS_STATEMENT, _IS_COMMENTED = 1, 2, 4, 8, 16  # flags of tokens
_MOST_TOKENS_OF_TAIL = 60
_MOST_MACROS = 1_000  # that stand for themselves in a scope: behind each of them, the form of what follows is looked for anew
_MOST_IN_A_ROW, _MOST_FREE_IN_A_ROW, _MOST_WORDS = 31, 255, 2
_MOST_LOST = 5  # one part in five of a file may be of no form
_LF, _CR, _TAB, _SPACE, _STROKE, _BACKSLASH = 10, 13, 9, 32, 47, 92
_WORD, _CAPITALS, _SEMICOLON, _COMMA, _EQUAL, _COLON, _LEFT, _RIGHT, _BRACE, _CLOSING = 97, 77, 59, 44, 61, 58, 40, 41, 123, 125
_CLASS_WORD, _ENUM_WORD, _NAMESPACE_WORD, _TEMPLATE, _ATTRIBUTE, _STATIC, _HOST, _DEFAULT, _ZERO = 67, 69, 78, 84, 68, 115, 104, 100, 48
_NONE, _SURE = np.int64(0), np.int64(1)  # numbers that are arguments are all of one type: each other one would be compiled anew
_IF, _ELSE, _END_IF, _INCLUDE = 49, 50, 51, 52
_BASIC, _ELSE_LETTER, _DO, _TRY, _NOEXCEPT, _OVERRIDE, _CASE_LETTER = 98, 101, 79, 116, 110, 118, 108
_AND, _MINUS, _GREATER, _BRACKET, _NINE = 38, 45, 62, 93, 57
_ELSE_WORD, _COMMENT = np.frombuffer(b"else", np.uint8), np.frombuffer(b"/*", np.uint8)


@njit(**_OPTIONS)
def match(code, sets, stack, state, shape, after, entry, at, stop):  # type: ignore[no-untyped-def]
    """Return the kind of the form that begins with token `at` and ends before `stop`, -1 for none, less when it takes too much memory.

    Fills `state` with the tokens [start, end) of its groups, -1 for those that are not in it, and with where it ends.
    """
    state[:_MARKS] = -1
    place, top, base = entry, 0, -1
    while True:
        name, value = code[place, 0], code[place, 1]
        if name == _TEST:
            place = place + 1 if at < stop and sets[value, shape[at]] else code[place, 2]
            continue
        is_going_on = True
        if name == _SET:
            is_going_on = at < stop and sets[value, shape[at]] != 0
            at = after[at] if is_going_on else at
        elif name == _SPAN:
            while at < stop and sets[value, shape[at]]:
                at = after[at]
        elif name in (_CHOICE, _ATOMIC):
            if top == len(stack):
                return -2
            stack[top, 0], stack[top, 1], stack[top, 2] = code[place, 2], at, base
            base = top if name == _ATOMIC else base
            top += 1
        elif name in (_CUT, _BACK, _REFUSE):
            top = base
            base, is_going_on = stack[top, 2], name != _REFUSE
            at = stack[top, 1] if name == _BACK else at
            place = code[place, 2] - 1 if is_going_on else place
        elif name == _JUMP:
            place = code[place, 2] - 1
        elif name == _MARK:
            state[value] = at
            if value % 2 == 0:  # what follows in an expression is not yet in it
                state[value + 1 : _MARKS] = -1
        elif name == _END:
            state[_MATCHED] = at
            return np.int64(value)
        elif name in (_PEEK, _NOT_PEEK):
            is_going_on = (at < stop and sets[value, shape[at]] != 0) == (name == _PEEK)
        elif name in (_BEHIND, _NOT_BEHIND):
            is_going_on = (at > 0 and sets[value, shape[at - 1]] != 0) == (name == _BEHIND)
        else:
            is_going_on = False
        place += 1
        if not is_going_on:
            if top == 0:
                return -1
            top -= 1
            place, at, base = stack[top, 0], stack[top, 1], stack[top, 2]


@njit(**_OPTIONS)
def walk(  # type: ignore[no-untyped-def]
    code, sets, stack, state, shape, after, source, rows, count, scopes, forms, imports, is_free
):
    """Fill `forms` with what may declare something, and `imports` with the bytes of includes; return whether that is certain.

    With `is_free` it is where little is lost: no matter how the parser reads what has errors for it.

    `scopes` are one more than brackets may be open, forms and imports as many as tokens: the third column of imports is room. `state` then
    has the numbers of forms and imports.
    """
    machine, text = (code, sets, stack, state, shape, after), (source, rows, shape, after)
    state[_TOP], state[_FORMS], state[_IMPORTS], state[_OPEN], state[_IS_FREE], state[_LOST_BYTES] = -1, 0, 0, 0, is_free, 0
    is_sure = _enter(scopes, state, text, np.int64(-1), count, np.int64(-1), _NONE)
    while is_sure and state[_TOP] >= 0:
        scope = state[_TOP]
        at, stop, is_class = scopes[scope, _AT], scopes[scope, _STOP], scopes[scope, _IS_CLASS]
        if at >= stop:
            is_sure, state[_TOP] = is_free or state[_OPEN] == scopes[scope, _BRANCHES], scope - 1
            state[_OPEN] = scopes[scope, _BRANCHES]
            continue
        kind = match(code, sets, stack, state, shape, after, _ITEM, at, stop)
        macro = _end_of_macro(text, at, stop, kind) if shape[at] == _CAPITALS else 0
        end = macro if macro > 0 else state[_MATCHED]
        is_sure = kind >= 0 and kind != _STRANGE and (is_free or (macro >= 0 and (kind != _LABEL or is_class == 1)))
        scopes[scope, _AT] = end
        if not is_sure or (kind == _EMPTY and is_class):  # that is no child of a class
            continue
        before, scopes[scope, _BEFORE] = scopes[scope, _BEFORE], rows[end - 1, _TOKEN_END]
        state[_LOST_BYTES] += rows[end - 1, _TOKEN_END] - rows[at, _TOKEN_START] if kind == _LOST else 0
        if macro != 0:
            scopes[scope, _MACROS] += 1
            is_sure = scopes[scope, _MACROS] <= _MOST_MACROS
        elif kind == _DIRECTIVE:
            is_sure = _pass_directives(text, at, end, scopes, imports, state) or is_free
        elif kind == _CLASS:
            is_sure = _note_class(text, scopes, at, end, before, forms, state)
        elif kind in (_NAMESPACE, _LINKAGE):
            is_sure = _note_namespace(text, scopes, at, end, forms, state)
        elif kind in (_FUNCTION, _CONVERSION, _CALLED):
            is_sure = _note_function(machine, text, scopes, at, end, before, kind, forms, state)
        elif kind == _VARIABLE and _has_comment(text, at) and _has_brackets(text, at, end):
            name = _name_in_brackets(text, at, end) if is_free else _NONE
            if name > 0:
                tail = scopes[scope, _BEFORE]
                _add(forms, state, scopes, _A_PROTOTYPE, at, end, name, name + 3, tail, tail, before, _SURE)
            else:
                _add(forms, state, scopes, _A_VARIABLE, at, end, _NONE, _NONE, _NONE, _NONE, before, _SURE)
    return np.int64(is_sure and state[_LOST_BYTES] * _MOST_LOST <= len(source))


@njit(**_OPTIONS)
def _enter(scopes, state, text, opening, stop, container, is_class):  # type: ignore[no-untyped-def]
    """Go into what stands between tokens `opening` and `stop`; tell whether it may be declarations.

    They have no three words in a row, and lists of macros are something else.
    """
    _, rows, shape, after = text
    state[_TOP] += 1
    top = state[_TOP]
    scopes[top, _IS_CLASS], scopes[top, _CONTAINER], scopes[top, _AT], scopes[top, _STOP] = is_class, container, opening + 1, stop
    scopes[top, _FLOOR] = rows[opening, _TOKEN_END] if opening >= 0 else 0
    scopes[top, _BEFORE], scopes[top, _MACROS], scopes[top, _BRANCHES] = -1, 0, state[_OPEN]
    at, words, macros = opening + 1, 0, 0
    while at < stop:
        words = words + 1 if shape[at] == _WORD else 0
        macros = macros + 1 if shape[at] == _CAPITALS else 0
        if words > _MOST_WORDS or macros > (_MOST_FREE_IN_A_ROW if state[_IS_FREE] else _MOST_IN_A_ROW):
            return False
        at = _macro_end(text, at, stop) if shape[at] == _CAPITALS else np.int64(after[at])
    return True


@njit(**_OPTIONS)
def _macro_end(text, at, stop):  # type: ignore[no-untyped-def]
    """Return the end of the macro that token `at` names, with its arguments."""
    _, _, shape, after = text
    return np.int64(after[at + 1] + 1 if at + 1 < stop and shape[at + 1] == _LEFT else at + 1)


@njit(**_OPTIONS)
def _end_of_macro(text, at, stop, kind):  # type: ignore[no-untyped-def]
    """Return where the macro that a form begins with ends when it stands for itself, 0 when it may be a part of what follows, else -1."""
    source, rows, shape, _ = text
    end = _macro_end(text, at, stop)
    if kind == _MACRO:
        is_cut = end < stop and shape[end] != _NAMESPACE_WORD and shape[end] != _TEMPLATE and rows[end, _FRESH] == 0
        return np.int64(-1) if is_cut else end
    if (kind != _FUNCTION and kind != _CLASS) or end >= stop:
        return np.int64(0)
    line_ends = 0
    for place in range(rows[end - 1, _TOKEN_END], rows[end, _TOKEN_START]):
        byte = source[place]
        line_ends = line_ends + 1 if byte == _LF else line_ends if byte in (_SPACE, _TAB, _CR) else 0
        if byte == _STROKE or line_ends == 2:
            return end
    return np.int64(0)


@njit(**_OPTIONS)
def _pass_directives(text, at, end, scopes, imports, state):  # type: ignore[no-untyped-def]
    """Note includes, or that a branch begins or ends; tell whether that is certain: branches that braces cut across are not."""
    source, rows, shape, _ = text
    scope = state[_TOP]
    for token in range(at, end):
        stop = rows[token, _TOKEN_END]
        last = source[stop - 1]
        if last in (_BACKSLASH, _LF, _CR) and not state[_IS_FREE]:  # it goes on, but there is nothing on the next line
            return False
        if shape[at] == _INCLUDE and not scopes[scope, _IS_CLASS]:
            if _is_blank(last) and _is_comment_below(source, stop) and not state[_IS_FREE]:  # which the parser takes for a part of it
                return False
            imports[state[_IMPORTS], 0], imports[state[_IMPORTS], 1] = rows[token, _TOKEN_START], _line_end(source, stop)
            state[_IMPORTS] += 1
    if shape[at] == _IF:
        imports[state[_OPEN], 2] = 0
        state[_OPEN] += 1
    elif shape[at] == _ELSE or shape[at] == _END_IF:
        return _end_branch(text, at, scopes, imports, state)
    return True


@njit(**_OPTIONS)
def _end_branch(text, at, scopes, imports, state):  # type: ignore[no-untyped-def]
    """Note that a branch ends: what stands in the one after `#else` has nothing before it, not even a condition."""
    source, rows, shape, _ = text
    start, end, scope = rows[at, _TOKEN_START], rows[at, _TOKEN_END], state[_TOP]
    is_else = shape[at] == _ELSE
    is_last = is_else and _has(source, start, end, _ELSE_WORD)
    if state[_OPEN] == scopes[scope, _BRANCHES] or (is_last and _has(source, start, end, _COMMENT) and not state[_IS_FREE]):
        return False
    if is_else and imports[state[_OPEN] - 1, 2]:
        return False
    if is_else:
        imports[state[_OPEN] - 1, 2] = 1 if is_last else 0
    else:
        state[_OPEN] -= 1
    if is_last:
        scopes[scope, _BEFORE], scopes[scope, _FLOOR] = -1, end
    return True


@njit(**_OPTIONS)
def _note_namespace(text, scopes, at, end, forms, state):  # type: ignore[no-untyped-def]
    _, rows, _, _ = text
    container = scopes[state[_TOP], _CONTAINER]
    if state[_NAME + 1] > state[_NAME]:
        _add(forms, state, scopes, _A_NAMESPACE, at, end, state[_NAME], state[_NAME + 1], _NONE, _NONE, _NONE, _SURE)
        container = state[_FORMS] - 1
    return _enter(scopes, state, text, np.int64(rows[end - 1, _PARTNER]), end - 1, container, _NONE)


@njit(**_OPTIONS)
def _note_class(text, scopes, at, end, before, forms, state):  # type: ignore[no-untyped-def]
    """Note a class or enumeration, and go into the class; tell whether it is certain what it is called."""
    _, rows, shape, after = text
    closing, scope = state[_DECLARATORS] - 1, state[_TOP]
    opening, name, name_end = np.int64(rows[closing, _PARTNER]), state[_NAME], state[_NAME + 1]
    if name_end < 0:  # it is called as the first that it is the type of
        name = name_end = closing + 1
        while name_end < end - 1 and shape[name_end] != _COMMA:
            if shape[name_end] == _EQUAL or shape[name_end] == _COLON or shape[name_end] == _BRACE:
                if not state[_IS_FREE]:
                    return False
                break
            name_end = np.int64(after[name_end])
    is_bare = not scopes[scope, _IS_CLASS] and closing + 2 == end and (shape[at] == _CLASS_WORD or shape[at] == _ENUM_WORD)
    tail = rows[closing if is_bare else end - 1, _TOKEN_END]  # or with its semicolon
    _add(forms, state, scopes, _A_CLASS, at, end, name, name_end, np.int64(rows[opening, _TOKEN_START]), np.int64(tail), before, _SURE)
    if state[_ENUM + 1] >= 0 or opening + 1 == closing:
        return True
    return _enter(scopes, state, text, opening, closing, state[_FORMS] - 1, _SURE)


@njit(**_OPTIONS)
def _note_function(machine, text, scopes, at, end, before, kind, forms, state):  # type: ignore[no-untyped-def]
    """Note a function, or a prototype with a comment before it; tell whether it is certain which of them it is."""
    _, rows, shape, _ = text
    scope = state[_TOP]
    name, name_end, body = state[_NAME], state[_NAME + 1], np.int64(rows[end - 1, _PARTNER])
    body = state[_INITIALIZERS] if kind == _FUNCTION and state[_INITIALIZERS + 1] >= 0 else body
    has_body, is_sure = shape[end - 1] != _SEMICOLON, 1
    if shape[end - 1] == _CLOSING and kind != _CONVERSION and end < scopes[scope, _STOP] and shape[end] == _SEMICOLON:
        is_value = _is_value(text, end, state)
        if is_value < 0 and not state[_IS_FREE]:
            return False
        if is_value > 0:
            has_body, scopes[scope, _BEFORE] = False, rows[end, _TOKEN_END]
    if not has_body:
        is_sure = _is_prototype(machine, text, scopes, state, at, end, kind) if _has_comment(text, at) else 0
    if is_sure == 0:
        return True
    if kind == _CONVERSION and name == at:  # without the class at the start
        name = state[_MATCHED] if match(*machine, _QUALIFIER, at, scopes[scope, _STOP]) >= 0 else name
    elif kind == _CONVERSION and shape[at] == _TEMPLATE:
        name_end = name
    tail = scopes[scope, _BEFORE]
    head = rows[body, _TOKEN_START] if has_body else tail
    _add(forms, state, scopes, _A_FUNCTION if has_body else _A_PROTOTYPE, at, end, name, name_end, head, tail, before, is_sure)
    return True


@njit(**_OPTIONS)
def _is_value(text, end, state):  # type: ignore[no-untyped-def]
    """Return 1 when the braces before a semicolon hold a value for the parser, as those of `int f() {};` do, 0 when not, -1 for both."""
    _, rows, shape, after = text
    at, has_type = state[_SPECIFIERS], False
    while at < state[_NAME] and not has_type:
        has_type = shape[at] != _STATIC and shape[at] != _HOST
        at = np.int64(after[at])
    if not has_type:
        return 0
    at = rows[end - 1, _PARTNER] + 1
    is_empty = at == end - 1
    while at < end - 1:
        if shape[at] == _SEMICOLON:
            return 0
        at = np.int64(after[at])
    return 1 if is_empty and shape[state[_SPECIFIERS]] != _ATTRIBUTE else -1


@njit(**_OPTIONS)
def _is_prototype(machine, text, scopes, state, at, end, kind):  # type: ignore[no-untyped-def]
    """Return 1 when a function is declared, 0 when not, 2 for both: `T x(1);` is a variable, `F(x);` an expression outside of classes."""
    _, rows, shape, _ = text
    is_class = scopes[state[_TOP], _IS_CLASS]
    is_given = shape[end - 2] == _ZERO or shape[end - 2] == _DEFAULT
    if kind == _CONVERSION or not (state[_NAME] > at or is_class or is_given):
        return 0
    opening = state[_PARAMETERS]
    stop = np.int64(rows[opening, _PARTNER])
    if match(*machine, _ARGUMENTS, opening + 1, stop) >= 0 and state[_MATCHED] == stop:
        return 1
    return 2 if kind == _FUNCTION and is_class else 0


@njit(**_OPTIONS)
def _add(forms, state, scopes, kind, first, end, name, name_end, head, tail, before, is_sure):  # type: ignore[no-untyped-def]
    """Note a form: its kind, tokens from first to last, tokens of its name, bytes of the end of its signature and of itself.

    And for the comment above it the end of what stands before it, and the floor; the form of what is around it; and whether it is sure.
    """
    place, scope = state[_FORMS], state[_TOP]
    forms[place, 0], forms[place, 1], forms[place, 2], forms[place, 3], forms[place, 4] = kind, first, end - 1, name, name_end
    forms[place, 5], forms[place, 6], forms[place, 7], forms[place, 8] = head, tail, before, scopes[scope, _FLOOR]
    forms[place, 9], forms[place, 10] = scopes[scope, _CONTAINER], is_sure
    state[_FORMS] += 1


@njit(**_OPTIONS)
def _has_comment(text, first):  # type: ignore[no-untyped-def]
    """Tell whether there is a comment between token `first` and that before it."""
    source, rows, _, _ = text
    for place in range(rows[first - 1, _TOKEN_END] if first > 0 else 0, rows[first, _TOKEN_START]):  # noqa: SIM110
        if source[place] == _STROKE:
            return True
    return False


@njit(**_OPTIONS)
def _has_brackets(text, at, end):  # type: ignore[no-untyped-def]
    """Tell whether round brackets stand in a variable's form before its value: a function's, or those of a value."""
    _, _, shape, after = text
    while at < end and shape[at] != _EQUAL:
        if shape[at] == _LEFT:
            return True
        at = np.int64(after[at])
    return False


@njit(**_OPTIONS)
def _name_in_brackets(text, at, end):  # type: ignore[no-untyped-def]
    """Return where a name in brackets begins that is followed by a function's, as in `int (min)();`, 0 for nowhere."""
    _, _, shape, after = text
    while at < end and shape[at] != _EQUAL and shape[at] != _LEFT:
        at = np.int64(after[at])
    is_name = at + 3 < end and shape[at] == _LEFT and shape[at + 2] == _RIGHT and shape[at + 3] == _LEFT
    return at if is_name and shape[at + 1] in (_WORD, _CAPITALS) else _NONE


@njit(**_OPTIONS)
def _has(source, start, end, word):  # type: ignore[no-untyped-def]
    """Tell whether `word` stands in bytes [start, end)."""
    for place in range(start, end - len(word) + 1):
        index = 0
        while index < len(word) and source[place + index] == word[index]:
            index += 1
        if index == len(word):
            return True
    return False


@njit(**_OPTIONS)
def _is_blank(byte):  # type: ignore[no-untyped-def]
    return byte == _SPACE or _TAB <= byte <= _CR


@njit(**_OPTIONS)
def _is_comment_below(source, at):  # type: ignore[no-untyped-def]
    """Tell whether only blanks and line ends stand between byte `at` and a comment."""
    has_line_end = False
    while at < len(source) and _is_blank(source[at]):
        has_line_end = has_line_end or source[at] == _LF
        at += 1
    return has_line_end and at < len(source) and source[at] == _STROKE


@njit(**_OPTIONS)
def _line_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the line in which byte `at` stands, with its line feed."""
    while at < len(source) and source[at] != _LF:
        at += 1
    return np.int64(min(at + 1, len(source)))


@njit(**_OPTIONS)
def statements(code, sets, stack, state, shape, after, rows, flags, parts, first, last, smallest, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the bytes at which statements in tokens `first` to `last` start, ascending, and return how many.

    Those in blocks of `smallest` bytes or less are left out. A comment between statements counts as one, and so do the members of a class;
    those between branches of the preprocessor do not. `flags` and `parts` are room, for as many as tokens.
    """
    machine = (code, sets, stack, state, shape, after)
    flags[first : last + 1] = 0
    _flag_classes(machine, rows, flags, first, last + 1)
    for brace in range(first, last + 1):
        if shape[brace] != _BRACE or rows[rows[brace, _PARTNER], _TOKEN_END] - rows[brace, _TOKEN_START] <= smallest:
            continue
        closing = np.int64(rows[brace, _PARTNER])
        is_block = flags[brace] != 0 or (not flags[max(brace - 1, first)] & _IS_VALUES and _is_block(rows, shape, first, brace))
        if is_block or _has_semicolon(shape, after, brace + 1, closing):
            entry = _IN_ENUM if flags[brace] & _IS_ENUM_BODY else _ITEM if flags[brace] & _IS_CLASS_BODY else _IN_BLOCK
            count = _split(machine, parts, entry, brace + 1, closing)
            _flag_statements(rows, shape, flags, parts, count, closing, smallest)
            _flag_classes(machine, rows, flags, brace + 1, closing)
        else:
            flags[brace] |= _IS_VALUES
    return _gather(rows, flags, first, last, out)


@njit(**_OPTIONS)
def _gather(rows, flags, first, last, out):  # type: ignore[no-untyped-def]
    """Write where the flagged tokens start, and the comments before those flagged for it."""
    comment, comments, count = np.int64(0), np.int64(rows[len(rows) - 1, _TOKEN_START]), 0
    high = comments
    while comment < high:
        middle = (comment + high) // 2
        if rows[middle, _COMMENT_START] < rows[first, _TOKEN_START]:
            comment = middle + 1
        else:
            high = middle
    for token in range(first, last + 1):
        start = rows[token, _TOKEN_START]
        while comment < comments and rows[comment, _COMMENT_START] < start:
            if flags[token] & _IS_COMMENTED:
                out[count] = rows[comment, _COMMENT_START]
                count += 1
            comment += 1
        if flags[token] & _IS_STATEMENT:
            out[count] = start
            count += 1
    return count


@njit(**_OPTIONS)
def _flag_classes(machine, rows, flags, start, stop):  # type: ignore[no-untyped-def]
    """Flag the opening braces of the classes and enumerations that stand directly in a block."""
    _, _, _, state, shape, after = machine
    at = start
    while at < stop:
        if shape[at] == _CLASS_WORD and match(*machine, _HEAD_OF_CLASS, at, stop) >= 0:
            at = state[_MATCHED]
            flags[rows[at, _PARTNER]] |= _IS_CLASS_BODY
        else:
            at = np.int64(after[at])
    at = start
    while at < stop:
        if shape[at] != _ENUM_WORD:
            at = np.int64(after[at])
            continue
        at += 2 if at + 1 < stop and shape[at + 1] == _CLASS_WORD else 1
        while at < stop and shape[at] not in (_BRACE, _CLOSING, _LEFT, _RIGHT, _SEMICOLON, _EQUAL, _CLASS_WORD, _ENUM_WORD):
            at = np.int64(after[at])
        if at < stop and shape[at] == _BRACE:
            flags[at] |= _IS_ENUM_BODY


@njit(**_OPTIONS)
def _is_block(rows, shape, first, brace):  # type: ignore[no-untyped-def]
    """Tell whether a brace opens a block of statements, by what stands before it."""
    if brace == first:
        return False
    before = shape[brace - 1]
    if before in (_RIGHT, _BRACKET):
        ahead = rows[brace - 1, _PARTNER] - 1
        letter = shape[ahead] if ahead >= first else _SEMICOLON
        return letter != _ATTRIBUTE if before == _RIGHT else letter not in (_WORD, _BASIC, _BRACKET, _RIGHT)
    if before in (_BRACE, _CLOSING, _SEMICOLON, _COLON, _ELSE_LETTER, _DO, _TRY, _STATIC, _NOEXCEPT, _OVERRIDE) or _ZERO <= before <= _NINE:
        return True
    low = max(first, brace - _MOST_TOKENS_OF_TAIL)
    for bracket in range(low, brace):
        if (shape[bracket] == _RIGHT or shape[bracket] == _BRACKET) and _is_tail(shape, bracket + 1, brace):
            return True
    return False


@njit(**_OPTIONS)
def _is_tail(shape, at, stop):  # type: ignore[no-untyped-def]
    """Tell whether what stands between the brackets of a function and its body may."""
    while at < stop and shape[at] in (_CAPITALS, _STATIC, _HOST, _OVERRIDE, _NOEXCEPT, _AND):
        at += 1
    if at < stop:
        if at + 1 >= stop or shape[at] != _MINUS or shape[at + 1] != _GREATER:
            return False
        at += 2
        while at < stop and shape[at] not in (_BRACE, _CLOSING, _SEMICOLON, _LEFT, _RIGHT):
            at += 1
    return at == stop


@njit(**_OPTIONS)
def _has_semicolon(shape, after, at, stop):  # type: ignore[no-untyped-def]
    while at < stop:
        if shape[at] == _SEMICOLON:
            return True
        at = np.int64(after[at])
    return False


@njit(**_OPTIONS)
def _split(machine, parts, entry, at, stop):  # type: ignore[no-untyped-def]
    """Fill `parts` with (kind, start, end) of the statements, members or enumerators of a block; return how many, with one that is none."""
    count, kind, state = 0, np.int64(_OTHER), machine[3]
    while at < stop and kind != _STRANGE:
        kind = match(*machine, entry, at, stop)
        kind = kind if kind >= 0 else np.int64(_STRANGE)
        parts[count, 0], parts[count, 1], parts[count, 2] = kind, at, state[_MATCHED]
        at, count = state[_MATCHED], count + 1
    return count


@njit(**_OPTIONS)
def _flag_statements(rows, shape, flags, parts, count, closing, smallest):  # type: ignore[no-untyped-def]
    """Flag the tokens that parts of a block begin with, and its closing brace."""
    branches, group, is_large = 0, False, False  # whether what comes stands behind a label of a switch, with much behind it
    for place in range(count):
        kind, start, end = parts[place, 0], parts[place, 1], parts[place, 2]
        if kind == _STRANGE:
            return
        both = _IS_STATEMENT | _IS_COMMENTED if branches == 0 else 0
        if kind == _DIRECTIVE:
            flags[start] |= both & _IS_COMMENTED if shape[start] in (_ELSE, _END_IF) else both
            for token in range(start + 1, end):
                flags[token] |= both
            branches += (shape[start] == _IF) - (shape[start] == _END_IF)
            group = False
        elif kind == _CASE:
            flags[start] |= both
            last = place + 1
            while last < count and parts[last, 0] == _STATEMENT:
                last += 1
            group, is_large = True, rows[parts[last - 1, 2] - 1, _TOKEN_END] - rows[start, _TOKEN_START] > smallest
            if is_large and shape[start] == _CASE_LETTER:
                flags[start + 1] |= _IS_STATEMENT
        elif is_large if group else branches == 0:
            flags[start] |= _IS_COMMENTED if kind == _EMPTY else _IS_STATEMENT | _IS_COMMENTED
    flags[closing] |= _IS_COMMENTED if branches == 0 else 0

"""The statements of a Python file by its lines: not imported but loaded, see `machine_code`.

Python's blocks are told by its lines alone, so what a parser spends on expressions can be saved. A file is read only when it is certain
to be Python: each line has to end as it must, indentation has to fit, and no two operands may stand side by side (which they do in most
text that is not Python). Everything else is left to the parser.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

# It is `machine_code` that keeps and calls them.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
SIGNATURES = {
    "read": "void(u1[::1], u1[::1], i8[:, ::1], i8[:, ::1], i8[:, ::1], i8[::1], i8[:, ::1])",
    "statements": "i8(i8[:, ::1], i8, i8, u1[::1], i8[::1])",
}
# A row is a statement, a clause (`else: …`), a decorator or a comment. Offsets are bytes, -1 for none.
# PARENT is the row whose block it stands in, FIRST the first statement of its own block, OUTER its first decorator or itself. VISIBLE is
# what stands in the blocks of classes and containers only; IS_STATEMENT what a block is a list of; WITHIN is the declaration that what
# stands in a class or container belongs to.
START, END, KIND, PARENT, BLOCK_START, BLOCK_END, FIRST, OUTER, VISIBLE, IS_STATEMENT, INDENT, WITHIN = range(12)
# From FUNCTION on, a row has a block.
COMMENT, SIMPLE, STRING, DECORATOR, IMPORT, FUNCTION, CLASS, CONTAINER, OTHER = map(np.int64, range(9))
# A declaration is a visible function or class: the columns of `declared`, and beside them its row and where its name stands.
WHAT, FROM, HEAD_START, HEAD_END, TO, DOC_START, DOC_END, AROUND = range(8)
ROW, NAME_START, NAME_END = range(3)
_METHOD, _CLASS_KIND = 1, 2  # as in `declared`, where a function is 0
_LONGEST_INDENTATION = 400  # bytes, as in `declarations.line_start`
_CODE, _COMMENT_MARK, _COMMENT, _QUOTE, _STRING, _FIELD = 0, 1, 2, 3, 4, 6  # as in `lexing`: a kernel uses nothing of another module
_DEPTH, _COUNT, _PENDING, _EXPECTED, _DECORATED, _DECLARED = range(6)  # of the state: see `read`
_LF, _CR, _FF, _TAB, _SPACE = 10, 13, 12, 9, 32
_LETTER, _DIGIT, _FOREIGN, _BLANK, _LINE_END, _OPENS, _CLOSES, _SIGN = range(8)  # classes of bytes: those of words come first
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hashing
_IS_KEYWORD, _IS_FIRST, _IS_NEVER_FIRST, _IS_COMPLETE, _IS_IMPORT, _IS_LAMBDA = (1 << bit for bit in range(6))
_ZERO, _NONE = np.int64(0), np.int64(-1)  # numba compiles a function anew for each literal that it is called with
_COMMA, _DOT, _COLON, _SEMICOLON, _BACKSLASH, _OPENING, _CLOSING = 44, 46, 58, 59, 92, 123, 125


def _words(text: str) -> npt.NDArray[np.uint64]:
    return np.array([int.from_bytes(word.encode(), "little") for word in text.split()], np.uint64)


def _classes() -> npt.NDArray[np.uint8]:
    out = np.full(256, _SIGN, np.uint8)
    out[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")], out[list(b"0123456789")], out[128:] = _LETTER, _DIGIT, _FOREIGN
    out[list(b" \t\f")], out[list(b"\n\r")], out[list(b"([{")], out[list(b")]}")] = _BLANK, _LINE_END, _OPENS, _CLOSES
    return out


_DEF, _CLASS, _ASYNC, _LAMBDA, _FROM, _IMPORT, _FUTURE = _words("def class async lambda from import __future")
_WITH_CONTAINERS = _words("if try with else elif except finally")
_CLAUSES = _words("else elif except finally")
_LOOPS = _words("for while")
_WORDS = {
    _IS_KEYWORD: "and or not in is if else for lambda yield await async import from as",
    _IS_FIRST: "return with raise assert del global nonlocal pass def class while try except finally elif break continue",
    _IS_NEVER_FIRST: "and or in is as",
    _IS_COMPLETE: "return yield raise pass break continue",  # words that a statement may end with
    _IS_IMPORT: "import",
    _IS_LAMBDA: "lambda",
}


def _table() -> npt.NDArray[np.uint64]:
    """Return 256 rows of (first eight bytes of a word, flags): a word's is the first free one from where its bytes lead to."""
    out = np.zeros((256, 2), np.uint64)
    for flag, text in _WORDS.items():
        for word in _words(text):
            place = int(word) * int(_SPREAD) % 2**64 >> 56
            while out[place, 0] not in (0, word):
                place = (place + 1) % 256
            out[place] = word, out[place, 1] | np.uint64(flag)
    return out


_CLASSES, _TABLE = _classes(), _table()


@njit(**_OPTIONS)
def read(source, kinds, rows, declared, named, state, blocks):  # type: ignore[no-untyped-def]
    """Fill `rows` (as many as there are lines, colons, semicolons and # at most, and two) and note their number, -1 when it is not certain.

    `state` holds the depth of blocks, the number of rows, the first comment that has no parent yet, the header whose block has to begin
    (or -1), one more than the first of the decorators that wait for their function (or 0), and the number of declarations in `declared`
    and `named`, which are as long as `rows`. `blocks` holds of each open block its header, its indentation and the statement in it that a
    clause may go on from (or -1).
    """
    headers, indents, last = blocks[0], blocks[1], blocks[2]
    at, size = _ZERO, len(source)
    while at >= 0:
        at, indent = _indentation(source, at)
        if at < size and (source[at] == _LF or source[at] == _CR):
            at += 1
        elif at < size and kinds[at] == _COMMENT_MARK:
            at = _comment(source, kinds, at, rows, state, indent)
        else:
            is_clause = _among(_first_word(source, at), _CLAUSES)
            fits = _enter(rows, state, headers, indents, last, indent if at < size else 0, is_clause)
            if fits and at >= size:
                break
            at = _line(source, kinds, at, rows, state, headers, last) if fits else -1
    if at < 0 or state[_DECORATED]:
        state[_COUNT] = -1
    else:
        _declare(source, rows, declared, named, state)


@njit(**_OPTIONS)
def _indentation(source, at):  # type: ignore[no-untyped-def]
    """Return (the first byte that is no blank, the width of those before it)."""
    indent = 0
    while at < len(source) and (source[at] == _SPACE or source[at] == _TAB or source[at] == _FF):
        indent = 0 if source[at] == _FF else indent + (8 if source[at] == _TAB else 1)
        at += 1
    return at, indent


@njit(**_OPTIONS)
def _comment(source, kinds, at, rows, state, indent):  # type: ignore[no-untyped-def]
    """Note the comment at `at`, which has no parent yet, and return its end."""
    end = at
    while end < len(source) and (kinds[end] == _COMMENT_MARK or kinds[end] == _COMMENT):
        end += 1
    _add(rows, state, at, end, COMMENT, _NONE, indent)
    return end


@njit(**_OPTIONS)
def _add(rows, state, start, end, kind, parent, indent):  # type: ignore[no-untyped-def]
    row = state[_COUNT]
    rows[row, START], rows[row, END], rows[row, KIND], rows[row, PARENT], rows[row, INDENT] = start, end, kind, parent, indent
    rows[row, BLOCK_START], rows[row, BLOCK_END], rows[row, FIRST], rows[row, OUTER], rows[row, IS_STATEMENT] = -1, -1, -1, row, 0
    rows[row, VISIBLE] = parent < 0 or (rows[parent, VISIBLE] and (rows[parent, KIND] == CLASS or rows[parent, KIND] == CONTAINER))
    state[_COUNT] += 1
    return row


@njit(**_OPTIONS)
def _extend(rows, header, start, end):  # type: ignore[no-untyped-def]
    """Make the block of `header` hold [start, end)."""
    if header >= 0:
        if rows[header, BLOCK_START] < 0:
            rows[header, BLOCK_START] = start
        rows[header, BLOCK_END] = max(rows[header, BLOCK_END], end)


@njit(**_OPTIONS)
def _enter(rows, state, headers, indents, last, indent, is_clause):  # type: ignore[no-untyped-def]
    """Open or close blocks before a line of code at `indent`, and give the comments above it to the block that they stand in.

    As tree-sitter's scanner does: a block stays open for comments that are indented like it, and no longer. False when it does not fit.
    """
    depth, header = state[_DEPTH], state[_EXPECTED]
    if header >= 0:  # the comments before the first statement stand outside of the block
        if indent <= indents[depth] or depth + 1 == len(headers):
            return False
        state[_DEPTH], state[_EXPECTED] = depth + 1, -1
        headers[depth + 1], indents[depth + 1], last[depth + 1] = header, indent, -1
    else:
        for row in range(state[_PENDING], state[_COUNT]):
            while indent < indents[depth] and rows[row, INDENT] < indents[depth]:
                depth = _leave(rows, headers, depth)
            if not (state[_DECORATED] or (is_clause and indent == indents[depth])):
                _extend(rows, headers[depth], rows[row, START], rows[row, END])
                rows[row, PARENT], rows[row, IS_STATEMENT] = headers[depth], 1
        while indent < indents[depth]:
            depth = _leave(rows, headers, depth)
        state[_DEPTH] = depth
        if indent != indents[depth]:
            return False
    state[_PENDING] = state[_COUNT]
    return True


@njit(**_OPTIONS)
def _leave(rows, headers, depth):  # type: ignore[no-untyped-def]
    """Close the innermost block; the one around it ends where it ends, or later."""
    closed = headers[depth]
    _extend(rows, rows[closed, PARENT], rows[closed, START], rows[closed, BLOCK_END])
    return depth - 1


@njit(**_OPTIONS)
def _line(source, kinds, at, rows, state, headers, last):  # type: ignore[no-untyped-def]
    """Note the statements of the logical line at `at` and return where it ends; -1 when it is none."""
    depth = state[_DEPTH]
    parent = headers[depth]
    inline = False  # behind a colon
    while True:
        if source[at] == _BACKSLASH:
            return -1
        kind = _kind(source, kinds, at)
        if (kind >= FUNCTION and inline) or (state[_DECORATED] and kind not in (DECORATOR, FUNCTION, CLASS)):
            return -1
        is_clause = kind >= CONTAINER and _among(_first_word(source, at), _CLAUSES)
        if is_clause:
            if last[depth] < 0:
                return -1
            kind = rows[last[depth], KIND]  # `else` of a loop is read as the loop is
        end = _statement_end(source, kinds, at, kind >= FUNCTION)
        if end < 0:
            return -1
        row = _add(rows, state, at, end, _string_kind(kinds, at, end) if kind == SIMPLE else kind, parent, _ZERO)
        rows[row, IS_STATEMENT] = not (is_clause or state[_DECORATED])
        rows[row, OUTER] = state[_DECORATED] - 1 if state[_DECORATED] else row
        state[_DECORATED] = rows[row, OUTER] + 1 if kind == DECORATOR else 0
        _extend(rows, parent, at, end)
        if parent >= 0 and rows[parent, FIRST] < 0:
            rows[parent, FIRST] = row
        if not inline:
            last[depth] = row if kind >= CONTAINER else -1
        at = _blanks(source, end)
        separated = at < len(source) and kinds[at] == _CODE and source[at] == _SEMICOLON
        if kind >= FUNCTION:
            parent, inline = row, True
        elif separated:
            at = _blanks(source, at + 1)
            _extend(rows, parent, end, at)
        if at >= len(source) or source[at] == _LF or source[at] == _CR or kinds[at] == _COMMENT_MARK:
            break
        if kind < FUNCTION and not separated:
            return -1
    return _line_rest(source, kinds, at, rows, state, row, parent)


@njit(**_OPTIONS)
def _line_rest(source, kinds, at, rows, state, row, parent):  # type: ignore[no-untyped-def]
    """Note the comment behind a line and what has to follow it; return its end."""
    begins = rows[row, KIND] >= FUNCTION
    if at < len(source) and kinds[at] == _COMMENT_MARK:
        at = _comment(source, kinds, at, rows, state, _ZERO)
        if not begins and not state[_DECORATED]:
            comment = state[_COUNT] - 1
            rows[comment, PARENT], rows[comment, IS_STATEMENT] = parent, 1
            _extend(rows, parent, rows[comment, START], rows[comment, END])
    if begins:
        state[_EXPECTED] = row
    elif parent >= 0 and rows[parent, BLOCK_END] >= 0:
        outer = rows[parent, PARENT]
        _extend(rows, outer, rows[parent, START], rows[parent, BLOCK_END])
    state[_PENDING] = state[_COUNT]
    return at


@njit(**_OPTIONS)
def _blanks(source, at):  # type: ignore[no-untyped-def]
    while at < len(source) and (source[at] == _SPACE or source[at] == _TAB or source[at] == _FF):
        at += 1
    return at


@njit(**_OPTIONS)
def _kind(source, kinds, at):  # type: ignore[no-untyped-def]
    """Return the kind of the statement at `at`, SIMPLE for a string."""
    word = _first_word(source, at)
    if word == _ASYNC:
        word = _first_word(source, _blanks(source, at + 5))
        if word != _DEF and word != _WITH_CONTAINERS[2] and word != _LOOPS[0]:
            return SIMPLE
    if word == _DEF:
        return FUNCTION
    if word == _CLASS:
        return CLASS
    if _among(word, _WITH_CONTAINERS):
        return CONTAINER
    if _among(word, _LOOPS):
        return OTHER
    if word == _IMPORT:
        return IMPORT
    if word == _FROM:
        return SIMPLE if _first_word(source, _blanks(source, at + 4)) == _FUTURE else IMPORT
    return DECORATOR if at < len(source) and source[at] == 64 else SIMPLE


@njit(**_OPTIONS)
def _statement_end(source, kinds, at, has_block):  # type: ignore[no-untyped-def]
    """Return the end of a statement, or of a header with its colon; -1 when it is not certain to be one.

    No Python are two operands without an operator between them, an operator without its operand, a colon too many, a number such as
    1.2.3, a header without its colon, nor (as far as is certain here) words with other letters than ASCII's.
    """
    begin, end, depth, operand, colons, imports = at, at, _ZERO, False, 0, 0
    first, flags = _first_word(source, at), 0
    while at < len(source):
        byte, start, was_operand, class_ = source[at], at, operand, _CLASSES[source[at]]
        if kinds[at] != _CODE:
            if kinds[at] == _COMMENT_MARK:
                if depth == 0:
                    break
                at = _comment_end(kinds, at)
                continue
            at, operand = _text_end(kinds, start), kinds[start] != _FIELD or byte == _CLOSING
            if kinds[start] == _FIELD:
                depth += 1 if byte == _OPENING else -1 if byte == _CLOSING else 0
            elif was_operand and kinds[end - 1] == _CODE:  # strings may stand side by side
                return -1
        elif class_ == _BLANK:
            at += 1
            continue
        elif class_ <= _FOREIGN:
            at = _word_end(source, start)
            if at < 0:
                return -1
            flags = _flags(_packed(source, start, at)) if class_ == _LETTER and at - start <= 8 else 0  # no keyword is longer
            operand = True
            if flags:
                is_first = start == begin or (first == _ASYNC and end == begin + 5)
                operand = not (flags & _IS_KEYWORD or (is_first and flags & _IS_FIRST))
                imports += (flags & _IS_IMPORT) > 0
                colons -= (flags & _IS_LAMBDA) > 0 and depth == 0
                if imports > 1 or (start == begin and flags & _IS_NEVER_FIRST) or (has_block and depth == 0 and flags & _IS_LAMBDA):
                    return -1
            if was_operand and operand:
                return -1
        elif class_ == _OPENS:
            if byte == _OPENING and was_operand:
                return -1
            at, depth, operand = at + 1, depth + 1, False
        elif class_ == _CLOSES:
            at, depth, operand = at + 1, depth - 1, True
        elif class_ == _LINE_END:
            if depth == 0:
                break
            at += 1
            continue
        elif byte == _BACKSLASH:  # the lexer has seen that a line end follows
            at += 3 if at + 1 < len(source) and source[at + 1] == _CR else 2
            continue
        elif byte == _SEMICOLON and depth == 0:
            break
        else:
            at = _operator_end(source, start)
            operand = at - start == 3 and byte == _DOT and first != _FROM  # an ellipsis
            colons += byte == _COLON and depth == 0 and at - start == 1
            if has_block and colons > 0:
                return at
            is_target = byte != _COLON or depth > 0 or source[begin] >= 58  # of an annotation: 12:30 is none
            if (
                colons > 1
                or not is_target
                or not (was_operand or _may_begin(byte, at - start, depth, source[end - 1] if end > begin else np.uint8(0)))
            ):
                return -1
        end = at
    last = source[end - 1] if end > begin else _COLON
    complete = operand or last == _COMMA or (last == 42 and imports > 0) or (_is_word(last) and flags & _IS_COMPLETE)
    return end if complete and not has_block and (imports > 0 or first != _FROM) else -1


@njit(**_OPTIONS)
def _comment_end(kinds, at):  # type: ignore[no-untyped-def]
    at += 1
    while at < len(kinds) and kinds[at] == _COMMENT:
        at += 1
    return at


@njit(**_OPTIONS)
def _text_end(kinds, at):  # type: ignore[no-untyped-def]
    """Return the end of the strings at `at`, or of one byte of a field."""
    end = at + 1
    while kinds[at] != _FIELD and end < len(kinds) and (kinds[end] == _QUOTE or kinds[end] == _STRING):
        end += 1
    return end


@njit(**_OPTIONS)
def _word_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the word or number at `at`, -1 when it is not certain to be one."""
    if _CLASSES[source[at]] == _DIGIT:
        return _number_end(source, at)
    while at < len(source) and _CLASSES[source[at]] <= _DIGIT:
        at += 1
    return -1 if at < len(source) and _CLASSES[source[at]] == _FOREIGN else at


@njit(**_OPTIONS)
def _number_end(source, at):  # type: ignore[no-untyped-def]
    dots = 0
    while at < len(source) and (_is_word(source[at]) or source[at] == _DOT):
        letter = source[at] | 32  # a to f, j, l, o, x and _
        if source[at] >= 128 or (letter > 102 and letter not in (106, 108, 111, 120, 127)):
            return -1
        dots += source[at] == _DOT
        at += 1
    return at if dots < 2 else -1


@njit(**_OPTIONS)
def _operator_end(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the sign at `at`: // ** << >> with = or not, -> or an ellipsis are one."""
    byte, end, size = source[at], at + 1, len(source)
    if byte == _DOT:
        return at + 3 if at + 2 < size and source[end] == _DOT and source[at + 2] == _DOT else end
    if end < size and source[end] == byte and byte in (42, 47, 60, 62):
        end += 1
    elif end < size and byte == 45 and source[end] == 62:
        return end + 1
    return end + 1 if end < size and source[end] == 61 and byte not in (_COMMA, 126) else end


@njit(**_OPTIONS)
def _may_begin(byte, width, depth, before):  # type: ignore[no-untyped-def]
    """Tell whether an operator needs no operand before it: + - * ~ @ . `[:, 1]` `lambda: 1` `(a, /)` and `a, = b`."""
    if byte in (43, 45, 42, 126, 64, _DOT):
        return True
    if byte in (_COLON, _COMMA):
        return before > 0
    return width == 1 and ((byte == 47 and depth > 0) or (byte == 61 and before == _COMMA))


@njit(**_OPTIONS)
def _string_kind(kinds, start, end):  # type: ignore[no-untyped-def]
    """Return STRING when [start, end) is one string, else SIMPLE."""
    opened = 0
    for at in range(start, end):
        if kinds[at] != _QUOTE and kinds[at] != _STRING:
            return SIMPLE
        opened += kinds[at] == _STRING and kinds[at - 1] == _QUOTE
    return STRING if opened <= 1 else SIMPLE


@njit(**_OPTIONS)
def _is_word(byte):  # type: ignore[no-untyped-def]
    return _CLASSES[byte] <= _FOREIGN


@njit(**_OPTIONS)
def _first_word(source, at):  # type: ignore[no-untyped-def]
    end = at
    while end < len(source) and end < at + 8 and _is_word(source[end]):
        end += 1
    return _packed(source, at, end)


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
def _flags(word):  # type: ignore[no-untyped-def]
    place = np.int64((word * _SPREAD) >> np.uint64(56))
    while _TABLE[place, 0]:
        if _TABLE[place, 0] == word:
            return np.int64(_TABLE[place, 1])
        place = (place + 1) & 255
    return 0


@njit(**_OPTIONS)
def _among(word, words):  # type: ignore[no-untyped-def]
    for index in range(len(words)):  # noqa: SIM110
        if words[index] == word:
            return True
    return False


@njit(**_OPTIONS)
def _declare(source, rows, declared, named, state):  # type: ignore[no-untyped-def]
    """Note the declarations, by start, and their number."""
    for row in range(state[_COUNT]):
        kind, parent = rows[row, KIND], rows[row, PARENT]
        if rows[row, VISIBLE] and FUNCTION <= kind <= CONTAINER:
            around = rows[parent, WITHIN] if 0 <= parent < row else -1
            rows[row, WITHIN] = around if kind == CONTAINER else state[_DECLARED]
            if kind != CONTAINER:
                _note_declaration(source, rows, row, around, declared[state[_DECLARED]], named[state[_DECLARED]])
                state[_DECLARED] += 1


@njit(**_OPTIONS)
def _note_declaration(source, rows, row, around, into, name):  # type: ignore[no-untyped-def]
    start, end = rows[rows[row, OUTER], START], rows[row, BLOCK_END]
    into[WHAT] = _CLASS_KIND if rows[row, KIND] == CLASS else _METHOD if around >= 0 else 0
    into[AROUND], into[HEAD_START], into[HEAD_END] = around, rows[row, START], rows[row, END]
    name[ROW] = row
    name[NAME_START], name[NAME_END] = _declared_name(source, rows[row, START])
    into[FROM] = _line_start(source, start)
    while end > start and _is_blank(source[end - 1]):
        end -= 1
    into[TO] = end + 1 if end < len(source) and source[end] == _SEMICOLON else end
    into[DOC_START], into[DOC_END] = -1, -1
    first = rows[row, FIRST]
    if first >= 0 and rows[first, KIND] == STRING and _is_plain(source, rows[first, START]):
        into[DOC_START], into[DOC_END] = rows[first, START], rows[first, END]


@njit(**_OPTIONS)
def _declared_name(source, at):  # type: ignore[no-untyped-def]
    """Return where the name behind `def`, `async def` or `class` stands, -1 for none."""
    if _first_word(source, at) == _ASYNC:
        at = _joined(source, at + 5)
    start = _joined(source, at + (5 if _first_word(source, at) == _CLASS else 3))
    end = start
    while end < len(source) and _is_word(source[end]):
        end += 1
    return (start, end) if end > start else (-1, -1)


@njit(**_OPTIONS)
def _joined(source, at):  # type: ignore[no-untyped-def]
    """Return the end of the blanks and joined lines at `at`."""
    while at < len(source) and (_is_blank(source[at]) or source[at] == _BACKSLASH):
        at += 1
    return at


@njit(**_OPTIONS)
def _line_start(source, start):  # type: ignore[no-untyped-def]
    at = start
    while at > 0 and (source[at - 1] == _SPACE or source[at - 1] == _TAB):
        at -= 1
    begins = at == 0 or source[at - 1] == _LF
    return at if begins and start - at <= _LONGEST_INDENTATION else start


@njit(**_OPTIONS)
def _is_plain(source, at):  # type: ignore[no-untyped-def]
    """Tell whether the string at `at` has no prefix but r or u."""
    if source[at] | 32 == 114 or source[at] | 32 == 117:
        at += 1
    return at < len(source) and (source[at] == 34 or source[at] == 39)


@njit(**_OPTIONS)
def _is_blank(byte):  # type: ignore[no-untyped-def]
    return byte == _SPACE or 9 <= byte <= 13


@njit(**_OPTIONS)
def statements(rows, header, smallest, is_open, starts):  # type: ignore[no-untyped-def]
    """Fill `starts` with the bytes at which statements in the block of row `header` start; return how many there are.

    Those in blocks of `smallest` bytes or less are left out. `is_open` and `starts` are as long as `rows` from `header` on.
    """
    count, row = 0, header
    while row < len(rows) and (row == header or rows[row, START] < rows[header, BLOCK_END]):
        parent = rows[row, PARENT]
        shown = row == header or (header <= parent < row and is_open[parent - header])
        is_open[row - header] = shown and rows[row, BLOCK_END] - rows[row, BLOCK_START] > smallest
        if shown and rows[row, IS_STATEMENT] and row > header:
            starts[count] = rows[row, START]
            count += 1
        row += 1
    return count

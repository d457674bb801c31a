"""Where the statements in a C++ function or class start, by its tokens: what `splitting.statements` finds in its tree."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from assets.corpus.chunks import cpp_forms
from assets.corpus.chunks.outline import Tokens

Part = tuple[int, bool, bool]  # a token that a part of a block begins with, whether it is a statement, and whether a comment before it is
Shapes = npt.NDArray[np.uint8]
_Split = Callable[[list[int], bytes], Iterator[tuple[int, bool, str]]]
_BRACE_OF_ENUM = re.compile(rb"EC?+[^{};()=CE]*+\{")
_TAIL = re.compile(rb"[)\]][Mshvn&]*+(?:->[^{};()]*+)?\Z")  # of a function, before its body
_MOST_TOKENS_OF_TAIL = 60
_SIMPLE = r"(?:[^;1-5ifeOgtcl{}]++|\{\})*+;"
_CALLED_BLOCK = r"[aMj]\(\)\{\}(?![;,.(\[|?:=&+\-*/<>])"  # a macro for a loop
_PREFIX = r"(?:is?\(\)|f\(\)|[aM]:(?!:))*+"
_CORE = rf"(?:\{{\}}|t\{{\}}|g\(\)\{{\}}|O(?:\{{\}}|g\(\)\{{\}}|{_SIMPLE})f\(\);|{_CALLED_BLOCK}|{_SIMPLE})"
_STATEMENT = rf"{_PREFIX}{_CORE}(?:e{_PREFIX}{_CORE}|c\(\)\{{\}})*+(?P<statement>)"
_LABEL = r"(?:l(?:[^:;1-5]|::)++|d):(?P<case>)"
_IF, _ELSE, _END_IF = (bytes([shape]) for shape in (cpp_forms.IF, cpp_forms.ELSE, cpp_forms.END_IF))


@cache
def _in_block() -> re.Pattern[bytes]:
    return re.compile(rf"[1-5](?P<directive>)|{_LABEL}|{_STATEMENT}|(?P<strange>[\x00-\xff])".encode())


@cache
def _in_enum() -> re.Pattern[bytes]:
    return re.compile(rb"[1-5](?P<directive>)|(?P<empty>,)|[^,1-5]++(?P<statement>)")


def statements(tokens: Tokens, shapes: Shapes, first: int, last: int, smallest: int) -> list[int]:
    """Return the bytes at which statements in tokens `first` to `last` start, leaving out those in blocks of `smallest` bytes or less.

    A comment between statements counts as one, and so do the members of a class; those between branches of the preprocessor do not.
    """
    parts = [
        part for brace, form in _blocks(tokens, shapes, first, last, smallest) for part in _split(tokens, shapes, brace, form, smallest)
    ]
    out: list[int] = [int(tokens.start[token]) for token, is_statement, _ in parts if is_statement]
    commented = {token for token, _, is_commented in parts if is_commented}
    at = bisect_left(tokens.comments, (int(tokens.start[first]), 0))
    comments = [start for start, _ in tokens.comments[at : bisect_left(tokens.comments, (int(tokens.start[last]), 0), at)]]
    following = np.searchsorted(tokens.start, np.array(comments, np.int64)).tolist()
    return sorted(out + [comment for comment, token in zip(comments, following, strict=True) if token in commented])


def _blocks(tokens: Tokens, shapes: Shapes, first: int, last: int, smallest: int) -> Iterator[tuple[int, re.Pattern[bytes]]]:
    """Yield the opening brace of each block of more than `smallest` bytes with the form of what stands in it; lists of values are none."""
    text = shapes[first : last + 1].tobytes()
    braces = first + np.flatnonzero(shapes[first : last + 1] == ord("{"))
    braces = braces[tokens.end[tokens.partner[braces]] - tokens.start[braces] > smallest]
    forms = _classes(first + np.flatnonzero(tokens.depth[first : last + 1] == tokens.depth[first]), shapes)
    values: set[int] = set()
    for brace in braces.tolist():
        inside = tokens.inside(brace)
        if brace in forms or (brace - 1 not in values and _is_block(tokens, text, first, brace)) or b";" in shapes[inside].tobytes():
            yield brace, forms.get(brace, _in_block())
            forms |= _classes(inside, shapes)
        else:
            values.add(brace)


def _classes(inside: npt.NDArray[np.int64], shapes: Shapes) -> dict[int, re.Pattern[bytes]]:
    """Return the opening braces of the classes and enumerations that stand directly in a block, with the form of what stands in them."""
    text = shapes[inside].tobytes()
    braces = {int(inside[found.end() - 1]): cpp_forms.item() for found in cpp_forms.head_of_class().finditer(text)}
    return braces | {int(inside[found.end() - 1]): _in_enum() for found in _BRACE_OF_ENUM.finditer(text)}


def _is_block(tokens: Tokens, text: bytes, first: int, brace: int) -> bool:
    """Tell whether a brace opens a block of statements, by what stands before it."""
    at = brace - first
    before = text[at - 1 : at]
    if before == b")":
        return text[int(tokens.partner[brace - 1]) - first - 1 :][:1] != b"D"
    if before in (b"{", b"}", b";", b":", b"e", b"O", b"t", b"s", b"n", b"v") or before.isdigit():
        return True
    if before == b"]":
        return text[int(tokens.partner[brace - 1]) - first - 1 :][:1] not in (b"a", b"b", b"]", b")")
    return _TAIL.search(text, max(at - _MOST_TOKENS_OF_TAIL, 0), at) is not None


def _split(tokens: Tokens, shapes: Shapes, brace: int, form: re.Pattern[bytes], smallest: int) -> Iterator[Part]:
    """Yield the statements, members or enumerators of a block, and its closing brace."""
    inside = tokens.inside(brace)
    places, shape = inside.tolist(), shapes[inside].tobytes()
    branches, group = 0, False  # whether what comes stands in a group of statements of a switch that is large enough
    found = list(form.finditer(shape))
    for index, part in enumerate(found):
        kind, start = part.lastgroup, part.start()
        if kind == "strange":
            return
        if kind == "directive":
            letter = part[0][:1]
            yield places[start], branches == 0 and letter not in (_ELSE, _END_IF), branches == 0
            yield from ((place, branches == 0, branches == 0) for place in places[start + 1 : part.end()])
            branches += (letter == _IF) - (letter == _END_IF)
            group = False
        elif kind == "case":
            yield places[start], branches == 0, branches == 0
            group = True
            last = _end_of_group(found, index)
            is_large = tokens.end[places[last - 1]] - tokens.start[places[start]] > smallest
            if is_large and shape[start] == ord("l"):
                yield places[start + 1], True, False
            group_counts = is_large
        else:
            counts = group_counts if group else branches == 0
            yield places[start], counts and kind != "empty", counts
    yield int(tokens.partner[brace]), False, branches == 0


def _end_of_group(found: list[re.Match[bytes]], index: int) -> int:
    """Return where the statements that follow a label end."""
    end = found[index].end()
    for part in found[index + 1 :]:
        if part.lastgroup != "statement":
            break
        end = part.end()
    return end

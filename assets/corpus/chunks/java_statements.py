"""Where the statements in a Java method or class start, by its tokens: what `splitting.statements` finds in its tree."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from assets.corpus.chunks import java_forms
from assets.corpus.chunks.outline import Tokens

_BRACE_OF_ENUM = re.compile(rb"N[^{}N]*+\{")
_BRACE_OF_ANNOTATION = re.compile(rb"@I[^{}I]*+\{")
_OPENING, _PARENTHESIS, _SWITCH, _BEFORE_VALUES = ord("{"), ord(")"), ord("h"), b"=](,d"
Part = tuple[int, bool]  # a token that a part of a block begins with, and whether it is a statement: else only a comment may stand before


class _Block(NamedTuple):
    """What stands directly in a pair of braces."""

    tokens: list[int]
    shape: bytes
    closing: int


def statements(tokens: Tokens, start: int, end: int, smallest: int) -> list[int]:
    """Return the bytes in [start, end) at which statements start, leaving out those in blocks of `smallest` bytes or less.

    A comment between statements counts as one; so does a group of statements in a switch, which is a block as well.
    """
    first = bisect_left(tokens.start, start)  # NumPy's would copy the column first
    last = bisect_left(tokens.start, end, first)
    parts = [part for split, block in _blocks(tokens, first, last, smallest) for part in split(tokens, block, smallest)]
    out: list[int] = tokens.start[np.array([token for token, is_statement in parts if is_statement], np.int64)].tolist()
    at = bisect_left(tokens.comments, (start,))
    comments = [comment for comment, _ in tokens.comments[at : bisect_left(tokens.comments, (end,), at)]]
    following = np.searchsorted(tokens.start[first:last], comments).tolist()
    beginning = {token - first for token, _ in parts}
    return sorted(out + [comment for comment, token in zip(comments, following, strict=True) if token in beginning])


def _blocks(tokens: Tokens, first: int, last: int, smallest: int) -> Iterator[tuple["_Split", _Block]]:
    """Yield the blocks of more than `smallest` bytes and how to split them; arrays and the bodies of annotations are none.

    In the order of depth, what stands directly in a pair of brackets stands together.
    """
    letters, depth = np.frombuffer(tokens.shape, np.uint8)[first:last], tokens.depth[first:last]
    order = np.argsort(depth, kind="stable")
    inside, shape = (first + order).tolist(), letters[order].tobytes()
    opening = np.flatnonzero(letters == _OPENING)
    closing = tokens.partner[first + opening] - first
    is_large = tokens.end[first + closing] - tokens.start[first + opening] > smallest
    opening, closing = opening[is_large], closing[is_large]
    places = depth[order].astype(np.int64) * len(order) + order
    level = (depth[opening] + 1).astype(np.int64) * len(order)
    ranges = (np.searchsorted(places, level + one).tolist() for one in (opening, closing))
    splits = _splits(tokens, first, last, (first + opening).tolist())
    for split, closed, begin, end in zip(splits, (first + closing).tolist(), *ranges, strict=True):
        if split is not None:
            yield split, _Block(inside[begin:end], shape[begin:end], closed)


def _splits(tokens: Tokens, first: int, last: int, braces: list[int]) -> Iterator["_Split | None"]:
    """Yield how to split what each brace opens, None where no statements stand directly in it."""
    shape = tokens.shape[first:last]
    values: set[int] = set()  # arrays
    enums, annotations = ({first + found.end() - 1 for found in form.finditer(shape)} for form in (_BRACE_OF_ENUM, _BRACE_OF_ANNOTATION))
    for brace in braces:
        before = tokens.shape[brace - 1]
        if before in _BEFORE_VALUES or brace - 1 in values:
            values.add(brace)
            yield None
        elif before == _PARENTHESIS and tokens.shape[tokens.partner[brace - 1] - 1] == _SWITCH:
            yield _switch
        else:
            yield None if brace in annotations else _enum if brace in enums else _plain


def _plain(tokens: Tokens, block: _Block, smallest: int) -> Iterator[Part]:
    """Yield the statements or members of a block."""
    yield from _parts(block, 0)
    yield block.closing, False


def _parts(block: _Block, at: int) -> Iterator[Part]:
    for form in java_forms.statement().finditer(block.shape, at):
        if form.lastgroup == "strange":
            return
        yield block.tokens[form.start()], form.lastgroup != "empty"


def _enum(tokens: Tokens, block: _Block, smallest: int) -> Iterator[Part]:
    """Yield the constants and, as one block with the semicolon before them, the members."""
    places, shape = block.tokens, block.shape
    constants = java_forms.CONSTANTS.match(shape)
    end = constants.end() if constants is not None else 0
    for form in java_forms.CONSTANT.finditer(shape, 0, end):
        yield places[form.start()], form[0] != b","
    if shape[end - 1 : end] == b";":
        yield places[end - 1], True
        if tokens.end[places[-1]] - tokens.start[places[end - 1]] > smallest:
            yield from _parts(block, end)
    yield block.closing, False


def _switch(tokens: Tokens, block: _Block, smallest: int) -> Iterator[Part]:
    """Yield the rules (`case … ->`), or the groups (`case …:`), and what stands in those that are large enough."""
    places = block.tokens
    forms = list(java_forms.in_switch().finditer(block.shape))
    heads = [place for place, form in enumerate(forms) if form.lastgroup in ("rule", "label")]
    for place, after in pairwise([*heads, len(forms)]):
        head, last = places[forms[place].start()], places[forms[after - 1].end() - 1]
        yield head, True
        if forms[place].lastgroup == "label" and tokens.end[last] - tokens.start[head] > smallest:
            yield head, True  # the label, first in its group
            yield from ((places[form.start()], form.lastgroup != "empty") for form in forms[place + 1 : after])
    yield block.closing, False


_Split = Callable[[Tokens, _Block, int], Iterator[Part]]

"""What stands side by side in a C++ file, namespace or class: one form after the other, and what of them is no declaration."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assets.corpus.chunks import cpp_forms
from assets.corpus.chunks.declarations import Declaration
from assets.corpus.chunks.outline import WHOLE_FILE, Tokens

_COMMENT_BELOW = re.compile(rb"\s*\n\s*+/")
_BLANK_LINE_OR_COMMENT = re.compile(rb"\n[ \t\r]*\n|/")
_BRACKET = re.compile(rb"[(\[{]")
_CAPITALS = ord("M")
_NO_PART_OF_MACRO = b"NT"
_MOST_MACROS = 1_000  # side by side: behind each of them, the form of what follows is looked for anew


class NotCertain(ValueError):
    """What a text declares is not certain."""


@dataclass(frozen=True, slots=True)
class File:
    """A file, and what was found in it; `tokens` and `shapes` are those of `parsed`, which the parser would read."""

    source: bytes
    parsed: bytes
    tokens: Tokens
    shapes: npt.NDArray[np.uint8]
    text: bytes  # the same shapes
    starts: memoryview
    ends: memoryview
    found: list[Declaration]
    imports: list[tuple[int, int]]


@dataclass(slots=True)
class Scope:
    """What stands directly in a file, a namespace or a class: its tokens, and their shapes."""

    is_class: bool
    prefix: str  # of the names
    parent: int
    tokens: Sequence[int]
    shape: bytes
    forms: Iterator[re.Match[bytes]]
    floor: int  # where it, or the branch of the preprocessor, begins: no comment before that belongs to it
    before: int = -1  # end of the declaration before, -1 for none
    branches: list[bool] = field(default_factory=list)  # of the preprocessor's conditions that are open: whether it is the last
    macros: int = 0  # that stand for themselves


def enter(file: File, opening: int, is_class: bool, prefix: str, parent: int) -> Scope:
    """Return what stands in the braces that token `opening` opens."""
    floor, inside = 0, b"{"
    if opening != WHOLE_FILE:
        floor, inside = file.ends[opening], file.text[opening + 1 : file.tokens.partner[opening]]
    if _BRACKET.search(inside) is None:  # spares finding out what stands directly in it
        tokens: Sequence[int] = range(opening + 1, opening + 1 + len(inside))
        shape = inside
    else:
        places = file.tokens.inside(opening)
        tokens, shape = places.tolist(), file.shapes[places].tobytes()
    if not cpp_forms.is_plausible(shape):
        raise NotCertain
    return Scope(is_class, prefix, parent, tokens, shape, cpp_forms.item().finditer(shape), floor)


def next_form(file: File, scope: Scope) -> tuple[re.Match[bytes], str, int] | None:
    """Return the next form that is no directive and no macro, its kind, and where that before it ends; None at the end of `scope`."""
    while (form := next(scope.forms, None)) is not None:
        kind = form.lastgroup
        if kind == "directive":
            _pass_directive(file, scope, form)
        elif kind == "strange" or (kind == "label" and not scope.is_class):
            raise NotCertain
        elif scope.shape[form.start()] == _CAPITALS and (end := _end_of_macro(file, scope, form)):
            scope.macros += 1
            if scope.macros > _MOST_MACROS:
                raise NotCertain
            scope.before, scope.forms = file.ends[scope.tokens[end - 1]], cpp_forms.item().finditer(scope.shape, end)
        elif kind is not None and (kind != "empty" or not scope.is_class):  # a semicolon is no child of a class
            before, scope.before = scope.before, file.ends[scope.tokens[form.end() - 1]]
            return form, kind, before
    if scope.branches:
        raise NotCertain
    return None


def _end_of_macro(file: File, scope: Scope, form: re.Match[bytes]) -> int:
    """Return where the macro that a form begins with ends when it stands for itself, 0 when it may be a part of what follows."""
    macro = cpp_forms.MACRO.match(scope.shape, form.start())
    end = 0 if macro is None else macro.end()
    if form.lastgroup == "macro":
        if end < len(scope.shape) and scope.shape[end] not in _NO_PART_OF_MACRO and not file.tokens.is_fresh[scope.tokens[end]]:
            raise NotCertain
        return end
    if form.lastgroup not in ("function", "class"):
        return 0
    between = file.source[file.ends[scope.tokens[end - 1]] : file.starts[scope.tokens[end]]]
    return end if _BLANK_LINE_OR_COMMENT.search(between) is not None else 0


def _pass_directive(file: File, scope: Scope, form: re.Match[bytes]) -> None:
    """Note includes, or that a branch begins or ends: branches that braces cut across are not certain."""
    kind, tokens = scope.shape[form.start()], scope.tokens[form.start() : form.end()]
    scope.before = file.ends[tokens[-1]]
    for token in tokens:
        if file.source[file.ends[token] - 1] in b"\\\n\r":  # it goes on, but there is nothing on the next line
            raise NotCertain
        if kind == cpp_forms.INCLUDE and not scope.is_class:
            file.imports.append(_include(file.source, file.starts[token], file.ends[token]))
    if kind == cpp_forms.IF:
        scope.branches.append(False)
    elif kind in (cpp_forms.ELSE, cpp_forms.END_IF):
        _end_branch(file, scope, kind, tokens[0])


def _end_branch(file: File, scope: Scope, kind: int, token: int) -> None:
    """Note that a branch ends: what stands in the one after `#else` has nothing before it, not even a condition."""
    directive = file.source[file.starts[token] : file.ends[token]]
    is_last = kind == cpp_forms.ELSE and b"else" in directive
    if not scope.branches or (scope.branches.pop() and kind == cpp_forms.ELSE) or (is_last and b"/*" in directive):
        raise NotCertain
    if kind == cpp_forms.ELSE:
        scope.branches.append(is_last)
    if is_last:
        scope.before, scope.floor = -1, file.ends[token]


def _include(source: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the bytes of an include with its line end. When blanks stand before that, the parser takes the comment below for a part."""
    if source[end - 1 : end].isspace() and _COMMENT_BELOW.match(source, end) is not None:
        raise NotCertain
    return start, source.find(b"\n", end) + 1 or len(source)


def text(file: File, first: int, last: int) -> str:
    """Return what stands from one token to another, a blank for whatever blanks stand in it."""
    return " ".join(file.parsed[file.starts[first] : file.ends[last]].decode("utf-8", "replace").split())

"""Functions, methods and classes of a C++ file by its tokens: what `declarations.find` finds in its tree, without parsing it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.code import lexing
from assets.corpus.chunks import cpp_forms, outline
from assets.corpus.chunks.declared import Declared
from assets.corpus.chunks.syntax import parseable

_MOST_FRAMES = 1_024  # that the matcher may go back to: files have it at 20
_NAMES_PER_BYTE, _MORE_NAMES = 8, 16_384  # bytes of names with those of the classes around: files have one for each of their bytes
_LINE_COLUMNS, _GROUP_COLUMNS, _BRANCH_STATE = 5, 14, 9 + lexing.MAX_DEPTH  # as in `cpp_branches`
_STATE = 19  # of `cpp_walk`
_FORMS, _IMPORTS = 14, 15  # in what `cpp_walk` calls state


@dataclass(frozen=True)
class _File:
    """A file, what the parser would read instead, and its tokens as `brace_tokens` has them, with the shapes of `cpp_forms`."""

    source: bytes
    parsed: bytes
    rows: npt.NDArray[np.int32]
    shape: npt.NDArray[np.uint8]
    after: npt.NDArray[np.int32]  # of each token: the next that stands where it does
    is_free: bool  # which of the programs of `cpp_forms` it is read with

    def machine(self, state: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], ...]:
        """Return what the matcher in `cpp_walk` runs on."""
        return *cpp_forms.program(self.is_free), np.empty((_MOST_FRAMES, 3), np.int64), state, self.shape, self.after


def find(source: bytes) -> Declared | None:
    """Return the declarations and includes; None when it is not certain what `source` declares.

    What macros stand for is never certain, but mostly where declarations with macros start and end; the tree has errors there, and
    then less is found in it. Where the tree has no errors, the same is found in it. What can not be read so is read without the branches
    of the preprocessor that cut declarations, and with more room for macros; their bytes are part of the declarations that they cut.
    """
    parsed = parseable(source, "C++")
    found = _found(_read(source, parsed, is_free=False))
    if found is None and (whole := _without_branches(parsed)) is not None:
        found = _found(_read(whole, whole, is_free=True))
    return found


def _found(file: _File | None) -> Declared | None:
    walked = None if file is None else _walk(file)
    return None if file is None or walked is None else _declared(file, *walked)


def _without_branches(parsed: bytes) -> bytes | None:
    """Return as many bytes with blanks for the branches that cut declarations, see `cpp_branches`; None where tokens are not certain."""
    kinds = lexing.kinds(parsed, "C++")
    if kinds is None:
        return None
    source, most = np.frombuffer(parsed, np.uint8), parsed.count(b"#") + 1
    lines, groups = np.empty((most, _LINE_COLUMNS), np.int64), np.empty((most, _GROUP_COLUMNS), np.int64)
    out = source.copy()
    blank = machine_code.load("assets.corpus.chunks.cpp_branches").blank
    return out.tobytes() if blank(source, kinds, lines, groups, np.empty(_BRANCH_STATE, np.int64), out) >= 0 else None


def _read(source: bytes, parsed: bytes, *, is_free: bool) -> _File | None:
    found = outline.rows(parsed, "C++", cpp_forms.KEYWORDS)
    if found is None:
        return None
    rows, shape = found
    after = np.empty(len(shape), np.int32)
    kernel = machine_code.load("assets.corpus.chunks.cpp_shapes").refine
    is_sure = kernel(np.frombuffer(parsed, np.uint8), rows, len(shape), shape, after, is_free)
    return _File(source, parsed, rows, shape, after, is_free) if is_sure else None


def _walk(file: _File) -> tuple[npt.NDArray[np.int32], list[tuple[int, int]]] | None:
    """Return the forms that `cpp_walk` notes, and the bytes of the includes."""
    count, state = len(file.shape), np.empty(_STATE, np.int64)
    forms, imports = np.empty((count, 11), np.int32), np.empty((count, 3), np.int64)
    scopes = np.empty((lexing.MAX_DEPTH + 1, 8), np.int64)
    walk = machine_code.load("assets.corpus.chunks.cpp_walk").walk
    if not walk(*file.machine(state), np.frombuffer(file.source, np.uint8), file.rows, count, scopes, forms, imports, file.is_free):
        return None
    return forms[: state[_FORMS]], [(start, end) for start, end, _ in imports[: state[_IMPORTS]].tolist()]


def _declared(file: _File, forms: npt.NDArray[np.int32], imports: list[tuple[int, int]]) -> Declared | None:
    source, parsed = np.frombuffer(file.source, np.uint8), np.frombuffer(file.parsed, np.uint8)
    table, spans = np.empty((len(forms), 8), np.int64), np.empty((len(forms), 5), np.int64)
    names, lengths = np.empty((2, _NAMES_PER_BYTE * len(source) + _MORE_NAMES), np.uint8), np.empty(2, np.int64)
    note = machine_code.load("assets.corpus.chunks.cpp_notes").note
    count = note(source, parsed, file.rows, forms, len(forms), table, spans, names, lengths, file.is_free)
    if count < 0:
        return None
    named = names[0, : lengths[0]].tobytes().decode("utf-8", "replace").split("\n")[:-1]
    return Declared(named, table[:count], imports, partial(_statements, file, spans))


def _statements(file: _File, spans: npt.NDArray[np.int64], declaration: int, smallest: int) -> list[int]:
    """Return where the statements in a declaration start: what `splitting.statements` finds in its tree."""
    (first, last), count = spans[declaration, :2].tolist(), len(file.shape)
    flags, parts = np.empty(count, np.uint8), np.empty((count, 3), np.int32)
    out = np.empty(last - first + 1 + int(file.rows[-1, 0]), np.int64)
    kernel = machine_code.load("assets.corpus.chunks.cpp_walk").statements
    found = kernel(*file.machine(np.empty(_STATE, np.int64)), file.rows, flags, parts, first, last, smallest, out)
    return out[:found].tolist()

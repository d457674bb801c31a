"""Methods and classes of a Java file by its tokens: what `declarations.find` finds in its tree, without parsing it."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from assets.corpus.chunks import java_forms, java_statements
from assets.corpus.chunks.declarations import Declaration, line_start
from assets.corpus.chunks.java_forms import CLASSES, METHODS, NAMES, NotJava
from assets.corpus.chunks.outline import Tokens

Found = tuple[list[Declaration], list[tuple[int, int]]]
_CLASS_BODY = re.compile(rb"(?:[CIN]|ra)[^{};CIN]*+\{")
_CLOSING = ord("}")
_OUTSIDE = frozenset({"imported", "package"})  # of classes
_NO_BODIES = frozenset({"file", "annotation"})  # of methods directly in them


@dataclass(slots=True)
class _Scope:
    """The file, or a class whose members are being read."""

    kind: str  # file, class, enum, annotation or record
    prefix: str  # of the names
    place: int  # among the declarations, -1 for the file
    floor: int  # a comment before that belongs to nothing in here
    before: int = -1  # the end of the member before, -1 for none


def find(source: bytes) -> Found | None:
    """Return (declarations, bytes of the import statements), both by start; None when `source` is not certain to be Java."""
    tokens = java_forms.read(source)
    if tokens is None:
        return None
    try:
        return _Reader(tokens).read()
    except NotJava:
        return None


def _visible(tokens: Tokens) -> npt.NDArray[np.int64]:
    """Return the tokens that stand in no brackets but those of classes."""
    hidden = tokens.depth.copy()
    for found in _CLASS_BODY.finditer(tokens.shape):
        opening = found.end() - 1
        hidden[opening + 1 : tokens.partner[opening]] -= 1
    return np.flatnonzero(hidden == 0)


class _Reader:
    """Goes through what is visible of a file, member by member, without recursion."""

    def __init__(self, tokens: Tokens) -> None:
        visible = _visible(tokens)
        self.tokens, self.source = tokens, tokens.source
        self.shape = tokens.shape_of(visible)
        self.starts, self.ends = tokens.start[visible].tolist(), tokens.end[visible].tolist()
        self.visible = visible
        self.found: list[Declaration] = []
        self.imports: list[tuple[int, int]] = []

    def read(self) -> Found:
        """Return what `find` does. Raises NotJava."""
        scopes = [_Scope("file", "", -1, 0)]
        for form in java_forms.member().finditer(self.shape):
            kind = form.lastgroup
            if kind in METHODS:
                self._method(scopes[-1], form, kind)
            elif kind == "end":
                scopes.pop()
                scopes[-1].before = self.ends[form.start()]
            elif kind in CLASSES:
                self._open(scopes, form, kind)
            elif kind != "empty":
                self._pass(scopes[-1], form, kind)
        return self.found, self.imports

    def _pass(self, scope: _Scope, form: re.Match[bytes], kind: str | None) -> None:
        """Go past what declares nothing, but stands before what may. Raises NotJava where it may not stand."""
        if kind == "strange" or (scope.kind == "file") != (kind in _OUTSIDE):
            raise NotJava
        scope.before = self.ends[form.end() - 1]
        if kind == "imported":
            self.imports.append((self.starts[form.start()], scope.before))

    def _open(self, scopes: list[_Scope], form: re.Match[bytes], kind: str) -> None:
        """Note a class and enter it."""
        scope, name = scopes[-1], form.start(NAMES[kind])
        opening = self.shape.index(b"{", name)
        end = int(self.tokens.end[self.tokens.partner[self.visible[opening]]])
        self._add("class", scope, name, self.starts[form.start()], self.starts[opening], end)
        scopes.append(_Scope(kind, self.found[-1].name + ".", len(self.found) - 1, self.ends[form.end() - 1]))

    def _method(self, scope: _Scope, form: re.Match[bytes], kind: str) -> None:
        """Note a method; one without a body only when it has a comment above. Elements of annotations are none."""
        start, last = self.starts[form.start()], form.end() - 1
        end = self.ends[last]
        if self.shape[last] == _CLOSING:
            if scope.kind in _NO_BODIES or (kind == "compact" and scope.kind != "record"):
                raise NotJava
            self._add("method", scope, form.start(NAMES[kind]), start, self.starts[last - 1], end)
        elif scope.kind == "file":
            raise NotJava
        elif scope.kind != "annotation" and self._doc(scope, start) is not None:
            self._add("method", scope, form.start(NAMES[kind]), start, end, end)
        scope.before = end

    def _doc(self, scope: _Scope, start: int) -> tuple[int, int] | None:
        return self.tokens.comment_above(scope.before, start, scope.floor)

    def _add(self, kind: str, scope: _Scope, name: int, start: int, body: int, end: int) -> None:
        source, doc = self.source, self._doc(scope, start)
        declaration = Declaration(
            kind=kind,
            name=scope.prefix + source[self.starts[name] : self.ends[name]].decode(),
            start=line_start(source, start if doc is None else doc[0]),
            signature=(start, body),
            end=end + (source[end : end + 1] == b";"),  # as `declaration_end` does
            doc=doc,
            statements=partial(java_statements.statements, self.tokens, start, end),
            parent=scope.place,
        )
        self.found.append(declaration)

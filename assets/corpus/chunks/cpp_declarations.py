"""Functions, methods and classes of a C++ file by its tokens: what `declarations.find` finds in its tree, without parsing it."""

import re
from functools import partial

import numpy as np

from assets.corpus.chunks import cpp_forms, cpp_scopes, cpp_statements
from assets.corpus.chunks.cpp_scopes import File, NotCertain, Scope
from assets.corpus.chunks.declarations import Declaration, declaration_end, line_start
from assets.corpus.chunks.outline import WHOLE_FILE, Tokens
from assets.corpus.chunks.syntax import parseable

Found = tuple[list[Declaration], list[tuple[int, int]]]
Span = tuple[int, int]
_CLOSING, _TEMPLATE = b"}T"


def find(source: bytes) -> Found | None:
    """Return (declarations, bytes of the includes), both by start; None when it is not certain what `source` declares.

    What macros stand for is never certain, but mostly where declarations with macros start and end; the tree has errors there, and
    then less is found in it. Where the tree has no errors, the same is found in it.
    """
    parsed = parseable(source, "C++")
    tokens = Tokens.read(parsed, "C++", cpp_forms.KEYWORDS)
    if tokens is None:
        return None
    shapes = cpp_forms.shapes(tokens)
    text = shapes.tobytes()
    if cpp_forms.is_foreign(text):
        return None
    starts, ends = (np.ascontiguousarray(offsets).data for offsets in (tokens.start, tokens.end))
    file = File(source, parsed, tokens._replace(source=source), shapes, text, starts, ends, [], [])
    try:
        _walk(file)
    except NotCertain:
        return None
    return file.found, file.imports


def _walk(file: File) -> None:
    """Note all declarations and imports of a file in their order."""
    stack = [cpp_scopes.enter(file, WHOLE_FILE, False, "", -1)]
    while stack:
        scope = stack[-1]
        form = cpp_scopes.next_form(file, scope)
        inner = None if form is None else _note(file, scope, *form)
        if form is None:
            stack.pop()
        elif inner is not None:
            stack.append(inner)


def _note(file: File, scope: Scope, form: re.Match[bytes], kind: str, before: int) -> Scope | None:
    """Note what a form declares; return what stands in its braces when that may declare something."""
    if kind in ("function", "conversion", "called"):
        _note_function(file, scope, form, kind, before)
    elif kind == "class":
        return _note_class(file, scope, form, before)
    elif kind == "variable" and b"()" in form[0].partition(b"=")[0]:  # may be one of two functions, or its name may stand in brackets
        if file.tokens.comment_above(before, file.starts[scope.tokens[form.start()]], scope.floor) is not None:
            raise NotCertain
    elif kind in ("namespace", "linkage"):
        name = _text(file, scope, form.span("namespace_name")) + "::" if form["namespace_name"] else ""
        return cpp_scopes.enter(file, scope.tokens[form.end() - 2], False, scope.prefix + name, scope.parent)
    return None


def _note_function(file: File, scope: Scope, form: re.Match[bytes], kind: str, before: int) -> None:
    start = file.starts[scope.tokens[form.start()]]
    doc = file.tokens.comment_above(before, start, scope.floor)
    has_body = scope.shape[form.end() - 1] == _CLOSING
    if has_body and scope.shape[form.end() : form.end() + 1] == b";" and _is_value(file, scope, form):
        has_body, scope.before = False, file.ends[scope.tokens[form.end()]]
    if not has_body and (doc is None or not _is_prototype(file, scope, form, kind)):
        return
    body = form.start("initializers") if form["initializers"] else form.end() - 2
    head = file.starts[scope.tokens[body]] if has_body else scope.before
    name = _function_name(file, scope, form, kind)
    _add(file, scope, form, "method" if scope.parent >= 0 or "::" in name else "function", name, (start, head), scope.before, doc)


def _function_name(file: File, scope: Scope, form: re.Match[bytes], kind: str) -> str:
    """Return the name of a function; that of a conversion is all that stands before its body, without the class at the start."""
    first, end = form.span(cpp_forms.NAMES[kind])
    if kind == "conversion" and scope.shape[form.start()] == _TEMPLATE:
        return "anonymous"
    if kind == "conversion" and first == form.start():
        first += cpp_forms.length_of_qualifier(scope.shape, first)
    return _text(file, scope, (first, end))


def _is_value(file: File, scope: Scope, form: re.Match[bytes]) -> bool:
    """Tell whether the braces before a semicolon hold a value for the parser, as those of `int f() {};` do."""
    specifiers = form["specifiers"] or form["called_specifiers"] or b""
    if not specifiers.strip(b"sh"):
        return False
    inside = file.shapes[file.tokens.inside(scope.tokens[form.end() - 2])].tobytes()
    if b";" in inside:
        return False
    if inside or specifiers.startswith(b"D"):
        raise NotCertain
    return True


def _is_prototype(file: File, scope: Scope, form: re.Match[bytes], kind: str) -> bool:
    """Tell whether a function is declared: `T x(1);` declares a variable, `F(x);` is an expression outside of classes."""
    has_specifiers = kind != "conversion" and form.start(cpp_forms.NAMES[kind]) > form.start()
    if kind == "conversion" or not (has_specifiers or scope.is_class or form[0][-2:-1] in b"0d"):
        return False
    opening = scope.tokens[form.start("parameters" if kind == "function" else "arguments")]
    if cpp_forms.parameters().fullmatch(file.shapes[file.tokens.inside(opening)].tobytes()) is not None:
        return True
    if kind == "function" and scope.is_class:
        raise NotCertain
    return False


def _note_class(file: File, scope: Scope, form: re.Match[bytes], before: int) -> Scope | None:
    """Note a class or enumeration; return what stands in the class."""
    start, body = file.starts[scope.tokens[form.start()]], scope.tokens[form.start("declarators") - 2]
    doc = file.tokens.comment_above(before, start, scope.floor)
    is_bare = not scope.is_class and not form["declarators"] and scope.shape[form.start()] in b"CE"
    end = file.ends[file.tokens.partner[body]] if is_bare else scope.before  # or with its semicolon
    _add(file, scope, form, "class", _class_name(file, scope, form), (start, file.starts[body]), end, doc)
    if form["is_enum"] or file.tokens.partner[body] == body + 1:
        return None
    return cpp_scopes.enter(file, body, True, file.found[-1].name + "::", len(file.found) - 1)


def _class_name(file: File, scope: Scope, form: re.Match[bytes]) -> str:
    """Return the name of a class, or of the first that it is the type of."""
    for group in ("class_name", "enum_name"):
        if form[group]:
            return _text(file, scope, form.span(group))
    first = form["declarators"].partition(b",")[0]
    if b"=" in first or b":" in first or b"{" in first:
        raise NotCertain
    start = form.start("declarators")
    return _text(file, scope, (start, start + len(first))) if first else "anonymous"


def _add(file: File, scope: Scope, form: re.Match[bytes], kind: str, name: str, signature: Span, end: int, doc: Span | None) -> None:
    first, last = scope.tokens[form.start()], scope.tokens[form.end() - 1]
    start = signature[0]
    file.found.append(
        Declaration(
            kind=kind,
            name=scope.prefix + name,
            start=line_start(file.parsed, start if doc is None else doc[0]),
            signature=signature,
            end=declaration_end(file.source, start, end),
            doc=doc,
            statements=partial(cpp_statements.statements, file.tokens, file.shapes, first, last),
            parent=scope.parent,
        )
    )


def _text(file: File, scope: Scope, span: Span) -> str:
    return cpp_scopes.text(file, scope.tokens[span[0]], scope.tokens[span[1] - 1])

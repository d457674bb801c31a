"""The texts of a problem that a copy may consist of: as it is published, and what is left of it without docstring or type hints."""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Text = tuple[str, str]  # kind, text
_DOCTEST = ">>>"
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def texts(problem: Mapping[str, Any]) -> Iterator[Text]:
    """Yield (kind, text) of a row of benchmarks. Kinds: declaration, docstring, prompt, solution, example (both), tests, text.

    Of Python, a declaration is the function without its docstring (with type hints, and without), and there is an example without doctests.
    """
    prompt, solution, tests = problem["prompt"], problem["solution"], problem["tests"]
    if (problem["language"] or "").lower() == "python":
        yield from _of_python(prompt, solution)
    yield "prompt", prompt
    yield from (("text", text) for text in problem["texts"])
    if tests:
        yield "tests", tests
    if solution:
        yield "solution", solution
        yield "example", f"{prompt}\n{solution}"


def _of_python(prompt: str, solution: str | None) -> Iterator[Text]:
    """Yield what the syntax tree of the completed prompt has, of the solution alone, or of the prompt alone, whichever can be parsed."""
    candidates = [f"{prompt}{solution}", f"{prompt}\n{solution}", solution] if solution else []
    tree = next((parsed for source in (*candidates, f"{prompt}\n    pass\n", prompt) if (parsed := _parsed(source))), None)
    if tree is None:
        return
    body = [statement for statement in tree.body if not isinstance(statement, (ast.Import, ast.ImportFrom))]
    docstrings = _docstrings(tree)
    yield from (("docstring", text) for text in docstrings)
    if solution and any(_DOCTEST in text for text in docstrings):
        _change_docstrings(body, lambda text: text.split(_DOCTEST)[0])
        yield "example", _unparsed(body)
    if solution:
        _change_docstrings(body, lambda text: None)
        yield "declaration", _unparsed(body)
        yield "declaration", _unparsed(_without_hints(body))


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _docstrings(tree: ast.Module) -> list[str]:
    return [text for node in ast.walk(tree) if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node))]


def _change_docstrings(body: list[ast.stmt], change: Callable[[str], str | None]) -> None:
    """Put `change` of each docstring of functions and classes in its place, nothing where that is None."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node)) is not None:
            changed = change(text)
            node.body[:1] = [] if changed is None else [ast.Expr(ast.Constant(changed))]
            node.body = node.body or [ast.Pass()]


def _without_hints(bodies: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements after their type hints are taken out of them."""
    for node in (node for statement in bodies for node in ast.walk(statement)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return bodies


def _unparsed(bodies: list[ast.stmt]) -> str:
    try:
        return ast.unparse(bodies)  # type: ignore[arg-type]
    except (ValueError, RecursionError):
        return ""

"""Numba keeps machine code by the file that a kernel is written in: one that calls another module's stays as it was when that changes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("assets", "resources", "serving")
OWN = {"assets", "resources", "jobs", "sensors", "serving", "tests", "bench"}


def is_kernel(node: ast.AST) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any("jit" in ast.unparse(decorator) for decorator in decorators)


def borrowed(source: str) -> list[str]:
    """Return the names in kernels of a module that come from other modules of this project."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    modules = [
        (name.asname or name.name, node.module if isinstance(node, ast.ImportFrom) else name.name)
        for node in imports
        for name in node.names
    ]
    foreign = {name.partition(".")[0] for name, module in modules if (module or "").partition(".")[0] in (OWN | {""})}
    kernels = [node for node in ast.walk(tree) if is_kernel(node)]
    return [name.id for kernel in kernels for name in ast.walk(kernel) if isinstance(name, ast.Name) and name.id in foreign]


def with_kernels() -> list[Path]:
    files = [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]
    return [path for path in files if "import njit" in path.read_text() or "numba" in path.read_text()]


@pytest.mark.parametrize("path", with_kernels(), ids=lambda path: str(path.relative_to(ROOT)))
def test_kernels_use_nothing_of_another_module(path: Path) -> None:
    assert borrowed(path.read_text()) == []


def test_what_is_borrowed_is_seen() -> None:
    call = "from numba import njit\nfrom assets.code.linking import unite\n@njit(cache=True)\ndef go(x):\n    return unite(x) + len(x)\n"
    assert borrowed(call) == ["unite"]
    assert borrowed(
        call.replace("from assets.code.linking import unite", "from assets.code import linking").replace("unite(x)", "linking.MOST")
    ) == ["linking"]
    assert any(path.name == "linking.py" for path in with_kernels())

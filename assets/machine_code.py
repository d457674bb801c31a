"""Kernels without numba: what it compiled is kept as machine code, which loads in a tenth of a second. numba takes one and a half.

That is what it costs each process to import numba, the typing of all of NumPy, SciPy's BLAS and whatever extension of numba is
installed, before the first kernel runs. Here llvmlite alone is imported; numba only once after each change of a kernel.

A module of kernels names in SIGNATURES those that are called from Python. They are compiled without numba's runtime (`_nrt=False`),
so that they cannot allocate: all that they write to is handed to them. That also spares them counting references of arrays, which
costs more than many a loop.
"""

import json
import re
from concurrent.futures import ProcessPoolExecutor
from ctypes import CFUNCTYPE, c_int64, c_void_p, py_object
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from assets import compiled

if TYPE_CHECKING:
    from llvmlite.binding import ExecutionEngine, ModuleRef, TargetMachine

_ARGUMENT = re.compile(r"(\w+)\[((?::, )*)::1\]|i8")
_REFUSED, _RAISED = -(2**63), 1 - 2**63  # instead of a kernel's number
Type = tuple[np.dtype[Any], int] | None  # of an argument: an array's dtype and number of dimensions, None for a number
# What a PyArrayObject has where, by NumPy's ABI: its type, items, dimensions and their sizes and strides, dtype, and flags.
_ARRAY_CHECK = """
 %type_at{i} = getelementptr i8, ptr %a{i}, i64 8
 %type{i} = load ptr, ptr %type_at{i}
 %is_array{i} = icmp eq ptr %type{i}, %array_type
 br i1 %is_array{i}, label %array{i}, label %refused
array{i}:
 %dtype_at{i} = getelementptr i8, ptr %a{i}, i64 56
 %dtype{i} = load ptr, ptr %dtype_at{i}
 %known_at{i} = getelementptr ptr, ptr %known, i64 {place}
 %known{i} = load ptr, ptr %known_at{i}
 %is_known{i} = icmp eq ptr %dtype{i}, %known{i}
 %dimensions_at{i} = getelementptr i8, ptr %a{i}, i64 24
 %dimensions{i} = load i32, ptr %dimensions_at{i}
 %is_deep{i} = icmp eq i32 %dimensions{i}, {dimensions}
 %flags_at{i} = getelementptr i8, ptr %a{i}, i64 64
 %flags{i} = load i32, ptr %flags_at{i}
 %contiguous{i} = trunc i32 %flags{i} to i1
 %fits{i} = and i1 %is_known{i}, %is_deep{i}
 %is_good{i} = and i1 %fits{i}, %contiguous{i}
 br i1 %is_good{i}, label %good{i}, label %refused
good{i}:
 %data_at{i} = getelementptr i8, ptr %a{i}, i64 16
 %data{i} = load ptr, ptr %data_at{i}
 %shape_at{i} = getelementptr i8, ptr %a{i}, i64 32
 %shape{i} = load ptr, ptr %shape_at{i}
 %strides_at{i} = getelementptr i8, ptr %a{i}, i64 40
 %strides{i} = load ptr, ptr %strides_at{i}
"""
_SIZE = """
 %{of}_at{i}_{n} = getelementptr i64, ptr %{of}{i}, i64 {n}
 %{of}{i}_{n} = load i64, ptr %{of}_at{i}_{n}
"""


class Kernel:
    """A compiled function over arrays. It releases the GIL while it runs."""

    def __init__(self, engine: "ExecutionEngine", name: str, signature: str) -> None:
        """`engine` owns the code; `signature` is numba's, of contiguous arrays (`u8[:, ::1]` has two dimensions) and 64-bit numbers."""
        self.types = _types(signature)
        known = [np.ndarray, *(type_[0] for type_ in self.types if type_)]
        self.known = (c_void_p * len(known))(*map(id, known))
        arguments = [py_object if type_ else c_int64 for type_ in self.types]
        self.function = CFUNCTYPE(c_int64, c_void_p, *arguments)(engine.get_function_address(f"call_{name}"))
        self.engine = engine

    def __call__(self, *values: Any) -> int:
        """Run it and return its number, 0 for void. Raises TypeError for an argument of another type, RuntimeError when the kernel does."""
        words = [value if type_ else int(value) for value, type_ in zip(values, self.types, strict=True)]
        result: int = self.function(self.known, *words)
        if result == _REFUSED:
            result = self.function(self.known, *(_plain(*pair) for pair in zip(words, self.types, strict=True)))
        if result == _RAISED:
            raise RuntimeError("a kernel ended with a status of failure")
        return result


def _plain(value: Any, type_: Type) -> Any:
    """Return an array that has NumPy's own object for its dtype: one that was pickled has another."""
    if type_ is None:
        return value
    if not (isinstance(value, np.ndarray) and value.dtype == type_[0] and value.ndim == type_[1] and value.flags.c_contiguous):
        raise TypeError(f"expected a contiguous array of {type_[0]} with {type_[1]} dimensions")
    return value.view(type_[0], np.ndarray)


def _types(signature: str) -> list[Type]:
    arguments = _ARGUMENT.finditer(signature.partition("(")[2])
    return [(np.dtype(found[1]), found[2].count(":") + 1) if found[1] else None for found in arguments]


def _caller(name: str, signature: str) -> str:
    """Return in LLVM's language a function that calls kernel `name` with Python's arrays, which ctypes would take ten times as long for.

    numba takes of an array its two owners, number of items, bytes of an item, address, shape, strides.
    """
    types = _types(signature)
    formal, passed, body, place = ["ptr %known"], ["ptr %result", "ptr %raised"], "", 0
    for i, type_ in enumerate(types):
        formal.append(f"ptr %a{i}" if type_ else f"i64 %a{i}")
        if type_ is None:
            passed.append(f"i64 %a{i}")
            continue
        place += 1
        body += _ARRAY_CHECK.format(i=i, place=place, dimensions=type_[1])
        sizes = [(of, n) for of in ("shape", "strides") for n in range(type_[1])]
        body += "".join(_SIZE.format(i=i, of=of, n=n) for of, n in sizes)
        body += f" %size{i} = mul i64 %shape{i}_0, {f'%shape{i}_1' if type_[1] == 2 else 1}\n"
        passed += ["ptr null", "ptr null", f"i64 %size{i}", f"i64 {type_[0].itemsize}", f"ptr %data{i}"]
        passed += [f"i64 %{of}{i}_{n}" for of, n in sizes]
    return f"""
declare i32 @{name}({", ".join(one.split()[0] for one in passed)})
define i64 @call_{name}({", ".join(formal)}) {{
 %result = alloca i64
 %raised = alloca ptr
 %array_type = load ptr, ptr %known
 {body}
 %status = call i32 @{name}({", ".join(passed)})
 %number = load i64, ptr %result
 %is_done = icmp eq i32 %status, 0
 %outcome = select i1 %is_done, i64 %number, i64 {_RAISED}
 ret i64 %outcome
refused:
 ret i64 {_REFUSED}
}}
"""


@cache
def load(module: str) -> Any:
    """Return the kernels in SIGNATURES of `module` as attributes; compiles them unless they are kept for source and processor."""
    import llvmlite
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(processor, features, opt=3, jit=True)
    spec = find_spec(module)
    source = Path(str(spec and spec.origin))
    made_of = "\n".join([source.read_text(), Path(__file__).read_text(), version("numba"), llvmlite.__version__, processor, features])
    signatures, _, code = compiled.kept(source, made_of, ".o", partial(_compile, module, machine)).partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return SimpleNamespace(**{name: Kernel(engine, name, signature) for name, signature in json.loads(signatures).items()})


def _compile(module: str, machine: "TargetMachine") -> bytes:
    """Return SIGNATURES as a line of JSON and the machine code."""
    import llvmlite.binding as llvm

    kernels = import_module(module)
    whole = llvm.parse_assembly("")
    for name, signature in kernels.SIGNATURES.items():
        whole.link_in(_entry(name, getattr(kernels, name), signature, machine))
        whole.link_in(llvm.parse_assembly(_caller(name, signature)))
    missing = [one.name for one in whole.functions if one.is_declaration and one.name.startswith(("numba_", "NRT_"))]
    if missing:
        raise ValueError(f"the kernels of {module} need numba's runtime: {', '.join(missing)}")
    return json.dumps(kernels.SIGNATURES).encode() + b"\n" + bytes(machine.emit_object(whole))


def _entry(name: str, kernel: Any, signature: str, machine: "TargetMachine") -> "ModuleRef":
    """Return LLVM's module of one kernel, which has no other symbol than its name."""
    import llvmlite.binding as llvm
    from numba import cfunc

    without_runtime: dict[str, Any] = {"_nrt": False}
    function = cfunc(signature, **without_runtime)(kernel.py_func)
    code = llvm.parse_assembly(function.inspect_llvm())
    entry = function.native_name.removeprefix("cfunc.")  # the function itself, without the wrapper that makes it C's
    for one in [*code.functions, *code.global_variables]:
        if not one.is_declaration:
            one.linkage = "internal"
    code.get_function(entry).linkage = "external"
    code.get_function(entry).name = name
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(code, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    return code


def all_modules() -> list[str]:
    """Return the modules of kernels, those that take longest first."""
    package = Path(__file__).parent
    texts = {path: path.read_text() for path in package.rglob("*.py")}
    found = [path for path, text in texts.items() if re.search(r"^SIGNATURES\b", text, re.MULTILINE)]
    found.sort(key=lambda path: (-len(texts[path]), path))
    return [".".join(path.relative_to(package.parent).with_suffix("").parts) for path in found]


def _prepare(module: str) -> None:
    load(module)


if __name__ == "__main__":  # once, when the project is installed: else the first run waits for it
    with ProcessPoolExecutor() as pool:
        list(pool.map(_prepare, all_modules()))

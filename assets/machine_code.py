"""Kernels without numba: what it compiled is kept as machine code, which loads in a tenth of a second. numba takes one and a half.

That is what it costs each process to import numba, the typing of all of NumPy, SciPy's BLAS and whatever extension of numba is
installed, before the first kernel runs. Here llvmlite alone is imported; numba only once after each change of a kernel.

A module of kernels names in SIGNATURES those that are called from Python. They are compiled without numba's runtime (`_nrt=False`),
so that they cannot allocate: all that they write to is handed to them. That also spares them counting references of arrays, which
costs more than many a loop.
"""

import json
import re
from ctypes import CFUNCTYPE, addressof, c_int32, c_int64, c_size_t
from functools import lru_cache, partial
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

_OUTCOME = c_int64 * 2
_DATA = 16  # where the address stands in a PyArrayObject, by NumPy's ABI: after its count of references and its type
_ARGUMENT = re.compile(r"(\w+)\[((?::, )*)::1\]|i8")


class Kernel:
    """A compiled function over arrays. It releases the GIL while it runs."""

    def __init__(self, engine: "ExecutionEngine", name: str, signature: str) -> None:
        """`engine` owns the code; `signature` is numba's, of contiguous arrays (`u8[:, ::1]` has two dimensions) and 64-bit numbers."""
        arguments = _ARGUMENT.finditer(signature.partition("(")[2])
        self.types = [(np.dtype(found[1]), found[2].count(":") + 1) if found[1] else None for found in arguments]
        words = 2 + sum(5 + 2 * type_[1] if type_ else 1 for type_ in self.types)
        self.function = CFUNCTYPE(c_int32, *[c_int64] * words)(engine.get_function_address(name))
        self.engine = engine

    def __call__(self, *values: Any) -> int:
        """Run it and return its number, 0 for void. Raises TypeError for an argument of another type, RuntimeError when the kernel does."""
        result = _OUTCOME()  # numba's convention: where to put the result, and what was raised; then the arguments
        at = addressof(result)
        words = [at, at + 8]
        for value, type_ in zip(values, self.types, strict=True):
            words += _members(value, *type_) if type_ else [int(value)]
        if status := self.function(*words):
            raise RuntimeError(f"a kernel failed with status {status}")
        return int(result[0])


def _members(array: Any, dtype: np.dtype[Any], dimensions: int) -> list[int]:
    """Return numba's members of an array: its two owners, number of items, bytes of an item, address, shape, strides."""
    if not (isinstance(array, np.ndarray) and array.dtype == dtype and array.ndim == dimensions and array.flags.c_contiguous):
        raise TypeError(f"expected a contiguous array of {dtype} with {dimensions} dimensions")
    address = c_size_t.from_address(id(array) + _DATA).value  # a fifth of what array.ctypes.data takes, which was most of a call
    return [0, 0, array.size, array.itemsize, address, *array.shape, *array.strides]


@lru_cache(maxsize=16)
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
    made_of = "\n".join([source.read_text(), version("numba"), llvmlite.__version__, processor, features])
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

"""Kernels of a module written for each test: they are compiled once, kept, and called without numba."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets import machine_code
from assets.code import signing

ROOT = Path(__file__).resolve().parents[2]
KERNELS = """
import numpy as np
from numba import njit

SIGNATURES = {"scale": "i8(u8[::1], i8, i8[:, ::1])"}


@njit(nogil=True, _nrt=False)
def scale(values, factor, places):
    for row in range(places.shape[0]):
        for column in range(places.shape[1]):
            places[row, column] = factor * values[column] + _offset(row)
    return places.shape[0]


@njit(nogil=True, _nrt=False)
def _offset(row):
    return np.int64(10) * row
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    machine_code.load.cache_clear()
    yield tmp_path / f"kernels_{tmp_path.name}.py"
    machine_code.load.cache_clear()


def loaded(module: Path, source: str) -> Any:
    module.write_text(source)
    os.utime(module, (len(kept(module)),) * 2)  # Python sees a change by the second, and by the size
    machine_code.load.cache_clear()
    sys.modules.pop(module.stem, None)
    return machine_code.load(module.stem)


def kept(module: Path) -> list[Path]:
    return sorted(Path(cache_from_source(str(module))).parent.glob(f"{module.stem}*.o"))


def scaled(kernels: Any) -> list[list[int]]:
    places = np.zeros((2, 3), np.int64)
    assert kernels.scale(np.arange(3, dtype=np.uint64), 7, places) == 2
    return places.tolist()


def test_it_computes_and_is_kept(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [[0, 7, 14], [10, 17, 24]]
    assert scaled(loaded(module, KERNELS)) == expected
    assert len(kept(module)) == 1
    monkeypatch.setattr(machine_code, "_compile", lambda *_: pytest.fail("compiled again"))
    assert scaled(loaded(module, KERNELS)) == expected


def test_a_changed_kernel_is_compiled_again(module: Path) -> None:
    loaded(module, KERNELS)
    assert scaled(loaded(module, KERNELS.replace("np.int64(10)", "np.int64(20)")))[1] == [20, 27, 34]
    assert len(kept(module)) == 2


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:100], lambda data: data[:-1] + b"\x00\x01"])
def test_what_went_bad_is_compiled_again(module: Path, damage: Any) -> None:
    loaded(module, KERNELS)
    (file,) = kept(module)
    good = file.read_bytes()
    file.write_bytes(damage(good))
    assert scaled(loaded(module, KERNELS))[0] == [0, 7, 14]
    assert len(file.read_bytes()) == len(good)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(3, dtype=np.int64),
        np.arange(6, dtype=np.uint64)[::2],
        np.zeros((1, 3), np.uint64),
        [0, 1, 2],
    ],
)
def test_other_arrays_are_refused(module: Path, values: Any) -> None:
    kernels = loaded(module, KERNELS)
    with pytest.raises(TypeError, match="contiguous array of uint64 with 1 dimensions"):
        kernels.scale(values, 7, np.zeros((2, 3), np.int64))
    with pytest.raises(ValueError, match="zip"):
        kernels.scale(np.zeros(3, np.uint64))


def test_a_kernel_that_raises_says_so(module: Path) -> None:
    raising = KERNELS.replace("    return places", "    if factor == 3:\n        raise ValueError('no')\n    return places")
    kernels = loaded(module, raising)
    assert scaled(kernels)[0] == [0, 7, 14]
    with pytest.raises(RuntimeError, match="status"):
        kernels.scale(np.zeros(3, np.uint64), 3, np.zeros((2, 3), np.int64))


def test_neither_numba_nor_scipy_is_imported() -> None:
    signing.signatures(pl.Series(["a b c d e f"]), 16, 1)  # compiled now at the latest
    code = (
        "import sys, polars as pl\nfrom assets.code import signing\nsigning.signatures(pl.Series(['a b c d e f']), 16, 1)\n"
        "print(sorted({'numba', 'scipy', 'awkward', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_modules_of_kernels_are_found() -> None:
    found = machine_code.all_modules()
    assert {"assets.code.brace_lexer", "assets.corpus.chunks.cpp_walk"} <= set(found) and "assets.machine_code" not in found

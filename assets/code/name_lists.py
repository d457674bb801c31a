"""Lists of names made of flags, for a whole column at once."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray


def named(flags: NDArray[np.bool_], names: tuple[str, ...]) -> pl.Series:
    """Return a List(String) series: for each row of `flags` (n, len(names)) the names whose flags are set, in their order.

    Every list that can be is made once, so `names` are few (at most sixteen).
    """
    return _every_list(names)[pl.Series(flags @ (1 << np.arange(len(names))))]


@lru_cache(maxsize=16)
def _every_list(names: tuple[str, ...]) -> pl.Series:
    lists: Sequence[list[str]] = [[name for bit, name in enumerate(names) if code >> bit & 1] for code in range(1 << len(names))]
    return pl.Series(lists, dtype=pl.List(pl.String))

"""Texts one behind the other, as kernels take them."""

import numpy as np
import polars as pl
from numpy.typing import NDArray


def flat(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of `texts` (String, without nulls) and n + 1 bounds: text i is data[bounds[i]:bounds[i + 1]]."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]

"""Texts as kernels take them: bytes, and where each text begins and ends in them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_VIEW_WORDS = 4  # of 32 bits: the length, four bytes of the text, number of the buffer, offset in it
_INLINE_BYTES = 12  # a text that is no longer stands in its view, behind the length


class Piece(NamedTuple):
    """Some of the texts of a column."""

    rows: NDArray[np.int64]
    data: NDArray[np.uint8]
    bounds: NDArray[np.int64]  # (n, 2): text rows[i] is data[bounds[i, 0]:bounds[i, 1]]


def pieces(texts: pl.Series) -> Iterator[Piece]:
    """Yield all of `texts` (String or Binary, without nulls), by the buffers that their bytes lie in: none is copied.

    The layout is that of Arrow's views: https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
    """
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    if not len(array):
        return
    _, packed, *buffers = array.buffers()
    words = np.frombuffer(packed, np.uint32).reshape(-1, _VIEW_WORDS)[array.offset : array.offset + len(array)].astype(np.int64)
    lengths, number, starts = words[:, 0], words[:, 2], words[:, 3]
    inline = np.flatnonzero(lengths <= _INLINE_BYTES)
    number[inline] = len(buffers)
    starts[inline] = (inline + array.offset) * _VIEW_WORDS * 4 + 4
    rows = np.argsort(number, kind="stable")
    bounds = np.column_stack([starts, starts + lengths])[rows]
    ends = np.searchsorted(number[rows], np.arange(len(buffers) + 1), side="right").tolist()
    for data, start, end in zip([*buffers, packed], [0, *ends], ends, strict=False):
        if start < end:
            yield Piece(rows[start:end], np.frombuffer(data, np.uint8), bounds[start:end])


def flat(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of `texts` (String, without nulls) and n + 1 bounds: text i is data[bounds[i]:bounds[i + 1]]."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]

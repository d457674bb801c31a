"""From texts to the words of both their readings, some megabytes at a time."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from assets.corpus.decontamination import texts

Array = np.ndarray
Reading = tuple[Array, Array, Array, Array]  # words, their bounds by text, strict keys of segments, their bounds by text
_BATCH_BYTES = 2_000_000


def readings(said: pl.Series) -> Iterator[tuple[int, tuple[Reading, Reading]]]:
    """Yield (number of the first text, (as they are, without comments and imports)) of texts in NFKC.

    Texts that have neither comments nor imports are empty in the second reading.
    """
    from assets.corpus.decontamination import words

    data, offsets = texts.buffers(said)
    cuts = np.flatnonzero(np.diff(offsets[:-1] // _BATCH_BYTES)) + 1
    for first, last in zip([0, *cuts.tolist()], [*cuts.tolist(), len(said)], strict=True):
        places = offsets[first : last + 1]
        n_bytes, marks = int(places[-1] - places[0]), np.zeros(last - first, np.bool_)
        both = []
        for bare in (False, True):
            found, stricts = np.empty((n_bytes + last - first) // 2 + 1, np.uint64), np.empty(n_bytes + last - first + 1, np.uint64)
            bounds, segments = np.zeros(last - first + 1, np.int64), np.zeros(last - first + 1, np.int64)
            words.read_all(data, places, bare, found, bounds, stricts, segments, marks)
            both.append((found, bounds, stricts, segments))
        yield first, (both[0], both[1])

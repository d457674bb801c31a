"""The columns of `cleaned_chunks`, of many files at a time: what stands in a row is a view of their text, never a string of Python."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from assets import machine_code, passport
from assets.corpus.chunks import comments, cutting, declared
from assets.corpus.chunks.cutting import Cut
from assets.corpus.chunks.imports import Imports, needed

Table = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_BLOCK = 64  # as in `row_places`, and the columns there
_FILE, _ORDER, _START, _END, _DOC_START, _DOC_END = range(6)
_PLACES = ("part", "start_line", "end_line", "start_char", "end_char", "docstring_start", "docstring_end")
_DOC, _SIGNATURE = (slice(first, first + 2) for first in (declared.DOC_START, declared.SIGNATURE_START))
_KINDS = pl.Series([*declared.KINDS, "file"])
_NOTHING = np.empty((0, 8), np.int64)


class Rows(NamedTuple):
    """The chunks of files, by file, declaration and start. All places are bytes of `text` but those in `places`."""

    text: Bytes  # of all files, one behind the other
    spans: Table  # (rows, 6), see `row_places`; the order is a place in `declared`, -1 for none
    places: Table  # (rows, 7), see `row_places`
    n_tokens: Table
    declared: Table  # as `Declared.table`, of all files
    names: pl.Series  # of what is declared, then of the files
    imports: Imports

    @property
    def files(self) -> Table:
        """The place of the file of each row."""
        return self.spans[:, _FILE]

    def among(self, chosen: npt.NDArray[np.bool_]) -> "Rows":
        """Return some of the rows."""
        return self._replace(spans=self.spans[chosen], places=self.places[chosen], n_tokens=self.n_tokens[chosen])


def stack(text: bytes, starts: Table, cuts: Sequence[Cut], names: Sequence[str], imports: Imports) -> Rows:
    """Return the chunks of files: where each starts in the text, what was cut of some at a time, names of what they declare, and theirs."""
    found = np.concatenate([_NOTHING, *[one.declared for one in cuts]])
    chunks = np.concatenate([np.empty((0, 5), np.int64), *[one.chunks for one in cuts]])
    documentation = _of(chunks[:, cutting.ORDER], found[:, _DOC], -1)
    spans = np.ascontiguousarray(np.column_stack([chunks[:, : cutting.END + 1], documentation]))
    data = np.frombuffer(text, np.uint8)
    places, before = np.empty((len(spans), len(_PLACES)), np.int64), np.empty((len(data) // _BLOCK + 1, 2), np.int64)
    _kernels().tally(data, before)
    _kernels().place(data, before, starts, spans, places)
    return Rows(data, spans, places, chunks[:, cutting.N_TOKENS], found, pl.Series(names, dtype=pl.String), imports)


def _of(order: Table, values: Table, otherwise: int) -> Table:
    """Return what `values` has at each place that is not below 0."""
    found = np.full((len(order), *values.shape[1:]), otherwise)
    found[order >= 0] = values[order[order >= 0]]
    return found


def origins(rows: Rows, files: pl.DataFrame) -> pl.DataFrame:
    """Return where each row comes from: its id, the columns of its file, its places and number of tokens."""
    origin = files.select("id", "repository", "revision", "path", "language", "license")[pl.Series(rows.files, dtype=pl.UInt32)]
    places = pl.DataFrame(rows.places, schema=dict.fromkeys(_PLACES, pl.Int64()), orient="row")
    ids = passport.row_ids("cleaned_chunks", origin["id"], *[places[name].cast(pl.String) for name in ("start_char", "end_char")])
    return origin.select(ids, pl.concat_list("id").alias("parent_ids"), pl.exclude("id"), *places, pl.Series("n_tokens", rows.n_tokens))


def contents(rows: Rows, languages: pl.Series) -> list[pl.Series]:
    """Return what stands in each row: kind, name, signature, docstring, imports, text. `languages` has the language of each."""
    order = rows.spans[:, _ORDER]
    signatures = comments.trimmed(rows.text, _of(order, rows.declared[:, _SIGNATURE], -1), without_semicolons=True)
    return [
        _KINDS.gather(_of(order, rows.declared[:, declared.KIND], len(declared.KINDS))).alias("kind"),
        rows.names.gather(np.where(order >= 0, order, len(rows.declared) + rows.files)).alias("name"),
        pl.Series("signature", _views(rows.text, signatures), dtype=pl.String),
        _docstrings(rows, languages),
        _imports(rows),
        pl.Series("text", _views(rows.text, rows.spans[:, _START : _END + 1]), dtype=pl.String),
    ]


def _docstrings(rows: Rows, languages: pl.Series) -> pl.Series:
    """Return the docstrings without quotes and marks; null where they say nothing."""
    spans = rows.spans[:, _DOC_START : _DOC_END + 1]
    is_documented = spans[:, 0] >= 0
    is_python = languages.eq_missing("Python").to_numpy()
    said, places = comments.said(rows.text, spans[is_documented], is_python[is_documented])
    found = np.full(spans.shape, -1)
    found[is_documented] = np.where(places[:, :1] < places[:, 1:], places, -1)
    return pl.Series("docstring", _views(said, found), dtype=pl.String)


def _imports(rows: Rows) -> pl.Series:
    import pyarrow

    sizes, lengths = rows.spans[:, _END] - rows.spans[:, _START], np.diff(rows.places[:, [3, 4]])[:, 0]
    chunks = np.column_stack([rows.spans[:, [_FILE, _START, _END]], sizes == lengths])
    statements, ends = needed(rows.imports, rows.text, np.ascontiguousarray(chunks))
    texts = _views(rows.text, comments.trimmed(rows.text, rows.imports.spans, without_semicolons=False)[statements])
    offsets = pyarrow.Array.from_buffers(pyarrow.int64(), len(ends) + 1, [None, pyarrow.py_buffer(np.append(0, ends))])
    return pl.Series("imports", pyarrow.LargeListArray.from_arrays(offsets, texts))


def _views(text: Bytes, spans: Table) -> Any:
    """Return what stands at [start, end) of a UTF-8 text as an array of Arrow that keeps the text, with null for a span below 0.

    Raises ValueError for a text of 2 GiB: places have 31 bits in Arrow.
    """
    import pyarrow

    if len(text) >= 2**31:
        raise ValueError("files of 2 GiB and more cannot be cut at a time")
    views = np.empty((len(spans), 4), np.uint32)
    _kernels().view(text, np.ascontiguousarray(spans), views)
    known = np.packbits(spans[:, 0] >= 0, bitorder="little")
    buffers = [pyarrow.py_buffer(array) for array in (known, views, text)]
    return pyarrow.Array.from_buffers(pyarrow.string_view(), len(spans), buffers)


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.row_places")

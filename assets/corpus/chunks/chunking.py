"""Cut files into functions, methods and classes within a token budget, each a literal slice of its file."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.corpus import tokens
from assets.corpus.chunks import comments, splitting
from assets.corpus.chunks.imports import Imports, needed
from assets.corpus.chunks.slicing import Piece, Sliced

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "repository": pl.String(),
        "revision": pl.String(),
        "path": pl.String(),
        "language": pl.String(),
        "license": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "part": pl.Int64(),
        "signature": pl.String(),
        "docstring": pl.String(),
        "docstring_start": pl.Int64(),
        "docstring_end": pl.Int64(),
        "imports": pl.List(pl.String()),
        "start_line": pl.Int64(),
        "end_line": pl.Int64(),
        "start_char": pl.Int64(),
        "end_char": pl.Int64(),
        "n_tokens": pl.Int64(),
        "text": pl.String(),
    }
)
_MOST_CHARS_PER_TOKEN = 8  # a text longer than this many characters per token of the budget is cut before it is counted
_CHARS_PER_TOKEN = 3.2  # of source code with a 49,152-token BPE vocabulary: only a first guess, every piece is counted
_FILES_AT_A_TIME = 256  # bounds what is alive besides the shard itself
_FILE = pl.format("{}:{}", "repository", "path")


class ChunkingSettings(BaseModel, frozen=True, extra="forbid"):
    """How files are cut.

    `max_parse_error_share`: nobody has published a threshold. Measured with these grammars, over .2 are none of 825 Python and Java
    files of well-known packages, 1 % of JavaScript (those with Flow's types) and 4 % of C++ (macros for syntax, Objective-C), but 92 to
    100 % of Markdown that is called one of these languages, and 60 to 95 % of the other languages' files read as Python.
    """

    max_tokens: int = Field(512, ge=32, description="budget of a chunk, by the base model's tokenizer")
    min_tokens: int = Field(12, ge=1, description="a smaller chunk says too little to learn from")
    max_imports: int = Field(16, ge=0, description="import or include statements kept with a chunk")
    max_parse_error_share: float = Field(0.2, ge=0, le=1, description="share of a file's bytes that its grammar may fail to place")

    @model_validator(mode="after")
    def _is_a_range(self) -> "ChunkingSettings":
        if self.min_tokens > self.max_tokens:
            raise ValueError("min_tokens is above max_tokens")
        return self


def chunk(files: pl.DataFrame, settings: ChunkingSettings, tokenizer: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chunks of deduplicated files, by file and place in it, and a ledger row for each piece or file that is none.

    `tokenizer` has one row and the column `tokenizer_json`. Functions and methods are chunks with their decorators and documentation;
    a class is its head and fields, its methods stand alone; what is over the budget is cut at statements, then lines, then characters.
    Files of other languages, and those that declare nothing, are cut whole (kind "file"). What stands between the declarations of a
    module belongs to no chunk. Ledger rules: `too_short`, `over_budget` (one character above the budget), `blank`, `parse_errors`.
    """
    counter = tokens.load(tokenizer)
    chunks, dropped = [], []
    for start in range(0, files.height, _FILES_AT_A_TIME):
        batch = files.slice(start, _FILES_AT_A_TIME)
        rows, imports, shares, blank = _rows(batch, settings, counter)
        frame = _frame(rows, batch, imports, settings.max_imports)
        fits = frame["n_tokens"].is_between(settings.min_tokens, settings.max_tokens)
        chunks.append(frame.filter(fits))
        files_of = [number for (number, *_), kept in zip(rows, fits, strict=True) if not kept]
        told = (_too_small_or_large(frame.filter(~fits), settings), ledger.entries(batch[blank], "blank", detail=_FILE))
        by_file = np.argsort([*files_of, *blank, *shares], kind="stable")  # else a shard in parts would have another ledger
        dropped.append(pl.concat([*told, _unparsed(batch, shares, settings)])[by_file])
    return pl.concat([pl.DataFrame(schema=SCHEMA), *chunks]), pl.concat([ledger.empty(), *dropped])


class Counted(NamedTuple):
    """A piece that is within the budget, or a single character: as `Piece`, with its tokens and its text."""

    order: int
    start: int
    end: int
    n_tokens: int
    text: str


def _rows(
    files: pl.DataFrame, settings: ChunkingSettings, counter: "Tokenizer"
) -> tuple[list[tuple[Any, ...]], list[Imports], dict[int, float], list[int]]:
    """Return a row of _ROW for each piece, the imports of each file, the share of parse errors of those with too many, the blank ones."""
    rows: list[tuple[Any, ...]] = []
    imports: list[Imports] = []
    broken: dict[int, float] = {}
    blank = []
    for file, (content, language) in enumerate(files.select("content", "language").iter_rows()):
        sliced = Sliced(content, language)
        imports.append(sliced.imports)
        if sliced.parse_error_share is not None and sliced.parse_error_share > settings.max_parse_error_share:
            broken[file] = sliced.parse_error_share
            continue
        if not sliced.pieces:
            blank.append(file)
        rows.extend(_rows_of(file, sliced, settings, counter))
    return rows, imports, broken, blank


def _rows_of(file: int, sliced: Sliced, settings: ChunkingSettings, counter: "Tokenizer") -> Iterator[tuple[Any, ...]]:
    line, at, part, before = 1, 0, 0, -1
    for order, start, end, n_tokens, text in _counted(sliced, settings, counter):
        # Pieces are mostly in order: count on from the end of the one before, or back to its start.
        line += sliced.content.count("\n", at, start) if at <= start else -sliced.content.count("\n", start, at)
        end_line = line + text.count("\n")
        part = part + 1 if order == before else 0
        kind, name, signature, doc = sliced.about[order]
        # Documentation is shown from its start: not in the parts that begin later.
        shown = (doc[0] - start, min(doc[1], end) - start) if doc is not None and start <= doc[0] < end else (None, None)
        yield file, kind, name, part, signature, *shown, line, end_line - text.endswith("\n"), start, end, n_tokens, text
        line, at, before = end_line, end, order


def _counted(sliced: Sliced, settings: ChunkingSettings, counter: "Tokenizer") -> list[Counted]:
    """Return the pieces of a file cut to the budget, in order."""
    done: list[Counted] = []
    waiting = [smaller for piece in sliced.pieces for smaller in _first_cut(sliced, piece, settings.max_tokens)]
    while waiting:
        again: list[Piece] = []
        texts = [sliced.content[start:end] for _, start, end in waiting]
        for piece, text, n_tokens in zip(waiting, texts, tokens.count(texts, counter), strict=True):
            if n_tokens > settings.max_tokens and len(text) > 1:
                again.extend(_cut_counted(sliced, piece, n_tokens, settings.max_tokens))
            else:
                done.append(Counted(*piece, n_tokens, text))
        waiting = again
    return sorted(done)


def _first_cut(sliced: Sliced, piece: Piece, max_tokens: int) -> list[Piece]:
    """Cut a piece that is surely over the budget by estimate; others are left to be counted."""
    if piece.end - piece.start <= _MOST_CHARS_PER_TOKEN * max_tokens:
        return [piece]
    return _cut(sliced, piece, int(_CHARS_PER_TOKEN * max_tokens), max_tokens)


def _cut_counted(sliced: Sliced, piece: Piece, n_tokens: int, max_tokens: int) -> list[Piece]:
    """Cut a counted piece into such that fit if its tokens are spread evenly; a tenth is left for those that are not."""
    length = piece.end - piece.start
    return _cut(sliced, piece, max(1, min(length - 1, int(0.9 * length * max_tokens / n_tokens))), max_tokens)


def _cut(sliced: Sliced, piece: Piece, max_chars: int, max_tokens: int) -> list[Piece]:
    borders = sliced.borders(piece, max_tokens // 2)
    return [Piece(piece.order, *span) for span in splitting.cut(sliced.content, piece.start, piece.end, borders, max_chars)]


_ROW = (
    *("kind", "name", "part", "signature", "docstring_start", "docstring_end", "start_line", "end_line"),
    *("start_char", "end_char", "n_tokens", "text"),
)


def _frame(rows: list[tuple[Any, ...]], files: pl.DataFrame, imports: list[Imports], max_imports: int) -> pl.DataFrame:
    """Return the rows of `cleaned_chunks`; each of `rows` has the place of its file in front."""
    file, *values = map(list, zip(*rows, strict=True)) if rows else [[] for _ in range(1 + len(_ROW))]
    columns = dict(zip(_ROW, values, strict=True))
    of_file = files.select("id", "repository", "revision", "path", "language", "license")[pl.Series(file, dtype=pl.UInt32)]
    columns["imports"] = needed(imports, file, columns["text"], max_imports)
    columns |= _docstrings(columns, of_file["language"].to_list())
    made = [_series(name, column) for name, column in columns.items()]
    ids = passport.row_ids("cleaned_chunks", of_file["id"].to_list(), map(str, columns["start_char"]), map(str, columns["end_char"]))
    origin = of_file.select(ids, pl.concat_list("id").alias("parent_ids"), pl.exclude("id"))
    frame = origin.with_columns(made).select(*SCHEMA)
    return frame.with_columns(name=pl.when(kind="file").then(pl.col("path").str.split("/").list.last()).otherwise("name"))


def _docstrings(columns: dict[str, list[Any]], languages: list[str | None]) -> dict[str, list[Any]]:
    """Return the docstrings without quotes and marks, and where they stand in the texts; null where they say nothing."""
    places = [place for place, start in enumerate(columns["docstring_start"]) if start is not None]
    spans = [(columns["docstring_start"][place], columns["docstring_end"][place]) for place in places]
    documents = [columns["text"][place][start:end] for place, (start, end) in zip(places, spans, strict=True)]
    found: list[tuple[Any, ...]] = [(None, None, None)] * len(languages)
    said = comments.said(documents, [languages[place] == "Python" for place in places])
    for place, text, span in zip(places, said, spans, strict=True):
        if text:
            found[place] = text, *span
    return {name: [one[index] for one in found] for index, name in enumerate(("docstring", "docstring_start", "docstring_end"))}


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    if SCHEMA[name] != pl.List(pl.String):
        return pl.Series(name, values, dtype=SCHEMA[name])
    import pyarrow

    # Twenty times as fast as to hand over the lists. `pyarrow.array` would import pandas.
    ends = np.fromiter(accumulate(map(len, values), initial=0), np.int64, len(values) + 1)
    offsets = pyarrow.Array.from_buffers(pyarrow.int64(), len(ends), [None, pyarrow.py_buffer(ends)])
    texts = pl.Series(list(chain.from_iterable(values)), dtype=pl.String).to_arrow()
    return pl.Series(name, pyarrow.LargeListArray.from_arrays(offsets, texts))


def _too_small_or_large(dropped: pl.DataFrame, settings: ChunkingSettings) -> pl.DataFrame:
    """Return the ledger of chunks outside the limits; `row_id` is the id that the chunk would have had."""
    small = pl.col("n_tokens") < settings.min_tokens
    return ledger.entries(
        dropped,
        pl.when(small).then(pl.lit("too_short")).otherwise(pl.lit("over_budget")),
        score=pl.col("n_tokens"),
        threshold=pl.when(small).then(settings.min_tokens).otherwise(settings.max_tokens),
        detail=pl.format("{}:{}:{}-{}", "repository", "path", "start_line", "end_line"),
    )


def _unparsed(files: pl.DataFrame, shares: dict[int, float], settings: ChunkingSettings) -> pl.DataFrame:
    """Return the ledger of files with too many parse errors, by their share of errors."""
    rows = files[list(shares)].with_columns(share=pl.Series(list(shares.values()), dtype=pl.Float64))
    return ledger.entries(rows, "parse_errors", score=pl.col("share"), threshold=settings.max_parse_error_share, detail=_FILE)

"""Cut files into functions, methods and classes within a token budget, each a literal slice of its file."""

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.corpus import tokens
from assets.corpus.chunks import docstrings, splitting
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
        rows, shares, blank = _rows(batch, settings, counter)
        frame = _frame(rows, batch)
        fits = pl.col("n_tokens").is_between(settings.min_tokens, settings.max_tokens)
        chunks.append(frame.filter(fits))
        dropped.append(_too_small_or_large(frame.filter(~fits), settings))
        dropped.append(ledger.entries(batch[blank], "blank", detail=_FILE))
        dropped.append(_unparsed(batch, shares, settings))
    return pl.concat([pl.DataFrame(schema=SCHEMA), *chunks]), pl.concat([ledger.empty(), *dropped])


def _rows(
    files: pl.DataFrame, settings: ChunkingSettings, counter: "Tokenizer"
) -> tuple[list[tuple[Any, ...]], dict[int, float], list[int]]:
    """Return a row of _ROW for each piece, the share of parse errors of the files with too many, and the files that are blank."""
    rows: list[tuple[Any, ...]] = []
    broken: dict[int, float] = {}
    blank = []
    for file, (content, language) in enumerate(files.select("content", "language").iter_rows()):
        sliced = Sliced(content, language)
        if sliced.parse_error_share is not None and sliced.parse_error_share > settings.max_parse_error_share:
            broken[file] = sliced.parse_error_share
            continue
        if not sliced.pieces:
            blank.append(file)
        line, at = 1, 0
        for piece, text in _counted(sliced, settings, counter):
            # Pieces are mostly in order: count on from the end of the one before, or back to its start.
            line += content.count("\n", at, piece.start) if at <= piece.start else -content.count("\n", piece.start, at)
            end_line = line + text.count("\n")
            imports = sliced.imports.needed(text, settings.max_imports)
            lines = (line, end_line - text.endswith("\n"))
            rows.append((file, *_described(piece, text, language), imports, *lines, piece.start, piece.end, piece.n_tokens, text))
            line, at = end_line, piece.end
    return rows, broken, blank


def _counted(sliced: Sliced, settings: ChunkingSettings, counter: "Tokenizer") -> list[tuple[Piece, str]]:
    """Return the pieces of a file and their texts, tokens counted, cut to the budget, in order and with their parts numbered."""
    done: list[tuple[Piece, str]] = []
    waiting = [smaller for piece in sliced.pieces for smaller in _first_cut(sliced, piece, settings.max_tokens)]
    while waiting:
        again: list[Piece] = []
        texts = [sliced.content[piece.start : piece.end] for piece in waiting]
        for piece, text, n_tokens in zip(waiting, texts, tokens.count(texts, counter), strict=True):
            piece.n_tokens = n_tokens
            if n_tokens > settings.max_tokens and len(text) > 1:
                again.extend(_cut_counted(sliced, piece, settings.max_tokens))
            else:
                done.append((piece, text))
        waiting = again
    done.sort(key=lambda found: (found[0].order, found[0].start))
    for (before, _), (piece, _) in pairwise(done):
        piece.part = before.part + 1 if piece.order == before.order else 0
    return done


def _first_cut(sliced: Sliced, piece: Piece, max_tokens: int) -> list[Piece]:
    """Cut a piece that is surely over the budget by estimate; others are left to be counted."""
    if piece.end - piece.start <= _MOST_CHARS_PER_TOKEN * max_tokens:
        return [piece]
    return _cut(sliced, piece, int(_CHARS_PER_TOKEN * max_tokens), max_tokens)


def _cut_counted(sliced: Sliced, piece: Piece, max_tokens: int) -> list[Piece]:
    """Cut a counted piece into such that fit if its tokens are spread evenly; a tenth is left for those that are not."""
    length = piece.end - piece.start
    return _cut(sliced, piece, max(1, min(length - 1, int(0.9 * length * max_tokens / piece.n_tokens))), max_tokens)


def _cut(sliced: Sliced, piece: Piece, max_chars: int, max_tokens: int) -> list[Piece]:
    borders = sliced.borders(piece, max_tokens // 2)
    spans = splitting.cut(sliced.content, piece.start, piece.end, borders, max_chars)
    about = (piece.signature, piece.doc)
    return [Piece(piece.order, piece.kind, piece.name, start, end, *about) for start, end in spans]


_ROW = (
    *("kind", "name", "part", "signature", "docstring", "docstring_start", "docstring_end", "imports", "start_line", "end_line"),
    *("start_char", "end_char", "n_tokens", "text"),
)


def _described(piece: Piece, text: str, language: str | None) -> tuple[Any, ...]:
    """Return the kind, name, part, signature and docstring of a piece, with the docstring's place in it where that says anything."""
    doc = _visible_docstring(piece)
    cleaned = None if doc is None else docstrings.clean(text, *doc, language)
    start, end = doc if doc is not None and cleaned else (None, None)
    return piece.kind, piece.name, piece.part, piece.signature, cleaned or None, start, end


def _frame(rows: list[tuple[Any, ...]], files: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `cleaned_chunks`; each of `rows` has the place of its file in front."""
    file, *columns = zip(*rows, strict=True) if rows else [()] * (1 + len(_ROW))
    made = [_series(name, column) for name, column in zip(_ROW, columns, strict=True)]
    of_file = files.select("id", "repository", "revision", "path", "language", "license")[pl.Series(file, dtype=pl.UInt32)]
    places = [map(str, columns[_ROW.index(name)]) for name in ("start_char", "end_char")]
    ids = passport.row_ids("cleaned_chunks", of_file["id"].to_list(), *places)
    origin = of_file.select(ids, pl.concat_list("id").alias("parent_ids"), pl.exclude("id"))
    frame = origin.with_columns(made).select(*SCHEMA)
    return frame.with_columns(name=pl.when(kind="file").then(pl.col("path").str.split("/").list.last()).otherwise("name"))


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    if SCHEMA[name] != pl.List(pl.String):
        return pl.Series(name, values, dtype=SCHEMA[name])
    import pyarrow

    # Twenty times as fast as to hand over the lists.
    ends = pyarrow.array(accumulate(map(len, values), initial=0), pyarrow.int32())
    return pl.Series(name, pyarrow.ListArray.from_arrays(ends, pyarrow.array(chain.from_iterable(values), pyarrow.string())))


def _visible_docstring(piece: Piece) -> tuple[int, int] | None:
    """Return the part of the docstring inside the piece, from its start: none for the parts that begin later."""
    if piece.doc is None or not piece.start <= piece.doc[0] < piece.end:
        return None
    return piece.doc[0] - piece.start, min(piece.doc[1], piece.end) - piece.start


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

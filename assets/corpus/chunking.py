"""Cut files into functions, methods and classes within a token budget, each a literal slice of its file."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.corpus import docstrings, slicing, splitting, tokens
from assets.corpus.imports import needed
from assets.corpus.slicing import Piece

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


class ChunkingSettings(BaseModel, frozen=True, extra="forbid"):
    """How files are cut."""

    max_tokens: int = Field(512, ge=32, description="budget of a chunk, by the base model's tokenizer")
    min_tokens: int = Field(12, ge=1, description="a smaller chunk says too little to learn from")
    max_imports: int = Field(16, ge=0, description="import or include statements kept with a chunk")

    @model_validator(mode="after")
    def _is_a_range(self) -> "ChunkingSettings":
        if self.min_tokens > self.max_tokens:
            raise ValueError("min_tokens is above max_tokens")
        return self


@dataclass(frozen=True, slots=True)
class _Counted:
    """A piece of one file with its number of tokens."""

    file: int
    piece: Piece
    n_tokens: int


def chunk(files: pl.DataFrame, settings: ChunkingSettings, tokenizer: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chunks of deduplicated files, by file and place in it, and a ledger row for each piece that is none.

    `tokenizer` has one row and the column `tokenizer_json`. Functions and methods are chunks with their decorators and documentation;
    a class is its head and fields, its methods stand alone; what is over the budget is cut at statements, then lines, then characters.
    Files of other languages, and those that declare nothing, are cut whole (kind "file"). What stands between the declarations of a
    module belongs to no chunk. Ledger rules: `too_short`, `over_budget` (one character above the budget), `blank`.
    """
    counter = tokens.load(tokenizer)
    chunks, rows_dropped = [], []
    for start in range(0, files.height, _FILES_AT_A_TIME):
        batch = files.slice(start, _FILES_AT_A_TIME)
        contents = batch["content"].to_list()
        kept, dropped, blank = _counted(contents, batch["language"].to_list(), settings, counter)
        chunks.append(_frame(kept, batch, contents, settings))
        rows_dropped.append(_too_small_or_large(_frame(dropped, batch, contents, settings), settings))
        rows_dropped.append(ledger.entries(batch[blank], "blank", detail=pl.format("{}:{}", "repository", "path")))
    return pl.concat([pl.DataFrame(schema=SCHEMA), *chunks]), pl.concat([ledger.empty(), *rows_dropped])


def _counted(
    contents: list[str], languages: list[str | None], settings: ChunkingSettings, counter: "Tokenizer"
) -> tuple[list[_Counted], list[_Counted], list[int]]:
    """Return the pieces within the limits, the others, and the files that have none: all in order."""
    waiting = [(file, piece) for file, content in enumerate(contents) for piece in _pieces(content, languages[file], settings)]
    blank = sorted(set(range(len(contents))) - {file for file, _ in waiting})
    done: list[_Counted] = []
    while waiting:
        counts = tokens.count([contents[file][piece.start : piece.end] for file, piece in waiting], counter)
        again: list[tuple[int, Piece]] = []
        for (file, piece), n_tokens in zip(waiting, counts, strict=True):
            if n_tokens > settings.max_tokens and piece.end - piece.start > 1:
                again.extend((file, smaller) for smaller in _cut_counted(contents[file], piece, n_tokens, settings.max_tokens))
            else:
                done.append(_Counted(file, piece, n_tokens))
        waiting = again
    done = _numbered(sorted(done, key=lambda item: (item.file, item.piece.order, item.piece.start)))
    fits = [settings.min_tokens <= item.n_tokens <= settings.max_tokens for item in done]
    return [i for i, ok in zip(done, fits, strict=True) if ok], [i for i, ok in zip(done, fits, strict=True) if not ok], blank


def _pieces(content: str, language: str | None, settings: ChunkingSettings) -> Iterator[Piece]:
    """Yield the pieces of a file; those that are surely over the budget are cut by estimate, the others are left to be counted."""
    for piece in slicing.pieces(content, language, smallest=settings.max_tokens):
        if piece.end - piece.start <= _MOST_CHARS_PER_TOKEN * settings.max_tokens:
            yield piece
        else:
            yield from _cut(content, piece, int(_CHARS_PER_TOKEN * settings.max_tokens))


def _cut_counted(content: str, piece: Piece, n_tokens: int, max_tokens: int) -> Iterator[Piece]:
    """Cut a counted piece into such that fit if its tokens are spread evenly; a tenth is left for those that are not."""
    length = piece.end - piece.start
    yield from _cut(content, piece, max(1, min(length - 1, int(0.9 * length * max_tokens / n_tokens))))


def _cut(content: str, piece: Piece, max_chars: int) -> Iterator[Piece]:
    for start, end in splitting.cut(content, piece.start, piece.end, piece.borders, max_chars):
        yield replace(piece, start=start, end=end)


def _numbered(counted: list[_Counted]) -> list[_Counted]:
    """Number the parts of what was cut, in the order of the file."""
    out: list[_Counted] = []
    before: tuple[int, int] | None = None
    part = 0
    for item in counted:
        part = part + 1 if (item.file, item.piece.order) == before else 0
        before = (item.file, item.piece.order)
        out.append(replace(item, piece=replace(item.piece, part=part)))
    return out


def _frame(counted: list[_Counted], files: pl.DataFrame, contents: list[str], settings: ChunkingSettings) -> pl.DataFrame:
    """Return the rows of `cleaned_chunks`."""
    chosen = files.select("id", "repository", "revision", "path", "language", "license")[[item.file for item in counted]]
    languages = chosen["language"].to_list()
    newlines: dict[int, list[int]] = {}
    rows = []
    for item, language in zip(counted, languages, strict=True):
        if item.file not in newlines:
            newlines = {item.file: _newlines(contents[item.file])}  # one file at a time: rows come in the order of the files
        rows.append(_row(item, contents[item.file], language, newlines[item.file], settings))
    columns = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in _ROW}, orient="row")
    ids = passport.row_ids("cleaned_chunks", chosen["id"], columns["start_char"].cast(pl.String), columns["end_char"].cast(pl.String))
    origin = chosen.select(ids, pl.concat_list("id").alias("parent_ids"), pl.exclude("id"))
    frame = pl.concat([origin, columns], how="horizontal").select(*SCHEMA)
    return frame.with_columns(name=pl.when(kind="file").then(pl.col("path").str.split("/").list.last()).otherwise("name"))


_ROW = (
    *("kind", "name", "part", "signature", "docstring", "docstring_start", "docstring_end", "imports", "start_line", "end_line"),
    *("start_char", "end_char", "n_tokens", "text"),
)


def _row(item: _Counted, content: str, language: str | None, newlines: list[int], settings: ChunkingSettings) -> tuple[Any, ...]:
    piece = item.piece
    text = content[piece.start : piece.end]
    doc = _visible_docstring(piece)
    cleaned = None if doc is None else docstrings.clean(text, *doc, language)
    start_line, end_line = bisect_right(newlines, piece.start), bisect_right(newlines, piece.end - 1)
    imports = needed(text, piece.imports, max_imports=settings.max_imports)
    start, end = (None, None) if not cleaned or doc is None else doc
    described = (piece.kind, piece.name, piece.part, piece.signature, cleaned or None, start, end, imports)
    return (*described, start_line, end_line, piece.start, piece.end, item.n_tokens, text)


def _visible_docstring(piece: Piece) -> tuple[int, int] | None:
    """Return the part of the docstring inside the piece, from its start: none for the parts that begin later."""
    if piece.doc is None or not piece.start <= piece.doc[0] < piece.end:
        return None
    return piece.doc[0] - piece.start, min(piece.doc[1], piece.end) - piece.start


def _newlines(content: str) -> list[int]:
    """Return where each line starts."""
    starts, at = [0], content.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = content.find("\n", at + 1)
    return starts


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

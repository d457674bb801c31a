"""Cut files into functions, methods and classes within a token budget, each a literal slice of its file."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger
from assets.corpus import tokens
from assets.corpus.chunks import cutting, rows
from assets.corpus.chunks.cutting import Cut
from assets.corpus.chunks.imports import Imports
from assets.corpus.chunks.slicing import SlicedFile

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
_FILES_AT_A_TIME = 256  # bounds what is alive besides the shard itself
_FILE = pl.format("{}:{}", "repository", "path")


class ChunkingSettings(BaseModel, frozen=True, extra="forbid"):
    """How files are cut.

    `max_parse_error_share`: nobody has published a threshold. Measured with these grammars, over .2 are none of 825 Python and Java
    files of well-known packages, 1 % of JavaScript (Flow's types, which no longer count) and 4 % of C++ (macros for syntax, of which most
    no longer count, Objective-C), but 92 to 100 % of Markdown that is called one of these languages, and 60 to 95 % of the other languages'
    files read as Python.
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
        found, shares, blank = _cut(batch, settings, counter)
        fits = (settings.min_tokens <= found.n_tokens) & (found.n_tokens <= settings.max_tokens)
        origins = rows.origins(found, batch)
        kept = origins.filter(fits)
        chunks.append(_complete(kept, rows.contents(found.among(fits), kept["language"])))
        told = (_too_small_or_large(origins.filter(~fits), settings), ledger.entries(batch[blank], "blank", detail=_FILE))
        by_file = np.argsort([*found.files[~fits], *blank, *shares], kind="stable")  # else a shard in parts would have another ledger
        dropped.append(pl.concat([*told, _unparsed(batch, shares, settings)])[by_file])
    return pl.concat([pl.DataFrame(schema=SCHEMA), *chunks]), pl.concat([ledger.empty(), *dropped])


def _cut(files: pl.DataFrame, settings: ChunkingSettings, counter: "Tokenizer") -> tuple[rows.Rows, dict[int, float], list[int]]:
    """Return the chunks of files, the share of parse errors of those with too many, which have no chunks, and the blank files."""
    sources = files["content"].cast(pl.Binary).to_list()
    text, starts = b"".join(sources), np.cumsum([0, *map(len, sources)], dtype=np.int64)
    cuts, names, imports, broken = list[Cut](), list[str](), Imports(settings.max_imports), dict[int, float]()
    first = n_declared = 0
    for group in cutting.groups(_sliced(sources, files["language"], settings.max_parse_error_share)):
        cut = cutting.within_budget(text, group, settings.max_tokens, counter)
        cuts.append(cut.moved(first, n_declared))
        for file, sliced in enumerate(group, first):
            declared = sliced.declared
            names += [] if declared is None else declared.names
            imports.add(sliced.source, [] if declared is None else declared.imports, sliced.read_as or "", sliced.start)
            if sliced.is_broken:
                broken[file] = sliced.parse_error_share or 0
        first, n_declared = first + len(group), n_declared + len(cut.declared)
    names += [path.rpartition("/")[2] for path in files["path"]]
    found = rows.stack(text, starts[:-1], cuts, names, imports)
    return found, broken, [file for file in np.setdiff1d(range(files.height), found.files).tolist() if file not in broken]


def _sliced(sources: Iterable[bytes], languages: Iterable[str | None], most_errors: float) -> Iterator[SlicedFile]:
    start = 0
    for source, language in zip(sources, languages, strict=True):
        yield SlicedFile(source, language, start, most_errors)
        start += len(source)


def _complete(origins: pl.DataFrame, contents: list[pl.Series]) -> pl.DataFrame:
    """Return rows of `cleaned_chunks`; documentation that says nothing stands nowhere."""
    is_said = pl.col("docstring").is_not_null()
    return origins.with_columns(contents).select(
        pl.when(is_said).then(name).alias(name) if name.startswith("docstring_") else name for name in SCHEMA
    )


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
    unparsed = files[list(shares)].with_columns(share=pl.Series(list(shares.values()), dtype=pl.Float64))
    return ledger.entries(unparsed, "parse_errors", score=pl.col("share"), threshold=settings.max_parse_error_share, detail=_FILE)

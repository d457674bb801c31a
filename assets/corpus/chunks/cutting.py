"""Cut the pieces of files until each is within the token budget."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.corpus import tokens
from assets.corpus.chunks import slicing
from assets.corpus.chunks.slicing import SlicedFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Table = npt.NDArray[np.int64]
FILE, ORDER, START, END, N_TOKENS = range(5)  # columns of `Cut.chunks`
_MOST_CHARS_PER_TOKEN = 8  # a text longer than this many characters per token of the budget is cut before it is counted
_BYTES_AT_A_TIME = 100_000  # of source; more at a time are counted no faster
_CHARS_PER_TOKEN = 3.2  # of source code with a 49,152-token BPE vocabulary: only a first guess, every piece is counted


class Cut(NamedTuple):
    """The chunks of files and what these declare, in bytes of the text that they stand in."""

    chunks: Table  # (chunks, 5), by file, declaration and start; FILE and ORDER are as in `slicing.pieces`
    declared: Table  # `Declared.table` of all files

    def moved(self, files: int, declarations: int) -> "Cut":
        """Return the same after so many files, which declare so much."""
        self.chunks[:, FILE] += files
        self.chunks[:, ORDER] += np.where(self.chunks[:, ORDER] < 0, 0, declarations)
        return self


def within_budget(text: bytes, files: Sequence[SlicedFile], max_tokens: int, counter: "Tokenizer") -> Cut:
    """Return the pieces of files, which stand in `text`, cut to `max_tokens`. Only a single character may be over the budget.

    To count the pieces of 100 KB together takes two thirds of the time: what the tokenizer looks up stays in the processor's cache.
    """
    pieces, declared = slicing.pieces(text, files)
    most, borders = _by_length(text, pieces, max_tokens), _Borders(text, files, declared, max_tokens // 2)
    done = [np.empty((0, 5), np.int64)]
    while len(pieces):
        pieces = np.concatenate([pieces[most == 0], borders.cut(pieces[most > 0], most[most > 0])])
        texts = [text[start:end] for start, end in pieces[:, START : END + 1].tolist()]
        n_tokens = np.array(tokens.count_bytes(texts, counter), np.int64)
        most = _most(texts, n_tokens, max_tokens)
        done.append(np.column_stack([pieces, n_tokens])[most == 0])
        pieces, most = pieces[most > 0], most[most > 0]
    chunks = np.concatenate(done)
    return Cut(chunks[np.lexsort((chunks[:, START], chunks[:, ORDER], chunks[:, FILE]))], declared)


def groups(files: Iterable[SlicedFile]) -> Iterator[list[SlicedFile]]:
    """Yield files in order, as many at a time as are to be counted together: what is known of a file can be a hundred times its size."""
    group: list[SlicedFile] = []
    n_bytes = 0
    for sliced in files:
        group.append(sliced)
        n_bytes += len(sliced.source)
        if n_bytes >= _BYTES_AT_A_TIME:
            yield group
            group, n_bytes = [], 0
    if group:
        yield group


def _by_length(text: bytes, pieces: Table, max_tokens: int) -> Table:
    """Return into how many characters to cut each of the pieces that are surely over the budget, 0 for those that are to be counted."""
    longest, most = _MOST_CHARS_PER_TOKEN * max_tokens, np.zeros(len(pieces), np.int64)
    for place in np.flatnonzero(pieces[:, END] - pieces[:, START] > longest).tolist():
        start, end = pieces[place, START : END + 1].tolist()
        most[place] = int(_CHARS_PER_TOKEN * max_tokens) if len(text[start:end].decode()) > longest else 0
    return most


def _most(texts: Sequence[bytes], n_tokens: Table, max_tokens: int) -> Table:
    """Return into how many characters to cut each text, 0 for those within the budget and single characters.

    It fits if its tokens are spread evenly; a tenth is left for those that are not.
    """
    most = np.zeros(len(texts), np.int64)
    for place in np.flatnonzero(n_tokens > max_tokens).tolist():
        length = len(texts[place].decode())
        most[place] = min(length - 1, max(1, int(0.9 * length * max_tokens / n_tokens[place])))
    return most


class _Borders:
    """Where the declarations of files are best cut: where statements start that do not stand in one of under `smallest` bytes."""

    def __init__(self, text: bytes, files: Sequence[SlicedFile], declared: Table, smallest: int) -> None:
        self._text, self._files, self._smallest = text, files, smallest
        sizes = [0 if one.declared is None else len(one.declared.table) for one in files]
        self._firsts = np.cumsum([0, *sizes])  # declaration of each file
        self._places: dict[int, tuple[int, int]] = {-1: (-1, -1)}  # of the borders of each declaration in `_found`
        self._found: list[int] = []

    def cut(self, pieces: Table, most: Table) -> Table:
        """Return (FILE, ORDER, START, END) of spans of at most `most` characters of each of `pieces`."""
        if not len(pieces):
            return pieces
        places = np.array([self._of(file, order) for file, order in pieces[:, : ORDER + 1].tolist()], np.int64)
        starts = np.array([one.start for one in self._files], np.int64)
        rows = np.column_stack([pieces, most, places, starts[pieces[:, FILE]]])
        n_spans = int(((pieces[:, END] - pieces[:, START]) // (most // 3 + 1) + 1).sum())
        found = np.empty((n_spans, 4), np.int64)
        kernels = machine_code.load("assets.corpus.chunks.piece_spans")
        return found[: kernels.cut(np.frombuffer(self._text, np.uint8), rows, np.array(self._found, np.int64), found)]

    def _of(self, file: int, order: int) -> tuple[int, int]:
        """Return which of `_found` are those of a declaration, in bytes of the file."""
        declared = self._files[file].declared
        if order not in self._places and declared is not None:
            first = len(self._found)
            self._found += declared.statements(order - int(self._firsts[file]), self._smallest)
            self._places[order] = first, len(self._found)
        return self._places[order]

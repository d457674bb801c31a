"""Cut the pieces of a file until each is within the token budget."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assets import machine_code
from assets.corpus import tokens
from assets.corpus.chunks.slicing import SlicedFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Table = npt.NDArray[np.int64]
Piece = tuple[int, ...]  # (order, start, end), and what else is named
ORDER, START, END, N_TOKENS = range(4)  # columns of what `within_budget` returns
_MOST_CHARS_PER_TOKEN = 8  # a text longer than this many characters per token of the budget is cut before it is counted
_BYTES_AT_A_TIME = 100_000  # of source; more at a time are counted no faster
_CHARS_PER_TOKEN = 3.2  # of source code with a 49,152-token BPE vocabulary: only a first guess, every piece is counted


def within_budget(sliced: SlicedFile, max_tokens: int, counter: "Tokenizer") -> Table:
    """Return (ORDER, START, END, N_TOKENS) of the pieces of a file cut to `max_tokens`, in bytes, by declaration and start.

    ORDER is as in `sliced.pieces`. Only a single character may be over the budget.
    """
    return all_within_budget([sliced], max_tokens, counter)[0]


def all_within_budget(files: Sequence[SlicedFile], max_tokens: int, counter: "Tokenizer") -> list[Table]:
    """Return what `within_budget` does of each file.

    To count the pieces of 100 KB together takes two thirds of the time: what the tokenizer looks up stays in the processor's cache.
    """
    done: list[list[Piece]] = [[] for _ in files]
    left = [(place, *_by_length(sliced, max_tokens)) for place, sliced in enumerate(files)]
    while left:
        waiting = [(place, pieces + _cut(files[place], over, max_tokens // 2)) for place, pieces, over in left]
        texts = [files[place].source[start:end] for place, pieces in waiting for _, start, end in pieces]
        counted = zip(texts, tokens.count_bytes(texts, counter), strict=True)
        left = []
        for place, pieces in waiting:
            over = _sort_out(pieces, counted, max_tokens, done[place])
            if over:
                left.append((place, [], over))
    return [np.fromiter(chain.from_iterable(sorted(pieces)), np.int64, 4 * len(pieces)).reshape(-1, 4) for pieces in done]


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


def _sort_out(pieces: list[Piece], counted: Iterator[tuple[bytes, int]], max_tokens: int, done: list[Piece]) -> list[Piece]:
    """Add the pieces within the budget to `done`, with their tokens; return the others, with how many characters one is to have."""
    over: list[Piece] = []
    for piece, (text, n_tokens) in zip(pieces, counted, strict=False):  # takes no more of `counted` than there are pieces
        if n_tokens > max_tokens and (most := _most(text, n_tokens, max_tokens)):
            over.append((*piece, most))
        else:
            done.append((*piece, n_tokens))
    return over


def _by_length(sliced: SlicedFile, max_tokens: int) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces that are to be counted, and those that are surely over the budget, with how many characters one is to have."""
    longest, first = _MOST_CHARS_PER_TOKEN * max_tokens, int(_CHARS_PER_TOKEN * max_tokens)
    short: list[Piece] = []
    long: list[Piece] = []
    for order, start, end in sliced.pieces.tolist():
        if end - start > longest and len(sliced.source[start:end].decode()) > longest:
            long.append((order, start, end, first))
        else:
            short.append((order, start, end))
    return short, long


def _most(text: bytes, n_tokens: int, max_tokens: int) -> int:
    """Return into how many characters to cut a text: it fits if its tokens are spread evenly; a tenth is left for those that are not.

    0 for a single character.
    """
    length = len(text.decode())
    return min(length - 1, max(1, int(0.9 * length * max_tokens / n_tokens)))


def _cut(sliced: SlicedFile, pieces: list[Piece], smallest: int) -> list[Piece]:
    """Return (order, start, end) of spans of at most `most` characters of each of (order, start, end, most)."""
    if not pieces:
        return []
    places: dict[int, tuple[int, int]] = {}  # of the borders of each order in `borders`
    borders: list[int] = []
    n_spans = 0
    for order, start, end, most in pieces:
        n_spans += (end - start) // (most // 3 + 1) + 1
        if order not in places:
            first = len(borders)
            borders += sliced.borders(order, smallest)
            places[order] = first, len(borders)
    rows = np.array([(*piece, *places[piece[ORDER]]) for piece in pieces], np.int64)
    found = np.empty((n_spans, 3), np.int64)
    count = _kernels().cut(np.frombuffer(sliced.source, np.uint8), rows, np.array(borders, np.int64), found)
    spans: list[Piece] = found[:count].tolist()
    return spans


def _kernels() -> Any:
    return machine_code.load("assets.corpus.chunks.piece_spans")

"""Exact token counts by the base model's tokenizer."""

import json
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import polars as pl

from assets.corpus import fast_tokens

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

BATCH = 1_000  # texts; keeps the encodings that are alive at a time to some megabytes
_loaded: "deque[tuple[pl.DataFrame, Tokenizer]]" = deque(maxlen=2)
T = TypeVar("T")
Marked = tuple[str, Sequence[tuple[int, int]]]  # a text and spans [start, end) of its characters


@lru_cache(maxsize=2)
def load_json(tokenizer_json: str) -> "Tokenizer":
    """Return the tokenizer of a tokenizer.json, once per process and content."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class _Deferred:
    """A tokenizer that is loaded when it is first asked for anything: mostly its fast twin does all the work."""

    def __init__(self, tokenizer_json: str) -> None:
        self.tokenizer_json = tokenizer_json

    def __getattr__(self, name: str) -> Any:
        return getattr(load_json(self.tokenizer_json), name)


def load(tokenizer: pl.DataFrame) -> "Tokenizer":
    """Return the tokenizer of a one-row frame with the column `tokenizer_json`, once per process and content.

    What it is made of is read when it is used first. Raises ValueError when the frame does not have exactly one row.
    """
    for known, loaded in _loaded:  # to compare two megabytes takes a hundredth of the time to make them a string, and hash that
        if known.equals(tokenizer):
            return loaded
    loaded = cast("Tokenizer", _Deferred(tokenizer["tokenizer_json"].item()))
    _loaded.append((tokenizer, loaded))
    return loaded


@lru_cache(maxsize=2)
def _fast(tokenizer: "Tokenizer") -> fast_tokens.Encoder | None:
    return fast_tokens.of(tokenizer, tokenizer.tokenizer_json if isinstance(tokenizer, _Deferred) else None)


def count(texts: Sequence[str], tokenizer: "Tokenizer") -> list[int]:
    """Return the number of tokens of each text, without the special tokens that a tokenizer may add around it."""
    encoded = ([text.encode() for text in batch] for batch in _batches(texts))
    return [n_tokens for batch in encoded for n_tokens in count_bytes(batch, tokenizer)]


def count_bytes(texts: Sequence[bytes], tokenizer: "Tokenizer") -> list[int]:
    """Return the same for texts in UTF-8.

    The tokenizer itself counts what its fast twin leaves open: everything when it has none, else texts with bytes it has no token for.
    """
    fast = _fast(tokenizer)
    quick = [None] * len(texts) if fast is None else fast.counts(texts)
    left = [text.decode() for text, found in zip(texts, quick, strict=True) if found is None] if None in quick else []
    exact = iter(_count(left, tokenizer))
    return [next(exact) if found is None else found for found in quick]


def _count(texts: Sequence[str], tokenizer: "Tokenizer") -> list[int]:
    counts: list[int] = []
    for batch in _batches(texts):
        encoded = tokenizer.encode_batch_fast(list(batch), add_special_tokens=False)
        counts.extend(len(item) for item in encoded)
    return counts


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


class Encoded(NamedTuple):
    """The ids of a text, and for each of its spans the positions [first, stop) of the tokens that overlap it."""

    ids: "np.ndarray"
    places: list[tuple[int, int]]

    @property
    def n_within(self) -> int:
        """The number of tokens that overlap a span: what a mask made by characters covers."""
        return sum(stop - first for first, stop in self.places)


def encode_within(marked: Sequence[Marked], tokenizer: "Tokenizer") -> list[Encoded]:
    """Return the ids of each (text, spans), without special tokens around it, and where the spans are."""
    quick = [found for batch in _batches(marked) for found in _encode_fast(batch, tokenizer)]
    exact = _encode_exactly([item for item, found in zip(marked, quick, strict=True) if found is None], tokenizer)
    return [next(exact) if found is None else found for found in quick]


def _encode_exactly(marked: Sequence[Marked], tokenizer: "Tokenizer") -> Iterator[Encoded]:
    import numpy as np

    for batch in _batches(marked):
        encoded = tokenizer.encode_batch([text for text, _ in batch], add_special_tokens=False)
        for found, (_, spans) in zip(encoded, batch, strict=True):
            starts, ends = [first for first, _ in found.offsets], [last for _, last in found.offsets]
            yield Encoded(np.array(found.ids, np.int64), [(bisect_right(ends, low), bisect_left(starts, high)) for low, high in spans])


def _encode_fast(marked: Sequence[Marked], tokenizer: "Tokenizer") -> list[Encoded | None]:
    """Return the same by the fast twin; None where only the tokenizer itself can tell."""
    fast, lengths = _fast(tokenizer), _lengths(tokenizer)
    if fast is None or lengths is None:
        return [None] * len(marked)
    found = fast.ids([text.encode() for text, _ in marked])
    return [None if ids is None else _placed(ids, text, spans, lengths) for ids, (text, spans) in zip(found, marked, strict=True)]


def _placed(ids: "np.ndarray", text: str, spans: Sequence[tuple[int, int]], lengths: "np.ndarray") -> Encoded | None:
    """Return where the spans are; None for a text that is not all in its tokens.

    Where each token stands for its own bytes, the offsets are the running sum of their lengths.
    """
    ends = lengths[ids].cumsum()
    n_bytes = int(ends[-1]) if len(ends) else 0
    if n_bytes != len(text):  # not ASCII alone, or not all of it is in the tokens
        if n_bytes != len(text.encode()):
            return None
        spans = [(len(text[:low].encode()), len(text[:high].encode())) for low, high in spans]
    places = [(int(ends.searchsorted(low, "right")), int(ends.searchsorted(high, "left")) + 1 if high else 0) for low, high in spans]
    return Encoded(ids, places)


@lru_cache(maxsize=2)
def _lengths(tokenizer: "Tokenizer") -> "np.ndarray | None":
    """Return the number of bytes that each id stands for; None for a tokenizer whose offsets leave blanks out."""
    import numpy as np

    described = json.loads(tokenizer.to_str())
    if "trim_offsets" in json.dumps(described.get("post_processor")):
        return None
    entries = tokenizer.get_vocab(with_added_tokens=True)
    added = {token["id"]: len(token["content"].encode()) for token in described.get("added_tokens") or []}
    lengths = np.zeros(max(entries.values(), default=-1) + 1, dtype=np.int64)
    for entry, token in entries.items():
        lengths[token] = added.get(token, len(entry))
    return lengths

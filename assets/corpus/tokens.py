"""Exact token counts by the base model's tokenizer."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from assets.corpus import fast_tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH = 1_000  # texts; keeps the encodings that are alive at a time to some megabytes


@lru_cache(maxsize=2)
def _load(tokenizer_json: str) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load(tokenizer: pl.DataFrame) -> "Tokenizer":
    """Return the tokenizer of a one-row frame with the column `tokenizer_json`, once per process and content.

    Raises ValueError when the frame does not have exactly one row.
    """
    return _load(tokenizer["tokenizer_json"].item())


_fast = lru_cache(maxsize=2)(fast_tokens.of)


def count(texts: Sequence[str], tokenizer: "Tokenizer") -> list[int]:
    """Return the number of tokens of each text, without the special tokens that a tokenizer may add around it.

    The tokenizer itself counts what its fast twin leaves open: everything when it has none, else texts with bytes it has no token for.
    """
    fast = _fast(tokenizer)
    counts = [None if fast is None else fast.count(text) for text in texts]
    exact = iter(_count([text for text, found in zip(texts, counts, strict=True) if found is None], tokenizer))
    return [next(exact) if found is None else found for found in counts]


def _count(texts: Sequence[str], tokenizer: "Tokenizer") -> list[int]:
    counts: list[int] = []
    for start in range(0, len(texts), BATCH):
        encoded = tokenizer.encode_batch_fast(list(texts[start : start + BATCH]), add_special_tokens=False)
        counts.extend(len(item) for item in encoded)
    return counts

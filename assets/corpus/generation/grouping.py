"""Which chunks are shown together: neighbours of one file or document, up to a number of tokens."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import polars as pl

from assets.corpus.generation.settings import Kind


class Chunk(NamedTuple):
    """What is needed of a row of cleaned_chunks."""

    id: str
    repository: str
    path: str
    language: str | None
    license: str | None
    kind: Kind
    name: str
    n_tokens: int
    text: str


COLUMNS = (*(name for name in Chunk._fields if name != "text"), "revision", "start_char", "end_char")
"""What grouping looks at: not the texts."""


class Group(NamedTuple):
    """Chunks that are shown together, in the order of their file or document; at least one."""

    chunks: tuple[Chunk, ...]

    @property
    def n_tokens(self) -> int:
        """Tokens of all texts, by the base model's tokenizer, without what is put between them."""
        return sum(chunk.n_tokens for chunk in self.chunks)

    @property
    def names(self) -> str:
        """What the texts are called: their names and path."""
        return "\n".join([self.chunks[0].path, *(chunk.name for chunk in self.chunks)])

    @property
    def shown(self) -> str:
        """All that an answer can be taken from."""
        return "\n".join([self.names, *(chunk.text for chunk in self.chunks)])


def groups(chunks: pl.DataFrame, max_tokens: int) -> list[Group]:
    """Return rows of cleaned_chunks in groups of one file or document that have at most `max_tokens`, or are one chunk.

    Each chunk is in one group. Groups come by repository and path, and depend on nothing but the file or document they are of: neither
    on the order of code chunks, nor on what else is in the frame. Sections of a document keep the order they have in the frame.
    """
    is_section = pl.col("kind") == "section"
    ordered = chunks.with_columns(
        pl.when(is_section).then(pl.lit("document")).otherwise(pl.lit("code")).alias("kind"),
        *(pl.when(~is_section).then(name).alias(name) for name in ("start_char", "end_char")),
    ).sort("repository", "path", "revision", "kind", "start_char", "end_char", maintain_order=True, nulls_last=True)
    revised = zip(ordered["revision"], map(Chunk._make, ordered.select(*Chunk._fields).iter_rows()), strict=True)
    of_file = groupby(revised, key=lambda item: (item[1].repository, item[1].path, item[0], item[1].kind))
    return [group for _, items in of_file for group in _packed([chunk for _, chunk in items], max_tokens)]


def _packed(chunks: Sequence[Chunk], max_tokens: int) -> Iterator[Group]:
    """Yield groups of neighbours, each as large as the limit allows."""
    waiting: list[Chunk] = []
    n_tokens = 0
    for chunk in chunks:
        if waiting and n_tokens + chunk.n_tokens > max_tokens:
            yield Group(tuple(waiting))
            waiting, n_tokens = [], 0
        waiting.append(chunk)
        n_tokens += chunk.n_tokens
    if waiting:
        yield Group(tuple(waiting))


def last_id(ids: pl.Series, max_chunks: int | None) -> str | None:
    """Return the id up to which groups are asked about, so that they are `max_chunks` of those with `ids`; None: there is no limit.

    Ids are hashes, so the smallest ones are a sample; it hardly changes when others are added, and every shard can apply it alone.
    """
    if max_chunks is None or len(ids) <= max_chunks:
        return None
    return str(ids.sort()[max_chunks - 1])

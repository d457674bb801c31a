"""Repeats: of comments of one repository that say the same, the first is kept.

Three steps, because it looks across shards: `narrow` (each shard by itself), `repeats` (all narrow rows), `drop_repeats` (each shard by
itself, with what was decided about its rows).

Two bodies say the same when the Jaccard index of their tokens reaches the threshold. Tokens are words and single signs, without regard to
case, white space and Unicode's compatible forms; a token that comes twice counts as two, so that short bodies are compared exactly. A body
of few words ("nit", "unused", "same here") says something else on every line: it is never a repeat.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets import ledger

NARROW: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "host": pl.String,
    "repository": pl.String,
    "comment_id": pl.Int64,
    "created_at": pl.Datetime("us", "UTC"),
    "n_words": pl.Int64,
    "tokens": pl.List(pl.UInt64),  # hashes of (token, how often it came before), sorted
}
DECISIONS = {"id": pl.String, "survivor_id": pl.String, "similarity": pl.Float64}
_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[^\W\d_]\w*")
_FENCE = re.compile(r"(?m)^ {0,3}(?:`{3,}|~{3,}).*$")


class RepeatSettings(BaseModel, frozen=True, extra="forbid"):
    """When two comments say the same.

    .85 is CodeParrot's Jaccard threshold for near-duplicates (https://huggingface.co/blog/dedup). It leaves one token in six to differ:
    less joins remarks about different things, because single tokens are compared and not runs of them.
    """

    threshold: float = Field(0.85, gt=0, le=1, description="Jaccard index of the tokens from which on two bodies say the same")
    min_words: int = Field(4, ge=1, description="a body with fewer words is never a repeat; words in suggestions count")


def tokens(body: str) -> list[int]:
    """Return the sorted 64-bit hashes of the tokens of `body`, the second of two equal tokens with a hash of its own."""
    seen: Counter[str] = Counter()
    found = []
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", body).casefold()):
        found.append(_hash(f"{token} {seen[token]}"))
        seen[token] += 1
    return sorted(found)


def _hash(text: str) -> int:
    return int.from_bytes(blake3(text.encode("utf-8", "surrogatepass")).digest(length=8))


def narrow(comments: pl.DataFrame, settings: RepeatSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (what `repeats` needs of each comment: NARROW; an empty ledger), in the order given."""
    columns: dict[str, list[Any]] = {
        "n_words": [len(_WORD.findall(_FENCE.sub("", body))) for body in comments["body"]],
        "tokens": [tokens(body) for body in comments["body"]],
    }
    return comments.with_columns(pl.Series(name, values, dtype=NARROW[name]) for name, values in columns.items()).select(
        *NARROW
    ), ledger.empty()


def repeats(rows: pl.DataFrame, settings: RepeatSettings) -> pl.DataFrame:
    """Return a row of DECISIONS for each of the NARROW `rows` that is dropped, sorted by id.

    Comments are taken by time and id, whatever the order of the rows: one that reaches the threshold with an earlier one that is kept is
    dropped; of several the most similar, then the earliest is its survivor. Exact: no pair is missed.
    """
    judged = rows.filter(pl.col("n_words") >= settings.min_words).sort("created_at", "comment_id", "id", nulls_last=True)
    found: list[tuple[str, str, float]] = []
    for _, of_repository in judged.group_by("host", "repository", maintain_order=True):
        found += _of_repository(of_repository["id"].to_list(), of_repository["tokens"].to_list(), settings.threshold)
    return pl.DataFrame(found, schema=DECISIONS, orient="row").sort("id")


def _of_repository(ids: list[str], bodies: list[list[int]], threshold: float) -> Iterator[tuple[str, str, float]]:
    """Yield id, survivor and similarity of the repeats among comments in order.

    Prefix filtering (Chaudhuri et al. 2006, Bayardo et al. 2007): with tokens ordered from rare to frequent, two sets of n and m tokens
    reach the threshold t only if they share one among the first n - ceil(t * n) + 1 and m - ceil(t * m) + 1. Only what is kept is looked
    up, so that a thousand copies cost a thousand comparisons.
    """
    frequency = Counter(token for body in bodies for token in body)
    kept: list[frozenset[int]] = []
    kept_ids: list[str] = []
    by_token: dict[int, list[int]] = defaultdict(list)
    equal: dict[tuple[int, ...], int] = {}
    for name, body in zip(ids, bodies, strict=True):
        key = tuple(body)
        if key in equal:
            yield name, kept_ids[equal[key]], 1.0
            continue
        whole = frozenset(body)
        ranked = sorted(body, key=lambda token: (frequency[token], token))
        prefix = ranked[: len(body) - math.ceil(len(body) * threshold - 1e-9) + 1]
        candidates = {index for token in prefix for index in by_token.get(token, ())}
        score, nearest = max(((_jaccard(whole, kept[index]), -index) for index in candidates), default=(0.0, 0))
        if score >= threshold:
            yield name, kept_ids[-nearest], score
            continue
        equal[key] = len(kept)
        for token in prefix:
            by_token[token].append(len(kept))
        kept.append(whole)
        kept_ids.append(name)


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def drop_repeats(comments: pl.DataFrame, settings: RepeatSettings, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the comments that repeat none, ledger), both in the order given and with the columns of `comments`.

    `decisions` are the rows of `repeats` (all, or those about these comments). The rule is repeated_body, the score the Jaccard index, the
    detail the survivor's id. What a repeat opened stays a thread: its replies keep its id.
    """
    decided = comments.join(decisions.select(*DECISIONS), on="id", how="left", maintain_order="left")
    dropped = decided.filter(pl.col("survivor_id").is_not_null())
    detail = pl.format("repeats {}", "survivor_id")
    entries = ledger.entries(dropped, "repeated_body", score=pl.col("similarity"), threshold=settings.threshold, detail=detail)
    return decided.filter(pl.col("survivor_id").is_null()).select(comments.columns), entries

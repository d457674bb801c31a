"""From the index to the tables that `overlaps.match` looks runs of words up in: .2 s a shard for a thousand problems."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from assets.corpus.decontamination.ordinary import WORDS
from assets.corpus.decontamination.reading import readings
from assets.corpus.decontamination.settings import DecontaminationSettings

Array = np.ndarray
_MIN_SHORT_RUNS = 8  # a text with fewer different ones is not looked for in part
_SIEVE_BITS = 16  # for each key, at least


class Tables(NamedTuple):
    """An open-addressing table of keys, and for each key the texts that it is found in, as bounds into a list (one for each use)."""

    keys: Array
    table: Array
    sieve: Array
    whole_bounds: Array  # texts whose strict key it is
    whole_texts: Array
    anchor_bounds: Array  # texts that are looked for as a whole where this run, their rarest short one, stands
    anchor_texts: Array
    anchor_offsets: Array  # words before the anchor in its text
    long_bounds: Array  # texts that hold the long run
    long_texts: Array
    short_bounds: Array  # texts that hold the short run
    short_texts: Array
    powers: Array
    long_words: int
    short_words: int
    text_words: Array  # of each text: number of words
    text_keys: Array  # key of all of it
    text_problems: Array  # number of its problem
    n_short: Array  # number of its different short runs that count


class State(NamedTuple):
    """What `overlaps.match` writes while it goes through rows."""

    stamps: Array  # of each key, the last row that it was seen in
    touched: Array
    seen: Array  # of each text in the current row: whether it is there as a whole, number of long runs, of short runs


class _Texts(NamedTuple):
    words: Array
    starts: Array
    lengths: Array
    problems: Array
    telling: Array  # of each word, whether it is distinctive
    powers: Array


def build(index: pl.DataFrame, settings: DecontaminationSettings) -> Tables:
    """Return the tables of an index (see `index.SCHEMA`)."""
    texts = _texts(index)
    long, short = _runs(texts, settings.ngram_words), _runs(texts, settings.shingle_words)
    anchors = _anchors(texts, short, index["kind"].to_numpy() == "declaration", settings)
    long = _once(_telling(texts, long, settings), settings.max_problems)
    short = _once(short.filter(pl.col("n_words") >= settings.ngram_words), settings.max_problems)
    short = short.filter(pl.len().over("text") >= _MIN_SHORT_RUNS)
    whole = index.select(key="strict", text=pl.int_range(pl.len())).filter(pl.col("key") > 0)
    uses = [frame.sort("key", "text") for frame in (whole, anchors, long, short)]
    ordered = pl.concat([frame["key"] for frame in uses]).unique().sort()
    keys = _owned(ordered, np.uint64)
    bounds = [np.append(np.searchsorted(frame["key"].to_numpy(), keys), frame.height).astype(np.int64) for frame in uses]
    whole_texts, anchor_texts, long_texts, short_texts = (_owned(frame["text"], np.int64) for frame in uses)
    n_short = np.bincount(short_texts, minlength=len(texts.lengths))
    offsets = _owned(uses[1]["offset"], np.int64)
    found = (bounds[0], whole_texts, bounds[1], anchor_texts, offsets, bounds[2], long_texts, bounds[3], short_texts)
    sizes = (texts.lengths, _keys(texts), texts.problems, n_short)
    return Tables(keys, *_table(keys), *found, texts.powers, settings.ngram_words, settings.shingle_words, *sizes)


def new_state(built: Tables) -> State:
    """Return the state before the first row."""
    n_texts = len(built.text_words)
    return State(np.full(len(built.keys), -1, np.int64), np.empty(n_texts, np.int64), np.zeros((n_texts, 3), np.int64))


def _texts(index: pl.DataFrame) -> _Texts:
    from assets.corpus.decontamination import overlaps

    lengths = _owned(index["words"].list.len(), np.int64)
    hashes = _owned(index["words"].explode().drop_nulls(), np.uint64)
    telling = ((hashes & np.uint64(1)) == 0) & ~np.isin(hashes, _ordinary())
    problems = _owned(index["problem"].rle_id(), np.int64)
    powers = overlaps.base_powers(int(lengths.max(initial=100)))
    return _Texts(hashes, np.cumsum(lengths) - lengths, lengths, problems, telling, powers)


def _owned(values: pl.Series, kind: type) -> Array:
    """Return a copy that can be written to: of each function that is compiled, there is then one for all inputs."""
    return np.array(values.to_numpy(), kind)


def _ordinary() -> Array:
    _, ((words, bounds, _, _), _) = next(readings(pl.Series([" ".join(sorted(WORDS))])))
    return words[: bounds[1]]


def _runs(texts: _Texts, length: int) -> pl.DataFrame:
    """Return every run of `length` words: key, text and its problem and words, place among all words, offset in the text."""
    from assets.corpus.decontamination import overlaps

    room = int(np.maximum(texts.lengths - length + 1, 0).sum())
    keys, owners, places = np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room, np.int64)
    overlaps.runs(texts.words, texts.starts, texts.lengths, texts.powers, length, keys, owners, places)
    columns: dict[str, Any] = {"key": keys, "text": owners, "place": places, "offset": places - texts.starts[owners]}
    return pl.DataFrame(columns | {"problem": texts.problems[owners], "n_words": texts.lengths[owners]})


def _telling(texts: _Texts, runs: pl.DataFrame, settings: DecontaminationSettings) -> pl.DataFrame:
    """Return the runs with enough distinctive words."""
    from assets.corpus.decontamination import overlaps

    counts = np.empty(runs.height, np.int64)
    overlaps.distinctive(texts.telling, texts.words, _owned(runs["place"], np.int64), settings.ngram_words, counts)
    return runs.filter(counts >= settings.min_distinctive_words)


def _once(runs: pl.DataFrame, max_problems: int) -> pl.DataFrame:
    """Return each run of each text once, unless it stands in too many problems."""
    common = runs.select("key", "problem").unique().group_by("key").len().filter(pl.col("len") > max_problems)
    return runs.select("key", "text").unique().join(common, on="key", how="anti")


def _anchors(texts: _Texts, runs: pl.DataFrame, is_declaration: Array, settings: DecontaminationSettings) -> pl.DataFrame:
    """Return the rarest run (of equals the first) of each text that is looked for as a whole: key, text, offset."""
    sums = np.concatenate([[0], np.cumsum(texts.telling)])
    telling = sums[texts.starts + texts.lengths] > sums[texts.starts]
    needed = np.where(is_declaration, settings.min_declaration_words, settings.min_contained_words)
    chosen = np.flatnonzero((texts.lengths >= needed) & (telling | (texts.lengths >= settings.ngram_words)))
    counted = runs.join(runs.group_by("key").len("frequency"), on="key").filter(pl.col("text").is_in(chosen))
    return counted.sort("text", "frequency", "offset").unique("text", keep="first", maintain_order=True).select("key", "text", "offset")


def _keys(texts: _Texts) -> Array:
    from assets.corpus.decontamination import overlaps

    keys = np.empty(len(texts.lengths), np.uint64)
    overlaps.wholes(texts.words, texts.starts, texts.lengths, texts.powers, keys)
    return keys


def _table(keys: Array) -> tuple[Array, Array]:
    """Return (table, sieve) of the keys."""
    from assets.corpus.decontamination import overlaps

    size = max(1, len(keys))
    table, sieve = np.full(1 << (2 * size).bit_length(), -1, np.int32), np.zeros(1 << (size * _SIEVE_BITS // 8).bit_length(), np.uint8)
    overlaps.insert(table, sieve, keys)
    return table, sieve

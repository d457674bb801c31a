"""The proof that no two splits hold alike chats, from their messages alone: exact, and independent of the search in `nearest`.

It takes words out by another engine, hashes them by BLAKE3, and knows no order of shingles: with t the threshold, two alike sets
A and B share at least t * |A| and t * |B| elements. So a chat that has fewer of its elements in the whole other side than that is like
none of them, which a table of flags tells of nearly all chats; and an alike set holds one of any |A| - ceil(t * |A|) + 1 elements of A,
so that for the rest the rarest so many are joined. What is joined is verified on the whole sets.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from blake3 import blake3

from assets import ledger
from assets.corpus.splits import fingerprints
from assets.corpus.splits.assignment import SplitSettings

SAID = pl.Schema(
    {
        "id": pl.String(),
        "split": pl.String(),
        "content": pl.UInt64(),  # hash of all words
        "answer": pl.UInt64(),  # hash of the answers' words; null when there are few
        "runs": pl.List(pl.UInt64()),
    }
)
LEAKS = pl.Schema(
    {"held_out_split": pl.String(), "other_split": pl.String(), "held_out": pl.String(), "other": pl.String(), "jaccard": pl.Float64()}
    | {"rule": pl.String()}
)
PAIRS = pl.Schema({"held_out": pl.UInt32(), "other": pl.UInt32(), "jaccard": pl.Float64()})  # rows of SAID
MOST = 100_000  # alike pairs that are listed: by then it is certain that the splits leak
_BLOCK_CHATS = 20_000
_WORD = r"[0-9A-Za-z_\u{80}-\u{10FFFF}]+"  # in ASCII, or in words with blanks between
_BLOCK_RUNS = 4_000_000  # bounds memory to some hundred megabytes
Array = np.ndarray[Any, Any]


def leaks(splits: pl.DataFrame, *, threshold: float, shingle_words: int, equal_answer_words: int) -> pl.DataFrame:
    """Return the pairs of alike chats in different splits (LEAKS), from id, split and messages alone; none, if the splits are leak-free.

    Rules: `equal_content` and `equal_answer` (each such chat with one of the held-out ones that it equals), `near_duplicate`.
    """
    return leaks_among(said(splits, shingle_words, equal_answer_words), threshold)


def what_is_said(splits: pl.DataFrame, settings: SplitSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return SAID of rows of chatml_splits, and an empty ledger: the part of the proof that needs one shard only."""
    return said(splits, settings.shingle_words, settings.equal_answer_words), ledger.empty()


def said(splits: pl.DataFrame, shingle_words: int, equal_answer_words: int) -> pl.DataFrame:
    """Return SAID of chats (id, split, messages), in their order; an answer of fewer than `equal_answer_words` words is null."""
    found = [pl.DataFrame(schema=SAID)]
    for block in splits.select("id", "split", "messages").iter_slices(_BLOCK_CHATS):
        chat, is_answer, word = _words(block["messages"])
        sizes, answers = (np.bincount(numbers, minlength=block.height) for numbers in (chat, chat[is_answer]))
        keyed = block.select("id", "split").with_columns(
            content=pl.Series(_sequences(word, sizes)),
            answer=pl.Series(_sequences(word[is_answer], answers)),
            runs=_runs(word, sizes, shingle_words),
        )
        is_long = pl.Series(answers >= equal_answer_words)
        found.append(keyed.with_columns(answer=pl.when(is_long).then("answer")).select(*SAID))
    return pl.concat(found)


def _words(messages: pl.Series) -> tuple[Array, Array, Array]:
    """Return for each word, in order: the number of its chat, whether an assistant says it, and its hash."""
    chats = pl.DataFrame({"chat": pl.int_range(len(messages), dtype=pl.Int64, eager=True), "said": messages})
    spoken = chats.explode("said").unnest("said").filter(pl.col("role") != "system")
    text = spoken.select(pl.concat_str(pl.col("content", "tool_calls").fill_null(""), separator="\n"))["content"]
    lower, others = text.str.to_lowercase(), (text.str.len_bytes() != text.str.len_chars()).arg_true()
    if len(others):
        lower = lower.scatter(others, pl.Series([" ".join(fingerprints.words(said)) for said in text.gather(others)], dtype=pl.String))
    found = (
        spoken.select("chat", is_answer=pl.col("role") == "assistant", word=lower.str.extract_all(_WORD)).explode("word").drop_nulls("word")
    )
    coded = found["word"].cast(pl.Categorical(pl.Categories.random()))
    distinct = coded.unique()
    hashes = np.zeros(max(distinct.to_physical().to_list(), default=0) + 1, np.uint64)
    hashes[distinct.to_physical().to_numpy()] = [_hash(word) for word in distinct.to_list()]
    return found["chat"].to_numpy(), found["is_answer"].to_numpy(), hashes[coded.to_physical().to_numpy()]


def _hash(word: str) -> int:
    return int.from_bytes(blake3(word.encode()).digest(length=8))


def _factors(count: int) -> Array:
    """Return odd numbers that look like random ones: splitmix64 of 0, 1, …"""
    value = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB) | np.uint64(1)


def _places(sizes: Array) -> Array:
    """Return the place of each word in its text, from 0."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _sequences(word: Array, sizes: Array) -> Array:
    """Return the hash of all words of each text in their order."""
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(word * _factors(int(sizes.max(initial=0)))[_places(sizes)], dtype=np.uint64)])
    ends = np.cumsum(sizes)
    return sums[ends] - sums[ends - sizes]


def _runs(word: Array, sizes: Array, n_words: int) -> pl.Series:
    """Return the distinct hashes of the runs of `n_words` words of each text; a shorter text is one run."""
    from pyarrow import LargeListArray

    place, size, value = _places(sizes), np.repeat(sizes, sizes), np.zeros(len(word), np.uint64)
    for at, factor in enumerate(_factors(n_words)[: len(word)]):
        value[: len(word) - at] += word[at:] * factor * (place[at:] >= at)  # of this text: the others end before
    runs = value[place <= np.maximum(size - n_words, 0)]
    ends = np.concatenate([[0], np.cumsum(np.where(sizes > 0, np.maximum(sizes - n_words, 0) + 1, 0))])
    return pl.Series("runs", LargeListArray.from_arrays(ends, runs), dtype=SAID["runs"]).list.unique(maintain_order=True)


def leaks_among(chats: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return LEAKS of all chats (SAID): at most MOST near-duplicates for each split that is held out."""
    lists = chats["runs"].rechunk()
    arrow = lists.to_arrow()
    runs, starts = arrow.values.to_numpy(), arrow.offsets.to_numpy()
    rows = chats.drop("runs").with_row_index("row")
    found = [pl.DataFrame(schema={**PAIRS, "rule": pl.String()})]
    for split, later in (("test", ("validation", "train")), ("validation", ("train",))):
        held_out, others = rows.filter(pl.col("split") == split), rows.filter(pl.col("split").is_in(later))
        found += [_equal(held_out, others, column).with_columns(rule=pl.lit(f"equal_{column}")) for column in ("content", "answer")]
        near = _within_reach_of_each_other(runs, starts, held_out["row"].to_numpy(), others["row"].to_numpy(), threshold)
        alike = _first(MOST, (_verified(lists, pairs, threshold) for pairs in _candidates(runs, starts, *near, threshold)))
        found.append(alike.with_columns(rule=pl.lit("near_duplicate")))
    both = pl.concat(found)
    for side in ("held_out", "other"):
        named = rows.select(pl.col("row").alias(side), pl.col("id").alias(f"{side}_id"), pl.col("split").alias(f"{side}_split"))
        both = both.join(named, on=side).drop(side).rename({f"{side}_id": side})
    return both.select(*LEAKS).sort("held_out", "other", "rule")


def _equal(held_out: pl.DataFrame, others: pl.DataFrame, column: str) -> pl.DataFrame:
    first = held_out.drop_nulls(column).sort("id").unique(column, keep="first", maintain_order=True)
    joined = others.select(column, other="row").join(first.select(column, held_out="row"), on=column)
    return joined.select("held_out", "other", jaccard=pl.lit(1.0))


def _first(most: int, frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """Return the first `most` rows of `frames`; no more frames are asked for than that takes."""
    found = pl.DataFrame(schema=PAIRS)
    for frame in frames:
        found = pl.concat([found, frame])
        if found.height >= most:
            break
    return found.head(most)


def _blocks(runs: Array, starts: Array, rows: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield (some of the `rows`, their sizes, all their runs one after another), within what memory is for."""
    sizes = starts[rows + 1] - starts[rows]
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // _BLOCK_RUNS)) + 1
    for block, size in zip(np.split(rows, cuts), np.split(sizes, cuts), strict=True):
        ends = np.cumsum(size)
        yield block, size, runs[np.repeat(starts[block] - ends + size, size) + np.arange(int(size.sum()))]


def _slots(runs: Array) -> int:
    return 1 << min(max(8 * len(runs), 1).bit_length(), 27)


def _within_reach_of_each_other(runs: Array, starts: Array, held_out: Array, others: Array, threshold: float) -> tuple[Array, Array]:
    """Return those that have enough of their runs on the other side; who leaves one side lets more leave the other."""
    for _ in range(2):
        others = _within_reach(runs, starts, others, held_out, threshold)
        held_out = _within_reach(runs, starts, held_out, others, threshold)
    return held_out, others


def _within_reach(runs: Array, starts: Array, rows: Array, of: Array, threshold: float) -> Array:
    """Return those of `rows` of which the sets `of`, all together, hold at least the share `threshold`; flags may say so of a few more."""
    flags, found = np.zeros(_slots(runs), np.bool_), [rows[:0]]
    for _, _, held in _blocks(runs, starts, of):
        flags[held & np.uint64(len(flags) - 1)] = True
    for block, sizes, mine in _blocks(runs, starts, rows):
        known = np.concatenate([[0], np.cumsum(flags[mine & np.uint64(len(flags) - 1)])])[np.concatenate([[0], np.cumsum(sizes)])]
        found.append(block[(np.diff(known) >= threshold * sizes - 1e-6) & (sizes > 0)])
    return np.concatenate(found)


def _candidates(runs: Array, starts: Array, held_out: Array, others: Array, threshold: float) -> Iterator[pl.DataFrame]:
    """Yield all pairs (held_out, other) that share one of the runs of the held-out set that are the rarest among the others."""
    counts = np.zeros(min(_slots(runs), 1 << 24), np.uint32)
    for _, _, theirs in _blocks(runs, starts, others):
        counts += np.bincount((theirs & np.uint64(len(counts) - 1)).astype(np.int64), minlength=len(counts)).astype(np.uint32)
    rarest = [_rarest(*block, counts, threshold) for block in _blocks(runs, starts, held_out)]
    ours = pl.concat([pl.DataFrame(schema={"held_out": pl.UInt32, "run": pl.UInt64}), *rarest])
    for block, sizes, theirs in _blocks(runs, starts, others):
        listed = pl.DataFrame({"other": np.repeat(block, sizes).astype(np.uint32), "run": theirs}).join(ours, on="run", how="semi")
        cost = ours.join(listed.group_by("run").len("n"), on="run").sort("held_out", "run")
        for part in cost.with_columns(part=pl.col("n").cum_sum() // _BLOCK_RUNS).partition_by("part", maintain_order=True):
            yield part.join(listed, on="run").select("held_out", "other").unique()


def _rarest(rows: Array, sizes: Array, runs: Array, counts: Array, threshold: float) -> pl.DataFrame:
    """Return held_out and run of the rarest |A| - ceil(t * |A|) + 1 elements of each set A."""
    frame = pl.DataFrame(
        {"held_out": np.repeat(rows, sizes).astype(np.uint32), "run": runs, "n": counts[runs & np.uint64(len(counts) - 1)]}
    )
    enough = np.repeat(sizes - np.ceil(sizes * threshold - 1e-9).astype(np.int64) + 1, sizes)
    ranked = frame.with_columns(enough=enough).sort("held_out", "n", "run")
    return ranked.filter(pl.int_range(pl.len()).over("held_out") < pl.col("enough")).select("held_out", "run")


def _verified(lists: pl.Series, pairs: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return those of `pairs` whose sets reach `threshold`, with their Jaccard index."""
    found = [pl.DataFrame(schema=PAIRS)]
    for some in pairs.sort("held_out", "other").iter_slices(50_000):
        both = some.with_columns(ours=lists.gather(some["held_out"]), theirs=lists.gather(some["other"]))
        shared = pl.col("ours").list.set_intersection("theirs").list.len().cast(pl.Float64)
        alike = shared / (pl.col("ours").list.len() + pl.col("theirs").list.len() - shared)
        found.append(both.select("held_out", "other", jaccard=alike).filter(pl.col("jaccard") >= threshold))
    return pl.concat(found)

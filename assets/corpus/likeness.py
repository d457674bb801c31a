"""Pairs of alike texts across splits: a fast exact search, and an independent exact proof that none is left."""

from collections.abc import Iterator

import polars as pl

from assets.corpus import fingerprints

PAIRS = pl.Schema({"held_out": pl.String(), "other": pl.String(), "jaccard": pl.Float64()})
_JOINED_ROWS = 5_000_000  # joined at a time; bounds memory to some hundred megabytes


def pairs(held_out: pl.DataFrame, others: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return the pairs (held_out, other: ids) of frames with `id` and `shingles` whose Jaccard similarity is at least `threshold`.

    Prefix filtering (Chaudhuri et al. 2006, Bayardo et al. 2007): with shingles ordered from rare to frequent, two sets can only reach the
    threshold t if they share one among their first n - ceil(t * n) + 1. So only rare shingles are joined, and no pair is missed, unlike
    with MinHash.
    """
    left, right = _exploded(held_out), _exploded(others)
    frequency = pl.concat([left, right]).group_by("shingle").len("frequency")
    ours, theirs = (_prefixes(side, frequency, threshold) for side in (left, right))
    shared = ours.join(theirs, on="shingle", how="semi")
    found = [_verified(block, theirs, held_out, others, threshold) for block in _blocks(shared, theirs)]
    return pl.concat([pl.DataFrame(schema=PAIRS), *found]).unique(["held_out", "other"]).sort("held_out", "other")


def _exploded(side: pl.DataFrame) -> pl.DataFrame:
    return side.select("id", shingle="shingles").explode("shingle").drop_nulls()


def _prefixes(side: pl.DataFrame, frequency: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return the rare shingles of each set, of which two alike sets share at least one."""
    ranked = side.join(frequency, on="shingle").sort("id", "frequency", "shingle")
    size = pl.len().over("id")
    needed = (size * threshold - 1e-9).ceil()  # rounding must not shorten a prefix
    return ranked.filter(pl.int_range(pl.len()).over("id") <= size - needed).select("id", "shingle")


def _blocks(ours: pl.DataFrame, theirs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield `ours` in blocks whose join with `theirs` is not larger than the bound, whole sets at a time."""
    cost = ours.join(theirs.group_by("shingle").len("n"), on="shingle").group_by("id").agg(pl.col("n").sum()).sort("id")
    block = cost.select("id", block=(pl.col("n").cum_sum() // _JOINED_ROWS))
    for _, ids in block.group_by("block", maintain_order=True):
        yield ours.join(ids, on="id", how="semi")


def _verified(ours: pl.DataFrame, theirs: pl.DataFrame, held_out: pl.DataFrame, others: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return the candidates of a block with their similarity, when it is high enough."""
    candidates = ours.join(theirs, on="shingle", suffix="_other").select(held_out="id", other="id_other").unique()
    sets = candidates.join(held_out.select("id", "shingles"), left_on="held_out", right_on="id").join(
        others.select("id", "shingles"), left_on="other", right_on="id", suffix="_other"
    )
    shared = pl.col("shingles").list.set_intersection("shingles_other").list.len().cast(pl.Float64)
    union = pl.col("shingles").list.len() + pl.col("shingles_other").list.len() - shared
    return sets.select("held_out", "other", jaccard=shared / union).filter(pl.col("jaccard") >= threshold)


LEAKS = pl.Schema({"held_out_split": pl.String(), "other_split": pl.String(), **PAIRS, "rule": pl.String()})


def leaks(splits: pl.DataFrame, *, threshold: float, shingle_words: int, equal_answer_words: int) -> pl.DataFrame:
    """Return the pairs of alike chats in different splits, from id, split and messages alone; none, if the splits are leak-free.

    Exact and independent of `pairs`: an inverted index over all shingles counts what each two chats share. Rules: `equal_content`,
    `equal_answer`, `near_duplicate`.
    """
    chats = splits["messages"].to_list()
    rows = splits.select("id", "split").with_columns(
        pl.Series("content", [" ".join(fingerprints.words(fingerprints.content(chat))) for chat in chats], dtype=pl.String),
        pl.Series("answer", [" ".join(fingerprints.words(fingerprints.content(chat, "assistant"))) for chat in chats], dtype=pl.String),
    )
    long = (pl.col("answer").str.count_matches(" ") + 1) >= equal_answer_words
    found = [pl.DataFrame(schema=LEAKS)]
    for split, later in (("test", ("validation", "train")), ("validation", ("train",))):
        held_out, others = rows.filter(pl.col("split") == split), rows.filter(pl.col("split").is_in(later))
        found.append(_equal(held_out, others, "content").with_columns(rule=pl.lit("equal_content")))
        found.append(_equal(held_out.filter(long), others.filter(long), "answer").with_columns(rule=pl.lit("equal_answer")))
        found.append(_overlapping(held_out, others, threshold, shingle_words).with_columns(rule=pl.lit("near_duplicate")))
    places = splits.select("id", "split")
    both = pl.concat([frame.select(*PAIRS, "rule") for frame in found])
    both = both.join(places.rename({"id": "held_out", "split": "held_out_split"}), on="held_out")
    both = both.join(places.rename({"id": "other", "split": "other_split"}), on="other")
    return both.select(*LEAKS).sort("held_out", "other", "rule")


def _equal(held_out: pl.DataFrame, others: pl.DataFrame, column: str) -> pl.DataFrame:
    joined = held_out.select(column, held_out="id").join(others.select(column, other="id"), on=column)
    return joined.select("held_out", "other", jaccard=pl.lit(1.0))


def _overlapping(held_out: pl.DataFrame, others: pl.DataFrame, threshold: float, n_words: int) -> pl.DataFrame:
    left, right = _runs(held_out, n_words), _runs(others, n_words)
    sizes = [side.group_by("id").len(name) for side, name in ((left, "n"), (right, "n_other"))]
    shared = left.join(right, on="shingle", how="semi")
    found = [pl.DataFrame(schema=PAIRS)]
    for block in _blocks(shared, right):
        counted = block.join(right, on="shingle", suffix="_other").group_by("id", "id_other").len("shared")
        sized = counted.join(sizes[0], on="id").join(sizes[1], left_on="id_other", right_on="id")
        alike = pl.col("shared") / (pl.col("n") + pl.col("n_other") - pl.col("shared"))
        found.append(sized.select(held_out="id", other="id_other", jaccard=alike).filter(pl.col("jaccard") >= threshold))
    return pl.concat(found)


def _runs(side: pl.DataFrame, n_words: int) -> pl.DataFrame:
    """Return the distinct runs of words of each text, as the words themselves."""
    runs: list[list[str]] = []
    for text in side["content"]:
        spoken = text.split(" ")
        runs.append([" ".join(spoken[at : at + n_words]) for at in range(max(len(spoken) - n_words, 0) + 1)] if text else [])
    listed = side.select("id").with_columns(pl.Series("shingle", runs, dtype=pl.List(pl.String)))
    return listed.explode("shingle").drop_nulls().unique()

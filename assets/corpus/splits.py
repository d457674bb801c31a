"""Put chats into train, validation and test so that the test tells the truth: by group, and with nothing alike on two sides."""

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.conversations.canonical import MESSAGE
from assets.corpus import fingerprints, likeness, tokens

SPLITS = ("test", "validation", "train")  # by priority: what is in an earlier one leaves the later ones
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "split": pl.String(),
        "group_id": pl.String(),
        "source": pl.String(),
        "slice": pl.String(),
        "language": pl.String(),
        "license": pl.String(),
        "messages": pl.List(MESSAGE),
        "tools": pl.String(),
        "weight": pl.Float64(),
        "n_tokens": pl.Int64(),
        "n_answer_tokens": pl.Int64(),
    }
)
ASSIGNMENTS = pl.Schema(
    {
        "id": pl.String(),
        "split": pl.String(),
        "weight": pl.Float64(),
        "reason": pl.String(),
        "score": pl.Float64(),
        "threshold": pl.Float64(),
        "n_tokens": pl.Int64(),
        "n_answer_tokens": pl.Int64(),
    }
)
REFERENCE_ROWS = 1024  # a group of so many chats has weight 1


class SplitSettings(BaseModel, frozen=True, extra="forbid"):
    """How chats are shared out."""

    seed: int = Field(0, description="another seed shares the groups out differently")
    validation_share: float = Field(0.1, gt=0, lt=1, description="chance of a group to be in validation")
    test_share: float = Field(0.1, gt=0, lt=1, description="chance of a group to be in test")
    near_duplicate_threshold: float = Field(0.7, gt=0, le=1, description="Jaccard similarity of shingles from which two chats are alike")
    shingle_words: int = Field(5, ge=1, description="words in a shingle")
    equal_answer_words: int = Field(12, ge=1, description="equal answers of at least so many words are alike whatever was asked")
    max_example_tokens: int = Field(1024, ge=16, description="a longer chat does not fit the context that is trained on")
    group_balance: float = Field(0.5, ge=0, le=1, description="0: every chat weighs the same; 1: every group does")
    max_weight: float = Field(4.0, ge=1, description="no chat counts for more than so many, however small its group")

    @model_validator(mode="after")
    def _leaves_training_data(self) -> "SplitSettings":
        if self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share and test_share leave nothing to train on")
        return self


def fingerprint_examples(examples: pl.DataFrame, settings: SplitSettings, tokenizer: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the narrow rows that `assign` needs of every shard (`fingerprints.SCHEMA`), and an empty ledger."""
    return fingerprints.fingerprint(examples, settings.shingle_words, tokens.load(tokenizer)), ledger.empty()


def split_of_groups(groups: list[str], settings: SplitSettings) -> dict[str, str]:
    """Return the split of each group: by a seeded hash, so that other groups that come or go do not move it.

    Only while a split would stay empty, and there are three groups or more, it gets the group whose hash is nearest to it: such a group
    moves back when another comes that belongs there by its own hash.
    """
    chance = {group: _chance(group, settings.seed) for group in sorted(groups)}
    by_chance = sorted(chance, key=lambda group: (chance[group], group))
    test = sum(chance[group] < settings.test_share for group in by_chance)
    held_out = sum(chance[group] < settings.test_share + settings.validation_share for group in by_chance)
    if len(by_chance) >= 3:  # test, validation and train follow one another on the line from 0 to 1
        test = min(max(test, 1), len(by_chance) - 2)
        held_out = min(max(held_out, test + 1), len(by_chance) - 1)
    return {group: "test" if rank < test else "validation" if rank < held_out else "train" for rank, group in enumerate(by_chance)}


def _chance(group: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on nothing but group and seed."""
    return int.from_bytes(blake3(f"{seed}{passport.SEPARATOR}{group}".encode()).digest(length=8)) / 2**64


def assign(prints: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Return split and weight for the fingerprints of all chats, by id; `split` is null and `reason` the rule for those dropped.

    Rules: `too_long`, `leaks_into_test`, `leaks_into_validation` (score: the highest Jaccard similarity, 1 for equal content or answer).
    The search for pairs over the threshold is exact (see `likeness`).
    """
    splits = split_of_groups(prints["group_id"].unique(maintain_order=True).to_list(), settings)
    rows = prints.sort("id").with_columns(split=pl.col("group_id").replace_strict(splits, return_dtype=pl.String))
    too_long = rows["n_tokens"] > settings.max_example_tokens
    dropped = [
        rows.filter(too_long).select(
            "id", reason=pl.lit("too_long"), score=pl.col("n_tokens").cast(pl.Float64), threshold=pl.lit(float(settings.max_example_tokens))
        )
    ]
    rows = rows.filter(~too_long)
    for split in SPLITS[:-1]:
        later = SPLITS[SPLITS.index(split) + 1 :]
        found = _leaking(rows.filter(pl.col("split") == split), rows.filter(pl.col("split").is_in(later)), settings)
        threshold = pl.lit(settings.near_duplicate_threshold)
        dropped.append(found.select("id", reason=pl.lit(f"leaks_into_{split}"), score="score", threshold=threshold))
        rows = rows.join(found, on="id", how="anti", maintain_order="left")
    counts = prints.select("id", "n_tokens", "n_answer_tokens")
    both = pl.concat([_weighed(rows, settings).select("id", "split", "weight"), *dropped], how="diagonal")
    return both.join(counts, on="id").sort("id").select(pl.col(name).cast(dtype) for name, dtype in ASSIGNMENTS.items())


def _leaking(held_out: pl.DataFrame, others: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Return id and score of the rows of `others` that are like a row of `held_out`."""
    long = pl.col("n_answer_words") >= settings.equal_answer_words
    equal = others.join(held_out.select("content_key"), on="content_key", how="semi")
    same_answer = others.filter(long).join(held_out.filter(long).select("answer_key"), on="answer_key", how="semi")
    alike = likeness.pairs(held_out, others, settings.near_duplicate_threshold).select(id="other", score="jaccard")
    scored = [frame.select("id", score=pl.lit(1.0)) for frame in (equal, same_answer)]
    return pl.concat([*scored, alike]).group_by("id").agg(pl.col("score").max()).sort("id")


def _weighed(rows: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Add a weight: (size of the group / REFERENCE_ROWS) ** -group_balance, cut at max_weight; only their ratios count.

    Tempered sampling as for languages of unequal size (Arivazhagan et al. 2019): a group of 10,000 chats does not drown one of 100.
    A weight depends on its own group alone, and on its size as a power of two only: a file that is added somewhere must not change
    every row of a split.
    """
    octave = pl.len().over("group_id").cast(pl.Float64).log(2).floor()
    weight = (pl.lit(2.0).pow(octave) / REFERENCE_ROWS) ** -settings.group_balance
    return rows.with_columns(weight=weight.clip(upper_bound=settings.max_weight).round(6))


def assign_splits(examples: pl.DataFrame, settings: SplitSettings, assignments: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chats with the split, weight and token counts that `assign` gave them, and a ledger row for each that it dropped.

    A chat without an assignment is dropped with the rule `unassigned`.
    """
    grouped = examples.drop("weight").with_columns(group_id=pl.col("group_keys").list.first())
    joined = grouped.join(assignments, on="id", how="left", maintain_order="left")
    kept = joined.filter(pl.col("split").is_not_null())
    ids = passport.row_ids("chatml_splits", kept["id"])
    rows = kept.with_columns(ids, parent_ids=pl.concat_list("id")).select(*SCHEMA)
    gone = joined.filter(pl.col("split").is_null()).with_columns(pl.col("reason").fill_null("unassigned"))
    rules = ledger.entries(gone, pl.col("reason"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("group_id"))
    return rows, rules

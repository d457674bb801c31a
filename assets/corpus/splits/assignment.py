"""Put chats into train, validation and test so that the test tells the truth: by group, and with nothing alike on two sides."""

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.conversations.canonical import MESSAGE
from assets.corpus.splits import fingerprints, grouping, nearest
from assets.corpus.splits.grouping import SPLITS
from assets.corpus.template import rendering

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
        "group_id": pl.String(),
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


def fingerprint_examples(examples: pl.DataFrame, settings: SplitSettings, template: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the narrow rows that `assign` needs of every shard (`fingerprints.SCHEMA`), and an empty ledger.

    `template` is the one row that `rendering.load` takes.
    """
    counts = rendering.load(template).count(examples["messages"].to_list(), examples["tools"].to_list())
    return fingerprints.fingerprint(examples, settings.shingle_words, counts), ledger.empty()


def assign(prints: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Return group, split and weight for the fingerprints of all chats, by id; `split` is null and `reason` the rule for those dropped.

    Rules: `not_rendered`, `no_answer` (no token to learn), `too_long`, `leaks_into_test`, `leaks_into_validation` (score: the
    highest Jaccard similarity, 1 for equal content or answer). The search for what is alike is exact (see `nearest`). Neither the order of
    the rows nor their number changes the place of a group (see `grouping`).
    """
    rows = _placed(prints.drop("shingles").with_row_index("set").sort("id"), settings)
    sets, unfit = nearest.sets_of(prints["shingles"]), _unfit(rows, settings)
    dropped, left = [unfit], rows.join(unfit, on="id", how="anti", maintain_order="left")
    for split in SPLITS[:-1]:
        later = SPLITS[SPLITS.index(split) + 1 :]
        found = _leaking(sets, left.filter(pl.col("split") == split), left.filter(pl.col("split").is_in(later)), settings)
        threshold = pl.lit(settings.near_duplicate_threshold)
        dropped.append(found.select("id", reason=pl.lit(f"leaks_into_{split}"), score="score", threshold=threshold))
        left = left.join(found, on="id", how="anti", maintain_order="left")
    decided = pl.concat([_weighed(left, settings).select("id", "split", "weight"), *dropped], how="diagonal_relaxed")
    both = rows.drop("split").join(decided, on="id", maintain_order="left")
    return both.select(pl.col(name).cast(dtype) for name, dtype in ASSIGNMENTS.items())


def _unfit(rows: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Return id, reason, score (tokens) and threshold of the rows that cannot be trained on."""
    not_rendered, no_answer, too_long = (
        pl.col("n_tokens") < 1,
        pl.col("n_answer_tokens") < 1,
        pl.col("n_tokens") > settings.max_example_tokens,
    )
    reason = (
        pl.when(not_rendered).then(pl.lit("not_rendered")).when(no_answer).then(pl.lit("no_answer")).when(too_long).then(pl.lit("too_long"))
    )
    score = pl.when(no_answer).then("n_answer_tokens").otherwise("n_tokens").cast(pl.Float64)
    threshold = pl.when(no_answer).then(1.0).otherwise(float(settings.max_example_tokens))
    return rows.select("id", reason=reason, score=score, threshold=threshold).drop_nulls("reason")


def _placed(rows: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Add group_id and split to each row."""
    shares = grouping.Shares(settings.test_share, settings.validation_share, settings.seed)
    grouped = rows.drop("group_keys").with_columns(grouping.group_ids(rows).select("group_id", "anchor"))
    splits = grouping.split_of_groups(grouping.groups_of(grouped), shares)
    return grouped.join(splits, on="group_id", maintain_order="left")


def _leaking(sets: nearest.Sets, held_out: pl.DataFrame, others: pl.DataFrame, settings: SplitSettings) -> pl.DataFrame:
    """Return id and score of the rows of `others` that are like a row of `held_out`; `set` is the number of a row's shingles."""
    long = pl.col("n_answer_words") >= settings.equal_answer_words
    is_equal = pl.col("content_key").is_in(held_out["content_key"].unique().implode())
    has_answer = long & pl.col("answer_key").is_in(held_out.filter(long)["answer_key"].unique().implode())
    threshold = settings.near_duplicate_threshold
    _, score = nearest.closest(sets, held_out["set"].to_numpy(), others["set"].to_numpy(), threshold)
    alike = pl.when(is_equal | has_answer).then(1.0).otherwise(pl.Series("score", score, dtype=pl.Float64))
    return others.select("id", score=alike).filter(pl.col("score") >= threshold)


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
    """Return the chats with the split and token counts that `assign` gave them, and a ledger row for each that it dropped.

    A chat counts for its own weight times that of its group. One without an assignment is dropped with the rule `unassigned`.
    """
    joined = examples.rename({"weight": "own"}).join(assignments, on="id", how="left", maintain_order="left")
    joined = joined.with_columns(weight=(pl.col("weight") * pl.col("own")).round(6).clip(lower_bound=1e-6))
    kept = joined.filter(pl.col("split").is_not_null())
    ids = passport.row_ids("chatml_splits", kept["id"])
    rows = kept.with_columns(ids, parent_ids=pl.concat_list("id")).select(*SCHEMA)
    gone = joined.filter(pl.col("split").is_null()).with_columns(pl.col("reason").fill_null("unassigned"))
    rules = ledger.entries(gone, pl.col("reason"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("group_id"))
    return rows, rules

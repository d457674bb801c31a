"""What a person would rather look at than read: the funnel and the histogram of tokens, as Markdown with an inline PNG."""

import polars as pl

from assets import pictures

SHOWN_BINS = 16  # what is longer is drawn as one bar


def funnel(frame: pl.DataFrame) -> str:
    """Return the rows of each dataset, in order, from the table `funnel`."""
    frame = frame.sort("step")
    return pictures.bars("Rows per dataset", frame["asset"].to_list(), frame["rows_out"].to_list(), "rows")


def token_histogram(frame: pl.DataFrame) -> str:
    """Return the training examples by their tokens, from the table `token_histogram`; of chunks when there are no examples."""
    shown = frame.filter(pl.col("asset") == "chatml_splits")
    name = "Examples" if shown.height else "Chunks"
    shown = shown if shown.height else frame
    last = shown["from_tokens"].unique().sort().head(SHOWN_BINS)[-1]
    bins = shown.group_by(pl.col("from_tokens").clip(upper_bound=last)).agg(pl.col("to_tokens").max(), pl.col("rows").sum())
    bins = bins.sort("from_tokens")
    labels = [f"{start:,} to {end:,}" for start, end in bins.select("from_tokens", "to_tokens").rows()]
    return pictures.bars(f"{name} by tokens", labels, bins["rows"].to_list(), name.lower())


def eval_scores(frame: pl.DataFrame) -> str:
    """Return the mean score per metric of base and tuned model, from the table `eval_scores`."""
    overall = frame.filter(pl.col("slice_by") == "all").unpivot(["base_mean", "tuned_mean"], index="metric").drop_nulls().sort("metric")
    labels = [f"{metric} {model.removesuffix('_mean')}" for metric, model, _ in overall.rows()]
    return pictures.bars("Mean score", labels, overall["value"].to_list(), "score")

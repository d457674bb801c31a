"""Training rows that hold a problem of a registered evaluation set: the stage `decontaminate`."""

import numpy as np
import polars as pl

from assets import ledger
from assets.corpus.decontamination import tables, texts
from assets.corpus.decontamination.reading import readings
from assets.corpus.decontamination.settings import DecontaminationSettings

_RULES = ("", "contaminated_near", "contaminated_ngram", "contaminated_exact")  # by the numbers of `overlaps`
_HITS = {"id": pl.String, "rule": pl.String, "score": pl.Float64, "threshold": pl.Float64, "problem": pl.String}


def decontaminate(examples: pl.DataFrame, settings: DecontaminationSettings, index: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the rows of `examples` that hold no problem of `index`, unchanged and in order; the ledger of the others).

    Of a row counts what is said by all but the system. Rules, the strongest first:

    - `contaminated_exact`: a text of the problem stands in the row from its first word to its last; a very short one is a whole message or
      code block (score 1);
    - `contaminated_ngram`: at least `min_runs` of its runs of `ngram_words` words do (score: how many);
    - `contaminated_near`: at least `near_threshold` of its runs of `shingle_words` words do, in whichever order (score: the share).

    `detail` is "<benchmark>/<task id>". A row has an entry for each problem, for the four strongest at most.
    """
    found = hits(examples, settings, index)
    kept = examples.join(found.select("id"), on="id", how="anti", maintain_order="left")
    entries = ledger.entries(found, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("problem"))
    return kept, entries


def hits(examples: pl.DataFrame, settings: DecontaminationSettings, index: pl.DataFrame) -> pl.DataFrame:
    """Return (id, rule, score, threshold, problem) of what `examples` (id, messages) hold, in their order."""
    from assets.corpus.decontamination import overlaps

    shape = (examples.height, overlaps.MAX_HITS)
    problems, rules, scores = np.full(shape, -1, np.int32), np.zeros(shape, np.uint8), np.zeros(shape, np.float64)
    built = tables.build(index, settings)
    state = tables.new_state(built)
    for first, both in readings(texts.said(examples["messages"])):
        overlaps.match(both, built, state, first, settings.min_runs, settings.near_threshold, problems, rules, scores)
    rows, ranks = np.nonzero(problems >= 0)
    names = index["problem"].unique(maintain_order=True)
    thresholds = np.array([0.0, settings.near_threshold, settings.min_runs, 1.0])
    chosen = rules[rows, ranks]
    columns = {
        "id": examples["id"].gather(rows),
        "rule": pl.Series(_RULES).gather(chosen),
        "score": scores[rows, ranks],
        "threshold": thresholds[chosen],
        "problem": names.gather(problems[rows, ranks]),
    }
    return pl.DataFrame(columns, schema=_HITS)

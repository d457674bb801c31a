"""What rows are compared with: the words of every text of every problem, as hashes. The side frame of `decontaminate`."""

import polars as pl

from assets import ledger
from assets.corpus.decontamination import texts, variants
from assets.corpus.decontamination.reading import readings
from assets.corpus.decontamination.settings import DecontaminationSettings

SCHEMA = pl.Schema(
    {
        "problem": pl.String(),  # <benchmark>/<task id>
        "kind": pl.String(),  # which text of the problem (see `variants`)
        "words": pl.List(pl.UInt64()),  # hashes, in the order of the text
        "strict": pl.UInt64(),  # of a short text, its words and signs; 0 of a long one
    }
)
_MIN_WORDS = 3


def index_benchmarks(benchmarks: pl.DataFrame, settings: DecontaminationSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (SCHEMA rows of rows of benchmarks, sorted by problem; ledger).

    A text has a row for each of its two readings (see `words`) that differ. The ledger names problems that nothing can be found of
    (`no_words`), because all their texts are shorter than three words.
    """
    rows = benchmarks.sort("benchmark", "task_id", "id")
    named = rows.select(pl.concat_str("benchmark", "task_id", separator="/").alias("problem"))["problem"]
    found = [
        (problem, kind, text)
        for problem, row in zip(named, rows.iter_rows(named=True), strict=True)
        for kind, text in variants.texts(row)
        if settings.match_tests or kind != "tests"
    ]
    frame = pl.DataFrame(found, schema={"problem": pl.String, "kind": pl.String, "text": pl.String}, orient="row")
    index = _read(frame).unique(["problem", "words", "strict"], keep="first", maintain_order=True)
    missed = rows.with_columns(problem=named).join(index, on="problem", how="anti")
    return index, ledger.entries(missed, "no_words", action="altered", detail=pl.col("problem"))


def _read(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the readings of the texts of `frame` that hold enough words, the whole text before what stays of it."""
    found = []
    for first, both in readings(texts.composed(frame["text"])):
        for number in range(len(both[0][1]) - 1):
            for words, bounds, stricts, segments in both:
                chosen = words[bounds[number] : bounds[number + 1]]
                is_one = segments[number + 1] - segments[number] == 1
                if len(chosen) >= _MIN_WORDS:
                    found.append((first + number, chosen.tolist(), int(stricts[segments[number]]) if is_one else 0))
    columns = pl.DataFrame(found, schema={"row": pl.Int64, "words": pl.List(pl.UInt64), "strict": pl.UInt64}, orient="row")
    return (
        frame.with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
        .join(columns, on="row", maintain_order="right")
        .select(*SCHEMA)
    )

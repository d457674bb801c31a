"""A sample of what `python -m bench.decontamination` measures in full."""

import polars as pl

from assets.corpus.decontamination.matching import decontaminate
from assets.corpus.decontamination.proof import not_clean
from assets.corpus.decontamination.settings import DecontaminationSettings
from tests.assets.corpus.decontamination import planting

DEFAULTS = DecontaminationSettings()


def test_planted_problems_are_found_and_functions_stay(index: pl.DataFrame, human_eval: pl.DataFrame) -> None:
    problems = human_eval.gather_every(4).rows(named=True)
    planted = list(planting.planted(problems))
    assert len({change for _, change, _ in planted}) >= 20
    rows = planting.frame([(str(number), messages) for number, (_, _, messages) in enumerate(planted)])
    _, noted = decontaminate(rows, DEFAULTS, index)
    right = set(noted.select(pl.col("row_id").cast(pl.Int64), "detail").rows())
    missed = [(name, change) for number, (name, change, _) in enumerate(planted) if (number, name) not in right]
    assert len(missed) <= 0.02 * len(planted), missed
    clean = planting.clean_chats(planting.clean_functions(1_000))
    _, wrong = decontaminate(clean, DEFAULTS, index)
    assert wrong["row_id"].n_unique() <= 0.01 * clean.height, wrong.rows()


def test_the_proof_agrees(index: pl.DataFrame, human_eval: pl.DataFrame) -> None:
    planted = list(planting.planted(human_eval.gather_every(9).rows(named=True)))
    rows = planting.frame([(str(number), messages) for number, (_, _, messages) in enumerate(planted)])
    rows = pl.concat([rows, planting.clean_chats(planting.clean_functions(300, seed=1))])
    found, noted = not_clean(rows, DEFAULTS, human_eval)
    assert noted.is_empty() and found.height >= 0.9 * len(planted)
    kept, _ = decontaminate(rows, DEFAULTS, index)
    assert not_clean(kept, DEFAULTS, human_eval)[0].is_empty()
    assert not_clean(kept.clear(), DEFAULTS, human_eval)[0].schema == pl.Schema({"id": pl.String})

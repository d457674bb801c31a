"""Decontamination on published evaluation sets: HumanEval as installed, BFCL of the shared data, MBPP where it is there too."""

from pathlib import Path

import polars as pl
import pytest

from assets.corpus.benchmarks.reading import read_benchmarks
from assets.corpus.benchmarks.settings import BenchmarkSettings
from assets.corpus.decontamination.index import index_benchmarks
from assets.corpus.decontamination.matching import decontaminate
from assets.corpus.decontamination.proof import not_clean
from assets.corpus.decontamination.settings import DecontaminationSettings
from tests.assets.corpus.decontamination.planting import chat, clean_chats, clean_functions, frame, planted

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "benchmarks"
MBPP = FOLDER / "mbpp" / "mbpp.jsonl"
DEFAULTS = DecontaminationSettings()


@pytest.mark.skipif(not (FOLDER / "bfcl").exists(), reason="needs the shared data")
def test_bfcl_questions_and_declarations(tmp_path: Path) -> None:
    settings = BenchmarkSettings.model_validate({"sources": ["human_eval", {"kind": "bfcl", "path": str(FOLDER / "bfcl")}]})
    benchmarks, noted = read_benchmarks(settings, tmp_path)
    bfcl = benchmarks.filter(benchmark="bfcl")
    assert noted.is_empty() and bfcl.height > 100 and bfcl["solution"].null_count() == 0 and bfcl["texts"].list.len().min() == 1
    index, _ = index_benchmarks(benchmarks, DEFAULTS)
    asked = [(f"q{n}", chat(("user", f"Hello!\n{row['prompt']}\nThank you."))) for n, row in enumerate(bfcl.iter_rows(named=True))]
    _, hits = decontaminate(frame(asked), DEFAULTS, index)
    assert hits["row_id"].n_unique() >= 0.95 * len(asked)  # shorter questions must stand alone
    alone = [(f"q{n}", chat(("user", row["prompt"]))) for n, row in enumerate(bfcl.iter_rows(named=True))]
    kept, _ = decontaminate(frame(alone), DEFAULTS, index)
    assert kept.height <= 0.01 * len(alone) and not_clean(kept, DEFAULTS, benchmarks)[0].is_empty()
    assert decontaminate(clean_chats(clean_functions(300)), DEFAULTS, index)[1].is_empty()


@pytest.mark.skipif(not MBPP.exists(), reason="needs the shared data")
def test_mbpp_planted(tmp_path: Path) -> None:
    benchmarks, _ = read_benchmarks(BenchmarkSettings.model_validate({"sources": [{"kind": "mbpp", "path": str(MBPP)}]}), tmp_path)
    index, _ = index_benchmarks(benchmarks, DEFAULTS)
    rows = list(planted(benchmarks.gather_every(10).rows(named=True)))
    chats = frame([(str(number), messages) for number, (_, _, messages) in enumerate(rows)])
    _, hits = decontaminate(chats, DEFAULTS, index)
    right = set(hits.select(pl.col("row_id").cast(pl.Int64), "detail").rows())
    assert sum((number, name) in right for number, (name, _, _) in enumerate(rows)) >= 0.98 * len(rows)

"""Planted contamination, and rows a second on one core: `python -m bench.decontamination [mbpp.jsonl]`.

HumanEval (and MBPP, where its file is given or lies in the shared data) is planted under the transformations of
`tests.assets.corpus.decontamination.planting` (renamed variables excluded) among 5,000 functions of the standard library and of installed
packages. Recall counts a row as found when the ledger names its own problem; precision takes 5,000 planted rows, drawn by chance, to the
5,000 clean ones. Rows for the rate have about 500 characters; seconds are the processor's, and building the tables is part of them.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from assets.corpus.benchmarks.reading import read_benchmarks
from assets.corpus.benchmarks.settings import BenchmarkSettings
from assets.corpus.decontamination.index import index_benchmarks
from assets.corpus.decontamination.matching import decontaminate
from assets.corpus.decontamination.proof import not_clean
from assets.corpus.decontamination.settings import DecontaminationSettings
from tests.assets.corpus.decontamination import planting

SHARED_MBPP = Path(__file__).resolve().parents[2] / "shared" / "data" / "benchmarks" / "mbpp" / "mbpp.jsonl"
N_CLEAN, N_RATE, N_CHARACTERS = 5_000, 100_000, 500
RECALL, PRECISION, RATE = 0.98, 0.99, 25_000.0
DEFAULTS = DecontaminationSettings()


def main(mbpp: Path = SHARED_MBPP) -> list[dict[str, Any]]:
    """Measure; print and return the rows."""
    sources: list[Any] = ["human_eval", *([{"kind": "mbpp", "path": str(mbpp)}] if mbpp.exists() else [])]
    with tempfile.TemporaryDirectory() as folder:
        benchmarks, _ = read_benchmarks(BenchmarkSettings.model_validate({"sources": sources}), Path(folder))
    index, _ = index_benchmarks(benchmarks, DEFAULTS)
    functions = planting.clean_functions(N_CLEAN)
    rows = [*_quality(benchmarks, index, functions), *_rates(benchmarks, index, functions)]
    for row in rows:
        print(row, flush=True)
    return rows


def _quality(benchmarks: pl.DataFrame, index: pl.DataFrame, functions: list[str]) -> list[dict[str, Any]]:
    planted = list(planting.planted(benchmarks.rows(named=True)))
    rows = planting.frame([(str(number), messages) for number, (_, _, messages) in enumerate(planted)])
    _, noted = decontaminate(rows, DEFAULTS, index)
    right = set(noted.select(pl.col("row_id").cast(pl.Int64), "detail").rows())
    found = [(number, name) in right for number, (name, _, _) in enumerate(planted)]
    _, wrong = decontaminate(planting.clean_chats(functions), DEFAULTS, index)
    _print_misses(planted, found, wrong)
    drawn = sum(random.Random(0).sample(found, min(N_CLEAN, len(found))))
    false = wrong["row_id"].n_unique()
    names = ", ".join(benchmarks["benchmark"].unique(maintain_order=True))
    what = f"{len(planted):,} rows planted ({names}; {len({change for _, change, _ in planted})} transformations)"
    return [
        _row(f"recall: {what}", sum(found) / len(found), RECALL, "share"),
        _row(f"precision: {false} of {len(functions):,} clean functions dropped", drawn / max(1, drawn + false), PRECISION, "share"),
    ]


def _print_misses(planted: list[tuple[str, str, Any]], found: list[bool], wrong: pl.DataFrame) -> None:
    totals = Counter(change for _, change, _ in planted)
    missed = Counter(change for (_, change, _), is_found in zip(planted, found, strict=True) if not is_found)
    print(", ".join(f"{change} {1 - missed[change] / total:.4f}" for change, total in sorted(totals.items())))
    print("clean, but dropped:", wrong.select("row_id", "rule", "detail").rows()[:20])


def _rates(benchmarks: pl.DataFrame, index: pl.DataFrame, functions: list[str]) -> list[dict[str, Any]]:
    cut = [(code * (1 + N_CHARACTERS // len(code)))[:N_CHARACTERS] for code in functions]
    rows = planting.clean_chats([cut[number % len(cut)] for number in range(N_RATE)])
    decontaminate(rows.head(100), DEFAULTS, index)
    started = time.process_time()
    decontaminate(rows, DEFAULTS, index)
    seconds = time.process_time() - started
    started = time.process_time()
    not_clean(rows, DEFAULTS, benchmarks)
    proof = time.process_time() - started
    what = f"a shard of {N_RATE:,} rows of {N_CHARACTERS} characters against {benchmarks.height:,} problems"
    return [
        _row(f"decontaminating {what}", N_RATE / seconds, RATE, "rows/s a core"),
        _row(f"the independent proof over {what}", N_RATE / proof, None, "rows/s a core"),
    ]


def _row(what: str, ours: float, goal: float | None, unit: str) -> dict[str, Any]:
    return {"stage": "decontamination", "what": what, "ours": ours, "goal": goal, "unit": unit}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

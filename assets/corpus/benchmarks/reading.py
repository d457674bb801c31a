"""The rows of all registered sets: what becomes the dataset `benchmarks`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from assets import ledger, passport, records
from assets.corpus.benchmarks import forms, places
from assets.corpus.benchmarks.settings import BenchmarkError, BenchmarkSettings, BenchmarkSource
from assets.records import Broken

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),  # empty: it comes from outside
        "benchmark": pl.String(),
        "task_id": pl.String(),
        "revision": pl.String(),  # version of the package, commit of the dataset, or digest of the file
        "license": pl.String(),
        "language": pl.String(),
        "prompt": pl.String(),
        "solution": pl.String(),
        "tests": pl.String(),
        "texts": pl.List(pl.String()),  # what else must not be trained on
    }
)
_PROBLEMS = {"id": pl.String, "rule": pl.String, "detail": pl.String}


def read_benchmarks(
    settings: BenchmarkSettings, root: Path, log: Callable[[str], object] = lambda _: None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of SCHEMA by benchmark and place in its files, ledger); datasets of the hub are kept below `root`.

    Dropped: `broken_row` (unreadable, too long, no JSON object), `no_prompt`, `repeated_task` (the first one stays). Raises BenchmarkError
    when a set is not there, or nothing of it can be used.
    """
    rows: list[dict[str, Any]] = []
    problems: list[tuple[str, str, str]] = []
    for source in settings.sources:
        found = _read(source, settings, root, log, problems)
        if not found:
            raise BenchmarkError(f"benchmark {source.name} has no row with a prompt. Check `path` and `columns`.")
        log(f"benchmark {source.name}: {len(found)} problems")
        rows += found
    noted = pl.DataFrame(problems, schema=_PROBLEMS, orient="row")
    return pl.DataFrame(rows, schema=SCHEMA), ledger.entries(noted, pl.col("rule"), detail=pl.col("detail"))


def _read(
    source: BenchmarkSource, settings: BenchmarkSettings, root: Path, log: Callable[[str], object], problems: list[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file, revision in places.files(source, root, settings.max_rows, log):
        answers = _answers(file, settings) if source.kind == "bfcl" else {}
        for line, row in _values(file, settings.max_row_bytes):
            problem = None
            if isinstance(row, dict):
                problem = forms.of_bfcl(row, answers) if source.kind == "bfcl" else forms.of_columns(row, source.columns)
            task_id = (problem.task_id if problem else None) or str(line)
            rule = "broken_row" if problem is None else "no_prompt" if not problem.prompt else "repeated_task" if task_id in found else None
            if rule or problem is None:
                place = f"{source.name}: {file.name} line {line}"
                problems.append((passport.row_id("benchmarks", place), rule or "broken_row", place))
                continue
            found[task_id] = _row(source, revision, task_id, problem)
        if len(found) > settings.max_rows:
            raise BenchmarkError(f"benchmark {source.name} has more than {settings.max_rows} rows. Name other files, or raise max_rows.")
    return list(found.values())


def _row(source: BenchmarkSource, revision: str, task_id: str, problem: forms.Problem) -> dict[str, Any]:
    return {
        "id": passport.row_id("benchmarks", source.name, revision, task_id),
        "parent_ids": [],
        "benchmark": source.name,
        "revision": revision,
        "license": source.license,
        "language": source.language,
        **problem._asdict(),
        "task_id": task_id,
    }


def _values(file: Path, max_bytes: int) -> Iterator[tuple[int, Any]]:
    """Yield (line, value); None for what is no JSON."""
    for record in records.stream(file, max_bytes):
        try:
            yield record.line, None if isinstance(record, Broken) else records.load(record.data)
        except ValueError:
            yield record.line, None


def _answers(file: Path, settings: BenchmarkSettings) -> dict[str, Any]:
    """Return `ground_truth` by id of the file of answers that lies beside a file of questions, if there is one."""
    beside = file.parent / "possible_answer" / file.name
    rows = (row for _, row in _values(beside, settings.max_row_bytes) if isinstance(row, dict)) if beside.is_file() else ()
    return {str(row["id"]): row.get("ground_truth") for row in rows if "id" in row}

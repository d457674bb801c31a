"""Redaction against the peers: `python -m bench.redaction`.

Speed is the scan for all classes, in MB of source a second: ours and kingfisher's on all cores and the whole corpus, the others, which
have one process, on a part of it. Starting, imports, reading and compiling rules are left out for everyone. Quality is on the set of the
labelled corpus that the rules were made without (tests/assets/redaction): a label is found when nine tenths of it are covered, a finding
is right when it touches a label. Each peer is scored on the group that it looks for.
"""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import polars as pl

from assets.redaction import residual
from assets.redaction.parsing import parses
from assets.redaction.redaction import RedactionSettings, redact
from assets.redaction.rulebook import groups
from assets.redaction.scanning import scan
from bench import corpus, environments
from tests.assets.redaction import labelled, test_quality

FOLDER = corpus.FOLDER / "redaction"
SHARD_BYTES = 16_000_000
SLOW_BYTES = 400_000  # for peers that take minutes for a megabyte
PARSED_FILES = 5_000
CORES = os.cpu_count() or 1
PEERS: dict[str, tuple[list[str], str, str]] = {
    "kingfisher": (["kingfisher-bin==2.14.0", "polars"], "secrets", "whole"),
    "detect_secrets": (["detect-secrets==1.5.0", "polars"], "secrets", "little"),
    "presidio": (["presidio-analyzer==2.2.366", "polars"], "personal_data", "part"),
    "datatrove": (["datatrove[processing]==0.10.1", "polars"], "personal_data", "part"),
}


def main() -> list[dict[str, Any]]:
    """Measure everybody; print and return a row for each comparison."""
    files, samples = corpus.files(), labelled.samples("eighth")
    _write_inputs(files, samples)
    found = _find(samples)
    rows = [_quality(group, None, labelled.score(samples, found, group, groups().get)) for group in ("secrets", "personal_data")]
    for name, (requirements, group, part) in PEERS.items():
        paths = [FOLDER / f"{part}.parquet", FOLDER / "labelled.parquet"]
        peer = environments.run_peer(name, requirements, f"{name}_redaction", *paths, str(CORES))
        rows += [_speed(name, peer, pl.read_parquet(paths[0])), _quality(group, (name, peer), _score(samples, peer["found"], group))]
    rows += [_residual(files), _broken(files), _false_positives()]
    for row in rows:
        print(row, flush=True)
    return rows


def _write_inputs(files: pl.DataFrame, samples: list[labelled.Sample]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    shuffled = files.sample(fraction=1.0, shuffle=True, seed=1)
    sizes = shuffled["content"].str.len_bytes().cast(pl.Int64).cum_sum()
    shuffled.write_parquet(FOLDER / "whole.parquet")
    shuffled.filter(sizes <= 20 * SLOW_BYTES).write_parquet(FOLDER / "part.parquet")
    shuffled.filter(sizes <= SLOW_BYTES).write_parquet(FOLDER / "little.parquet")
    texts = [(sample.path, sample.text) for sample in samples]
    pl.DataFrame(texts, schema=["path", "content"], orient="row").write_parquet(FOLDER / "labelled.parquet")


def _find(samples: list[labelled.Sample]) -> list[list[tuple[str, int, int]]]:
    texts, languages = pl.Series([sample.text for sample in samples]), pl.Series([sample.language for sample in samples])
    found: list[list[tuple[str, int, int]]] = [[] for _ in samples]
    findings = redact(texts, pl.Series([sample.path for sample in samples]), languages, RedactionSettings()).findings
    for row, name, start, end, _ in findings.iter_rows():
        found[row].append((name, start, end))
    return found


def _score(samples: list[labelled.Sample], places: Sequence[Sequence[int]], group: str) -> labelled.Score:
    found: list[list[tuple[str, int, int]]] = [[] for _ in samples]
    for row, start, end in places:
        found[row].append((group, start, end))
    return labelled.score(samples, found, group, lambda name: name)


def _quality(group: str, peer: tuple[str, dict[str, Any]] | None, scored: labelled.Score) -> dict[str, Any]:
    f1 = 2 * scored.precision * scored.recall / max(1e-9, scored.precision + scored.recall)
    text = f"P {scored.precision:.3f} R {scored.recall:.3f} F1 {f1:.3f}"
    goal = {"secrets": "P .95 R .80", "personal_data": "P .98 R .98"}[group]
    name, facts = peer or (None, {})
    mine, theirs = (text, None) if peer is None else (None, text)
    version = facts.get("version") and f"{name} {facts['version']}"
    return _row(f"{group} of the unseen set", mine, theirs, version, None, goal, "")


def _speed(name: str, peer: dict[str, Any], part: pl.DataFrame) -> dict[str, Any]:
    megabytes = part["content"].str.len_bytes().sum() / 1e6
    cores = CORES if name == "kingfisher" else 1
    ours, theirs = _scan_speed(cores), megabytes / peer["seconds"]
    what = f"scan, all classes, {cores} {'cores' if cores > 1 else 'core'}"
    return _row(
        what, round(ours, 1), round(theirs, 2), f"{name} {peer['version']}", ours / theirs, 2.0 if name == "kingfisher" else None, "MB/s"
    )


def _scan_speed(cores: int) -> float:
    """Return MB/s of the scan over the corpus in `cores` processes that have compiled their rules."""
    texts = pl.read_parquet(FOLDER / "whole.parquet")["content"]
    sizes = texts.str.len_bytes().cast(pl.Int64)
    shards = [shard["content"] for shard in pl.DataFrame([texts, (sizes.cum_sum() // SHARD_BYTES).alias("shard")]).partition_by("shard")]
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as workers:
        list(workers.map(_scan, [shards[0].head(200)] * 4 * cores))
        seconds = sum(workers.map(_scan, shards)) / cores
    return float(sizes.sum()) / 1e6 / seconds


def _scan(texts: pl.Series) -> float:
    began = time.perf_counter()
    scan(texts, [True] * texts.len(), [False] * texts.len())
    return time.perf_counter() - began


def _residual(files: pl.DataFrame) -> dict[str, Any]:
    texts, languages = files["content"], files["language"]
    redacted = redact(texts, files["path"], languages, RedactionSettings()).texts
    began = time.perf_counter()
    left = [look(redacted, languages).height for look in (residual.secrets_left, residual.personal_data_left)]
    rate = texts.str.len_bytes().sum() / 1e6 / (time.perf_counter() - began)
    return _row(f"residual scan: {sum(left)} left", round(rate, 1), None, None, None, 40.0, "MB/s")


def _broken(files: pl.DataFrame) -> dict[str, Any]:
    """Count among files with findings, which parse, those that do not afterwards."""
    files = files.sample(fraction=1.0, shuffle=True, seed=2)
    result = redact(files["content"], files["path"], files["language"], RedactionSettings())
    changed = files.with_columns(new=result.texts).filter((pl.col("new") != pl.col("content")) | pl.col("new").is_null())
    parsed = broken = 0
    for language, before, after in changed.select("language", "content", "new").iter_rows():
        if parsed < PARSED_FILES and parses(language, before):
            parsed += 1
            broken += after is None or parses(language, after) is not True
    return _row(f"files broken of {parsed:,} that parse and have findings", broken, None, None, None, 0, "files")


def _false_positives() -> dict[str, Any]:
    texts = test_quality.listings()
    found = redact(pl.Series(list(texts.values())), pl.Series(list(texts)), None, RedactionSettings()).findings.height
    return _row("found in lock files, hash lists and version tables", found, None, None, None, 0, "findings")


def _row(what: str, ours: Any, peer: Any, version: str | None, ratio: float | None, goal: Any, unit: str) -> dict[str, Any]:
    ratio = None if ratio is None else round(ratio, 2)
    return {
        "stage": "redaction",
        "what": what,
        "ours": ours,
        "peer": peer,
        "peer_version": version,
        "ratio": ratio,
        "goal": goal,
        "unit": unit,
    }


if __name__ == "__main__":
    main()

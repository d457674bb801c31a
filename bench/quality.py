"""Cleaning and judging in MB/s a core, what the rules drop, and licence texts told right: `python -m bench.quality [megabytes]`.

Seconds are of the processor (time.process_time), in one thread of polars. The answer key of the licence texts is the metadata of the
packages installed here: those with a License-Expression and one licence file.
"""

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from assets import ledger
from assets.code import cleaning, kinds, languages, licenses, quality, reading, signals
from bench.corpus import files as corpus
from bench.environments import run_peer

Row = dict[str, Any]
GOAL_MB_S = 80.0
PEER, PEER_VERSION = "spdx-matcher", "0.1.4"
MAX_TEXT_CHARS = 20_000  # the peer takes minutes for a longer one


def main(megabytes: float = 60.0) -> list[Row]:
    """Print and return the rows of the table."""
    raw = _raw(megabytes)
    rows = [*_speeds(raw), *_licenses()]
    for row in rows:
        print(row, flush=True)
    return rows


def _raw(megabytes: float) -> pl.DataFrame:
    """Return rows of raw_code made of the corpus, in an order by hash, until they hold `megabytes`."""
    files = corpus().with_columns(order=pl.col("path").hash(seed=1)).sort("order", "path")
    files = files.filter(pl.col("content").str.len_bytes().cum_sum() <= megabytes * 1e6)
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in files["content"]]
    known = {
        "id": pl.Series([digest[:32] for digest in digests]),
        "parent_ids": pl.Series([[]] * files.height, dtype=pl.List(pl.String)),
        "repository": files["path"].str.extract(r"^([^/]*)"),
        "path": files["path"],
        "language": files["language"],
        "license_conflict": pl.Series([False] * files.height),
        "encoding": pl.Series(["utf-8"] * files.height),
        "sha256": pl.Series(digests),
        "content": files["content"].cast(pl.Binary),
    }
    nothing = {name: pl.Series([None] * files.height, dtype=dtype) for name, dtype in reading.SCHEMA.items()}
    return pl.DataFrame(nothing | known).select(*reading.SCHEMA)


def _speeds(raw: pl.DataFrame) -> list[Row]:
    size = raw["content"].bin.size().sum() / 1e6
    (clean, _), cleaned = _timed(lambda: cleaning.clean(raw, cleaning.CleaningSettings()))
    measures, measured = _timed(lambda: signals.measure(clean))
    _, sorted_out = _timed(lambda: kinds.kinds(clean, measures))
    (_, dropped), judged = _timed(lambda: quality.judge(clean, quality.QualitySettings()))
    heads = clean["content"].str.slice(0, 4096)
    _, named = _timed(lambda: languages.of_files(clean["path"], heads))
    _, decided = _timed(lambda: [licenses.decide(head, None, None) for head in heads])
    seconds = {"clean": cleaned, "measure": measured, "kinds": sorted_out, "judge": judged, "languages": named, "licence headers": decided}
    rows = [_row(what, size / spent, None, "MB/s a core") for what, spent in seconds.items()]
    return [*rows, _row("clean and judge", size / (cleaned + judged), GOAL_MB_S, "MB/s a core"), *_shares(dropped, clean.height)]


def _shares(dropped: pl.DataFrame, files: int) -> list[Row]:
    assert dropped.columns == list(ledger.SCHEMA)
    counts = dropped.group_by("rule").len().sort("len", "rule", descending=[True, False])
    shares = [_row(f"dropped by {rule}", 100 * count / files, None, "% of files") for rule, count in counts.iter_rows()]
    return [_row("dropped", 100 * dropped["row_id"].n_unique() / files, None, "% of files"), *shares]


def _licenses() -> list[Row]:
    texts = [(text, key) for distribution in metadata.distributions() for text, key in _text_and_key(distribution)]
    right, spent = _timed(lambda: sum(licenses.of_text(text) == key for text, key in texts))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.json"
        path.write_text(json.dumps(texts))
        peer = run_peer(PEER, [f"{PEER}=={PEER_VERSION}"], "spdx_matcher_licenses", path)
    told = _row("licence texts told right", 100 * right / len(texts), None, "%", 100 * peer["right"] / len(texts))
    return [told, _row("licence texts", len(texts) / spent, None, "texts/s", len(texts) / peer["seconds"])]


def _text_and_key(distribution: metadata.Distribution) -> list[tuple[str, str]]:
    expression = licenses.normalise(distribution.metadata.get("License-Expression"))
    files = [file for file in distribution.files or [] if ".dist-info" in file.parts[0] and licenses.is_license_file(file.name)]
    if expression is None or len(files) != 1 or len(text := files[0].read_text()) > MAX_TEXT_CHARS:
        return []
    return [(text, expression)]


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = call()
    return result, time.process_time() - started


def _row(what: str, ours: float, goal: float | None, unit: str, peer: float | None = None) -> Row:
    beside = {"peer": PEER, "peer_version": PEER_VERSION, "ratio": round(ours / peer, 2)} if peer else dict.fromkeys(_BESIDE)
    return {"stage": "quality", "what": what, "ours": round(ours, 2), **beside, "goal": goal, "unit": unit}


_BESIDE = ("peer", "peer_version", "ratio")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))

"""Near-duplicates against the peers: `python -m bench.near_duplicates`.

Ours goes through the functions of the asset (fingerprint, group). Whole processes read Parquet and end; "in-process" is a run of its own,
which leaves out starting Python, imports, reading and, for us, the loading of compiled kernels. What counts as removed is all but the
first file of a component, for everyone. daft splits words at spaces, of which code has few: it is measured on the files as they are (fewer
and longer shingles) and on our tokens with a space between them (the same shingles; making them is not counted). rensa and datasketch get
our shingles, gaoya and datatrove bring their own words. The truth is exact: see `exact_pairs`. MB are of source.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from bench import corpus, environments

FOLDER = corpus.FOLDER / "near_duplicates"
THRESHOLD, BANDS, ROWS = 0.7, 25, 5
MIN_TOKENS = 20
TOKEN = r"[A-Za-z0-9_\u{80}-\u{10FFFF}]+|[^ \t\n\r\x0B\x0C]"
SUBSET_BYTES = 20_000_000  # for peers that take minutes for all
PEERS: dict[str, list[str]] = {
    "daft": ["daft==0.7.26"],
    "gaoya": ["gaoya==0.2.2"],
    "rensa": ["rensa==0.5.0"],
    "datasketch": ["datasketch==2.0.0"],
    "datatrove": ["datatrove[processing]==0.10.1", "spacy"],
}
COMMON = ["polars==2.1.0", "pyarrow"]  # the newest that the peer takes


def main() -> list[dict[str, Any]]:
    """Measure everybody; print and return a row for each comparison."""
    whole, tokens, subset = _inputs()
    _ours(whole, "in-process")  # compiles the kernels, once and for all
    truth = _truth(whole)
    mine = _ours(whole)
    rows = [_quality("", mine, truth), _memory(mine)]
    whole_processes = [
        ("daft", "same shingles", tokens, 1.3),
        ("daft", "its own words", whole, 1.3),
        ("gaoya", "its own words", whole, 4.0),
    ]
    for name, what, files, goal in whole_processes:
        peer, mine, loaded = _peer(name, files), _ours(whole), _ours(whole, "in-process")  # one after the other: all see the same machine
        rows += [_rate(f"{what}, whole process", "wall", mine, peer, goal), _rate(f"{what}, in-process", "seconds", loaded, peer, None)]
        rows += [_quality(f"{what}: ", peer, truth)]
    for name, what in (("rensa", "same shingles"), ("datasketch", "same shingles"), ("datatrove", "its own words")):
        peer, mine = _peer(name, subset), _ours(whole, "in-process")
        rows += [_rate(f"{what}, in-process, the peer on {peer['mb']:.0f} MB", "seconds", mine, peer, 15.0)]
    return rows


def ours(files: Path, removed: Path, loaded_first: bool) -> None:
    """Measure ourselves, write the rows to remove, print one JSON line. Runs in a process of its own.

    Loading is Python's work, reading and signing are not: they fit beside each other, unless all is to be loaded first.
    """
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(pl.read_parquet, files)
        from assets.code import deduplication

        settings = deduplication.DeduplicationSettings(threshold=THRESHOLD, survivor_order="id")
        if loaded_first:
            _group(deduplication, _examples(), settings)
            reading.result()
        began = time.perf_counter()
        signing = threads.submit(_sign, deduplication, reading, settings)
        if not loaded_first:
            _group(deduplication, _examples(), settings)  # loads what grouping needs
        grouping = deduplication.group(signing.result(), _reader(reading.result()), settings)
    facts = {"seconds": time.perf_counter() - began, "verified_pairs": grouping.pairs.height}
    dropped = grouping.decisions.filter(~pl.col("keep")).select(row=pl.col("id").cast(pl.Int64))
    dropped.write_parquet(removed)
    print(json.dumps(facts | {"peak_mb": _peak_mb()}))


def _examples() -> pl.DataFrame:
    texts = ["a b c d e f " * 9, "a b c d e f " * 9 + "g"]
    columns = {"id": ["0", "1"], "row": [0, 1], "path": texts, "sha256": texts, "content": texts, "n_bytes": [1, 1]}
    return pl.DataFrame(columns).with_columns(language=pl.lit(None, pl.String), license=pl.lit(None, pl.String))


def _peak_mb() -> float:
    """Return the largest resident set of this process. (ru_maxrss would begin with that of the process that started it.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def _group(deduplication: Any, rows: pl.DataFrame, settings: Any) -> Any:
    marks, _ = deduplication.fingerprint(rows, settings.fingerprint)
    return deduplication.group(marks, _reader(rows), settings)


def _sign(deduplication: Any, reading: Future[pl.DataFrame], settings: Any) -> pl.DataFrame:
    marks: pl.DataFrame = deduplication.fingerprint(reading.result(), settings.fingerprint)[0]
    return marks


def _reader(rows: pl.DataFrame) -> Callable[[Sequence[str]], list[pl.DataFrame]]:
    return lambda ids: [rows.filter(pl.col("id").is_in(ids))]


def _inputs() -> tuple[Path, Path, Path]:
    """Write the corpus with row numbers, the same as tokens with spaces between them, and a random part of it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = corpus.files().with_columns(row=pl.int_range(pl.len()), n_bytes=pl.col("content").str.len_bytes().cast(pl.Int64))
    rows = rows.with_columns(id=pl.col("row").cast(pl.String).str.zfill(12), license=pl.lit(None, pl.String))
    rows = rows.with_columns(sha256=pl.col("content").map_elements(_sha256, return_dtype=pl.String))
    some = rows.sample(fraction=1.0, shuffle=True, seed=1).filter(pl.col("n_bytes").cum_sum() <= SUBSET_BYTES)
    tokens = rows.with_columns(pl.col("content").str.extract_all(TOKEN).list.join(" "))
    paths = FOLDER / "whole.parquet", FOLDER / "tokens.parquet", FOLDER / "subset.parquet"
    for path, frame in zip(paths, (rows, tokens, some.sort("row").with_columns(row=pl.int_range(pl.len()))), strict=True):
        frame.write_parquet(path, compression="lz4", row_group_size=4096)  # which more threads than one can read
    return paths


def _sha256(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _truth(files: Path) -> set[int]:
    """Return all but the first row of each component of the exact graph, equal files included."""
    from bench import exact_pairs

    rows = pl.read_parquet(files, columns=["row", "sha256", "content"])
    component = exact_pairs.components(rows["content"], THRESHOLD, MIN_TOKENS)
    first = rows.select("row", "sha256", component=pl.Series(component)).with_columns(pl.col("component").min().over("sha256"))
    return set(first.filter(pl.col("component") != pl.col("row"))["row"])


def _ours(files: Path, how: str = "whole process") -> dict[str, Any]:
    removed = FOLDER / "ours.parquet"
    command = [sys.executable, "-m", "bench.near_duplicates", str(files), str(removed), how]
    started, before = time.perf_counter(), _cpu()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return _measured(json.loads(done.stdout), started, before, files, removed) | {"name": "ours"}


def _peer(name: str, files: Path) -> dict[str, Any]:
    environments.python_of(name, PEERS[name] + COMMON)  # installing does not count
    removed = FOLDER / f"{name}.parquet"
    arguments = [str(files), str(removed), str(BANDS), str(ROWS), str(THRESHOLD)]
    started, before = time.perf_counter(), _cpu()
    found = environments.run_peer(name, PEERS[name] + COMMON, f"{name}_near_duplicates", *arguments)
    return _measured(found, started, before, files, removed) | {"name": name}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _measured(found: dict[str, Any], started: float, before: float, files: Path, removed: Path) -> dict[str, Any]:
    clocks = {"wall": time.perf_counter() - started, "cpu": _cpu() - before}
    size = pl.scan_parquet(files).select(pl.col("n_bytes").sum()).collect().item() / 1e6
    return found | clocks | {"mb": size, "rows": set(pl.read_parquet(removed)["row"])}


def _rate(what: str, clock: str, ours: dict[str, Any], peer: dict[str, Any], goal: float | None) -> dict[str, Any]:
    mine, theirs = ours["mb"] / ours[clock], peer["mb"] / peer[clock]
    if clock == "wall":
        what = f"{what} ({ours['cpu']:.1f} CPU seconds, the peer {peer['cpu']:.1f})"
    version = f"{peer['name']} {peer['version']}"
    return _row(
        what, ours=round(mine, 1), peer=round(theirs, 1), peer_version=version, ratio=round(mine / theirs, 2), goal=goal, unit="MB/s"
    )


def _quality(what: str, found: dict[str, Any], truth: set[int]) -> dict[str, Any]:
    hits = len(found["rows"] & truth)
    share = [round(hits / max(1, len(rows)), 5) for rows in (found["rows"], truth)]
    what = f"{what}precision, recall of the {len(truth):,} documents to remove"
    if found["name"] == "ours":
        return _row(what, ours=share, peer=None, peer_version=None, ratio=None, goal=0.999, unit="share")
    return _row(what, ours=None, peer=share, peer_version=f"{found['name']} {found['version']}", ratio=None, goal=None, unit="share")


def _memory(mine: dict[str, Any]) -> dict[str, Any]:
    return _row("peak memory", ours=round(mine["peak_mb"]), peer=None, peer_version=None, ratio=None, goal=1600, unit="MB")


def _row(what: str, **values: Any) -> dict[str, Any]:
    row = {"stage": "near-duplicates", "what": what, **values}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    if len(sys.argv) == 4:
        ours(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "in-process")
    else:
        main()

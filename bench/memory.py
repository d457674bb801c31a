"""Peak memory of a worker on an input much larger than it: `python -m bench.memory [gigabytes]`.

Writes a folder of Python files of 500 kB each (functions of installed packages, each file with a line of its own so that none is a copy),
reads and cleans all of it in shards of the default size, then runs the stages that parse and count tokens on two full shards. The
largest resident set of any worker is what getrusage says.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from assets.code.assets import CLEAN, FINGERPRINT, READ
from assets.code.sources import folders, listing, packages
from assets.corpus.assets import CHUNK
from resources.engine import LocalEngine
from resources.lake import Draft, Lake
from resources.platform import home
from resources.settings import Settings

FILE_BYTES = 500_000
PACKAGES = ("networkx", "sympy", "scipy")


def main(gigabytes: float) -> None:
    """Measure and print one line per stage."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        _write_files(Path(folder) / "source", int(gigabytes * 1e9))
        lake = Lake.at(Path(folder) / "home")
        engine = LocalEngine(lake, settings.engine)
        cut = listing.shard_listing(folders.list_folder(Path(folder) / "source"), settings.engine.shard_max_bytes)
        raw, clean = lake.draft("raw_code"), lake.draft("clean_code")
        _measure(
            "raw_code", lambda: engine.build(raw, [READ.bind(settings.code.reading)], [lake.put(rows, label) for label, rows in cut]), raw
        )
        _measure("clean_code", lambda: engine.build(clean, [CLEAN.bind(settings.code.cleaning)], raw.parts), clean)
        full, prints, chunks = clean.parts[:2], lake.draft("deduplicated_code"), lake.draft("cleaned_chunks")
        fingerprint = FINGERPRINT.bind(settings.code.deduplication.fingerprint)
        _measure("fingerprints of two shards", lambda: engine.build(prints, [fingerprint], full), prints)
        model = Lake.at(home()).snapshot("base_model")
        tokenizer = lake.put(pl.DataFrame({"tokenizer_json": [(model.folder / "tokenizer.json").read_text(encoding="utf-8")]}), "tokenizer")
        _measure(
            "chunks of two shards",
            lambda: engine.build(chunks, [CHUNK.bind(settings.corpus.chunking)], [(shard, tokenizer) for shard in full]),
            chunks,
        )
        engine.close()
    print(f"largest worker: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f} MB")


def _measure(name: str, build, draft: Draft) -> None:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    build()
    print(f"{name}: {sum(part.rows for part in draft.parts):,} rows in {time.perf_counter() - started:.1f} s", flush=True)


def _write_files(folder: Path, n_bytes: int) -> None:
    """Fill `folder` with about `n_bytes` of Python."""
    rows = pl.concat([packages.list_package(name) for name in PACKAGES]).filter(pl.col("path").str.ends_with(".py"))
    texts = [(Path(location) / path).read_text(encoding="utf-8") for location, path in rows.select("location", "path").iter_rows()]
    blob = "\n".join(text for text in texts if "\r" not in text)
    folder.mkdir()
    for number in range(n_bytes // FILE_BYTES):
        start = number * 31_337 % (len(blob) - FILE_BYTES)
        (folder / f"file_{number}.py").write_text(f"# {number}\n{blob[start : start + FILE_BYTES - 20]}", encoding="utf-8")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)

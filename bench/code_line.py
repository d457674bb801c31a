"""The code line as a whole: `python -m bench.code_line [workers]`.

Writes the corpus as 100 folders ("repositories"), runs raw_code to cleaned_chunks in a fresh lake through the engine and without
Dagster, changes one of them, and runs all again. MB are of source as found. The licence policy is widened to what the corpus holds,
so that no stage has less to do. Peak memory is the largest resident set of any worker process and that of the parent.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from blake3 import blake3

from assets.code import deduplication
from assets.code.assets import CLEAN, FINGERPRINT, JUDGE, KEEP_SURVIVORS, LICENSE, READ, REDACT, contents
from assets.code.licenses import LicensePolicy
from assets.code.sources import folders, listing
from assets.corpus.assets import CHUNK
from bench import corpus
from resources.engine import LocalEngine
from resources.lake import Draft, Lake, Shard
from resources.platform import home
from resources.settings import Settings

REPOSITORIES = 100
POLICY = LicensePolicy(allow=("permissive", "GPL-2.0-only", "GPL-2.0-or-later", "MPL-2.0"), unknown="keep", conflict="keep")
CHAIN = ("clean_code", "near_duplicate_clusters", "deduplicated_code", "cleaned_chunks")


class Build:
    """The stages of the code line, one after another, over folders; a second run remembers the first."""

    def __init__(self, root: Path, settings: Settings) -> None:
        """`root` holds the sources and gets the lake."""
        self.sources, self.settings = root / "sources", settings
        self.lake = Lake.at(root / "home")
        self.engine = LocalEngine(self.lake, settings.engine)
        self.tokenizer = self.lake.put(pl.DataFrame({"tokenizer_json": [_tokenizer()]}), "tokenizer")
        self.pairs: pl.DataFrame | None = None

    def run(self) -> dict[str, tuple[Draft, float]]:
        """Return each dataset's draft and the seconds it took."""
        made: dict[str, tuple[Draft, float]] = {}
        for name in ("raw_code", *CHAIN):
            started = time.perf_counter()
            draft = self.lake.draft(name)
            getattr(self, name)(draft, {asset: known.parts for asset, (known, _) in made.items()})
            made[name] = draft, time.perf_counter() - started
        return made

    def raw_code(self, draft: Draft, _: dict[str, list[Shard]]) -> None:
        """List and read the folders."""
        found = pl.concat(self.engine.spread(folders.list_folders, sorted(self.sources.iterdir())))
        shards = listing.shard_listing(found, self.settings.engine.shard_max_bytes)
        inputs = self.lake.put_all(shards)
        self.engine.build(draft, [READ.bind(self.settings.code.reading)], inputs, _silent)

    def clean_code(self, draft: Draft, made: dict[str, list[Shard]]) -> None:
        """Licences, repairs, quality, redaction."""
        code = self.settings.code
        chain = [LICENSE.bind(POLICY), CLEAN.bind(code.cleaning), JUDGE.bind(code.quality), REDACT.bind(code.redaction)]
        self.engine.build(draft, chain, made["raw_code"], _silent)

    def near_duplicate_clusters(self, draft: Draft, made: dict[str, list[Shard]]) -> None:
        """Fingerprints by shard, clusters over all."""
        chosen, files = self.settings.code.deduplication, made["clean_code"]
        results = self.engine.map(draft, [FINGERPRINT.bind(chosen.fingerprint)], files, _silent)
        prints = self.engine.read(results)
        places = [(shard, rows["id"]) for shard, rows in zip(files, prints, strict=True)]
        found = deduplication.group(pl.concat(prints), partial(contents, self.lake, places), chosen, self.pairs)
        self.pairs = found.pairs
        parts = deduplication.as_datasets(found.decisions, [rows["id"] for rows in prints])
        draft.parts = self.lake.put_all(zip((shard.label for shard in files), parts, strict=True))

    def deduplicated_code(self, draft: Draft, made: dict[str, list[Shard]]) -> None:
        """Survivors only."""
        inputs: Sequence[Any] = list(zip(made["clean_code"], made["near_duplicate_clusters"], strict=True))
        self.engine.build(draft, [KEEP_SURVIVORS.bind(self.settings.code.deduplication)], inputs, _silent)

    def cleaned_chunks(self, draft: Draft, made: dict[str, list[Shard]]) -> None:
        """Chunks with exact token counts."""
        inputs = [(shard, self.tokenizer) for shard in made["deduplicated_code"]]
        self.engine.build(draft, [CHUNK.bind(self.settings.corpus.chunking)], inputs, _silent)


def main(workers: int | None = None) -> list[dict[str, Any]]:
    """Measure, print and return the rows of the table."""
    settings = Settings()
    if workers:
        settings = settings.model_copy(update={"engine": settings.engine.model_copy(update={"workers": workers})})
    with tempfile.TemporaryDirectory() as folder:
        megabytes = write_repositories(Path(folder) / "sources") / 1e6
        build = Build(Path(folder), settings)
        full = build.run()
        for name, (draft, seconds) in full.items():
            rows = sum(part.rows for part in draft.parts)
            print(f"{name:<26}{rows:>9,} rows{seconds:>8.1f} s{megabytes / seconds:>8.1f} MB/s of source", flush=True)
        change_one(build.sources)
        refreshed = {name: seconds for name, (_, seconds) in build.run().items()}
        print("refresh: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in refreshed.items()), flush=True)
        build.engine.close()
    total, chain = sum(seconds for _, seconds in full.values()), sum(full[name][1] for name in CHAIN)
    worker, parent = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    what, refresh = f"raw_code to cleaned_chunks, {settings.engine.workers} workers", sum(refreshed.values()) / total
    return [
        {"stage": "code_line", "what": what, "ours": megabytes / chain, "goal": ">= 15", "unit": "MB/s of source"},
        {"stage": "code_line", "what": f"refresh, 1 of {REPOSITORIES} changed", "ours": refresh, "goal": "<= .03", "unit": "of full"},
        {"stage": "code_line", "what": "peak memory of a worker", "ours": worker, "unit": "MB"},
        {"stage": "code_line", "what": "peak memory of the parent", "ours": parent, "unit": "MB"},
    ]


def write_repositories(folder: Path) -> int:
    """Write the corpus as folders and return its bytes; files of one folder stay together."""
    written = 0
    for path, content in corpus.files().select("path", "content").iter_rows():
        parts = path.split("/")
        bucket = int.from_bytes(blake3("/".join(parts[:-1]).encode()).digest(length=4)) % REPOSITORIES
        target = folder / f"repository-{bucket:02}" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        written += target.write_bytes(content.encode())
    return written


def change_one(sources: Path) -> None:
    """Change every file of one repository: its copies stay copies."""
    for file in sorted((sources / "repository-00").rglob("*")):
        if file.is_file():
            file.write_bytes(file.read_bytes() + b"\n")


def _tokenizer() -> str:
    return (Lake.at(home()).snapshot("base_model").folder / "tokenizer.json").read_text(encoding="utf-8")


def _silent(_: str) -> None:
    """Progress would be part of what is measured."""


if __name__ == "__main__":
    print(*main(int(sys.argv[1]) if len(sys.argv) > 1 else None), sep="\n")

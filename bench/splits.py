"""From chats to splits that do not leak, on two processes: `python -m bench.splits [rows]`.

The chats are generated: questions about code and documents, reviews, conversations with tool calls; 300 to 800 characters of what is
said, phrases that many share, one in ten nearly equal to a chat of another group and one in fifty a copy of one. Their shards lie in a
lake in a temporary folder, and everything is measured as the assets run it, through the engine, with what it reads and writes: pairs become
chats, the mixture is applied, problems of HumanEval are looked for, chats are rendered by the packaged model's template and their tokens
counted, groups are put into splits, and the proofs are made.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from assets import ledger, tokenizer
from assets.corpus import mixture
from assets.corpus.assets import ASSIGN_SPLITS, DECONTAMINATE, FINGERPRINT, INDEX, MIX, TO_CHAT
from assets.corpus.benchmarks.reading import read_benchmarks
from assets.corpus.benchmarks.settings import BenchmarkSettings
from assets.corpus.chat import ChatSettings
from assets.corpus.checks import NOT_CLEAN, SAID
from assets.corpus.decontamination.settings import DecontaminationSettings
from assets.corpus.mixture import MixtureSettings
from assets.corpus.splits import assignment, likeness
from assets.corpus.splits.assignment import SplitSettings
from assets.corpus.splits.straddling import straddling
from assets.model.base_model import BaseModelSettings
from bench.generated_chats import Nothing, generate, generate_pairs
from resources.engine import LocalEngine, Stage
from resources.engine.local import EngineSettings
from resources.lake import Draft, Lake, Shard

ROWS = 1_000_000
SHARD_ROWS = 50_000  # about 64 MB
GOAL_ROWS_S, GOAL_MB = 5_000, 4_000
MIXTURE = MixtureSettings(shares={"code_qa": 0.5, "tool_conversation": 0.2}, caps={"repository": 20_000, "document": 500})
SPLITS = SplitSettings()


def peak_mb(numbers: pl.DataFrame, _: Nothing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the largest resident set that this process ever had."""
    return numbers.head(1).select(number=pl.lit(_peak_mb(resource.RUSAGE_SELF))), ledger.empty()


class Line:
    """The lake, the engine, and what each step took."""

    def __init__(self, folder: Path) -> None:
        """Begin in an empty `folder`."""
        self.lake = Lake.at(folder)
        self.engine = LocalEngine(self.lake, EngineSettings(workers=2))
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        """Return what `work` returns."""
        started = time.perf_counter()
        found = work()
        self.seconds[name] = time.perf_counter() - started
        print(f"{name}: {self.seconds[name]:.1f} s, {_peak_mb(resource.RUSAGE_SELF):,.0f} MB", flush=True)
        return found

    def generated(self, count: int) -> tuple[Draft, Draft]:
        """Return pairs, and chats that are no questions, in shards of SHARD_ROWS numbers."""
        cuts = [pl.DataFrame({"number": range(start, min(start + SHARD_ROWS, count))}) for start in range(0, count, SHARD_ROWS)]
        inputs = [self.lake.put(cut, str(at)) for at, cut in enumerate(cuts)]
        pairs, others = self.lake.draft("qa_pairs"), self.lake.draft("other_chats")
        self.engine.build(pairs, [Stage(generate_pairs, "1", Nothing())], inputs, _silent)
        self.engine.build(others, [Stage(generate, "1", Nothing())], inputs, _silent)
        return pairs, others

    def benchmarks(self, folder: Path) -> Shard:
        """Return the problems of HumanEval."""
        rows, _ = read_benchmarks(BenchmarkSettings(), folder)
        return self.lake.put(rows, "benchmarks")

    def template(self, folder: Path) -> Shard:
        """Return the template and tokenizer of the packaged model."""
        request = folder.with_name("request.json")
        request.write_text(json.dumps({"settings": BaseModelSettings().model_dump(), "folder": str(folder)}))
        subprocess.run([sys.executable, "-m", "assets.model.child", "convert", str(request)], check=True, capture_output=True)
        draft = self.lake.draft("base_model")
        self.lake.put_folder(draft, folder)
        return tokenizer.template_input(self.lake, self.lake.commit(draft))

    def merged(self, made: tuple[Draft, Draft]) -> list[Shard]:
        """Return the chats of all sources."""
        asked = self.engine.map(made[0], [TO_CHAT.bind(ChatSettings())], made[0].parts, _silent)
        return [*(result.part for result in asked), *made[1].parts]

    def mixed(self, chats: list[Shard]) -> Draft:
        """Return what the mixture leaves of the chats."""
        parts = [pl.read_parquet(self.lake.storage.uri(part.key), columns=list(mixture.NARROW)) for part in chats]
        decisions = mixture.decide(pl.concat(parts), MIXTURE)
        draft = self.lake.draft("chat_examples")
        self.engine.build(draft, [MIX.bind(MIXTURE)], self._beside(chats, parts, decisions), _silent)
        return draft

    def decontaminated(self, examples: Draft, problems: Shard) -> list[Shard]:
        """Return the chats that hold no problem."""
        settings = DecontaminationSettings()
        (index,) = self.engine.map(examples, [INDEX.bind(settings)], [problems], _silent)
        inputs = [(part, index.part) for part in examples.parts]
        return [result.part for result in self.engine.map(examples, [DECONTAMINATE.bind(settings)], inputs, _silent)]

    def printed(self, examples: Draft, clean: list[Shard], template: Shard) -> list[pl.DataFrame]:
        """Return the fingerprints of each shard, with the tokens of each chat as rendered."""
        results = self.engine.map(examples, [FINGERPRINT.bind(SPLITS)], [(part, template) for part in clean], _silent)
        return self.engine.read(results)

    def split(self, clean: list[Shard], ids: list[pl.DataFrame], assignments: pl.DataFrame) -> Draft:
        """Return the splits."""
        draft = self.lake.draft("chatml_splits")
        self.engine.build(draft, [ASSIGN_SPLITS.bind(SPLITS)], self._beside(clean, ids, assignments), _silent)
        return draft

    def proven(self, rows: Draft, examples: Draft, problems: Shard) -> int:
        """Return how many leaks, groups in two splits and rows with a problem the proofs find."""
        results = self.engine.map(rows, [SAID.bind(SPLITS)], rows.parts, _silent)
        said = pl.concat(self.engine.read(results), rechunk=True)
        leaks = likeness.leaks_among(said, SPLITS.near_duplicate_threshold)
        paths = [[self.lake.storage.uri(part.key) for part in draft.parts] for draft in (rows, examples)]
        inputs = [(part, problems) for part in rows.parts]
        unclean = self.engine.map(rows, [NOT_CLEAN.bind(DecontaminationSettings())], inputs, _silent)
        return leaks.height + straddling(*paths).height + sum(result.part.rows for result in unclean)

    def largest_worker_mb(self) -> float:
        """Return the largest resident set of a worker."""
        inputs = [self.lake.put(pl.DataFrame({"number": range(at, at + 100_000)}), str(at)) for at in range(16)]
        results = self.engine.map(self.lake.draft("memory"), [Stage(peak_mb, "1", Nothing())], inputs, _silent)
        return max(rows.item() for rows in self.engine.read(results))

    def _beside(self, parts: list[Shard], rows: list[pl.DataFrame], decided: pl.DataFrame) -> list[tuple[Shard, Shard]]:
        chosen = (decided.join(some.select("id"), on="id", how="semi").sort("id") for some in rows)
        return [(part, self.lake.put(some, part.label)) for part, some in zip(parts, chosen, strict=True)]


def _assigned(prints: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the assignments, and leave `prints` empty: they are what takes memory."""
    joined = pl.concat(prints, rechunk=True)
    prints.clear()
    return assignment.assign(joined, SPLITS)


def _silent(_: str) -> None:
    """Say nothing."""


def _peak_mb(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024


def _cpu_s() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main(count: int = ROWS) -> list[dict[str, Any]]:
    """Print and return the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder) / "home")
        made = line.timed("generating", lambda: line.generated(count))
        problems, template = line.benchmarks(Path(folder)), line.template(Path(folder) / "model")
        line.engine.close()  # only then its workers' time is known
        before = _cpu_s()
        chats = line.timed("merging", lambda: line.merged(made))
        examples = line.timed("mixture", lambda: line.mixed(chats))
        clean = line.timed("decontamination", lambda: line.decontaminated(examples, problems))
        prints = line.timed("rendering and fingerprints", lambda: line.printed(examples, clean, template))
        ids = [some.select("id") for some in prints]
        assignments = line.timed("assignment and search", lambda: _assigned(prints))
        rows = line.timed("splits", lambda: line.split(clean, ids, assignments))
        found = line.timed("proofs", lambda: line.proven(rows, examples, problems))
        peaks = _peak_mb(resource.RUSAGE_SELF), line.largest_worker_mb()
        line.engine.close()
    del line.seconds["generating"]
    kept, dropped = sum(part.rows for part in rows.parts), assignments["reason"].value_counts(sort=True).rows()
    what = f"{count:,} chats; {kept:,} in splits, dropped: {dropped}; leaks found afterwards: {found}"
    total = sum(line.seconds.values())
    table = [_row(f"splits: {name}", what="", ours=round(count / took), unit="rows/s") for name, took in line.seconds.items()]
    table.append(_row("splits", what=what, ours=round(count / total), goal=GOAL_ROWS_S, unit="rows/s"))
    used = _cpu_s() - before
    table.append(
        _row("splits: processor", what=f"{used:.0f} seconds of both cores", ours=round(count / used * 2), unit="rows/s if both were free")
    )
    table.append(_row("splits: memory", what="main process + 2 workers", ours=round(peaks[0] + 2 * peaks[1]), goal=GOAL_MB, unit="MB"))
    for row in table:
        print(row, flush=True)
    return table


def _row(stage: str, **values: Any) -> dict[str, Any]:
    return {"stage": stage, "peer": None, "peer_version": None, "ratio": None, "goal": None, **values}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)

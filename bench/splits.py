"""From chats to splits that do not leak, on two processes: `python -m bench.splits [rows]`.

The chats are generated: questions about code and documents, reviews, conversations with tool calls; 300 to 800 characters of what is
said, phrases that many share, one in ten nearly equal to a chat of another group and one in fifty a copy of one. Their shards lie in a
lake in a temporary folder, and everything is measured as the assets run it, through the engine, with what it reads and writes. Tokens are
not counted here (see `tokens`): a word is one.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel

from assets import ledger, passport
from assets.corpus import chat, mixture
from assets.corpus.mixture import MixtureSettings
from assets.corpus.splits import assignment, fingerprints, likeness
from assets.corpus.splits.assignment import SplitSettings
from assets.corpus.splits.straddling import straddling
from resources.engine import LocalEngine, Stage
from resources.engine.local import EngineSettings
from resources.lake import Draft, Lake, Shard

ROWS = 1_000_000
SHARD_ROWS = 50_000  # about 64 MB
GOAL_ROWS_S, GOAL_MB = 5_000, 4_000
MIXTURE = MixtureSettings(shares={"code_qa": 0.5, "tool_conversation": 0.2}, caps={"repository": 20_000, "document": 500})
SPLITS = SplitSettings()
_SOURCES = {"code_qa": 50, "document_qa": 20, "review_comment": 10, "tool_conversation": 20}
_LETTERS = random.Random(0)
_WORDS = ["".join(_LETTERS.choices("etaoinshrdlucmfwypvbgk", k=_LETTERS.randint(2, 9))) for _ in range(20_000)]
_PHRASES = [_LETTERS.choices(_WORDS, k=_LETTERS.randint(4, 14)) for _ in range(400)]


class _Nothing(BaseModel, frozen=True):
    """No settings."""


def generate(numbers: pl.DataFrame, _: _Nothing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chat_examples with `numbers`; each depends on its number alone."""
    return pl.DataFrame([_chat(number) for number in numbers["number"].to_list()], schema=chat.SCHEMA), ledger.empty()


def _chat(number: int) -> dict[str, Any]:
    draw = random.Random(number)
    fate = draw.random()
    told = _words(number if fate > 0.12 else draw.randrange(number + 1))
    if 0.02 < fate <= 0.12:
        for _ in range(len(told) // draw.choice((100, 40, 20, 12))):
            told[draw.randrange(len(told))] = draw.choice(_WORDS)
    (source,) = draw.choices(list(_SOURCES), list(_SOURCES.values()))
    asked, said = " ".join(told[: len(told) // 4]), " ".join(told[len(told) // 4 :])
    keys = {
        "code_qa": [f"repository:r{int(draw.paretovariate(0.8))}"],
        "document_qa": [f"document:d{draw.randrange(20_000)}"],
        "review_comment": [f"repository:p{draw.randrange(500)}", f"pull_request:p{draw.randrange(500)}#{draw.randrange(99)}"],
        "tool_conversation": [f"conversation:{number // 3 if draw.random() < 0.3 else number}"],
    }
    messages = [_message("system", "You are an assistant."), _message("user", asked + "?"), _message("assistant", said + ".")]
    if source == "tool_conversation":
        call: dict[str, Any] = {"id": "call_1", "name": draw.choice(_WORDS), "arguments": {word: draw.choice(_WORDS) for word in told[:3]}}
        result = _message("tool", json.dumps({"status": "ok", "items": told[3:12]}), tool_call_id="call_1", name=call["name"])
        messages[2:2] = [_message("assistant", None, tool_calls=json.dumps([call])), result]
    return {
        "id": passport.row_id("bench", str(number)), "parent_ids": [passport.row_id("parent", str(number))], "source": source,
        "slice": draw.choice(("what", "why")), "language": draw.choice(("Python", "Java")) if source == "code_qa" else None,
        "group_keys": keys[source], "license": "MIT", "messages": messages, "tools": "[]", "weight": 1.0,
    }  # fmt: skip


def _words(number: int) -> list[str]:
    draw = random.Random(f"text {number}")
    told = draw.choices(_WORDS, k=draw.randint(40, 110))
    for _ in range(draw.randint(0, 3)):
        told[draw.randrange(len(told)) :] += draw.choice(_PHRASES)
    return told


def _message(role: str, content: str | None, **more: str) -> dict[str, str | None]:
    return dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name")) | {"role": role, "content": content} | more


def fingerprint(examples: pl.DataFrame, settings: SplitSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the fingerprints of chats; tokens are made up."""
    sizes = examples["messages"].list.len().to_list()
    return fingerprints.fingerprint(examples, settings.shingle_words, [(50 * size, 20) for size in sizes]), ledger.empty()


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

    def generated(self, count: int) -> Draft:
        """Return chats in shards of SHARD_ROWS."""
        cuts = [pl.DataFrame({"number": range(start, min(start + SHARD_ROWS, count))}) for start in range(0, count, SHARD_ROWS)]
        draft = self.lake.draft("generated_chats")
        self.engine.build(draft, [Stage(generate, "1", _Nothing())], [self.lake.put(cut, str(at)) for at, cut in enumerate(cuts)], _silent)
        return draft

    def mixed(self, chats: Draft) -> Draft:
        """Return what the mixture leaves of the chats."""
        parts = [pl.read_parquet(self.lake.storage.uri(part.key), columns=list(mixture.NARROW)) for part in chats.parts]
        decisions = mixture.decide(pl.concat(parts), MIXTURE)
        draft = self.lake.draft("chat_examples")
        self.engine.build(draft, [Stage(mixture.apply_mixture, "1", MIXTURE)], self._beside(chats.parts, parts, decisions), _silent)
        return draft

    def printed(self, examples: Draft) -> list[pl.DataFrame]:
        """Return the fingerprints of each shard."""
        results = self.engine.map(examples, [Stage(fingerprint, "1", SPLITS)], examples.parts, _silent)
        return [self.engine.read(result) for result in results]

    def split(self, examples: Draft, ids: list[pl.DataFrame], assignments: pl.DataFrame) -> Draft:
        """Return the splits."""
        draft = self.lake.draft("chatml_splits")
        self.engine.build(draft, [Stage(assignment.assign_splits, "1", SPLITS)], self._beside(examples.parts, ids, assignments), _silent)
        return draft

    def proven(self, rows: Draft, examples: Draft) -> int:
        """Return how many leaks and how many groups in two splits the proofs find."""
        results = self.engine.map(rows, [Stage(likeness.what_is_said, "1", SPLITS)], rows.parts, _silent)
        said = pl.concat([self.engine.read(result) for result in results], rechunk=True)
        leaks = likeness.leaks_among(said, SPLITS.near_duplicate_threshold)
        paths = [[self.lake.storage.uri(part.key) for part in draft.parts] for draft in (rows, examples)]
        return leaks.height + straddling(*paths).height

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
        line = Line(Path(folder))
        chats = line.timed("generating", lambda: line.generated(count))
        line.engine.close()  # only then its workers' time is known
        before = _cpu_s()
        examples = line.timed("mixture", lambda: line.mixed(chats))
        prints = line.timed("fingerprints", lambda: line.printed(examples))
        ids = [some.select("id") for some in prints]
        assignments = line.timed("assignment and search", lambda: _assigned(prints))
        rows = line.timed("splits", lambda: line.split(examples, ids, assignments))
        found = line.timed("proofs", lambda: line.proven(rows, examples))
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
    peaks = [_peak_mb(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    table.append(_row("splits: memory", what="main process + 2 workers", ours=round(peaks[0] + 2 * peaks[1]), goal=GOAL_MB, unit="MB"))
    for row in table:
        print(row, flush=True)
    return table


def _row(stage: str, **values: Any) -> dict[str, Any]:
    return {"stage": stage, "peer": None, "peer_version": None, "ratio": None, "goal": None, **values}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)

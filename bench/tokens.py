"""Token counting in MB/s a core, and whether ids are those of Hugging Face's tokenizers: `python -m bench.tokens [megabytes]`.

Everybody gets the base model's vocabulary, the same files and one thread; seconds are of the processor. The ids of all texts are
compared, by a hash of each text's. A library that refuses the vocabulary has no rate. `megabytes` of the corpus, chosen by hash, are
counted by everybody; "all" is the whole corpus, of which the tokenizers take minutes.
"""

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from assets.corpus import fast_tokens, tokens
from bench.corpus import files as corpus
from bench.environments import run_peer
from resources.lake import Lake
from resources.platform import home

Row = dict[str, Any]
GOAL = 25.0
LIBRARIES = {"tokenizers": "0.23.3", "tiktoken": "0.14.0", "gigatoken": "0.10.0", "quicktok-v1": "0.4.0"}


def main(megabytes: float = 20.0) -> list[Row]:
    """Print and return the rows of the table."""
    tokenizer = (Lake.at(home()).snapshot("base_model").folder / "tokenizer.json").read_text(encoding="utf-8")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        texts = _texts(megabytes)
        texts.write_parquet(Path(folder) / "texts.parquet")
        for name, described in (("base model", tokenizer), ("base model, digits apart", _digits_apart(tokenizer))):
            for row in _rows(name, described, texts, Path(folder)):
                rows.append(row)
                print(row, flush=True)
    return rows


def _texts(megabytes: float) -> pl.DataFrame:
    files = corpus().with_columns(order=pl.col("path").hash(seed=1)).sort("order", "path")
    return files.filter(pl.col("content").str.len_bytes().cum_sum() <= megabytes * 1e6).select(text="content")


def _digits_apart(tokenizer: str) -> str:
    """Return the tokenizer as SmolLM2 was published: its conversion to GGUF loses that digits are split off one by one."""
    described = json.loads(tokenizer)
    digits = {"type": "Digits", "individual_digits": True}
    return json.dumps({**described, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, described["pre_tokenizer"]]}})


def _rows(what: str, tokenizer: str, texts: pl.DataFrame, folder: Path) -> list[Row]:
    megabytes = int(texts["text"].str.len_bytes().sum()) / 1e6
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    exact, digests = _peer("tokenizers", folder)
    mine, left, same = _ours(tokenizer, texts["text"].to_list(), digests)
    shown = f"{what}, {megabytes:.0f} MB, ids {'equal' if same else 'NOT equal'}, {left} texts left to the tokenizer"
    rows = [_row(shown, megabytes / mine, "tokenizers", megabytes / exact["seconds"], GOAL)]
    for name in ("tiktoken", "gigatoken", "quicktok-v1"):
        found, theirs = _peer(name, folder)
        shown = f"{what}, {found.get('refused') or ('ids equal' if theirs == digests else 'ids NOT equal')}"
        rows.append(_row(shown, megabytes / mine, name, megabytes / found["seconds"] if found.get("seconds") else None, None))
    return rows


def _row(what: str, ours: float, peer: str, theirs: float | None, goal: float | None) -> Row:
    rates = {"ours": round(ours, 1), "peer": None if theirs is None else round(theirs, 2)}
    ratio = None if theirs is None else round(ours / theirs, 1)
    known = {"stage": "token counting", "what": what, "peer_version": f"{peer} {LIBRARIES[peer]}"}
    return {**known, **rates, "ratio": ratio, "goal": goal, "unit": "MB/s a core"}


def _peer(name: str, folder: Path) -> tuple[Row, list[str]]:
    """Run a peer; return what it says, and the hash of each text's ids."""
    requirements = [f"{name}=={LIBRARIES[name]}", "polars==2.1.0", "pyarrow==26.0.1", "numpy==2.4.6"]
    script = f"{name.removesuffix('-v1')}_tokens"
    ids = folder / "ids.parquet"
    ids.unlink(missing_ok=True)
    found = run_peer(f"{script}", requirements, script, folder / "texts.parquet", folder / "tokenizer.json", ids)
    return found, pl.read_parquet(ids)["digest"].to_list() if ids.exists() else []


def _ours(tokenizer: str, texts: list[str], digests: list[str]) -> tuple[float, int, bool]:
    """Return the seconds of the first count in this process, how many texts the fast twin left open, and whether its ids are `digests`."""
    exact = tokens.load(pl.DataFrame({"tokenizer_json": [tokenizer]}))
    tokens.count(["warm up"], exact)
    started = time.process_time()
    counts = tokens.count(texts, exact)
    seconds = time.process_time() - started
    fast = fast_tokens.of(exact)
    found = [None] * len(texts) if fast is None else fast.ids([text.encode() for text in texts])
    same = all(ids is None or hashlib.sha256(ids.tobytes()).hexdigest() == digest for ids, digest in zip(found, digests, strict=True))
    return (
        seconds,
        sum(ids is None for ids in found),
        same and all(n == len(i) for n, i in zip(counts, found, strict=True) if i is not None),
    )


if __name__ == "__main__":
    main(float("inf") if sys.argv[1:] == ["all"] else float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)

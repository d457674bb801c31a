"""What each export takes, on one core and in memory: `python -m bench.exports [rows]`. Seconds are of the processor.

The rows are generated: three of four are questions with answers of some hundred characters, one of four a conversation with a tool. Each
format is exported in a process of its own, which says how much memory it had at most; the last line makes all of them in one pass.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from assets import passport
from assets.corpus.exports.exporting import export
from assets.corpus.exports.settings import FORMATS, ExportSettings, FormatName
from assets.corpus.splits import assignment

ROWS = 100_000
FILE_ROWS = 50_000
_TOOL = {
    "type": "function",
    "function": {
        "name": "find_file",
        "description": "Find a file by a part of its name",
        "parameters": {"type": "object", "properties": {"part": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["part"]},
    },
}
_WORDS = (
    "the",
    "function",
    "returns",
    "a",
    "list",
    "of",
    "rows",
    "that",
    "were",
    "read",
    "from",
    "the",
    "shard",
    "before",
    "it",
    "is",
    "closed",
)


def _message(role: str, content: str | None, calls: list[dict[str, Any]] | None = None, answers: str | None = None) -> dict[str, Any]:
    written = None if calls is None else json.dumps(calls)
    return {"role": role, "content": content, "tool_calls": written, "tool_call_id": answers, "name": "find_file" if answers else None}


def _row(number: int) -> dict[str, Any]:
    text = " ".join(_WORDS[(number * 7 + place * (number % 5 + 1)) % len(_WORDS)] for place in range(20 + number % 60))
    messages = [_message("system", "Answer precisely."), _message("user", f"What does `function_{number}` do?\n\n```python\n{text}\n```")]
    if number % 4 == 0:
        messages.append(_message("assistant", None, [{"id": "call_1", "name": "find_file", "arguments": {"part": f"function_{number}"}}]))
        messages.append(_message("tool", '{"path": "src/shards.py"}', answers="call_1"))
    messages.append(_message("assistant", f"It says that {text}."))
    known = passport.row_id("bench", str(number))
    return {
        "id": known, "parent_ids": [known], "split": "train" if number % 10 else "test", "group_id": f"repository:{number % 97}",
        "source": "tool_conversation" if number % 4 == 0 else "code_qa", "slice": None, "language": "Python", "license": "MIT",
        "messages": messages, "tools": json.dumps([_TOOL] if number % 4 == 0 else []),
        "weight": 1.0, "n_tokens": 200, "n_answer_tokens": 90,
    }  # fmt: skip


def _write(folder: Path, rows: int) -> list[Path]:
    folder.mkdir()
    files = []
    for start in range(0, rows, FILE_ROWS):
        files.append(folder / f"part-{start}.parquet")
        made = [_row(number) for number in range(start, min(start + FILE_ROWS, rows))]
        pl.DataFrame(made, schema=assignment.SCHEMA).write_parquet(files[-1])
    return files


def _measure(files: list[Path], names: list[FormatName], folder: Path, answers: Any) -> None:
    began = time.process_time()
    outcomes = export(files, "bench", folder, names, ExportSettings())
    taken = time.process_time() - began
    n_bytes = sum(file.bytes for outcome in outcomes for file in outcome.manifest.files)
    answers.put((taken, n_bytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main(rows: int) -> None:
    """Print a table: format, seconds, rows and megabytes per second, most memory."""
    context = multiprocessing.get_context("spawn")
    print(f"{rows:,} rows\n{'format':16} {'s':>7} {'rows/s':>9} {'MB':>7} {'MB of memory':>13}")
    with tempfile.TemporaryDirectory() as home:
        files = _write(Path(home) / "lake", rows)
        for names in [*([name] for name in FORMATS), list(FORMATS)]:
            answers = context.Queue()
            label = names[0] if len(names) == 1 else "all at once"
            child = context.Process(target=_measure, args=(files, names, Path(home) / label, answers))
            child.start()
            taken, n_bytes, memory = answers.get()
            child.join()
            print(f"{label:16} {taken:7.1f} {rows / taken:9,.0f} {n_bytes / 1e6:7.0f} {memory:13,.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)

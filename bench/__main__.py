"""Everything, as one table: `python -m bench [area …]`. Each area runs in a process of its own, one after another."""

import json
import os
import platform
import subprocess
import sys
from importlib import import_module, metadata
from typing import Any

from bench import corpus

AREAS = (
    "near_duplicates", "redaction", "natural_redaction", "tokens", "git_blobs", "software_heritage", "quality", "code_line", "alignment",
    "pull_requests", "conversations", "documents", "decontamination", "splits",
)  # fmt: skip
OURS = ("polars", "numba", "hyperscan", "tokenizers", "tree-sitter", "obstore", "githubkit")


def main(areas: list[str]) -> None:
    """Print the machine, the corpus, the versions and the table."""
    frame = corpus.files()
    megabytes = frame["content"].str.len_bytes().sum() / 1e6
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"corpus: {frame.height:,} files, {megabytes:.1f} MB; " + ", ".join(f"{name} {metadata.version(name)}" for name in OURS))
    rows = [row for area in areas or AREAS for row in _run(area)]
    print("\n| area | what | ours | peer | peer's version | ratio | goal | unit |\n|---|---|---|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(_cell(row.get(name)) for name in _COLUMNS) + " |")


_COLUMNS = ("stage", "what", "ours", "peer", "peer_version", "ratio", "goal", "unit")


def _run(area: str) -> list[dict[str, Any]]:
    print(f"\n## {area}", flush=True)
    script = f"import json\nfrom bench import __main__ as b\nprint('\\x1e' + json.dumps(b.rows({area!r})))"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    found: list[dict[str, Any]] = []
    for line in child.stdout:
        if line.startswith("\x1e"):
            found = json.loads(line[1:])
        else:
            print(line, end="", flush=True)
    if child.wait():
        found = [{"stage": area, "what": "failed"}]
    return found


def rows(area: str) -> list[dict[str, Any]]:
    """Return the rows of `area`, measured now."""
    return list(import_module(f"bench.{area}").main())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])

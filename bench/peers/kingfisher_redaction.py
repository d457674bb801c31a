"""Secrets by kingfisher: the time it says its scan took, and where it found what.

`python kingfisher_redaction.py speed.parquet labelled.parquet cores`: prints seconds and found ([row, start, end] in characters).
"""

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

PROGRAM = Path(sys.executable).with_name("kingfisher")


def main(speed: str, labelled: str, cores: str) -> None:
    """Measure and print one JSON line."""
    _scan(labelled, cores)  # compiles the rules and keeps them
    seconds = _scan(speed, cores)["audit"]["repositories"][0]["scan"]["duration_seconds"]
    texts = pl.read_parquet(labelled)["content"].to_list()
    found = [_place(texts, entry["finding"]) for entry in _scan(labelled, cores)["findings"]]
    print(json.dumps({"seconds": seconds, "found": found, "version": version("kingfisher-bin")}))


def _scan(files: str, cores: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        rows = pl.read_parquet(files, columns=["path", "content"])
        for row, (path, text) in enumerate(rows.iter_rows()):
            place = Path(folder, "files", str(row), Path(path).name)
            place.parent.mkdir(parents=True)
            place.write_text(text, encoding="utf-8")
        report = Path(folder, "report.json")
        options = ["--no-validate", "--no-update-check", "--format", "json", "--output", str(report), "--jobs", cores]
        subprocess.run([PROGRAM, "scan", f"{folder}/files", *options], capture_output=True, check=False)  # findings are an exit code
        return dict(json.loads(report.read_text(encoding="utf-8")))


def _place(texts: list[str], finding: dict[str, Any]) -> list[int]:
    row = int(Path(finding["path"]).parent.name)
    line = sum(len(text) + 1 for text in texts[row].split("\n")[: finding["line"] - 1])
    start = texts[row].find(finding["snippet"], line)
    return [row, start, start + len(finding["snippet"])]


if __name__ == "__main__":
    main(*sys.argv[1:])

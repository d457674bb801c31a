"""Secrets by detect-secrets with its default plugins and filters.

`python detect_secrets_redaction.py speed.parquet labelled.parquet cores`: prints seconds and found ([row, start, end] in characters).
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import polars as pl
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings


def main(speed: str, labelled: str, _cores: str) -> None:
    """Measure and print one JSON line."""
    with default_settings():
        seconds, _ = _scan(speed)
        _, found = _scan(labelled)
    print(json.dumps({"seconds": seconds, "found": found, "version": version("detect-secrets")}))


def _scan(files: str) -> tuple[float, list[list[int]]]:
    with tempfile.TemporaryDirectory() as folder:
        places = []
        for row, (path, text) in enumerate(pl.read_parquet(files, columns=["path", "content"]).iter_rows()):
            place = Path(folder, str(row), Path(path).name)
            place.parent.mkdir()
            place.write_text(text, encoding="utf-8")
            places.append((row, place, text))
        started = time.perf_counter()
        found = [span for row, place, text in places for span in _found(row, place, text)]
        return time.perf_counter() - started, found


def _found(row: int, place: Path, text: str) -> Iterator[list[int]]:
    lines = text.split("\n")
    for secret in scan_file(str(place)):
        line = sum(len(before) + 1 for before in lines[: secret.line_number - 1])
        start = text.find(secret.secret_value or "", line)
        yield [row, start, start + len(secret.secret_value or "")]


if __name__ == "__main__":
    main(*sys.argv[1:])

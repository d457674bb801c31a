"""E-mail and IP addresses by datatrove's PIIFormatter.

`python datatrove_redaction.py speed.parquet labelled.parquet cores`: prints seconds and found ([row, start, end] in characters).
"""

import json
import sys
import time
from importlib.metadata import version

import polars as pl
from datatrove.pipeline.formatters import PIIFormatter


def main(speed: str, labelled: str, _cores: str) -> None:
    """Measure and print one JSON line."""
    formatter = PIIFormatter()
    texts = pl.read_parquet(speed)["content"].to_list()
    started = time.perf_counter()
    for text in texts:
        formatter.format(text)
    seconds = time.perf_counter() - started
    found = [
        [row, *match.span()]
        for row, text in enumerate(pl.read_parquet(labelled)["content"])
        for replacer in (formatter.emails_replacer, formatter.ip_replacer)
        for match in replacer.regex.finditer(text)
        if replacer.validator is None or replacer.validator(match[0])
    ]
    print(json.dumps({"seconds": seconds, "found": found, "version": version("datatrove")}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Personal data by Presidio's recognisers that need no language model, at the score of .4 that they give to a plain match.

`python presidio_redaction.py speed.parquet labelled.parquet cores`: prints seconds and found ([row, start, end] in characters).
"""

import json
import sys
import time
from importlib.metadata import version

import polars as pl
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
)

RECOGNISERS = [
    recogniser()
    for recogniser in (
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        MacAddressRecognizer,
        PhoneRecognizer,
        UsSsnRecognizer,
    )
]
MIN_SCORE = 0.4


def main(speed: str, labelled: str, _cores: str) -> None:
    """Measure and print one JSON line."""
    texts = pl.read_parquet(speed)["content"].to_list()
    started = time.perf_counter()
    for text in texts:
        _find(text)
    seconds = time.perf_counter() - started
    found = [[row, *span] for row, text in enumerate(pl.read_parquet(labelled)["content"]) for span in _find(text)]
    print(json.dumps({"seconds": seconds, "found": found, "version": version("presidio-analyzer")}))


def _find(text: str) -> list[tuple[int, int]]:
    results = [found for recogniser in RECOGNISERS for found in recogniser.analyze(text, recogniser.supported_entities, None) or ()]
    return sorted({(found.start, found.end) for found in results if found.score >= MIN_SCORE})


if __name__ == "__main__":
    main(*sys.argv[1:])

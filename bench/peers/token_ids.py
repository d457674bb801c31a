"""What the peers of token counting share: texts in, seconds and a hash of each text's ids out. Run beside them, in their environments.

`python <peer>_tokens.py texts.parquet tokenizer.json ids.parquet`
"""

import hashlib
import json
import sys
import time
from array import array
from collections.abc import Callable, Iterable
from importlib.metadata import version

import polars as pl

BATCH = 500  # texts whose ids are alive at a time


def measure(peer: str, encode: Callable[[list[str]], Iterable[Iterable[int]]]) -> None:
    """Encode the texts in batches, write the hashes, print one JSON line; only `encode` is on the clock."""
    rows = pl.read_parquet(sys.argv[1])["text"].to_list()
    seconds, digests = 0.0, []
    for at in range(0, len(rows), BATCH):
        started = time.process_time()
        encoded = list(encode(rows[at : at + BATCH]))
        seconds += time.process_time() - started
        digests += [hashlib.sha256(array("I", ids).tobytes()).hexdigest() for ids in encoded]
    pl.DataFrame({"digest": digests}).write_parquet(sys.argv[3])
    print(json.dumps({"seconds": seconds, "version": version(peer)}))


def refuse(peer: str, error: BaseException) -> None:
    """Say that `peer` does not take the tokenizer."""
    print(json.dumps({"refused": str(error).splitlines()[0], "version": version(peer)}))

"""Token ids by Hugging Face's tokenizers: `python tokenizers_tokens.py texts.parquet tokenizer.json ids.parquet`."""

import hashlib
import json
import os
import sys
import time
from array import array
from importlib.metadata import version

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import polars as pl
from tokenizers import Tokenizer


def main(texts: str, tokenizer: str, ids: str) -> None:
    """Measure, write a hash of each text's ids, print one JSON line."""
    rows = pl.read_parquet(texts)["text"].to_list()
    loaded = Tokenizer.from_file(tokenizer)
    seconds, digests = 0.0, []
    for at in range(0, len(rows), 500):
        started = time.process_time()
        encoded = loaded.encode_batch_fast(rows[at : at + 500], add_special_tokens=False)
        seconds += time.process_time() - started
        digests += [hashlib.sha256(array("I", item.ids).tobytes()).hexdigest() for item in encoded]
    pl.DataFrame({"digest": digests}).write_parquet(ids)
    print(json.dumps({"seconds": seconds, "version": version("tokenizers")}))


if __name__ == "__main__":
    main(*sys.argv[1:])

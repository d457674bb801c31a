"""Token ids by gigatoken from the tokenizer.json as it is: `python gigatoken_tokens.py texts.parquet tokenizer.json ids.parquet`."""

import hashlib
import json
import sys
import time
from importlib.metadata import version

import polars as pl
from gigatoken import Tokenizer


def main(texts: str, tokenizer: str, ids: str) -> None:
    """Measure, write a hash of each text's ids, print one JSON line."""
    rows = pl.read_parquet(texts)["text"].to_list()
    try:
        loaded = Tokenizer(tokenizer)
    except RuntimeError as error:
        print(json.dumps({"refused": f"refused: {str(error).splitlines()[0]}", "version": version("gigatoken")}))
        return
    started = time.process_time()
    encoded = [loaded.encode(text) for text in rows]
    seconds = time.process_time() - started
    pl.DataFrame({"digest": [hashlib.sha256(item.tobytes()).hexdigest() for item in encoded]}).write_parquet(ids)
    print(json.dumps({"seconds": seconds, "version": version("gigatoken")}))


if __name__ == "__main__":
    main(*sys.argv[1:])

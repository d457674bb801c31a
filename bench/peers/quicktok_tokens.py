"""Token ids by quicktok from a tokenizer.json that it imports: `python quicktok_tokens.py texts.parquet tokenizer.json ids.parquet`."""

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from importlib.metadata import version

os.environ["QUICKTOK_DATA"] = tempfile.mkdtemp()

import numpy as np
import polars as pl
import quicktok


def main(texts: str, tokenizer: str, ids: str) -> None:
    """Measure, write a hash of each text's ids, print one JSON line."""
    rows = pl.read_parquet(texts)["text"].to_list()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            quicktok.import_tokenizer(tokenizer, "imported")
    except (Exception, SystemExit) as error:
        print(json.dumps({"refused": str(error).splitlines()[0].lower(), "version": version("quicktok-v1")}))
        return
    loaded = quicktok.get_encoding("imported")
    started = time.process_time()
    encoded = [loaded.encode(text, allowed_special="all") for text in rows]
    seconds = time.process_time() - started
    digests = [hashlib.sha256(np.asarray(item, dtype=np.uint32).tobytes()).hexdigest() for item in encoded]
    pl.DataFrame({"digest": digests}).write_parquet(ids)
    print(json.dumps({"seconds": seconds, "version": version("quicktok-v1")}))


if __name__ == "__main__":
    main(*sys.argv[1:])

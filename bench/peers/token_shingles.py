"""Token 5-grams in Python, and the loop that asks an index about a document before it is put in, for peers that leave both to users."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
from removal import Components, Watch

_TOKEN = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+|[^ \t\n\r\f\v]")


def measure(peer: str, files: str, lsh: Any, sign: Callable[[list[str]], Any]) -> None:
    """Sign the shingles of each document by `sign`, look for it in `lsh`, insert it, and report."""
    watch = Watch()
    documents = pl.read_parquet(files, columns=["row", "content"])["content"].to_list()
    watch.has_read()
    components = Components(len(documents))
    for row, text in enumerate(documents):
        words = _TOKEN.findall(text)
        if len(words) > 4:
            minhash = sign([" ".join(words[at : at + 5]) for at in range(len(words) - 4)])
            for other in lsh.query(minhash):
                components.unite(row, other)
            lsh.insert(row, minhash)
    watch.report(peer, components.duplicates())

"""What a training row says, as one text: every message but the system's, with the arguments of its calls."""

import numpy as np
import polars as pl

BOUNDARY = "\x1e"  # between two messages: ASCII's record separator


def said(messages: pl.Series) -> pl.Series:
    """Return the text of each list of messages: contents and calls of all but the system's, `composed`, with BOUNDARY between messages."""
    message = pl.element().struct
    parts = pl.concat_str(message.field("content"), message.field("tool_calls"), separator="\n", ignore_nulls=True)
    spoken = pl.col("messages").list.eval(pl.when(message.field("role") != "system").then(parts)).list.drop_nulls()
    return composed(messages.to_frame("messages").select(spoken.list.join(BOUNDARY).fill_null("").alias("text")).to_series())


def composed(texts: pl.Series) -> pl.Series:
    """Return the texts in Unicode's compatibility form NFKC and lower case. Those in ASCII, most of them, are left as they are."""
    others = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    return texts.scatter(others, texts.gather(others).str.normalize("NFKC").str.to_lowercase()) if len(others) else texts


def buffers(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return (all bytes, offsets): text i is bytes[offsets[i]:offsets[i + 1]]."""
    strings = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = strings.buffers()
    places = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return np.frombuffer(data or b"", np.uint8), places

"""What a chat is made of, in few bytes: keys and shingles to find its like by, and its number of tokens."""

import re
import unicodedata

import numpy as np
import polars as pl

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "group_keys": pl.List(pl.String()),
        "source": pl.String(),
        "language": pl.String(),
        "content_key": pl.UInt64(),
        "answer_key": pl.UInt64(),
        "n_answer_words": pl.UInt32(),
        "shingles": pl.List(pl.UInt64()),
        "n_tokens": pl.Int64(),
        "n_answer_tokens": pl.Int64(),
    }
)
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: compatibility-composed, case-folded, without marks and blanks."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def fingerprint(examples: pl.DataFrame, shingle_words: int, counts: list[tuple[int, int]]) -> pl.DataFrame:
    """Return a row of SCHEMA for each chat, in the same order; `counts` are its tokens, and those that the loss is on."""
    rows = examples.select("id", "group_keys", "source", "language")
    columns = {"n_tokens": [total for total, _ in counts], "n_answer_tokens": [answered for _, answered in counts]}
    counted = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))
    return pl.concat([rows, word_sets_of(examples["messages"], shingle_words), counted], how="horizontal").select(*SCHEMA)


def word_sets_of(messages: pl.Series, n_words: int) -> pl.DataFrame:
    """Return content_key, answer_key, n_answer_words and shingles of each chat: of what is said and called, but by the system."""
    import pyarrow

    from assets.corpus.splits import word_sets

    said = _said(messages)
    data, starts = _bytes(said["text"])
    bounds = np.searchsorted(said["chat"].to_numpy(), np.arange(len(messages) + 1)).astype(np.int64)
    keys, n_answer_words = np.empty((len(messages), 2), np.uint64), np.empty(len(messages), np.uint32)
    sets, sizes = np.empty(len(data) // 2 + said.height, np.uint64), np.empty(len(messages), np.int64)
    used = word_sets.chats(data, starts, said["is_answer"].to_numpy(), bounds, n_words, keys, n_answer_words, sets, sizes)
    listed = pyarrow.LargeListArray.from_arrays(np.concatenate([[0], np.cumsum(sizes)]), sets[:used])
    columns = [pl.Series("content_key", keys[:, 0]), pl.Series("answer_key", keys[:, 1]), pl.Series("n_answer_words", n_answer_words)]
    return pl.DataFrame([*columns, pl.Series("shingles", listed, dtype=SCHEMA["shingles"])])


def _said(messages: pl.Series) -> pl.DataFrame:
    """Return chat (its number), is_answer and text of each message that is not the system's, in order."""
    listed = (
        pl.DataFrame({"chat": pl.int_range(len(messages), dtype=pl.Int64, eager=True), "said": messages}).explode("said").unnest("said")
    )
    text = pl.concat_str(pl.col("content", "tool_calls").fill_null(""), separator="\n")
    said = listed.filter(pl.col("role") != "system").select("chat", is_answer=pl.col("role") == "assistant", text=text)
    return said.with_columns(plain(said["text"]))


def plain(texts: pl.Series) -> pl.Series:
    """Return text that is not ASCII as its `words` with blanks between: what `word_sets` takes for words then are the same ones."""
    others = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    return texts.scatter(others, pl.Series([" ".join(words(text)) for text in texts.gather(others)])) if len(others) else texts


def _bytes(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return all bytes, and where each text starts in them, with the end of the last."""
    arrow = texts.to_arrow()
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    _, starts, data = arrow.buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(starts, np.int64)[arrow.offset : arrow.offset + len(texts) + 1]

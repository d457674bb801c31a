"""What a chat is made of, in few bytes: keys and shingles to find its like by, and its number of tokens."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import polars as pl
from blake3 import blake3

from assets.corpus import tokens

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "group_id": pl.String(),
        "content_key": pl.UInt64(),
        "answer_key": pl.UInt64(),
        "n_answer_words": pl.UInt32(),
        "shingles": pl.List(pl.UInt64()),
        "n_tokens": pl.Int64(),
        "n_answer_tokens": pl.Int64(),
    }
)
_WORD = re.compile(r"\w+")
END = "<|im_end|>"
Message = dict[str, str | None]


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: compatibility-composed, case-folded, without marks and blanks."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def content(messages: list[Message], role: str | None = None) -> str:
    """Return what the messages of `role` say, or all but the system's."""
    chosen = [said for said in messages if said["role"] == role or (role is None and said["role"] != "system")]
    return "\n".join(part for said in chosen for part in (said["content"], said["tool_calls"]) if part)


def shingles(spoken: list[str], n_words: int) -> list[int]:
    """Return the sorted 64-bit hashes of all runs of `n_words` words; a shorter text is one run."""
    last = max(len(spoken) - n_words, 0)
    return sorted({_hash(" ".join(spoken[start : start + n_words])) for start in range(last + 1)}) if spoken else []


def _hash(text: str) -> int:
    return int.from_bytes(blake3(text.encode()).digest(length=8))


def fingerprint(examples: pl.DataFrame, shingle_words: int, tokenizer: "Tokenizer") -> pl.DataFrame:
    """Return a row of SCHEMA for each chat, in the same order."""
    messages = examples["messages"].to_list()
    spoken = [words(content(chat)) for chat in messages]
    answers = [words(content(chat, "assistant")) for chat in messages]
    counts = count(messages, tokenizer)
    columns = {
        "content_key": [_hash(" ".join(said)) for said in spoken],
        "answer_key": [_hash(" ".join(said)) for said in answers],
        "n_answer_words": [len(said) for said in answers],
        "shingles": [shingles(said, shingle_words) for said in spoken],
        "n_tokens": [total for total, _ in counts],
        "n_answer_tokens": [answered for _, answered in counts],
    }
    frame = pl.DataFrame(columns, schema={name: SCHEMA[name] for name in columns})
    return pl.concat([examples.select("id", group_id=pl.col("group_keys").list.first()), frame], how="horizontal").select(*SCHEMA)


def render(messages: list[Message]) -> tuple[str, list[tuple[int, int]]]:
    """Return a chat in ChatML, and the characters [start, end) that the loss is on: what the assistant says, with its end mark."""
    text, spans = "", []
    for message in messages:
        text += f"<|im_start|>{message['role']}\n"
        start = len(text)
        text += (message["content"] or "") + END
        if message["role"] == "assistant":
            spans.append((start, len(text)))
        text += "\n"
    return text, spans


def count(chats: list[list[Message]], tokenizer: "Tokenizer") -> list[tuple[int, int]]:
    """Return the number of tokens of each chat in ChatML, and of those that the loss is on."""
    counts: list[tuple[int, int]] = []
    for start in range(0, len(chats), tokens.BATCH):
        rendered = [render(chat) for chat in chats[start : start + tokens.BATCH]]
        encoded = tokenizer.encode_batch([text for text, _ in rendered], add_special_tokens=False)
        counts.extend((len(found), _within(found, spans)) for found, (_, spans) in zip(encoded, rendered, strict=True))
    return counts


def _within(encoded: "Encoding", spans: list[tuple[int, int]]) -> int:
    """Return how many tokens overlap the spans: those that a trainer's mask, made from the same characters, covers."""
    starts, ends = [start for start, _ in encoded.offsets], [end for _, end in encoded.offsets]
    return sum(bisect_left(starts, last) - bisect_right(ends, first) for first, last in spans)

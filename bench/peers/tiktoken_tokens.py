"""Token ids by tiktoken.

It takes ranks, not a tokenizer.json: those are the vocabulary in bytes, which is the same where ids rise with the merges. Bytes that have
no token get ids above the vocabulary, because it cannot do without. Digits apart are a part of its pattern.
"""

import json
import sys
from functools import partial
from pathlib import Path

import tiktoken
from token_ids import measure

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
# A digit ends the text before it, and so a run of blanks there is whole.
DIGITS_APART = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"""


def main(tokenizer: str) -> None:
    """Measure and report."""
    encode = partial(_encoding(json.loads(Path(tokenizer).read_text(encoding="utf-8"))).encode, allowed_special="all")
    measure("tiktoken", lambda texts: map(encode, texts))


def _encoding(described: dict) -> tiktoken.Encoding:
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    letters = {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}
    special = {token["content"]: token["id"] for token in described["added_tokens"]}
    vocabulary = {entry: rank for entry, rank in described["model"]["vocab"].items() if entry not in special}
    free = max([*vocabulary.values(), *special.values()]) + 1
    ranks = {bytes(letters[letter] for letter in entry): rank for entry, rank in vocabulary.items()}
    ranks |= {bytes([byte]): free + byte for byte in range(256) if bytes([byte]) not in ranks}
    apart = described["pre_tokenizer"]["type"] == "Sequence"
    return tiktoken.Encoding("given", pat_str=DIGITS_APART if apart else GPT2, mergeable_ranks=ranks, special_tokens=special)


if __name__ == "__main__":
    main(sys.argv[2])

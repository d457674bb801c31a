"""Token ids by gigatoken, a hundred times as fast as Hugging Face's tokenizers, for the tokenizers on which the two agree.

A tokenizer.json is handed over as it is where gigatoken takes it, else in an equivalent form:

- A byte-level vocabulary without a token for each of the 256 bytes gets ids above its own for the missing ones. The tokenizer drops
  such bytes, and what stood around them may then merge: a text with one of these bytes is for the tokenizer itself.
- Digits split off one by one before a GPT-2 pattern (StarCoder, SmolLM) become marks, added tokens that split a text the same way.

Whatever it was built from, an encoder is used only after it gave the tokenizer's own ids on `_probes`.
"""

import json
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
_DIGITS = "0123456789"
_MARKS = b"\x00\x01\x02\x03\x04\x05\x06\x07\x0e\x0f"  # control characters that hardly any text has, one for each digit
_TO_MARKS = bytes.maketrans(_DIGITS.encode(), _MARKS)
_PROBE_TOKENS = 10_000  # of the vocabulary; its own ids for them take the tokenizer less than a tenth of a second


@dataclass(frozen=True, slots=True)
class Encoder:
    """A tokenizer's fast twin."""

    encode: Callable[[bytes], "np.ndarray"]
    unsure: bytes = b""  # bytes that the vocabulary has no token for, and the marks
    first_mark: int = 0
    digits: "np.ndarray | None" = None  # the ids of 0 to 9, when digits are tokens of their own
    form: Literal["NFC", "NFD", "NFKC", "NFKD"] | None = None  # what the tokenizer brings a text into first

    def ids(self, text: str) -> "np.ndarray | None":
        """Return the ids of a text, special tokens in it included; None when only the tokenizer itself can tell."""
        ids = self._raw(text)
        if ids is None or self.digits is None:
            return ids
        ids = ids.copy()
        marks = ids >= self.first_mark
        ids[marks] = self.digits[ids[marks] - self.first_mark]
        return ids

    def count(self, text: str) -> int | None:
        """Return the number of ids of a text, None when only the tokenizer itself can tell."""
        ids = self._raw(text)
        return None if ids is None else len(ids)

    def _raw(self, text: str) -> "np.ndarray | None":
        data = text.encode()
        if len(data.translate(None, self.unsure)) < len(data):
            return None
        if len(data) > len(text) and not self._is_plain(text):
            return None
        return self.encode(data if self.digits is None else data.translate(_TO_MARKS))

    def _is_plain(self, text: str) -> bool:
        """Tell whether neither the digits nor the normal form of a text depend on the version of Unicode that is asked."""
        if self.form is not None and not unicodedata.is_normalized(self.form, text):
            return False
        return self.digits is None or not any(character.isnumeric() and not character.isascii() for character in text)


def of(tokenizer: "Tokenizer") -> Encoder | None:
    """Return the fast twin of a tokenizer; None when there is none, or none that gives the same ids."""
    try:
        from gigatoken import Tokenizer as Fast
    except ImportError:  # it has wheels for the usual platforms only
        return None
    described = json.loads(tokenizer.to_str())
    equivalent, unsure, first_mark, digits = _completed(described)
    try:
        encode = Fast.from_json(json.dumps(equivalent)).backend.encode
    except (RuntimeError, ValueError):  # a model, a normalizer or a pattern that it does not know
        return None
    encoder = Encoder(encode, unsure, first_mark, digits, _form(described))
    return encoder if all(_agree(encoder, tokenizer, probe) for probe in _probes(described)) else None


def _form(described: dict[str, Any]) -> Any:
    """Return the Unicode normalization form of a tokenizer.json, None for none."""
    normalizer = described.get("normalizer") or {}
    kinds = [step["type"] for step in normalizer.get("normalizers") or [normalizer] if step]
    return next((kind for kind in kinds if kind in ("NFC", "NFD", "NFKC", "NFKD")), None)


def _agree(encoder: Encoder, tokenizer: "Tokenizer", text: str) -> bool:
    ids = encoder.ids(text)
    return ids is None or ids.tolist() == tokenizer.encode(text, add_special_tokens=False).ids


def _completed(described: dict[str, Any]) -> tuple[dict[str, Any], bytes, int, "np.ndarray | None"]:
    """Return what gigatoken is to be given for a tokenizer.json, and what an Encoder needs to know besides."""
    model, added = described["model"], described.get("added_tokens") or []
    vocabulary = model.get("vocab")
    if model.get("type") != "BPE" or model.get("byte_fallback") or model.get("unk_token") is not None:
        return described, b"", 0, None
    free = max([*vocabulary.values(), *(token["id"] for token in added)], default=-1) + 1
    digits = _lone_digits(described, vocabulary)
    marks = [] if digits is None else [_added(mark, free + digit) for digit, mark in enumerate(_MARKS.decode())]
    lacking = {letter: byte for letter, byte in _byte_letters().items() if letter not in vocabulary}
    letters = {letter: free + len(marks) + place for place, letter in enumerate(lacking)}
    completed = {**described, "added_tokens": added + marks, "model": {**model, "vocab": {**vocabulary, **letters}}}
    if digits is not None:
        completed["pre_tokenizer"] = {**_BYTE_LEVEL, "trim_offsets": True}
    return completed, bytes(lacking.values()) + (_MARKS if marks else b""), free, digits


def _lone_digits(described: dict[str, Any], vocabulary: dict[str, int]) -> "np.ndarray | None":
    """Return the ids of 0 to 9 when digits are split off one by one before GPT-2's pattern, else None."""
    import numpy as np

    kinds = (described.get("pre_tokenizer") or {}).get("pretokenizers") or []
    if len(kinds) != 2 or kinds[0] != {"type": "Digits", "individual_digits": True}:
        return None
    byte_level = all(kinds[1].get(name) == value for name, value in _BYTE_LEVEL.items())
    spelled = any(digit in token["content"] for token in described["added_tokens"] for digit in _DIGITS)
    known = all(digit in vocabulary for digit in _DIGITS)
    return np.array([vocabulary[digit] for digit in _DIGITS], dtype=np.uint32) if byte_level and known and not spelled else None


def _added(content: str, token_id: int) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": token_id, "content": content, "special": True, **flags}


def _byte_letters() -> dict[str, int]:
    """Return the printable letter for each byte that byte-level vocabularies are spelled in (GPT-2's bytes_to_unicode)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


_SAMPLES = (
    "def área(r: float = 3.14e-10) -> \"Größe\":\n\treturn r**2  # 你好 👍🏽\r\n\n\n    it's they'LL we've I'd\n",
    "#include <vector>\n  template<class T>   struct A{int x[1000'000];};//\u00a0\u2028\u3000 x²½Ⅷ٣三",
    "\x0b\x0c\x85\x1c  \u200b\ufeffe\u0301 ǅ़่  ",
    " \n \t\t\n\r\n\r  a  b   c\n\n    \n  ",
    "'s 's'll \u2019s \x7f\x80ÿ 😀\u200d👩 \U0001d7d8 مرحبا ʰª __init__ != === <<=>>  0x1F 12 345678 ",
)


def _probes(described: dict[str, Any]) -> Iterator[str]:
    """Yield texts on which two tokenizers that differ should differ: of each script, blanks, added tokens, vocabulary, and at random."""
    yield from _SAMPLES
    for token in described.get("added_tokens") or []:
        yield f"a{token['content']}b {token['content']}  {token['content']}\n{token['content'][:-1]} {token['content'].upper()}"
    spelled, vocabulary = _byte_letters(), described["model"].get("vocab") or {}
    entries = sorted(vocabulary) if isinstance(vocabulary, dict) else [entry for entry, _ in vocabulary]
    step = max(1, len(entries) // _PROBE_TOKENS)
    words = [bytes(spelled.get(letter, 32) for letter in entry).decode(errors="ignore") for entry in entries[::step]]
    for start in range(0, len(words), 500):
        yield "".join(words[start : start + 250]) + " ".join(words[start + 250 : start + 500])
    dice = random.Random(0)
    for last in (0x7F, 0x24F, 0x3000, 0xD7FF, 0x1FAFF):
        drawn = (dice.randint(9, last) for _ in range(2000))
        yield "".join(chr(point) + " " * (point % 3 == 0) for point in drawn if not 0xD800 <= point <= 0xDFFF)

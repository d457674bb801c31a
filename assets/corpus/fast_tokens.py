"""Token ids by gigatoken, a hundred times as fast as Hugging Face's tokenizers, for the tokenizers on which the two agree.

A tokenizer.json is handed over as it is where gigatoken takes it, else in an equivalent form:

- A byte-level vocabulary without a token for each of the 256 bytes gets ids above its own for the missing ones. The tokenizer drops
  such bytes, and what stood around them may then merge: a text with one of these bytes is for the tokenizer itself.
- Digits split off one by one before a GPT-2 pattern (StarCoder, SmolLM) need no splitting where no merge has a digit: the pattern puts
  numbers, with one blank before them at most, into pieces of their own, and those then fall apart. Only a number after two blanks or
  more is another matter: the pattern leaves the last blank to it, where digits that are split off first leave all blanks together.
  A mark, an added token, splits the text there. More marks would be right too, but they are slow.

Whatever it was built from, an encoder is used only after it gave the tokenizer's own ids on `_probes`.
"""

import json
import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from itertools import chain, compress, pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from assets import compiled

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_DIGITS = "0123456789"
_NEVER = frozenset({0xC0, 0xC1, *range(0xF5, 0x100)})  # bytes that no UTF-8 has
_MARK = b"\x10"  # a control character that hardly any text has; more than one would make the search for added tokens slow
_OTHER_NUMBERS = r"[\p{N}--0-9]"
_PROBE_TOKENS = 10_000  # of the vocabulary; its own ids for them take the tokenizer less than a tenth of a second


@dataclass(frozen=True, slots=True)
class Encoder:
    """A tokenizer's fast twin."""

    encode: Callable[[bytes], "np.ndarray"]
    unsure: bytes = b""  # bytes that the vocabulary has no token for, and the mark
    mark: int | None = None  # its id, when digits are tokens of their own
    form: Form | None = None  # what the tokenizer brings a text into first

    def ids(self, texts: Sequence[bytes]) -> "list[np.ndarray | None]":
        """Return the ids of each text in UTF-8, special tokens in it included; None where only the tokenizer itself can tell."""
        found = [None if data is None else self.encode(data) for data in self._prepared(texts)]
        return found if self.mark is None else [ids if ids is None else ids[ids != self.mark] for ids in found]

    def counts(self, texts: Sequence[bytes]) -> list[int | None]:
        """Return the number of ids of each text in UTF-8, None where only the tokenizer itself can tell."""
        prepared = self._prepared(texts)
        found = [None if data is None else len(self.encode(data)) for data in prepared]
        if self.mark is None:
            return found
        return [None if data is None or n is None else n - data.count(_MARK) for n, data in zip(found, prepared, strict=True)]

    def _prepared(self, texts: Sequence[bytes]) -> Sequence[bytes | None]:
        left = self._not_sure(texts) | self._not_plain(texts)
        marked = texts if self.mark is None else _marked(texts)
        return [None if place in left else data for place, data in enumerate(marked)] if left else marked

    def _not_sure(self, texts: Sequence[bytes]) -> set[int]:
        """Return the places of the texts that hold an `unsure` byte."""
        together = b"".join(texts)
        within = [byte for byte in self.unsure if byte in together]
        return {place for place, data in enumerate(texts) if any(byte in data for byte in within)} if within else set()

    def _not_plain(self, texts: Sequence[bytes]) -> set[int]:
        """Return the places of the texts that hold numbers other than digits, where digits are split off, or are not in normal form."""
        if self.form is None and self.mark is None:
            return set()
        others = {place: data.decode() for place, data in enumerate(texts) if not data.isascii()}
        left: set[int] = set()
        if self.form is not None:
            left.update(place for place, text in others.items() if not unicodedata.is_normalized(self.form, text))
        if self.mark is not None and others:
            numbers = pl.Series(list(others.values())).str.contains(_OTHER_NUMBERS)
            left.update(compress(others, numbers))
        return left


def _marked(encoded: Sequence[bytes]) -> list[bytes]:
    """Return the texts with a mark before each digit that stands after two blanks, or after what may be two.

    Everything from space down and all bytes of other than ASCII characters are taken for blanks, as is the end of the text before.
    """
    import numpy as np

    data = np.frombuffer(b"".join(encoded), np.uint8)
    is_digit, may_be_blank = data - ord("0") < 10, data - 33 >= 128 - 33  # of unsigned bytes
    places = np.flatnonzero(is_digit[2:] & may_be_blank[1:-1] & may_be_blank[:-2]) + 2
    together = np.insert(data, places, ord(_MARK)).tobytes()
    ends = np.cumsum([0, *map(len, encoded)])
    ends += places.searchsorted(ends)
    return [together[start:end] for start, end in pairwise(ends.tolist())]


def of(tokenizer: "Tokenizer", described: str | None = None) -> Encoder | None:
    """Return the fast twin of a tokenizer, None when there is none that gives the same ids.

    What came out of the comparison, which takes half a second, is kept for the tokenizer and all that the outcome depends on. The
    tokenizer is then asked for nothing where `described`, the tokenizer.json that it is made of, is given.
    """
    try:
        import_module("gigatoken")
    except ImportError:  # it has wheels for the usual platforms only
        return None
    source, named = Path(__file__), tokenizer.to_str() if described is None else described
    versions = [version("gigatoken"), version("tokenizers"), unicodedata.unidata_version]
    kept = compiled.kept(source, "\n".join([*versions, source.read_text(), named]), ".json", partial(_proven, tokenizer))
    known, _, equivalent = kept.partition(b"\n")
    found = json.loads(known)
    return None if found is None else _encoder(Known(*found), equivalent)


def _proven(tokenizer: "Tokenizer") -> bytes:
    """Return a line with what is Known of a tokenizer, and what gigatoken is to be given for it; "null" where that gives other ids."""
    described = json.loads(tokenizer.to_str())
    completed, unsure, mark = _completed(described)
    known, equivalent = Known(unsure.hex(), mark, _form(described)), json.dumps(completed, ensure_ascii=False).encode()
    try:
        encoder = _encoder(known, equivalent)
    except (RuntimeError, ValueError):  # a model, a normalizer or a pattern that it does not know
        return b"null"
    probes = list(_probes(described))
    exact = (tokenizer.encode(probe, add_special_tokens=False).ids for probe in probes)
    found = encoder.ids([probe.encode() for probe in probes])
    same = all(ids is None or ids.tolist() == own for ids, own in zip(found, exact, strict=True))
    return json.dumps(known).encode() + b"\n" + equivalent if same else b"null"


class Known(NamedTuple):
    """What is needed for an Encoder besides what gigatoken is to be given; `unsure` in hexadecimal digits."""

    unsure: str
    mark: int | None
    form: Form | None


def _encoder(known: Known, equivalent: bytes) -> Encoder:
    """Raises RuntimeError or ValueError for what gigatoken does not know."""
    from gigatoken import Tokenizer as Fast

    return Encoder(Fast.from_json(equivalent).backend.encode, bytes.fromhex(known.unsure), known.mark, known.form)


def _form(described: dict[str, Any]) -> Any:
    """Return the Unicode normalization form of a tokenizer.json, None for none."""
    normalizer = described.get("normalizer") or {}
    kinds = [step["type"] for step in normalizer.get("normalizers") or [normalizer] if step]
    return next((kind for kind in kinds if kind in ("NFC", "NFD", "NFKC", "NFKD")), None)


def _completed(described: dict[str, Any]) -> tuple[dict[str, Any], bytes, int | None]:
    """Return what gigatoken is to be given for a tokenizer.json, and what an Encoder needs to know besides."""
    model, added = described["model"], described.get("added_tokens") or []
    vocabulary = model.get("vocab")
    if model.get("type") != "BPE" or model.get("byte_fallback") or model.get("unk_token") is not None:
        return described, b"", None
    free = max([*vocabulary.values(), *(token["id"] for token in added)], default=-1) + 1
    apart = _has_digits_apart(described)
    lacking = {letter: byte for letter, byte in _byte_letters().items() if letter not in vocabulary}
    letters = {letter: free + 1 + place for place, letter in enumerate(lacking)}
    completed = {**described, "model": {**model, "vocab": {**vocabulary, **letters}}}
    if apart:
        completed["added_tokens"] = [*added, _added(_MARK.decode(), free)]
        completed["pre_tokenizer"] = {**_BYTE_LEVEL, "trim_offsets": True}
        completed["model"]["merges"] = [merge for merge in model["merges"] if not _has_digit(merge)]
    return completed, bytes(byte for byte in lacking.values() if byte not in _NEVER) + (_MARK if apart else b""), free if apart else None


def _has_digit(merge: str | list[str]) -> bool:
    """Tell whether a merge is one that no text reaches whose digits are split off."""
    return any(digit in part for part in merge for digit in _DIGITS)


def _has_digits_apart(described: dict[str, Any]) -> bool:
    """Tell whether digits are split off one by one before GPT-2's pattern."""
    kinds = (described.get("pre_tokenizer") or {}).get("pretokenizers") or []
    if len(kinds) != 2 or kinds[0] != {"type": "Digits", "individual_digits": True}:
        return False
    return all(kinds[1].get(name) == value for name, value in _BYTE_LEVEL.items())


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
    "1's 1'2 12 '3s x1y2 _3_ 4.5e6 é7 你8 9'll 1,000 -1 + 2",
)
_BLANKS = " \n\t\r\x0b\x0c\x1c\x1f\x85\u00a0\u1680\u2009\u2028\u202f\u3000\u200b"


def _probes(described: dict[str, Any]) -> Iterator[str]:
    """Yield texts on which two tokenizers that differ should differ: of each script, blanks, added tokens, vocabulary, and at random."""
    yield from _SAMPLES
    for blanks in chain(product(_BLANKS, repeat=2), product(" \n\t\r", repeat=3)):
        several = "".join(blanks)
        yield f"{several}1{blanks[0]}2a{several}34'{several}x{blanks[0]}'s{several}"
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

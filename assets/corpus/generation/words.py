"""The words, names and numbers of a text, brought to one form so that they can be compared."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from assets.corpus.generation.fences import without_blocks
from assets.corpus.generation.stop_words import STOP_WORDS

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
# Scripts that are written without blanks: Thai and Lao, kana, Han, Hangul (whose particles are glued on).
_DENSE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_FENCE_LINE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))
_LEAST_STEM = 3


def words(text: str) -> list[str]:
    """Return the words of `text` in order, in lower case and stemmed.

    Names are split at underscores and capitals, numbers at their marks; runs of scripts without blanks become pairs of characters.
    The lines that fence code are left out.
    """
    plain = _CAMEL.sub(" ", unicodedata.normalize("NFC", _FENCE_LINE.sub("", text))).lower()
    return [stem(part) for word in _WORD.findall(plain) for part in _parts(word)]


@lru_cache(maxsize=512)
def vocabulary(text: str) -> frozenset[str]:
    """Return the distinct `words` of `text`; remembered, because several questions are asked about each text."""
    return frozenset(words(text))


def _parts(word: str) -> Iterator[str]:
    at = 0
    for match in _DENSE.finditer(word):
        yield from filter(None, [word[at : match.start()]])
        run = match[0]
        yield from (run[place : place + 2] for place in range(max(1, len(run) - 1)))
        at = match.end()
    yield from filter(None, [word[at:]])


def stem(word: str) -> str:
    """Return an English word without the ending of a plural, a participle or a person, and without the e or doubled letter before it.

    A cut of Porter's first step (1980): enough that "retries" meets "retry" and "closing" meets "closed". What it does to other
    words does no harm, because both sides of every comparison went through it.
    """
    if not word.isascii() or not word.isalpha():
        return word
    for suffix, instead in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _LEAST_STEM and not (suffix == "s" and word[-2] in "su"):
            word = word[: -len(suffix)] + instead
            break
    if len(word) > _LEAST_STEM and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if len(word) > _LEAST_STEM and word[-1] == "e" else word


_ALL_STOP_WORDS = frozenset(stem(word) for of_language in STOP_WORDS.values() for word in of_language)


def terms(text: str) -> list[str]:
    """Return the distinct content words of `text` in the order they come: no function words, no single letters."""
    found = dict.fromkeys(words(text))
    return [word for word in found if word not in _ALL_STOP_WORDS and (len(word) > 1 or not word.isascii() or word.isdigit())]


def count(text: str) -> int:
    """Return the number of words as a reader counts them; of scripts without blanks, two characters are one."""
    dense = sum(len(run) for run in _DENSE.findall(text))
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2


_SPAN_OF_CODE = re.compile(r"`([^`\n]+)`")


def without_code(text: str) -> str:
    """Return prose alone: without fenced blocks, and with a blank in the place of what stands between backticks."""
    return _SPAN_OF_CODE.sub(" ", without_blocks(text))


_NAME = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[,_]\d{3})*(?:\.\d+)*(?!\w)")
_DIGITS = re.compile(r"\d+(?:[.,_]\d+)*")
_LIST_MARK = re.compile(r"^[ \t]*\d+[.)][ \t]", re.MULTILINE)
# What every language calls its own values and types: an answer may use them of code that only implies them.
_SHARED_NAMES = (
    "true false none null nil undefined nan void self this bool boolean int integer float double str string char list dict set tuple "
    "array map object bytes exception error iterator generator callable"
)
_EVERYWHERE = frozenset(_SHARED_NAMES.split())
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMERALS = {word: str(number) for number, word in enumerate(_COUNTED.split())}


def names(answer: str) -> list[str]:
    """Return the distinct identifiers and numbers that an answer's prose claims, in lower case and in order; fenced code does not count.

    An identifier is a word between backticks, or one with an underscore or a capital inside.
    """
    prose = _LIST_MARK.sub("", without_blocks(answer))
    quoted = [name for code in _SPAN_OF_CODE.findall(prose) for name in _NAME.findall(code)]
    written = [name for name in _NAME.findall(_SPAN_OF_CODE.sub(" ", prose)) if _is_identifier(name)]
    numbers = [_digits(number) for number in _NUMBER.findall(prose)]
    found = dict.fromkeys([*(name.lower() for name in quoted + written), *numbers])
    return [name for name in found if name not in _EVERYWHERE]


def _is_identifier(word: str) -> bool:
    return "_" in word.strip("_") or re.search(r"[a-z][A-Z]", word) is not None


def _digits(number: str) -> str:
    return re.sub(r"[,_]", "", number)


@lru_cache(maxsize=512)
def known(text: str) -> frozenset[str]:
    """Return what `names` may hold of a text: its identifiers and numbers in lower case, numerals also as digits."""
    written = [name.lower() for name in _NAME.findall(text)]
    numbers = [number for found in _DIGITS.findall(text) for number in (_digits(found), *re.split(r"[.,_]", found))]
    return frozenset([*written, *numbers, *(_NUMERALS[word] for word in written if word in _NUMERALS)])

"""Proof that what a language model answered stands where the pair says, by other code than the gate's."""

import re
import unicodedata
from itertools import groupby, pairwise
from string import ascii_lowercase, ascii_uppercase, digits

import polars as pl

from assets import ledger
from assets.corpus.generation.settings import GateSettings
from assets.corpus.generation.stop_words import STOP_WORDS

_DENSE = (("\u0e00", "\u0eff"), ("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uac00", "\ud7af"))
_ENDINGS = (
    (re.compile("(...+)ies"), r"\1y"),
    (re.compile("(...+)sses"), r"\1ss"),
    (re.compile("(...+)(?:ing|ed|es)"), r"\1"),
    (re.compile("(..+[^su])s"), r"\1"),
)


def is_generated() -> pl.Expr:
    """Select the rows of qa_pairs that a language model wrote."""
    return (pl.col("generator") == "llm") | pl.col("generator").str.starts_with("llm:")


def not_grounded(pairs: pl.DataFrame, settings: GateSettings, chunks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ({id} of generated pairs that are not grounded; an empty ledger). Rows of other generators are not looked at.

    A pair is grounded when all its parents are in `chunks`, its span is within the text of the first one and not blank, and at least
    `min_code_overlap` or `min_document_overlap` of the answer's content words that are not in the question (of all, when there are no
    others) stand in the span, those that stand elsewhere in the parents' texts counting a quarter.
    """
    texts = dict(chunks.select("id", "text").iter_rows())
    columns = pairs.filter(is_generated()).select("id", "kind", "parent_ids", "question", "answer", "span_start", "span_end")
    wrong = [row[0] for row in columns.iter_rows() if not _stands(texts, settings, *row[1:])]
    return pl.DataFrame({"id": wrong}, schema={"id": pl.String}), ledger.empty()


def _stands(
    texts: dict[str, str], settings: GateSettings, kind: str, parents: list[str], question: str, answer: str, start: int, end: int
) -> bool:
    if not parents or any(parent not in texts for parent in parents):
        return False
    source = texts[parents[0]]
    if not 0 <= start < end <= len(source) or source[start:end].isspace():
        return False
    cited = _vocabulary(source[start:end])
    shown = _vocabulary(" ".join(texts[parent] for parent in parents))
    said = _vocabulary(answer) - _STOP
    said = {word for word in said if len(word) > 1 or word.isdigit() or ord(word) > 127}
    judged = (said - _vocabulary(question)) or said
    points = 4 * len(judged & cited) + len((judged & shown) - cited)
    needed = settings.min_code_overlap if kind == "code" else settings.min_document_overlap
    return bool(judged) and points >= 4 * len(judged) * needed - 1e-9  # the gate's division may round


def _vocabulary(text: str) -> set[str]:
    """Return the words of a text: names cut at capitals and underscores, lower case, stemmed; pairs of characters of dense scripts."""
    lines = [line for line in text.split("\n") if not line.lstrip(" \t").startswith(("```", "~~~"))]
    lowered = _cut_at_capitals(unicodedata.normalize("NFC", "\n".join(lines))).lower()
    apart = "".join(character if character.isalnum() else " " for character in lowered)
    found: set[str] = set()
    for word in apart.split(" "):
        for dense, run in groupby(word, _is_dense):
            part = "".join(run)
            found.update(map("".join, pairwise(part)) if dense and len(part) > 1 else [_stemmed(part)])
    return found


def _cut_at_capitals(text: str) -> str:
    out = []
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        hump = before in ascii_lowercase + digits or (before in ascii_uppercase and after in ascii_lowercase)
        out.append(f" {character}" if character in ascii_uppercase and hump else character)
    return "".join(out)


def _is_dense(character: str) -> bool:
    return any(first <= character <= last for first, last in _DENSE)


def _stemmed(word: str) -> str:
    if not set(word) <= set(ascii_lowercase):
        return word
    for pattern, stem in _ENDINGS:
        if pattern.fullmatch(word):
            word = pattern.sub(stem, word)
            break
    word = re.sub(r"(?<=..)([^ls])\1$", r"\1", word)
    return re.sub(r"(?<=...)e$", "", word)


_STOP = {_stemmed(word) for of_language in STOP_WORDS.values() for word in of_language}

"""An independent proof that no row holds a registered problem: by regular expressions and one search for strings, without our kernels.

It looks for what is plain to see: a whole prompt, solution or both, or a run of `ngram_words` words of them, in the text as it is. Each
such row is one that `decontaminate` drops, so on its output any hit is an error.
"""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from assets import ledger
from assets.corpus.decontamination.ordinary import WORDS
from assets.corpus.decontamination.settings import DecontaminationSettings

_INVISIBLE = r"[\u{AD}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FE00}-\u{FE0F}\u{FEFF}]"
_FENCE = r"(?:```|~~~)[`~]*[A-Za-z0-9_+-]*"
_LETTER = r"A-Za-z0-9_\u{AA}\u{B5}\u{BA}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{1FFF}\u{2070}-\u{218F}\u{2600}-\u{2FFF}\u{3020}-\u{10FFFF}"
_LINE_NUMBERS = rf"(?m)^[^{_LETTER}\n]*(?:[0-9]+(?:[^{_LETTER}\n]+|$))+"


def not_clean(rows: pl.DataFrame, settings: DecontaminationSettings, benchmarks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {id} of the rows (id, messages) that hold a problem of rows of `benchmarks`, and an empty ledger."""
    patterns = sorted(set(_patterns(benchmarks, settings)))
    message = pl.element().struct
    parts = pl.concat_str(message.field("content"), message.field("tool_calls"), separator="\n", ignore_nulls=True)
    spoken = pl.col("messages").list.eval(parts.filter(message.field("role") != "system")).list.join("\n")
    plain = rows.select("id", text=_plain(spoken.fill_null("")))
    found = plain.filter(pl.col("text").str.contains_any(patterns)) if patterns else plain.clear()
    return found.select("id"), ledger.empty()


def _plain(text: pl.Expr) -> pl.Expr:
    """Return the words of a text with a space before and behind each."""
    normal = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(_INVISIBLE, "")
    lines = normal.str.replace_all(r"\r|\\[nr]", "\n").str.replace_all(r"\\t", " ").str.replace_all(_FENCE, "\n")
    bare = lines.str.replace_all(_LINE_NUMBERS, " ")
    return " " + bare.str.replace_all(rf"[^{_LETTER}]+", " ").str.strip_chars(" ") + " "


def _patterns(benchmarks: pl.DataFrame, settings: DecontaminationSettings) -> Iterator[str]:
    """Yield the runs of words that only a contaminated row holds: whole texts that are long enough, and parts that tell something."""
    texts = pl.concat(
        [
            benchmarks.select("benchmark", "task_id", text=text)
            for text in (pl.col("prompt"), pl.col("solution"), pl.col("prompt") + "\n" + pl.col("solution"))
        ]
    ).drop_nulls()
    spoken = texts.with_columns(words=_plain(pl.col("text")).str.strip_chars(" ").str.split(" "))
    problems: Counter[str] = Counter()
    for _, group in spoken.group_by("benchmark", "task_id"):
        problems.update({part for words in group["words"] for part in _runs(words.to_list(), settings)})
    yield from (f" {part} " for part, count in problems.items() if count <= settings.max_problems)
    for words in spoken["words"].to_list():
        if len(words) >= settings.ngram_words or (len(words) >= settings.min_contained_words and not all(map(_is_ordinary, words))):
            yield f" {' '.join(words)} "


def _runs(words: list[str], settings: DecontaminationSettings) -> Iterator[str]:
    for at in range(len(words) - settings.ngram_words + 1):
        part = words[at : at + settings.ngram_words]
        if sum(not _is_ordinary(word) for word in set(part)) >= settings.min_distinctive_words:
            yield " ".join(part)


def _is_ordinary(word: str) -> bool:
    return word in WORDS or word.isdigit() or len(word.encode()) <= 2

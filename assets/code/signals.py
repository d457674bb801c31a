"""What quality is judged by: shares, lengths and counts of a text, one number a file, over a whole frame at once."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets import machine_code
from assets.code.flat_texts import flat

_ASCII = bytes(range(0x80))
# Inline data, by the patterns of StarCoder2 (https://arxiv.org/abs/2402.19173, appendix on filters): [a-zA-Z0-9+/\n=]{64,}, which
# `encoded_runs` counts, and these, of which it says where they may be.
_PAIRS = (r"(?:(?-u:\b)(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|(?-u:\b)\s*)){8,}", r"(?:\\u[0-9a-fA-F]{4}){8,}")
# How comments are opened, as numbered in `counting`: as in C, with # at the start of a word, with # and docstrings.
_COMMENTS = {
    1: "C|C#|C++|Cuda|Dart|Go|Groovy|Java|JavaScript|Kotlin|Objective-C|Objective-C++|PHP|Rust|Scala|Swift|TSX|TypeScript",
    2: "CoffeeScript|Crystal|Elixir|Julia|Nim|Perl|PowerShell|R|Ruby|Shell|Tcl",
    3: "Cython|Mojo|Python|Starlark",
}
_STYLE_OF = {language: style for style, languages in _COMMENTS.items() for language in languages.split("|")}
_INVISIBLE = r"(?is)<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[^>]*>"
_XML = "<?xml version="
_XML_CHARS = 100  # where The Stack's filter looks for the declaration

_NAMES = (
    "chars lines longest_line mean_line repeated_lines alphabetic alphanumeric digits encoded_run encoded comments visible_chars visible "
    "xml_declarations"
)
SCHEMA = dict.fromkeys(_NAMES.split(), pl.Float64)
# The columns that `counting` and `encoded_runs` fill.
_COUNTED = ("letters", "digits", "line_feeds", "chars", "empty_lines", "distinct_lines", "longest_line", "comments")
_RUNS = ("longest_run", "run_chars", "may_be_pairs")

Numbers = NDArray[np.float64]
Counts = dict[str, NDArray[np.int64]]


def measure(files: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of SCHEMA for each of `files` (language, content, n_lines), in their order; shares are of all characters.

    Null where a measure means nothing: comments in a language whose comments are not known, visible text where it is not HTML.
    """
    content, languages = files["content"].rechunk(), files["language"].to_list()
    styles = np.array([_STYLE_OF.get(language, 0) for language in languages], np.uint8)
    counts = _counts(content, styles)
    with np.errstate(invalid="ignore"):  # of an empty text, comments and inline data have no share: not a number
        measured = _shares(counts, files["n_lines"].to_numpy()) | _encoded(content, counts)
    measured |= _visible(content, counts["chars"], languages) | {"xml_declarations": _declarations(content)}
    meaningless = {"comments": styles == 0, "repeated_lines": counts["empty_lines"] > counts["line_feeds"]}
    meaningless |= dict.fromkeys(("visible", "visible_chars"), np.array([language != "HTML" for language in languages], np.bool_))
    return pl.DataFrame([column(name, measured[name], meaningless.get(name)) for name in SCHEMA])


def column(name: str, numbers: Numbers, nulls: NDArray[np.bool_] | None) -> pl.Series:
    """Return `numbers` as a Float64 series, null where `nulls` is set."""
    series = pl.Series(name, numbers, dtype=pl.Float64)
    return series if nulls is None else series.scatter(pl.Series(np.flatnonzero(nulls)), None)


def _shares(counts: Counts, n_lines: NDArray[np.int64]) -> dict[str, Numbers]:
    """Return the measures that are made of counts.

    Gopher's "duplicate line fraction" (Rae et al. 2021, https://arxiv.org/abs/2112.11446, table A1) is one: the share of the lines
    which are not empty that an earlier line of the file equals.
    """
    chars, pieces = counts["chars"].astype(np.float64), counts["line_feeds"] + 1
    total, filled, letters = np.maximum(chars, 1), pieces - counts["empty_lines"], counts["letters"] + counts["other_letters"]
    return {
        "chars": chars,
        "longest_line": counts["longest_line"],
        "lines": n_lines,
        "mean_line": (chars - pieces + 1) / np.maximum(n_lines, 1),
        "repeated_lines": 1 - counts["distinct_lines"] / np.maximum(filled, 1),
        "alphabetic": letters / total,
        "alphanumeric": (letters + counts["digits"] + counts["other_digits"]) / total,
        "digits": counts["digits"] / total,
        "comments": counts["comments"] / chars,
    }


def _counts(content: pl.Series, styles: NDArray[np.uint8]) -> Counts:
    """Return _COUNTED, _RUNS, other_letters and other_digits of each text, whose comments are opened as `styles` say."""
    data, bounds = flat(content)
    counts, kernels = np.zeros((content.len(), len(_COUNTED)), np.int64), machine_code.load("assets.code.counting")
    kernels.count_bytes(data, bounds, counts)
    most_lines = int(counts[:, _COUNTED.index("line_feeds")].max(initial=0)) + 1
    kernels.count_lines(data, bounds, styles, counts, np.empty(2 << most_lines.bit_length(), np.uint64))
    runs = np.zeros((content.len(), len(_RUNS)), np.int64)
    machine_code.load("assets.code.encoded_runs").find_runs(data, bounds, runs)
    named = dict(zip(_COUNTED + _RUNS, np.hstack([counts, runs]).T, strict=True))
    return named | _beyond_ascii(data, bounds, named["chars"])


def _beyond_ascii(data: NDArray[np.uint8], bounds: NDArray[np.int64], chars: NDArray[np.int64]) -> Counts:
    """Return other_letters and other_digits: how many there are beyond ASCII."""
    rows = np.flatnonzero(np.diff(bounds) > chars)
    wide = [data[bounds[row] : bounds[row + 1]].tobytes().translate(None, _ASCII) for row in rows.tolist()]
    texts = pl.DataFrame({"text": wide}, {"text": pl.Binary}).select(pl.col("text").cast(pl.String))
    found = {"other_letters": np.zeros_like(chars), "other_digits": np.zeros_like(chars)}
    if rows.size:
        for name, pattern in (("other_letters", r"\p{L}"), ("other_digits", r"\p{N}")):
            found[name][rows] = texts["text"].str.count_matches(pattern).to_numpy()
    return found


def _encoded(content: pl.Series, counts: Counts) -> dict[str, Numbers]:
    """Return encoded_run (characters of the longest run of inline data) and encoded (its share of the text)."""
    longest, total = counts["longest_run"].astype(np.float64), counts["run_chars"].astype(np.float64)
    rows = np.flatnonzero(counts["may_be_pairs"])
    if rows.size:
        texts = content[pl.Series(rows)]
        for pattern in _PAIRS:
            for row, found in zip(rows.tolist(), texts.str.extract_all(pattern).to_list(), strict=True):
                chars = [len(run) for run in found]
                longest[row], total[row] = max(longest[row], *chars, 0), total[row] + sum(chars)
    return {"encoded_run": longest, "encoded": (total / counts["chars"]).clip(0, 1)}


def _visible(content: pl.Series, chars: NDArray[np.int64], languages: Sequence[str | None]) -> dict[str, Numbers]:
    """Return visible_chars and visible: the text of an HTML page outside of tags, scripts and styles."""
    rows, found = [row for row, language in enumerate(languages) if language == "HTML"], np.zeros(content.len())
    if rows:
        found[rows] = content[rows].str.replace_all(_INVISIBLE, "").str.strip_chars().str.len_chars().to_numpy()
    return {"visible_chars": found, "visible": found / np.maximum(chars, 1)}


def _declarations(content: pl.Series) -> Numbers:
    return content.str.slice(0, _XML_CHARS).str.contains(_XML, literal=True).to_numpy().astype(np.float64)

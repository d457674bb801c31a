"""What quality is judged by: shares, lengths and counts of a text, one number a file, over a whole frame at once."""

from functools import cache

import numpy as np
import polars as pl

from assets import machine_code

_ASCII = bytes(range(0x80))
# Inline data, by the patterns of StarCoder2 (https://arxiv.org/abs/2402.19173, appendix on filters): base64, hexadecimal, escapes. Each
# stands with the column of `counting` that says where it may be.
_ENCODED = {
    r"[a-zA-Z0-9+/\n=]{64,}": "long_runs",
    r"(?:(?-u:\b)(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|(?-u:\b)\s*)){8,}": "may_be_pairs",
    r"(?:\\u[0-9a-fA-F]{4}){8,}": "may_be_pairs",
}
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
# The columns that `counting` fills.
_COUNTED = ("letters", "digits", "line_feeds", "empty_lines", "distinct_lines", "longest_line", "comments", "long_runs", "may_be_pairs")


def measure(files: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of SCHEMA for each of `files` (language, content, n_lines), in their order; shares are of all characters.

    Null where a measure means nothing: comments in a language whose comments are not known, visible text where it is not HTML.
    """
    content = files["content"]
    measured = _counts(files).with_columns(*_beyond_ascii(content), files["n_lines"], chars=content.str.len_chars().cast(pl.Float64))
    shares = measured.select(_shares())
    others = [*_encoded(content, measured), *_visible(files, measured["chars"]), _declarations(content)]
    return shares.with_columns(others).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


@cache
def _shares() -> list[pl.Expr]:
    """The measures that are made of counts."""
    pieces, total = pl.col("line_feeds") + 1, pl.max_horizontal("chars", 1)
    filled, letters = pieces - pl.col("empty_lines"), pl.col("letters") + pl.col("other_letters")
    comments = pl.when(pl.col("knows_comments")).then("comments") / pl.col("chars")
    return [
        pl.col("chars", "longest_line"),
        pl.col("n_lines").alias("lines"),
        ((pl.col("chars") - pieces + 1) / pl.max_horizontal("n_lines", 1)).alias("mean_line"),
        (1 - pl.col("distinct_lines") / pl.when(filled > 0).then(filled)).alias("repeated_lines"),
        (letters / total).alias("alphabetic"),
        ((letters + pl.col("digits") + pl.col("other_digits")) / total).alias("alphanumeric"),
        (pl.col("digits") / total).alias("digits"),
        comments.alias("comments"),
    ]


def _counts(files: pl.DataFrame) -> pl.DataFrame:
    """Return the columns _COUNTED (Int64) and knows_comments.

    Gopher's "duplicate line fraction" (Rae et al. 2021, https://arxiv.org/abs/2112.11446, table A1) is made of them: the share of the
    lines which are not empty that an earlier line of the file equals.
    """
    array = files["content"].rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, text = array.buffers()
    data, bounds = np.frombuffer(text, np.uint8), np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    styles = np.array([_STYLE_OF.get(name, 0) for name in files["language"].to_list()], np.uint8)
    counts, kernels = np.zeros((files.height, len(_COUNTED)), np.int64), machine_code.load("assets.code.counting")
    kernels.count_bytes(data, bounds, counts)
    most_lines = int(counts[:, _COUNTED.index("line_feeds")].max(initial=0)) + 1
    kernels.count_lines(data, bounds, styles, counts, np.empty(2 << most_lines.bit_length(), np.uint64))
    return pl.DataFrame(counts, schema=list(_COUNTED)).with_columns(knows_comments=styles > 0)


def _beyond_ascii(content: pl.Series) -> list[pl.Series]:
    """Return other_letters and other_digits: how many there are beyond ASCII."""
    wide = (content.str.len_bytes() > content.str.len_chars()).arg_true()
    texts = pl.Series([text.translate(None, _ASCII).decode() for text in content[wide].cast(pl.Binary).to_list()], dtype=pl.String)
    none = pl.Series([0], dtype=pl.Int64).new_from_index(0, content.len())
    counts = {"other_letters": texts.str.count_matches(r"\p{L}"), "other_digits": texts.str.count_matches(r"\p{N}")}
    return [none.scatter(wide, found.cast(pl.Int64)).alias(name) for name, found in counts.items()]


def _encoded(content: pl.Series, counts: pl.DataFrame) -> list[pl.Series]:
    """Return encoded_run (characters of the longest run of inline data) and encoded (its share of the text)."""
    longest = pl.Series("encoded_run", [0.0], dtype=pl.Float64).new_from_index(0, content.len())
    sums = longest.alias("encoded")
    for pattern, column in _ENCODED.items():
        rows = (counts[column] > 0).arg_true()
        rows = rows if column == "long_runs" else rows.filter(content[rows].str.contains(pattern))
        runs = content[rows].str.extract_all(pattern).list.eval(pl.element().str.len_chars().cast(pl.Float64))
        longest = longest.scatter(rows, pl.DataFrame([longest[rows], runs.list.max().alias("run")]).max_horizontal())
        sums = sums.scatter(rows, sums[rows] + runs.list.sum())
    return [longest, (sums / counts["chars"]).clip(0, 1)]


def _visible(files: pl.DataFrame, chars: pl.Series) -> list[pl.Series]:
    """Return visible_chars and visible: the text of an HTML page outside of tags, scripts and styles."""
    page = pl.when(pl.col("language") == "HTML").then("content").str.replace_all(_INVISIBLE, "").str.strip_chars()
    return files.select(visible_chars=page.str.len_chars(), visible=page.str.len_chars() / pl.max_horizontal(chars, 1)).get_columns()


def _declarations(content: pl.Series) -> pl.Series:
    return content.str.slice(0, _XML_CHARS).str.contains(_XML, literal=True).alias("xml_declarations").cast(pl.Float64)

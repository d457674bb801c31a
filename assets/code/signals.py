"""What quality is judged by: shares, lengths and counts of a text, one number a file, over a whole frame at once."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl

_BATCH_BYTES = 1 << 16  # what stays in the processor's cache while it is looked at several times
_ASCII = bytes(range(0x80))
# Inline data, by the patterns of StarCoder2 (https://arxiv.org/abs/2402.19173, appendix on filters): base64, hexadecimal, escapes.
_ENCODED = (
    r"[a-zA-Z0-9+/\n=]{64,}",
    r"(?:(?-u:\b)(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|(?-u:\b)\s*)){8,}",
    r"(?:\\u[0-9a-fA-F]{4}){8,}",
)
_ANY_ENCODED = r"[a-zA-Z0-9+/\n=]{64}|(?:(?-u:\b)(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|(?-u:\b)\s*)){8}|(?:\\u[0-9a-fA-F]{4}){8}"
# Patterns that begin with a letter of their own are twice as fast as those that ask what stands before.
_SLASHES = r"/\*(?s:.*?)\*/|//[^\n]*"
_HASH = r"(?m)(?:^|[ \t])#[^\n]*"
_HASH_AND_DOCSTRING = r"""#[^\n]*|"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}"""
_COMMENTS = {
    _SLASHES: "C|C#|C++|Cuda|Dart|Go|Groovy|Java|JavaScript|Kotlin|Objective-C|Objective-C++|PHP|Rust|Scala|Swift|TSX|TypeScript",
    _HASH: "CoffeeScript|Crystal|Elixir|Julia|Nim|Perl|PowerShell|R|Ruby|Shell|Tcl",
    _HASH_AND_DOCSTRING: "Cython|Mojo|Python|Starlark",
}
_INVISIBLE = r"(?is)<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[^>]*>"
_XML = "<?xml version="
_XML_CHARS = 100  # where The Stack's filter looks for the declaration

_NAMES = (
    "chars lines longest_line mean_line repeated_lines alphabetic alphanumeric digits encoded_run encoded comments visible_chars visible "
    "xml_declarations"
)
SCHEMA = dict.fromkeys(_NAMES.split(), pl.Float64)


def measure(files: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of SCHEMA for each of `files` (language, content, n_lines), in their order; shares are of all characters.

    Null where a measure means nothing: comments in a language whose comments are not known, visible text where it is not HTML.
    """
    chars = files["content"].str.len_chars().cast(pl.Float64)
    columns = [chars.alias("chars"), files["n_lines"].cast(pl.Float64).alias("lines")]
    columns += [*_lines(files, chars), *_letters(files["content"], chars), *_encoded(files["content"], chars)]
    columns += [_comments(files, chars), *_visible(files, chars), _declarations(files["content"])]
    return pl.DataFrame(columns).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _lines(files: pl.DataFrame, chars: pl.Series) -> list[pl.Series]:
    """Return longest_line, mean_line (characters, without the line end) and repeated_lines.

    The last is the share of lines that an earlier line of the file equals, of those that are not empty ("duplicate line fraction"
    of Gopher, Rae et al. 2021, https://arxiv.org/abs/2112.11446, table A1).
    """
    split = files["content"].str.split("\n")
    frame = pl.DataFrame([split.alias("split"), chars.alias("chars"), files["n_lines"]]).with_columns(
        pieces=pl.col("split").list.len().cast(pl.Int64), empty=pl.col("split").list.count_matches("").cast(pl.Int64)
    )
    filled = pl.col("pieces") - pl.col("empty")
    distinct = pl.col("split").list.n_unique().cast(pl.Int64) - (pl.col("empty") > 0).cast(pl.Int64)
    return frame.select(
        longest_line=pl.col("split").list.eval(pl.element().str.len_chars()).list.max(),
        mean_line=(pl.col("chars") - pl.col("pieces") + 1) / pl.max_horizontal("n_lines", 1),
        repeated_lines=1 - distinct / pl.when(filled > 0).then(filled),
    ).get_columns()


def _letters(content: pl.Series, chars: pl.Series) -> list[pl.Series]:
    """Return the shares alphabetic, alphanumeric and digits (of ASCII)."""
    texts = content.cast(pl.Binary).to_list()
    beyond = [
        text.translate(None, _ASCII).decode() if wide else "" for text, wide in zip(texts, content.str.len_bytes() > chars, strict=True)
    ]
    counted = pl.DataFrame(_ascii_counts(texts), schema={"letters": pl.Int64, "digits": pl.Int64}, orient="row")
    counted = counted.with_columns(pl.Series("beyond", beyond, dtype=pl.String))
    letters = pl.col("letters") + pl.col("beyond").str.count_matches(r"\p{L}")
    numbers = pl.col("digits") + pl.col("beyond").str.count_matches(r"\p{N}")
    total = pl.max_horizontal(chars, 1)
    shares = {"alphabetic": letters / total, "alphanumeric": (letters + numbers) / total, "digits": pl.col("digits") / total}
    return counted.select(**shares).get_columns()


def _ascii_counts(texts: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of ASCII letters and of digits in each text."""
    batch = np.cumsum([len(text) for text in texts]) // _BATCH_BYTES
    bounds = [0, *(np.flatnonzero(np.diff(batch)) + 1).tolist(), len(texts)]
    for first, last in pairwise(bounds):
        data = np.frombuffer(b"".join(texts[first:last]), np.uint8)
        is_letter, is_digit = ((data | 0x20) - ord("a")) < 26, (data - ord("0")) < 10  # a byte below wraps round to above
        start = 0
        for text in texts[first:last]:
            part = slice(start, start + len(text))
            start = part.stop
            yield int(np.count_nonzero(is_letter[part])), int(np.count_nonzero(is_digit[part]))


def _encoded(content: pl.Series, chars: pl.Series) -> list[pl.Series]:
    """Return encoded_run (characters of the longest run of inline data) and encoded (its share of the text)."""
    longest = pl.Series("encoded_run", [0.0], dtype=pl.Float64).new_from_index(0, content.len())
    sums = longest.alias("encoded")
    suspects = content.str.contains(_ANY_ENCODED).arg_true()
    for pattern in _ENCODED:
        rows = suspects.filter(content[suspects].str.contains(pattern))
        runs = content[rows].str.extract_all(pattern).list.eval(pl.element().str.len_chars().cast(pl.Float64))
        longest = longest.scatter(rows, pl.DataFrame([longest[rows], runs.list.max().alias("run")]).max_horizontal())
        sums = sums.scatter(rows, sums[rows] + runs.list.sum())
    return [longest, (sums / chars).clip(0, 1)]


def _comments(files: pl.DataFrame, chars: pl.Series) -> pl.Series:
    """Return the share of characters in comments and docstrings, by what opens them (a string literal can deceive it)."""
    found = pl.Series("comments", [None], dtype=pl.Float64).new_from_index(0, files.height)
    for pattern, languages in _COMMENTS.items():
        rows = files["language"].is_in(languages.split("|")).fill_null(False).arg_true()
        comments = files["content"][rows].str.extract_all(pattern).list.eval(pl.element().str.len_chars()).list.sum()
        found = found.scatter(rows, comments.cast(pl.Float64))
    return found / chars


def _visible(files: pl.DataFrame, chars: pl.Series) -> list[pl.Series]:
    """Return visible_chars and visible: the text of an HTML page outside of tags, scripts and styles."""
    page = pl.when(pl.col("language") == "HTML").then("content").str.replace_all(_INVISIBLE, "").str.strip_chars()
    return files.select(visible_chars=page.str.len_chars(), visible=page.str.len_chars() / pl.max_horizontal(chars, 1)).get_columns()


def _declarations(content: pl.Series) -> pl.Series:
    return content.str.slice(0, _XML_CHARS).str.contains(_XML, literal=True).alias("xml_declarations").cast(pl.Float64)

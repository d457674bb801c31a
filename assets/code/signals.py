"""What quality is judged by: shares, lengths and counts of a text, one number a file, over a whole frame at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets import machine_code
from assets.code.flat_texts import Piece, pieces

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

_NAMES = (
    "chars lines longest_line mean_line repeated_lines alphabetic alphanumeric digits encoded_run encoded comments visible_chars visible "
    "xml_declarations"
)
SCHEMA = dict.fromkeys(_NAMES.split(), pl.Float64)
_PLACES = {name: place for place, name in enumerate(SCHEMA)}
# The columns that `counting` and `encoded_runs` fill.
_COUNTED = ("letters", "digits", "line_feeds", "chars", "empty_lines", "distinct_lines", "longest_line", "comments", "xml_declarations")
_RUNS = ("longest_run", "run_chars")
_COUNTING = "assets.code.counting"
_CODE_POINTS = 0x110000
_LETTER, _NUMBER = 1, 2  # classes of characters beyond ASCII
_SPANS = 256  # more runs that may be pairs are seldom found

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = dict[str, NDArray[np.int64]]


class Measures(NamedTuple):
    """The numbers by which texts are judged: (measures, n) in the order of SCHEMA, and where one means nothing."""

    numbers: Numbers
    missing: Flags

    def of(self, name: str) -> Numbers:
        """Return the measure `name` of each text."""
        return self.numbers[_PLACES[name]]


def measure(files: pl.DataFrame) -> pl.DataFrame:
    """Return `measures` of `files` as the columns of SCHEMA, null where one means nothing."""
    return structs("measures", list(SCHEMA), measures(files)).struct.unnest()


def measures(files: pl.DataFrame) -> Measures:
    """Return the measures of each of `files` (language, content, n_lines), in their order; shares are of all characters.

    One means nothing for comments in a language whose comments are not known, and for visible text where it is not HTML.
    """
    content, languages = files["content"], files["language"].to_list()
    styles = np.array([_STYLE_OF.get(language, 0) for language in languages], np.uint8)
    is_html = np.array([language == "HTML" for language in languages], np.bool_)
    counts = _counts(content, styles)
    with np.errstate(invalid="ignore"):  # of an empty text, comments and inline data have no share: not a number
        measured = _shares(counts, files["n_lines"].to_numpy()) | _visible(content, counts["chars"], is_html)
    meaningless = {"comments": styles == 0, "repeated_lines": counts["empty_lines"] > counts["line_feeds"]}
    meaningless |= dict.fromkeys(("visible", "visible_chars"), ~is_html)
    nowhere = np.zeros(files.height, np.bool_)
    return Measures(np.array([measured[name] for name in SCHEMA]), np.array([meaningless.get(name, nowhere) for name in SCHEMA]))


def structs(name: str, fields: Sequence[str], found: Measures) -> pl.Series:
    """Return a series of structs: `fields` names the rows of `found`, which are null where one means nothing."""
    import pyarrow  # takes a moment to import, and pyarrow.array would import pandas

    arrays = []
    for numbers, missing in zip(*found, strict=True):
        known = pyarrow.py_buffer(np.packbits(~missing, bitorder="little"))
        arrays.append(pyarrow.Array.from_buffers(pyarrow.float64(), len(numbers), [known, pyarrow.py_buffer(numbers)]))
    return pl.Series(name, pyarrow.StructArray.from_arrays(arrays, fields))


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
        "encoded_run": counts["longest_run"],
        "encoded": (counts["run_chars"] / chars).clip(0, 1),
        "xml_declarations": counts["xml_declarations"],
    }


def _counts(content: pl.Series, styles: NDArray[np.uint8]) -> Counts:
    """Return _COUNTED, _RUNS, other_letters and other_digits of each text, whose comments are opened as `styles` say."""
    counts, parts, kernels = np.zeros((content.len(), len(_COUNTED)), np.int64), list(pieces(content)), machine_code.load(_COUNTING)
    for rows, data, bounds in parts:
        found = np.empty((len(rows), len(_COUNTED)), np.int64)
        kernels.count_bytes(data, bounds, found)
        most_lines = int(found[:, _COUNTED.index("line_feeds")].max()) + 1
        kernels.count_lines(data, bounds, styles[rows], found, np.empty(2 << most_lines.bit_length(), np.uint64))
        counts[rows] = found
    named = dict(zip(_COUNTED, counts.T, strict=True))
    return named | dict(zip(_RUNS, _encoded(parts, counts.shape[0]).T, strict=True)) | _beyond_ascii(parts, named["chars"])


def _beyond_ascii(parts: Sequence[Piece], chars: NDArray[np.int64]) -> Counts:
    """Return other_letters and other_digits: how many there are beyond ASCII, by what polars' regular expressions take for them."""
    wide = [(some, np.diff(some.bounds)[:, 0] > chars[some.rows]) for some in parts]
    wide = [(some, is_wide) for some, is_wide in wide if is_wide.any()]
    found, classes = np.zeros((_NUMBER + 1, len(chars)), np.int64), np.zeros(_CODE_POINTS if wide else 0, np.uint8)
    kernels, points, many = machine_code.load("assets.code.wide_characters"), np.empty(_CODE_POINTS if wide else 0, np.int64), 0
    for some, is_wide in wide:
        many = kernels.mark(some.data, some.bounds[is_wide], classes, points, many)
    if wide:
        classes[points[:many]] = _classes(points[:many])
    for some, is_wide in wide:
        counts = np.empty((np.count_nonzero(is_wide), _NUMBER + 1), np.int64)
        kernels.count(some.data, some.bounds[is_wide], classes, counts)
        found[:, some.rows[is_wide]] = counts.T
    return {"other_letters": found[_LETTER], "other_digits": found[_NUMBER]}


def _classes(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return _LETTER, _NUMBER or 0 for each of the code points `points`."""
    signs = pl.DataFrame({"sign": list(points.astype("<u4").tobytes().decode("utf-32-le"))}, {"sign": pl.String})
    found = signs.select(letter=pl.col("sign").str.contains(r"\p{L}"), number=pl.col("sign").str.contains(r"\p{N}"))
    return found["letter"].to_numpy() * _LETTER + found["number"].to_numpy() * _NUMBER


def _encoded(parts: Sequence[Piece], height: int) -> NDArray[np.int64]:
    """Return _RUNS of each of `height` texts: the characters of the longest run of inline data, and of all of them."""
    found, rows, texts = np.zeros((height, len(_RUNS)), np.int64), [], []
    for some in parts:
        runs, spans = _runs(some)
        found[some.rows] = runs
        # The sign before a run and the one behind it tell whether a word begins or ends there.
        starts = np.maximum(spans[:, 1] - 1, some.bounds[spans[:, 0], 0]).tolist()
        ends = np.minimum(spans[:, 2] + 1, some.bounds[spans[:, 0], 1]).tolist()
        texts += [some.data[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]
        rows += some.rows[spans[:, 0]].tolist()
    for row, chars in zip(rows, _pairs(texts), strict=True) if rows else ():
        found[row] = max(found[row, 0], *chars, 0), found[row, 1] + sum(chars)
    return found


def _runs(some: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what `find_runs` finds in some texts: _RUNS of each, and (text, start, end) of the runs that may be pairs."""
    kernel, found, room = machine_code.load("assets.code.encoded_runs").find_runs, np.empty((len(some.rows), len(_RUNS)), np.int64), _SPANS
    while True:
        spans = np.empty((room, 3), np.int64)
        many = kernel(some.data, some.bounds, np.empty(64, np.uint8), found, spans)
        if many <= room:
            return found, spans[:many]
        room = many


def _pairs(texts: list[bytes]) -> list[list[int]]:
    """Return for each of `texts` how long the matches of _PAIRS are."""
    text = pl.col("text").cast(pl.String)
    found = pl.DataFrame({"text": texts}, {"text": pl.Binary}).select(
        hex=text.str.extract_all(_PAIRS[0]), escapes=text.str.extract_all(_PAIRS[1])
    )
    return [[len(run) for runs in of_text for run in runs] for of_text in found.rows()]


def _visible(content: pl.Series, chars: NDArray[np.int64], is_html: Flags) -> dict[str, Numbers]:
    """Return visible_chars and visible: the text of an HTML page outside of tags, scripts and styles."""
    rows, found = np.flatnonzero(is_html), np.zeros(content.len())
    if rows.size:
        found[rows] = content[pl.Series(rows)].str.replace_all(_INVISIBLE, "").str.strip_chars().str.len_chars().to_numpy()
    return {"visible_chars": found, "visible": found / np.maximum(chars, 1)}

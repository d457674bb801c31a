"""Cleaning: bytes to text with one line end, without what no reader sees, within the limits."""

import hashlib
import unicodedata
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from assets import ledger, machine_code, passport
from assets.code import name_lists, reading
from assets.code.flat_texts import flat, pieces

# What cleaning passes on as it found it, and what it makes.
SCHEMA = {name: dtype for name, dtype in reading.SCHEMA.items() if name not in ("mode", "n_bytes", "sha256", "content")} | {
    "repairs": pl.List(pl.String),
    "n_bytes": pl.Int64,
    "n_lines": pl.Int64,
    "sha256": pl.String,
    "content": pl.String,
}
REPAIRS = ("recoded", "byte_order_mark", "mojibake", "control_characters", "line_ends", "trailing_space")
_BYTE_ORDER_MARK = r"\A\x{FEFF}+"
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}]"  # tab, line feed and carriage return stay
_LINE_END = r"\r\n?"
_TRAILING_SPACE = r"(?m)[ \t]+$"
# A lead byte of UTF-8 read as cp1252 or latin-1, and what a continuation byte looks like then.
_MOJIBAKE = r"[\x{C2}-\x{F4}][\x{80}-\x{BF}" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore") + "]"
_BYTE_OF = {character: byte for byte in range(256) for character in bytes([byte]).decode("cp1252", "ignore")} | {
    chr(byte): byte for byte in range(256) if byte < 0x80 or byte > 0x9F or byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_UTF8 = ("utf-8", "utf-8-sig")  # the mark is a repair
_MARKED = ("utf-8-sig", "utf-16", "utf-32")
# The columns that `blemishes` fills.
_ODD, _TRAILING, _VISIBLE, _LINES, _BYTES = range(5)
_BLEMISHES = "assets.code.blemishes"
_EMPTY = "empty"
_LIMITS = {"over_size": (_BYTES, "max_file_bytes"), "too_many_lines": (_LINES, "max_lines")}  # column, setting
_AT = pl.format("{}:{}", "repository", "path")

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class CleaningSettings(BaseModel, frozen=True, extra="forbid"):
    """How large a file may be.

    1 MiB is The Stack's limit (Kocetkov et al. 2022, https://arxiv.org/abs/2211.15533), 100,000 lines StarCoder2's (Lozhkov et
    al. 2024, https://arxiv.org/abs/2402.19173, section 2.1).
    """

    max_file_bytes: int = Field(1_048_576, gt=0, description="of the cleaned file in UTF-8")
    max_lines: int = Field(100_000, gt=0)


def clean(files: pl.DataFrame, settings: CleaningSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Repair the text of raw_code rows: (rows of clean_code, ledger), in the order given; cleaning twice changes nothing more.

    A row with repairs has a ledger row (action altered, rule = names of REPAIRS joined by +). A row is dropped by the rule
    undecodable, empty, over_size or too_many_lines.
    """
    text = _decode(files)
    told = []
    if text.null_count():
        told.append(ledger.entries(files.filter(text.is_null()), "undecodable", detail=_AT))
        files, text = files.filter(text.is_not_null()), text.drop_nulls()
    text, done, seen = _repair(text, files["encoding"].to_list())
    rules = _rules(text, seen, settings)
    if rules.any():
        told.append(_dropped(files, rules, seen, settings))
        kept = pl.Series(rules == "")
        files, text, done, seen = files.filter(kept), text.filter(kept), done[kept], seen[kept]
    if done.any():
        told.append(_altered(files, done))
    return _rows(files, text, done, seen), pl.concat(told) if told else ledger.empty()


def _rows(kept: pl.DataFrame, text: pl.Series, done: Flags, seen: Counts) -> pl.DataFrame:
    sha256 = _sha256(kept["sha256"], text, done)
    made = {
        "id": passport.row_ids("clean_code", kept["id"], sha256),
        "parent_ids": kept.select(pl.concat_list("id")).to_series(),
        "repairs": name_lists.named(done, REPAIRS),
        "n_bytes": pl.Series(seen[:, _BYTES]),
        "n_lines": pl.Series(seen[:, _LINES]),
        "sha256": sha256,
        "content": text,
    }
    return pl.DataFrame([(made[name] if name in made else kept[name]).alias(name) for name in SCHEMA])


def _sha256(known: pl.Series, text: pl.Series, done: Flags) -> pl.Series:
    """Return the digests of `text`: that of the raw file is also that of a text which nothing has changed."""
    rows = pl.Series(np.flatnonzero(done.any(axis=1)))
    return known.scatter(
        rows, pl.Series([hashlib.sha256(one).hexdigest() for one in text[rows].cast(pl.Binary).to_list()], dtype=pl.String)
    )


def _rules(text: pl.Series, seen: Counts, settings: CleaningSettings) -> NDArray[np.str_]:
    """Return the rule that drops a text: the first that it breaks, else an empty string."""
    over = [seen[:, column] > getattr(settings, setting) for column, setting in _LIMITS.values()]
    return np.select([_is_empty(text, seen), *over], [_EMPTY, *_LIMITS], "")


def _is_empty(text: pl.Series, seen: Counts) -> Flags:
    empty = seen[:, _VISIBLE] == 0
    if empty.any():  # of what ASCII prints: there may be other scripts
        rows = np.flatnonzero(empty)
        empty[rows] = ~text[pl.Series(rows)].str.contains(r"\S").to_numpy()
    return empty


def _dropped(files: pl.DataFrame, rules: NDArray[np.str_], seen: Counts, settings: CleaningSettings) -> pl.DataFrame:
    rows = np.flatnonzero(rules != "")
    limits = [_LIMITS.get(rule) for rule in rules[rows]]
    scores = [float(seen[row, limit[0]]) if limit else None for row, limit in zip(rows, limits, strict=True)]
    told = files.select("id", "repository", "path")[rows].with_columns(
        pl.Series("rule", rules[rows].tolist()),
        pl.Series("score", scores, dtype=pl.Float64),
        pl.Series("threshold", [getattr(settings, limit[1]) if limit else None for limit in limits], dtype=pl.Float64),
    )
    return ledger.entries(told, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=_AT)


def _altered(kept: pl.DataFrame, done: Flags) -> pl.DataFrame:
    rows = np.flatnonzero(done.any(axis=1))
    told = {name: kept[name][pl.Series(rows)] for name in ("id", "repository", "path")}
    told["repairs"] = name_lists.named(done[rows], REPAIRS)
    return ledger.entries(pl.DataFrame(told), pl.col("repairs").list.join("+"), action="altered", detail=_AT)


def _decode(files: pl.DataFrame) -> pl.Series:
    """Return the texts, null where the bytes are not in the encoding that the row names."""
    content, encodings = files["content"], files["encoding"].to_list()
    others = [row for row, encoding in enumerate(encodings) if encoding not in _UTF8]
    try:
        text = (content.scatter(others, None) if others else content).cast(pl.String)
    except pl.exceptions.ComputeError:  # the reader has decoded each of them, so that this is rare
        text = pl.Series([None], dtype=pl.String).new_from_index(0, files.height)
        others = list(range(files.height))
    again = [_text(files["content"][row], encodings[row] or "") for row in others]
    return text.scatter(others, pl.Series(again, dtype=pl.String)) if others else text


def _text(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding).encode("utf-8", "ignore").decode()  # lone surrogates, which UTF-8 cannot hold, are left out
    except (UnicodeError, LookupError):
        return None


def _repair(text: pl.Series, encodings: list[str]) -> tuple[pl.Series, Flags, Counts]:
    """Return the repaired `text`, which of REPAIRS it took (n, 6), and what `blemishes` counts in it.

    Most texts need none, and of the others most need only the last: one look tells which ones might need all.
    """
    done, seen = np.zeros((text.len(), len(REPAIRS)), np.bool_), _look(text)
    done[:, REPAIRS.index("recoded")] = [encoding not in _UTF8 for encoding in encodings]
    done[:, REPAIRS.index("byte_order_mark")] = [encoding in _MARKED for encoding in encodings]
    text = _repair_all(text, pl.Series(np.flatnonzero(seen[:, _ODD])), done)
    rows = np.flatnonzero(seen[:, _TRAILING] > seen[:, _ODD])
    done[rows, REPAIRS.index("trailing_space")] = True
    text = _strip_lines(text, pl.Series(rows))
    changed = np.flatnonzero(done.any(axis=1))
    seen[changed] = _look(text[pl.Series(changed)])
    return text, done, seen


def _look(text: pl.Series) -> Counts:
    seen, kernels = np.zeros((text.len(), _BYTES + 1), np.int64), machine_code.load(_BLEMISHES)
    for rows, data, bounds in pieces(text):
        found = np.empty((len(rows), _BYTES + 1), np.int64)
        kernels.look(data, bounds, found)
        seen[rows] = found
    return seen


def _strip_lines(text: pl.Series, rows: pl.Series) -> pl.Series:
    """Return `text` with the trailing space of the texts numbered `rows` left out."""
    data, bounds = flat(text[rows])
    stripped, ends = np.empty(len(data), np.uint8), np.empty(rows.len(), np.int64)
    machine_code.load(_BLEMISHES).strip_lines(data, bounds, stripped, ends)
    again = [stripped[start:end].tobytes() for start, end in zip(bounds.tolist(), ends.tolist(), strict=False)]
    return text.scatter(rows, pl.Series(again, dtype=pl.Binary).cast(pl.String))


def _repair_all(text: pl.Series, rows: pl.Series, done: Flags) -> pl.Series:
    """Return `text` with all repairs of the texts numbered `rows`, which are noted in `done`.

    One repair can lay open another (a removed control character, a byte order mark): all are repeated until nothing changes but
    the ends of lines, which lay open nothing. None makes a text longer, so that ends.
    """
    while rows.len():
        before = part = text[rows]
        for name, repaired in _one_round(part):
            done[rows.to_numpy(), REPAIRS.index(name)] |= (repaired != part).to_numpy()
            opened, part = part, repaired
        text = text.scatter(rows, part)
        rows = rows.filter(opened != before)  # by more than the last repair of the round, that of trailing space
    return text


def _one_round(text: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    text = _without_mojibake(text)
    yield "mojibake", text
    text = text.str.replace_all(_CONTROL, "")
    yield "control_characters", text
    text = text.str.replace_all(_LINE_END, "\n")
    yield "line_ends", text
    text = text.str.replace(_BYTE_ORDER_MARK, "")
    yield "byte_order_mark", text
    yield "trailing_space", text.str.replace_all(_TRAILING_SPACE, "")


def _without_mojibake(text: pl.Series) -> pl.Series:
    suspects = text.str.contains(_MOJIBAKE).arg_true()
    if suspects.is_empty():
        return text
    return text.clone().scatter(suspects, [undo_mojibake(text[index]) for index in suspects])


def undo_mojibake(text: str) -> str:
    """Return `text` read again as UTF-8, if it is UTF-8 that was once read as cp1252 (or latin-1); else `text` itself.

    Only a text whose every character stands for a byte, and whose bytes are all valid UTF-8, is changed; and only if what comes
    out are assigned characters that print. A single accent that is in order proves that the text was never read wrongly.
    """
    try:
        again = bytes(_BYTE_OF[character] for character in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return text
    strange = any(unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") for character in set(again) if character > "\x7f")
    return text if strange else again

"""Cleaning: bytes to text with one line end, without what no reader sees, within the limits."""

import hashlib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.code import reading

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
_TRAILING = r"(?m)[ \t]+$"
# All bytes but the ASCII control characters other than tab and line feed.
_PLAIN = bytes([9, 10, *range(0x20, 0x7F), *range(0x80, 0x100)])
# A lead byte of UTF-8 read as cp1252 or latin-1, and what a continuation byte looks like then.
_MOJIBAKE = r"[\x{C2}-\x{F4}][\x{80}-\x{BF}" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore") + "]"
_SUSPICIOUS = rf"[\x{{80}}-\x{{9F}}\x{{FEFF}}]|{_MOJIBAKE}"
_BYTE_OF = {character: byte for byte in range(256) for character in bytes([byte]).decode("cp1252", "ignore")} | {
    chr(byte): byte for byte in range(256) if byte < 0x80 or byte > 0x9F or byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


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
    decoded = files.rename({"id": "raw_id"}).with_columns(_decode(files))
    readable = decoded.filter(pl.col("text").is_not_null())
    text, repairs = _repair(readable["text"], readable["encoding"])
    measures = (pl.col("content").str.len_bytes(), pl.col("content").str.count_matches("\n", literal=True))
    repaired = readable.drop("text").with_columns(text.alias("content"), repairs, before=pl.col("content"))
    n_bytes, n_lines = (measure.cast(pl.Int64) for measure in measures)
    ends_open = ~pl.col("content").str.ends_with("\n")
    measured = repaired.with_columns(n_bytes=n_bytes, n_lines=n_lines + ends_open.cast(pl.Int64))
    judged = measured.with_columns(_verdict(settings))
    kept = judged.filter(pl.col("rule").is_null())
    unreadable = ledger.entries(decoded.filter(pl.col("text").is_null()).select(id="raw_id", at=_AT), "undecodable", detail=pl.col("at"))
    return _rows(kept), pl.concat([unreadable, _dropped(judged), _altered(kept)])


_AT = pl.format("{}:{}", "repository", "path")


def _rows(kept: pl.DataFrame) -> pl.DataFrame:
    hashed = kept.with_columns(_sha256(kept))
    ids = passport.row_ids("clean_code", hashed["raw_id"], hashed["sha256"])
    return hashed.with_columns(ids, parent_ids=pl.concat_list("raw_id")).select(*SCHEMA)


def _sha256(kept: pl.DataFrame) -> pl.Series:
    """Return the digests of the content; that of the raw file is also that of a text which nothing has changed."""
    same = (kept["before"] == kept["content"].cast(pl.Binary)).to_list()
    changed = (hashlib.sha256(text.encode()).hexdigest() for text in kept["content"].filter(~pl.Series(same, dtype=pl.Boolean)))
    return pl.Series("sha256", [known if equal else next(changed) for known, equal in zip(kept["sha256"], same, strict=True)], pl.String)


def _dropped(judged: pl.DataFrame) -> pl.DataFrame:
    rows = judged.filter(pl.col("rule").is_not_null()).rename({"raw_id": "id"})
    return ledger.entries(rows, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=_AT)


def _altered(kept: pl.DataFrame) -> pl.DataFrame:
    rows = kept.filter(pl.col("repairs").list.len() > 0).rename({"raw_id": "id"})
    return ledger.entries(rows, pl.col("repairs").list.join("+"), action="altered", detail=_AT)


def _decode(files: pl.DataFrame) -> pl.Series:
    """Return the String series "text", null where the bytes are not in the encoding that the row names."""
    utf8 = files["encoding"].is_in(["utf-8", "utf-8-sig"])  # the mark is a repair
    try:
        text = files.select(text=pl.when(utf8).then("content").cast(pl.String))["text"]
        others = (~utf8).arg_true()
    except pl.exceptions.ComputeError:  # the reader has decoded each of them, so that this is rare
        text = pl.Series("text", [None], dtype=pl.String).new_from_index(0, files.height)
        others = text.is_null().arg_true()
    rows = files[others].select("content", "encoding").iter_rows()
    return text.scatter(others, pl.Series([_text(*row) for row in rows], dtype=pl.String)) if others.len() else text


def _text(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding).encode("utf-8", "ignore").decode()  # lone surrogates, which UTF-8 cannot hold, are left out
    except (UnicodeError, LookupError):
        return None


def _repair(text: pl.Series, encoding: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the repaired `text` and the List(String) series "repairs": names of REPAIRS, in that order.

    Most texts need none, and of the others most need only the last: one look tells which ones might need all.
    """
    done = {name: pl.Series([False], dtype=pl.Boolean).new_from_index(0, text.len()) for name in REPAIRS}
    done["recoded"] = ~encoding.is_in(["utf-8", "utf-8-sig"])
    done["byte_order_mark"] = encoding.is_in(["utf-8-sig", "utf-16", "utf-32"])
    odd = _is_odd(text)
    text = _repair_all(text, odd.arg_true(), done)
    rows = (_has_trailing_space(text) & ~odd).arg_true()
    done["trailing_space"] = done["trailing_space"].scatter(rows, True)
    text = text.scatter(rows, text[rows].str.replace_all(_TRAILING, ""))
    names = [pl.when(flag).then(pl.lit(name)) for name, flag in done.items()]
    return text, text.to_frame().select(repairs=pl.concat_list(names).list.drop_nulls())["repairs"]


def _repair_all(text: pl.Series, rows: pl.Series, done: dict[str, pl.Series]) -> pl.Series:
    """Return `text` with all repairs of the texts numbered `rows`, which are noted in `done`.

    One repair can lay open another (a removed control character, a byte order mark): all are repeated until nothing changes but
    the ends of lines, which lay open nothing. None makes a text longer, so that ends.
    """
    while rows.len():
        before = part = text[rows]
        for name, repaired in _one_round(part):
            done[name] = done[name].scatter(rows, done[name][rows] | (repaired != part))
            opened, part = part, repaired
        text = text.scatter(rows, part)
        rows = rows.filter(opened != before)  # by more than the last repair of the round, that of trailing space
    return text


def _is_odd(text: pl.Series) -> pl.Series:
    """Tell for each text whether any repair but that of trailing space might change it."""
    odd = pl.Series([content.translate(None, _PLAIN) != b"" for content in text.cast(pl.Binary).to_list()], dtype=pl.Boolean)
    wide = ((text.str.len_bytes() != text.str.len_chars()) & ~odd).arg_true()
    return odd.scatter(wide, text[wide].str.contains(_SUSPICIOUS))


def _has_trailing_space(text: pl.Series) -> pl.Series:
    ends = [text.str.contains(space + "\n", literal=True) | text.str.ends_with(space) for space in " \t"]
    return ends[0] | ends[1]


def _one_round(text: pl.Series) -> Iterator[tuple[str, pl.Series]]:
    text = _without_mojibake(text)
    yield "mojibake", text
    text = text.str.replace_all(_CONTROL, "")
    yield "control_characters", text
    text = text.str.replace_all(_LINE_END, "\n")
    yield "line_ends", text
    text = text.str.replace(_BYTE_ORDER_MARK, "")
    yield "byte_order_mark", text
    yield "trailing_space", text.str.replace_all(_TRAILING, "")


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


@lru_cache(maxsize=16)
def _verdict(settings: CleaningSettings) -> list[pl.Expr]:
    """Return the columns rule, score and threshold: of the first limit that a row exceeds, else null.

    Made once: of a small shard, building the expressions takes longer than evaluating them.
    """
    limits = [
        ("over_size", pl.col("n_bytes"), settings.max_file_bytes),
        ("too_many_lines", pl.col("n_lines"), settings.max_lines),
    ]
    empty = ~pl.col("content").str.contains(r"\S")
    found = [pl.when(empty).then(pl.struct(rule=pl.lit("empty"), score=pl.lit(None, pl.Float64), threshold=pl.lit(None, pl.Float64)))]
    for rule, score, limit in limits:
        verdict = pl.struct(rule=pl.lit(rule), score=score.cast(pl.Float64), threshold=pl.lit(limit, pl.Float64))
        found.append(pl.when(score > limit).then(verdict))
    first = pl.coalesce(found)
    return [first.struct.field(name).alias(name) for name in ("rule", "score", "threshold")]

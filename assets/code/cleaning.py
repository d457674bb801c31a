"""Cleaning: bytes to text with one line end, without what no reader sees, within the limits."""

import hashlib
import unicodedata
from collections.abc import Iterator

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport

SCHEMA = {
    "id": pl.String,
    "parent_ids": pl.List(pl.String),
    "source": pl.String,
    "repository": pl.String,
    "revision": pl.String,
    "path": pl.String,
    "language": pl.String,
    "license": pl.String,
    "encoding": pl.String,
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
# A lead byte of UTF-8 read as cp1252 or latin-1, and what a continuation byte looks like then.
_MOJIBAKE = r"[\x{C2}-\x{F4}][\x{80}-\x{BF}" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore") + "]"
_BYTE_OF = {character: byte for byte in range(256) for character in bytes([byte]).decode("cp1252", "ignore")} | {
    chr(byte): byte for byte in range(256) if byte < 0x80 or byte > 0x9F or byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# Languages in which one paragraph or record is one line (the list of StarCoder2).
_LONG_LINED = ("HTML", "JSON", "Markdown", "Roff", "Roff Manpage", "SMT", "TeX", "Text", "XML")


class CleaningSettings(BaseModel, frozen=True, extra="forbid"):
    """How large and how wide a file may be.

    1 MiB is The Stack's limit (Kocetkov et al. 2022, https://arxiv.org/abs/2211.15533). The limits on lines are StarCoder2's
    (Lozhkov et al. 2024, https://arxiv.org/abs/2402.19173, section 2.1): 100,000 lines, 100 characters a line in the mean, 1,000
    in the longest; for HTML, JSON, Markdown, TeX, text and XML only 100,000 in the longest.
    """

    max_file_bytes: int = Field(1_048_576, gt=0, description="of the cleaned file in UTF-8")
    max_lines: int = Field(100_000, gt=0)
    max_line_chars: int = Field(1_000, gt=0, description="longest line")
    max_mean_line_chars: float = Field(100.0, gt=0, description="mean over all lines")
    max_prose_line_chars: int = Field(100_000, gt=0, description="longest line in languages with a paragraph or record a line")


def clean(files: pl.DataFrame, settings: CleaningSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Repair the text of raw_code rows: (rows of clean_code, ledger), in the order given; cleaning twice changes nothing more.

    A row with repairs has a ledger row (action altered, rule = names of REPAIRS joined by +). A row is dropped by the rule
    undecodable, empty, over_size, too_many_lines, long_line or long_mean_line. The seat of redaction is the next stage of the
    chain, after this one.
    """
    decoded = files.with_columns(_decode(files)).rename({"id": "raw_id"})
    readable = decoded.filter(pl.col("text").is_not_null()).drop("content")
    text, repairs = _repair(readable["text"], readable["encoding"])
    repaired = readable.with_columns(text.alias("content"), repairs).drop("text").with_columns(_measure(text).get_columns())
    judged = repaired.with_columns(_verdict(settings))
    kept = judged.filter(pl.col("rule").is_null())
    unreadable = ledger.entries(decoded.filter(pl.col("text").is_null()).select(id="raw_id", at=_AT), "undecodable", detail=pl.col("at"))
    return _rows(kept), pl.concat([unreadable, _dropped(judged), _altered(kept)])


_AT = pl.format("{}:{}", "repository", "path")


def _rows(kept: pl.DataFrame) -> pl.DataFrame:
    ids = passport.row_ids("clean_code", kept["raw_id"], kept["sha256"])
    return kept.with_columns(ids, parent_ids=pl.concat_list("raw_id")).select(*SCHEMA)


def _dropped(judged: pl.DataFrame) -> pl.DataFrame:
    rows = judged.filter(pl.col("rule").is_not_null()).rename({"raw_id": "id"})
    return ledger.entries(rows, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=_AT)


def _altered(kept: pl.DataFrame) -> pl.DataFrame:
    rows = kept.filter(pl.col("repairs").list.len() > 0).rename({"raw_id": "id"})
    return ledger.entries(rows, pl.col("repairs").list.join("+"), action="altered", detail=_AT)


def _decode(files: pl.DataFrame) -> pl.Series:
    return pl.Series("text", [_text(*row) for row in files.select("content", "encoding").iter_rows()], dtype=pl.String)


def _text(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding).encode("utf-8", "ignore").decode()  # lone surrogates, which UTF-8 cannot hold, are left out
    except (UnicodeError, LookupError):
        return None


def _repair(text: pl.Series, encoding: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the repaired `text` and the List(String) series "repairs": names of REPAIRS, in that order.

    One repair can lay open another (a removed control character, a byte order mark): all are repeated until nothing changes.
    None makes a text longer, so that ends.
    """
    done = {name: pl.Series([False], dtype=pl.Boolean).new_from_index(0, text.len()) for name in REPAIRS}
    done["recoded"] = ~encoding.is_in(["utf-8", "utf-8-sig"])
    done["byte_order_mark"] = encoding.is_in(["utf-8-sig", "utf-16", "utf-32"])
    before = None
    while before is None or not (text == before).all():
        before = text
        for name, repaired in _one_round(text):
            done[name] |= repaired != text
            text = repaired
    names = [pl.when(flag).then(pl.lit(name)) for name, flag in done.items()]
    return text, text.to_frame().select(repairs=pl.concat_list(names).list.drop_nulls())["repairs"]


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


def _measure(text: pl.Series) -> pl.DataFrame:
    """Return the columns n_bytes, n_lines, n_chars (without line ends), longest (characters of the longest line) and sha256."""
    rows = [_measures(content) for content in text]
    schema = {"n_bytes": pl.Int64, "n_lines": pl.Int64, "n_chars": pl.Int64, "longest": pl.Int64, "sha256": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _measures(content: str) -> tuple[int, int, int, int, str]:
    data = content.encode()
    lines = content.split("\n")
    n_lines = len(lines) - (lines[-1] == "")
    return len(data), n_lines, len(content) - len(lines) + 1, max(map(len, lines)), hashlib.sha256(data).hexdigest()


def _verdict(settings: CleaningSettings) -> list[pl.Expr]:
    """Return the columns rule, score and threshold: of the first limit that a row exceeds, else null."""
    prose = pl.col("language").is_in(_LONG_LINED).fill_null(False)
    longest = pl.when(prose).then(settings.max_prose_line_chars).otherwise(settings.max_line_chars)
    mean = pl.when(prose).then(None).otherwise(settings.max_mean_line_chars)
    empty = pl.col("content").str.strip_chars() == ""
    limits = [
        ("over_size", pl.col("n_bytes"), pl.lit(settings.max_file_bytes)),
        ("too_many_lines", pl.col("n_lines"), pl.lit(settings.max_lines)),
        ("long_line", pl.col("longest"), longest),
        ("long_mean_line", pl.col("n_chars") / pl.col("n_lines"), mean),
    ]
    found = [pl.when(empty).then(pl.struct(rule=pl.lit("empty"), score=pl.lit(None, pl.Float64), threshold=pl.lit(None, pl.Float64)))]
    for rule, score, limit in limits:
        verdict = pl.struct(rule=pl.lit(rule), score=score.cast(pl.Float64), threshold=limit.cast(pl.Float64))
        found.append(pl.when(score > limit).then(verdict))
    first = pl.coalesce(found)
    return [first.struct.field(name).alias(name) for name in ("rule", "score", "threshold")]

"""Quality: files that teach nothing are dropped, by the thresholds that the field has published; every score is kept beside the file."""

from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.code import cleaning, signals
from assets.code.kinds import KINDS, Kind, kinds

# Languages in which one paragraph or record is one line (the list of StarCoder2).
LONG_LINED = ("HTML", "JSON", "Markdown", "Roff", "Roff Manpage", "SMT", "TeX", "Text", "XML")
PROSE = ("AsciiDoc", "Markdown", "MDX", "Org", "reStructuredText", "Text")
# Languages of mnemonics and registers, where StarCoder2 counts digits too.
_ASSEMBLY = ("Assembly", "Motorola 68K Assembly", "Unix Assembly", "WebAssembly")
_DATA = ("JSON", "YAML")
_STACK = "The Stack, Kocetkov et al. 2022, https://arxiv.org/abs/2211.15533"
_FILTERS = "its filters: https://github.com/bigcode-project/bigcode-dataset/tree/main/preprocessing"
_SANTACODER = f"SantaCoder, Ben Allal et al. 2023, https://arxiv.org/abs/2301.03988; {_FILTERS}"
_STARCODER = f"StarCoder, Li et al. 2023, https://arxiv.org/abs/2305.06161; {_FILTERS}"
_STARCODER2 = "StarCoder2, Lozhkov et al. 2024, https://arxiv.org/abs/2402.19173, section 2.1"
_GOPHER = "Gopher, Rae et al. 2021, https://arxiv.org/abs/2112.11446, table A1"
_OPENCODER = "OpenCoder, Huang et al. 2024, https://arxiv.org/abs/2411.04905, appendix A"


class QualitySettings(BaseModel, frozen=True, extra="forbid"):
    """Thresholds as published (the source of each stands in RULES); null switches a rule off.

    A file is dropped when it is of one of the kinds in `drop_kinds`. Tests, configuration and vendored code stay: tests teach how
    code is used, and a vendored copy of a file that is here too goes as a duplicate.
    """

    max_line_chars: float | None = Field(1_000, gt=0, description="longest line; not where a line is a paragraph or a record")
    max_prose_line_chars: float | None = Field(100_000, gt=0, description="longest line where a line is a paragraph or a record")
    max_mean_line_chars: float | None = Field(100, gt=0, description="mean over all lines; not where a line is a paragraph or a record")
    min_alphabetic_share: float | None = Field(0.25, ge=0, le=1, description="letters among all characters; not in assembly")
    min_alphanumeric_share: float | None = Field(0.25, ge=0, le=1, description="letters and digits among all characters")
    max_encoded_run_chars: float | None = Field(1_024, gt=0, description="longest run of base64, hexadecimal or \\u escapes")
    max_encoded_share: float | None = Field(0.5, ge=0, le=1, description="such runs among all characters")
    min_comment_share: float | None = Field(0.01, ge=0, le=1, description="comments and docstrings among all characters")
    max_comment_share: float | None = Field(0.8, ge=0, le=1, description="comments and docstrings among all characters")
    max_repeated_line_share: float | None = Field(0.7, ge=0, le=1, description="lines of code that equal an earlier one")
    max_repeated_prose_line_share: float | None = Field(0.3, ge=0, le=1, description="lines of prose that equal an earlier one")
    max_xml_declarations: float | None = Field(0, ge=0, description="in the first 100 characters of what does not claim to be XML")
    min_visible_share: float | None = Field(0.2, ge=0, le=1, description="text outside of tags, scripts and styles in HTML")
    min_visible_chars: float | None = Field(100, ge=0, description="the same, in characters")
    min_data_alphabetic_share: float | None = Field(0.5, ge=0, le=1, description="letters among all characters of JSON and YAML")
    min_data_chars: float | None = Field(50, ge=0, description="characters of JSON and YAML")
    max_data_chars: float | None = Field(5_000, gt=0, description="characters of JSON and YAML")
    max_data_lines: float | None = Field(512, gt=0, description="lines of text, JSON and YAML")
    drop_kinds: tuple[Kind, ...] = Field(("generated", "minified", "data"), description=f"any of {', '.join(KINDS)}")


class Rule(NamedTuple):
    """A filter: a file whose `measure` lies on the wrong side of the setting is dropped. Applies to `only`, or all languages but `but`."""

    name: str
    measure: str  # a column of signals.measure
    drops: Literal["above", "below"]
    setting: str  # a field of QualitySettings
    source: str
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


RULES = (
    Rule("long_line", "longest_line", "above", "max_line_chars", _STARCODER2, but=LONG_LINED),
    Rule("long_prose_line", "longest_line", "above", "max_prose_line_chars", _STARCODER2, only=LONG_LINED),
    Rule("long_mean_line", "mean_line", "above", "max_mean_line_chars", _STARCODER2, but=LONG_LINED),
    Rule("few_letters", "alphabetic", "below", "min_alphabetic_share", _STARCODER2, but=_ASSEMBLY),
    Rule("few_letters_and_digits", "alphanumeric", "below", "min_alphanumeric_share", _STACK),
    Rule("encoded_run", "encoded_run", "above", "max_encoded_run_chars", _STARCODER2),
    Rule("encoded_share", "encoded", "above", "max_encoded_share", _STARCODER2),
    Rule("few_comments", "comments", "below", "min_comment_share", _SANTACODER),
    Rule("many_comments", "comments", "above", "max_comment_share", _SANTACODER),
    Rule("repeated_lines", "repeated_lines", "above", "max_repeated_line_share", _OPENCODER, but=PROSE),
    Rule("repeated_prose_lines", "repeated_lines", "above", "max_repeated_prose_line_share", _GOPHER, only=PROSE),
    Rule("xml_declaration", "xml_declarations", "above", "max_xml_declarations", _STARCODER, but=("XML", "SVG", "HTML")),
    Rule("little_visible_text", "visible", "below", "min_visible_share", _STARCODER, only=("HTML",)),
    Rule("short_visible_text", "visible_chars", "below", "min_visible_chars", _STARCODER, only=("HTML",)),
    Rule("few_letters_in_data", "alphabetic", "below", "min_data_alphabetic_share", _STARCODER, only=_DATA),
    Rule("short_data", "chars", "below", "min_data_chars", _STARCODER, only=_DATA),
    Rule("long_data", "chars", "above", "max_data_chars", _STARCODER, only=_DATA),
    Rule("many_data_lines", "lines", "above", "max_data_lines", _STARCODER2, only=("Text", *_DATA)),
)
SCORES = pl.Struct({rule.name: pl.Float64 for rule in RULES})
SCHEMA = {name: dtype for name, dtype in cleaning.SCHEMA.items() if name != "content"} | {
    "kinds": pl.List(pl.String),
    "scores": SCORES,
    "content": pl.String,
}


def judge(files: pl.DataFrame, settings: QualitySettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of clean_code with the columns kinds and scores, ledger), in the order given.

    `scores` holds the score by each of RULES, null where a rule does not apply to the language. A dropped row has a ledger row for
    every rule that it fails (and for every kind in drop_kinds, by the rule kind_<kind>), so that a question "what if" has an exact
    answer; its row_id is that of the row's parent, which is what the chain started from.
    """
    measures = signals.measure(files)
    judged = files.with_columns(kinds(files, measures), _scores(files, measures))
    failures = _failures(judged, settings)
    return judged.filter(~failures.max_horizontal()).select(*SCHEMA), _told(judged, failures, settings)


def _scores(files: pl.DataFrame, measures: pl.DataFrame) -> pl.Series:
    return measures.with_columns(files["language"]).select(scores=_scoring())["scores"]


@cache
def _scoring() -> pl.Expr:
    """Made once: of a small shard, building the expression takes longer than evaluating it."""
    return pl.struct(pl.when(_applies(rule)).then(rule.measure).alias(rule.name) for rule in RULES)


def _applies(rule: Rule) -> pl.Expr:
    language = pl.col("language")
    return language.is_in(rule.only).fill_null(False) if rule.only else ~language.is_in(rule.but).fill_null(False)


def _failures(judged: pl.DataFrame, settings: QualitySettings) -> pl.DataFrame:
    """Return a Boolean column for each rule and each kind that is switched on: which rows fail it."""
    return judged.select("kinds", "scores").unnest("scores").select(_failing(settings))


@lru_cache(maxsize=16)
def _failing(settings: QualitySettings) -> list[pl.Expr]:
    failing = [pl.lit(False).alias("none")]
    for rule in RULES:
        limit, score = getattr(settings, rule.setting), pl.col(rule.name)
        if limit is not None:
            failing.append((score > limit if rule.drops == "above" else score < limit).fill_null(False).alias(rule.name))
    dropped = [kind for kind in KINDS if kind in settings.drop_kinds]
    return failing + [pl.col("kinds").list.contains(kind).alias(f"kind_{kind}") for kind in dropped]


def _told(judged: pl.DataFrame, failures: pl.DataFrame, settings: QualitySettings) -> pl.DataFrame:
    """Return the ledger of `failures`, by row and then in the order of the rules."""
    rows, columns = (places.tolist() for places in np.nonzero(failures.to_numpy()))
    names = [failures.columns[column] for column in columns]
    limits = {rule.name: getattr(settings, rule.setting) for rule in RULES}
    scores = judged["scores"].struct.unnest()
    scored = [scores.item(row, name) if name in limits else None for row, name in zip(rows, names, strict=True)]
    told = judged.select("repository", "path", id=_ORIGIN)[rows].with_columns(
        pl.Series("rule", names, dtype=pl.String),
        pl.Series("score", scored, dtype=pl.Float64),
        pl.Series("threshold", [limits.get(name) for name in names], dtype=pl.Float64),
    )
    at = pl.format("{}:{}", "repository", "path")
    return ledger.entries(told, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=at)


_ORIGIN = pl.coalesce(pl.col("parent_ids").list.first(), "id")

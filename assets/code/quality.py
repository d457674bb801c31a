"""Quality: files that teach nothing are dropped, by the thresholds that the field has published; every score is kept beside the file."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.code import cleaning, name_lists, signals
from assets.code.kinds import KINDS, Flags, Kind, flags
from assets.code.signals import Measures

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
_MEASURES = [list(signals.SCHEMA).index(rule.measure) for rule in RULES]
_BELOW = np.array([rule.drops == "below" for rule in RULES])
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
    measures = signals.measures(files)
    kinds, scores = flags(files, measures.of("mean_line"), measures.of("digits")), _scores(files["language"].to_list(), measures)
    failures = _failures(kinds, scores, settings)
    made = {"kinds": name_lists.named(kinds, KINDS), "scores": signals.structs("scores", [rule.name for rule in RULES], scores)}
    judged = pl.DataFrame([(made[name] if name in made else files[name]).alias(name) for name in SCHEMA])
    return judged.filter(pl.Series(~failures.any(axis=1), dtype=pl.Boolean)), _told(files, scores, failures, settings)


def _scores(languages: Sequence[str | None], measures: Measures) -> Measures:
    """Return the scores by RULES, (rules, n); one is missing where the rule does not apply or its measure means nothing."""
    rows = {language: row for row, language in enumerate(dict.fromkeys(languages))}
    applies = np.array([[_applies(rule, language) for language in rows] for rule in RULES], np.bool_)
    applies = applies[:, [rows[language] for language in languages]]
    return Measures(measures.numbers[_MEASURES], measures.missing[_MEASURES] | ~applies)


def _applies(rule: Rule, language: str | None) -> bool:
    return language in rule.only if rule.only else language not in rule.but


def _failures(kinds: Flags, scores: Measures, settings: QualitySettings) -> Flags:
    """Tell (n, rules and kinds, in their order) which rows fail what is switched on."""
    limits = [getattr(settings, rule.setting) for rule in RULES]
    off = np.array([limit is None for limit in limits])
    least = np.array([limit if limit is not None and rule.drops == "below" else -np.inf for rule, limit in zip(RULES, limits, strict=True)])
    most = np.array([limit if limit is not None and rule.drops == "above" else np.inf for rule, limit in zip(RULES, limits, strict=True)])
    # what is not a number is above everything, as in polars
    fails = (scores.numbers < least[:, None]) | ~((scores.numbers <= most[:, None]) | _BELOW[:, None])
    return np.column_stack([(fails & ~(scores.missing | off[:, None])).T, kinds & np.isin(KINDS, settings.drop_kinds)])


def _told(files: pl.DataFrame, scores: Measures, failures: Flags, settings: QualitySettings) -> pl.DataFrame:
    """Return the ledger of `failures`, by row and then in the order of the rules."""
    rows, columns = np.nonzero(failures)
    if not rows.size:
        return ledger.empty()
    limits = [getattr(settings, rule.setting) for rule in RULES] + [None] * len(KINDS)
    names = [rule.name for rule in RULES] + [f"kind_{kind}" for kind in KINDS]
    scored = zip(rows.tolist(), columns.tolist(), strict=True)
    told = files.select("parent_ids", "id", "repository", "path")[rows].with_columns(
        pl.Series("rule", [names[column] for column in columns.tolist()], dtype=pl.String),
        pl.Series("score", [scores.numbers[column, row] if column < len(RULES) else None for row, column in scored], dtype=pl.Float64),
        pl.Series("threshold", [limits[column] for column in columns.tolist()], dtype=pl.Float64),
        id=_ORIGIN,
    )
    return ledger.entries(told, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=_AT)


_AT = pl.format("{}:{}", "repository", "path")
_ORIGIN = pl.coalesce(pl.col("parent_ids").list.first(), "id")

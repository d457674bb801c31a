"""Redaction: secrets and personal data out of a text, so that it still parses."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import groupby
from typing import NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.code import grammars
from assets.redaction.parsing import parses
from assets.redaction.replacing import replacement
from assets.redaction.scanning import PROSE, Finding, scan
from assets.redaction.tokens import cannot_break, in_text

FINDINGS = {"row": pl.Int64, "class": pl.String, "start": pl.Int64, "end": pl.Int64, "replacement": pl.String}
_ORIGIN = pl.coalesce(pl.col("parent_ids").list.first(), "id")  # a ledger names what the chain of stages started from
REDACTIONS = pl.List(pl.Struct({"class": pl.String, "count": pl.Int64}))


class RedactionSettings(BaseModel, frozen=True, extra="forbid"):
    """What is redacted, and how it is named afterwards."""

    salt: str = Field("", description="key of the replacements: with another one, the same value gets another name")
    keep_classes: tuple[str, ...] = Field((), description="classes that are left as they are")
    max_detail_chars: int = Field(400, gt=0, description="of the offsets that a ledger row names")


class Redacted(NamedTuple):
    """The result of `redact`.

    `texts` (String) are the new texts; null where the text was null, or cannot be redacted without breaking it. `findings` has a row for
    each value replaced: row of the text, class, start and end (characters of the original) and the replacement; never the value.
    `parsed_before` (Boolean) says whether the text was well-formed; null where that was not asked: no finding, a language without a
    grammar or a reader, or all of them where they cannot break it, in comments and strings.
    """

    texts: pl.Series
    findings: pl.DataFrame
    parsed_before: pl.Series


def redact(texts: pl.Series, scope: pl.Series, language: pl.Series | None, settings: RedactionSettings) -> Redacted:
    """Replace the secrets and personal data in `texts` (String).

    A value is replaced by the same thing everywhere in a `scope` (a repository, a conversation). In a `language` (as in GitHub Linguist)
    with a grammar only strings and comments are changed; null and languages without a grammar are taken as text.
    """
    names = [None] * texts.len() if language is None else language.to_list()
    languages = [None if name is None else grammars.READ_AS.get(name, name) for name in names]
    code = [name in grammars.LANGUAGES for name in languages]
    prose = [name is None or name in PROSE for name in languages]
    found = scan(texts.fill_null(""), code, prose)
    wanted = (finding for finding in found if finding.name not in settings.keep_classes)
    of_row = {row: list(of_row) for row, of_row in groupby(wanted, key=lambda finding: finding.row)}
    stand_in = cache(partial(replacement, salt=settings.salt))  # many files name the same people; kept for this call only
    new: list[str | None] = []
    parsed: list[bool | None] = [None] * texts.len()
    rows: list[tuple[int, str, int, int, str]] = []
    at = list(of_row)
    for row, text, scope_of in zip(at, texts.gather(at).to_list(), scope.gather(at).to_list(), strict=True):
        redacted, parsed[row], replaced = _redact_one(text, scope_of or "", languages[row], of_row[row], stand_in)
        new.append(redacted)
        rows += replaced
    changed = texts.clone().scatter(at, new) if new else texts
    findings = pl.DataFrame(rows, schema=FINDINGS, orient="row")
    return Redacted(changed, findings, pl.Series("parsed_before", parsed, dtype=pl.Boolean))


def redact_text(text: str, scope: str = "", language: str | None = None, settings: RedactionSettings | None = None) -> str:
    """Return `text` without secrets and personal data; ValueError if it cannot be redacted without breaking it."""
    languages = pl.Series([language], dtype=pl.String)
    found = redact(pl.Series([text], dtype=pl.String), pl.Series([scope], dtype=pl.String), languages, settings or RedactionSettings())
    if found.texts[0] is None:
        raise ValueError("cannot be redacted without breaking it")
    return str(found.texts[0])


def redact_files(files: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Redact the rows of clean_code: content, n_bytes, n_lines and sha256 follow, `id` stays; columns redactions and parsed_before come.

    A row with findings has a ledger row for each class (action altered, rule = the class, score = how many, detail = where). A file that
    parsed and would not parse any more is dropped by the rule unredactable.
    """
    result = redact(files["content"], files["repository"], files["language"], settings)
    redacted = _measured(files, result)
    row = pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    named = redacted.select(row, "content", "redactions", id=_ORIGIN, where=pl.format("{}:{}", "repository", "path"))
    if not result.texts.has_nulls():
        return redacted, altered(named, result.findings, settings.max_detail_chars)
    is_lost = pl.col("content").is_null()
    classes = pl.col("redactions").list.eval(pl.element().struct.field("class")).list.join(",")
    dropped = ledger.entries(named.filter(is_lost), "unredactable", detail=pl.format("{} {}", "where", classes))
    told = altered(named.filter(~is_lost), result.findings, settings.max_detail_chars)
    return redacted.filter(~is_lost), pl.concat([dropped, told])


def _redact_one(
    text: str, scope: str, language: str | None, found: Sequence[Finding], stand_in: Callable[[str, str, str], str]
) -> tuple[str | None, bool | None, list[tuple[int, str, int, int, str]]]:
    """Return the new text (None if it would break), whether it parsed before, and the rows of FINDINGS."""
    source = text.encode()
    spans = [(finding.start, finding.end) for finding in found]
    safe = language in grammars.LANGUAGES and cannot_break(str(language), source, spans)
    tree = None if safe else grammars.parse(language, source)
    before = None if safe else (not tree.root_node.has_error if tree else parses(language, text))
    if tree is not None and before:
        found = [finding for finding in found if in_text(tree, source, (finding.start, finding.end))]
    new, replaced = _replace(source, scope, found, stand_in)
    broken = before is True and bool(found) and not parses(language, new)
    return None if broken else new, before, replaced


def _replace(
    source: bytes, scope: str, found: Sequence[Finding], stand_in: Callable[[str, str, str], str]
) -> tuple[str, list[tuple[int, str, int, int, str]]]:
    pieces, rows, at, chars = [], [], 0, 0
    for finding in found:
        new = stand_in(finding.name, finding.value, scope)
        between = source[at : finding.start].decode()
        start = chars + len(between)
        end = start + len(source[finding.start : finding.end].decode())
        pieces += [between, new]
        rows.append((finding.row, finding.name, start, end, new))
        at, chars = finding.end, end
    return "".join([*pieces, source[at:].decode()]), rows


def counts(findings: pl.DataFrame) -> pl.DataFrame:
    """Return row and redactions of rows of `Redacted.findings`: how often each class was found in it, sorted by class."""
    each = findings.group_by("row", "class").agg(count=pl.len().cast(pl.Int64)).sort("row", "class")
    return each.group_by("row", maintain_order=True).agg(redactions=pl.struct("class", "count"))


def _measured(files: pl.DataFrame, result: Redacted) -> pl.DataFrame:
    """Return `files` with the columns of `result`, whose content is null where it is lost; sizes and digests follow."""
    found = counts(result.findings)
    digests = [hashlib.sha256((text or "").encode()).hexdigest() for text in result.texts.gather(found["row"]).to_list()]
    place = np.full(files.height, found.height)
    place[found["row"].to_numpy()] = np.arange(found.height)
    redactions = pl.concat([found["redactions"], pl.Series([[]], dtype=REDACTIONS)]).gather(place)
    return files.with_columns(
        result.texts.alias("content"),
        result.texts.str.len_bytes().cast(pl.Int64).alias("n_bytes"),
        files["sha256"].scatter(found["row"], digests) if digests else files["sha256"],
        redactions.alias("redactions"),
        result.parsed_before,
    )


def altered(rows: pl.DataFrame, findings: pl.DataFrame, max_detail_chars: int) -> pl.DataFrame:
    """Return the ledger of what was replaced: for each row (`row`, `id`, `where`) and class how many, and where in the text.

    `findings` are those of `Redacted`; with a column `column` each of several texts of a row is told apart.
    """
    by = [name for name in ("column", "class") if name in findings.columns]
    offsets = (
        findings.sort("row", *by, "start")
        .group_by("row", *by, maintain_order=True)
        .agg(count=pl.len(), at=pl.format("{}-{}", "start", "end").str.join(",").str.slice(0, max_detail_chars))
    )
    each = rows.join(offsets, on="row", how="inner", maintain_order="left_right")
    place = pl.format("{} {}", "where", "column") if "column" in by else pl.col("where")
    detail = pl.format("{} offsets {}", place, "at")
    return ledger.entries(each, pl.col("class"), action="altered", score=pl.col("count"), detail=detail)

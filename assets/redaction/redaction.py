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
from assets.redaction.tokens import cannot_break, in_text, is_harmless

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
    found = scan(texts, code, prose)
    wanted = (finding for finding in found if finding.name not in settings.keep_classes)
    of_row = {row: list(of_row) for row, of_row in groupby(wanted, key=lambda finding: finding.row)}
    stand_in = cache(partial(replacement, salt=settings.salt))  # many files name the same people; kept for this call only
    new: list[bytes | None] = []
    parsed: list[bool | None] = [None] * texts.len()
    rows: list[tuple[int, str, int, int, str]] = []
    at = list(of_row)
    for row, source, scope_of in zip(at, texts.gather(at).cast(pl.Binary).to_list(), scope.gather(at).to_list(), strict=True):
        redacted, parsed[row], replaced = _redact_one(source, scope_of or "", languages[row], of_row[row], stand_in)
        new.append(redacted)
        rows += replaced
    changed = texts.clone().scatter(at, pl.Series(new, dtype=pl.Binary).cast(pl.String)) if new else texts
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
    offsets = _offsets(result.findings, settings.max_detail_chars)
    redacted = _measured(files, result, _listed(offsets))
    where = pl.format("{}:{}", "repository", "path")
    named = files.select("id", "parent_ids", "repository", "path")[offsets["row"]].select(id=_ORIGIN, where=where).hstack(offsets)
    if not result.texts.has_nulls():
        return redacted, _told(named)
    is_lost = redacted["content"].is_null()
    classes = pl.col("redactions").list.eval(pl.element().struct.field("class")).list.join(",")
    lost = redacted.filter(is_lost).select(id=_ORIGIN, detail=pl.format("{} {}", where, classes))
    dropped = ledger.entries(lost, "unredactable", detail=pl.col("detail"))
    return redacted.filter(~is_lost), pl.concat([dropped, _told(named.filter(~is_lost[offsets["row"]]))])


def _redact_one(
    source: bytes, scope: str, language: str | None, found: Sequence[Finding], stand_in: Callable[[str, str, str], str]
) -> tuple[bytes | None, bool | None, list[tuple[int, str, int, int, str]]]:
    """Return the new text (None if it would break), whether it parsed before, and the rows of FINDINGS."""
    spans = [(finding.start, finding.end) for finding in found]
    safe = language in grammars.LANGUAGES and cannot_break(str(language), source, spans)
    tree = None if safe else grammars.parse(language, source)
    before = None if safe else (not tree.root_node.has_error if tree else parses(language, source.decode()))
    if tree is not None and before:
        found = [finding for finding in found if in_text(tree, source, (finding.start, finding.end))]
    new, replaced = _replace(source, scope, found, stand_in)
    unclear = tree is None or not all(is_harmless(source, finding.start, finding.end) for finding in found)
    broken = before is True and bool(found) and unclear and not parses(language, new.decode())
    return None if broken else new, before, replaced


def _replace(
    source: bytes, scope: str, found: Sequence[Finding], stand_in: Callable[[str, str, str], str]
) -> tuple[bytes, list[tuple[int, str, int, int, str]]]:
    pieces, rows, at, chars = [], [], 0, 0
    length = len if source.isascii() else _characters
    for finding in found:
        new = stand_in(finding.name, finding.value, scope)
        between = source[at : finding.start]
        start = chars + length(between)
        end = start + length(source[finding.start : finding.end])
        pieces += [between, new.encode()]
        rows.append((finding.row, finding.name, start, end, new))
        at, chars = finding.end, end
    return b"".join([*pieces, source[at:]]), rows


def _characters(source: bytes) -> int:
    return len(source.decode())


def counts(findings: pl.DataFrame) -> pl.DataFrame:
    """Return row and redactions of rows of `Redacted.findings`: how often each class was found in it, sorted by class."""
    return _listed(findings.group_by("row", "class").agg(count=pl.len().cast(pl.Int64)).sort("row", "class"))


def _listed(each: pl.DataFrame) -> pl.DataFrame:
    """Return as `counts`, of rows with row, class and count, sorted."""
    return each.group_by("row", maintain_order=True).agg(redactions=pl.struct("class", "count"))


def _measured(files: pl.DataFrame, result: Redacted, found: pl.DataFrame) -> pl.DataFrame:
    """Return `files` with the columns of `result`, whose content is null where it is lost; `found` is what `counts` returns of it."""
    changed = result.texts.gather(found["row"]).cast(pl.Binary).to_list()
    digests = [hashlib.sha256(text or b"").hexdigest() for text in changed]
    place = np.full(files.height, found.height)
    place[found["row"].to_numpy()] = np.arange(found.height)
    redactions = pl.concat([found["redactions"], pl.Series([[]], dtype=REDACTIONS)], rechunk=True).gather(place)
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
    offsets = _offsets(findings, max_detail_chars)
    return _told(rows.select("row", "id", "where").join(offsets, on="row", how="inner", maintain_order="left_right"))


def _offsets(findings: pl.DataFrame, max_detail_chars: int) -> pl.DataFrame:
    """Return row, column where there is one, class, count and `at`, the offsets, sorted."""
    by = ["row", *(name for name in ("column", "class") if name in findings.columns)]
    each = []
    for key, places in groupby(sorted(findings.select(*by, "start", "end").rows()), key=lambda found: found[:-2]):
        at = [f"{start}-{end}" for *_, start, end in places]
        each.append((*key, len(at), ",".join(at)[:max_detail_chars]))
    types = [*(findings.schema[name] for name in by), pl.Int64(), pl.String()]
    return pl.DataFrame(each, schema=list(zip([*by, "count", "at"], types, strict=True)), orient="row")


def _told(each: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger of rows of `_offsets` with `id` and `where`."""
    place = pl.format("{} {}", "where", "column") if "column" in each.columns else pl.col("where")
    detail = pl.format("{} offsets {}", place, "at")
    return ledger.entries(each, pl.col("class"), action="altered", score=pl.col("count"), detail=detail)

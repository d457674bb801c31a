"""PDFs to Markdown sections within the token budget: the stage of `document_sections`."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from pydantic import BaseModel, Field, model_validator

from assets import ledger, passport
from assets.corpus import tokens
from assets.documents.docling_reading import DoclingSettings
from assets.documents.extractors import ExtractorName
from assets.documents.isolation import Reader
from assets.documents.limits import LimitSettings
from assets.documents.pages import Block
from assets.documents.reading import ReadingSettings
from assets.documents.sections import Section, pack

SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "document": pl.String(),
        "origin": pl.String(),
        "title": pl.String(),
        "license": pl.String(),
        "extractor": pl.String(),
        "section": pl.Int64(),
        "part": pl.Int64(),
        "heading": pl.String(),
        "headings": pl.List(pl.String()),
        "level": pl.Int64(),
        "first_page": pl.Int64(),
        "last_page": pl.Int64(),
        "text": pl.String(),
        "n_tokens": pl.Int64(),
    }
)
_EVENT = pl.Schema({"row": pl.Int64, "rule": pl.String, "score": pl.Float64, "threshold": pl.Float64, "detail": pl.String})


class ExtractionSettings(BaseModel, frozen=True, extra="forbid"):
    """How PDFs become sections."""

    extractor: ExtractorName = Field("pdfium", description="what reads the pages")
    reading: ReadingSettings = ReadingSettings()
    limits: LimitSettings = Field(LimitSettings(), description="of pdfium; docling has its own")
    docling: DoclingSettings = DoclingSettings()
    max_document_bytes: int = Field(200_000_000, gt=0, description="a larger document is dropped unread")
    min_tokens: int = Field(20, ge=1, description="of a section, by the base model's tokenizer")
    max_tokens: int = Field(500, ge=40, description="of a section")

    @model_validator(mode="after")
    def _is_a_range(self) -> "ExtractionSettings":
        if 2 * self.min_tokens > self.max_tokens:
            raise ValueError("max_tokens is less than twice min_tokens: a section above it could not be cut in two")
        return self


def extract(documents: pl.DataFrame, settings: ExtractionSettings, tokenizer: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the sections of raw_documents by document and place, and the ledger. `tokenizer` has the one row `tokenizer_json`.

    A document without sections has one row with the reason: empty, too_large, not_a_pdf, damaged, encrypted, unsupported_encryption,
    no_pages, too_many_pages, too_much_text, no_text, unseen_text, too_short, timeout, out_of_memory, crashed, failed. One that was cleaned
    has a row "altered" for each rule, with the count as score: `furniture.RULES`, figure_text, unreadable_page, and in characters
    invisible_text and ocr_layer. Raises Unavailable when the extractor cannot be used on this machine.
    """
    counter = tokens.load(tokenizer)
    rows: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    altered: list[dict[str, Any]] = []
    limits = settings.docling.limits if settings.extractor == "docling" else settings.limits
    with Reader(settings.reading, limits, settings.extractor, settings.docling) as reader:
        for place in range(documents.height):
            document = documents.row(place, named=True)
            answer = _read(document["content"], reader, settings)
            if "rule" not in answer:
                sections = pack(_blocks(answer), settings.min_tokens, settings.max_tokens, lambda texts: tokens.count(texts, counter))
                answer |= _too_short(sections, settings.min_tokens)
            if "rule" in answer:
                dropped.append({"row": place, "score": None, "threshold": None, **{k: answer[k] for k in _EVENT if k in answer}})
                continue
            rows += _rows(document, sections, reader.version)
            altered += _counted(place, answer["counts"])
    entries = [_ledger(documents, dropped, "dropped"), _ledger(documents, altered, "altered")]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), pl.concat(entries)


def _read(content: bytes | None, reader: Reader, settings: ExtractionSettings) -> dict[str, Any]:
    if not content:
        return {"rule": "empty", "detail": "0 bytes"}
    if len(content) > settings.max_document_bytes:
        return {"rule": "too_large", "detail": "", "score": float(len(content)), "threshold": float(settings.max_document_bytes)}
    return reader.read(content)


def _blocks(answer: Mapping[str, Any]) -> list[Block]:
    return [Block(**{**block, "pages": [tuple(mark) for mark in block["pages"]]}) for block in answer["blocks"]]


def _too_short(sections: Iterable[Section], min_tokens: int) -> dict[str, Any]:
    n_tokens = sum(section.n_tokens for section in sections)
    return {"rule": "too_short", "detail": "", "score": float(n_tokens), "threshold": float(min_tokens)} if n_tokens < min_tokens else {}


def _rows(document: Mapping[str, Any], sections: Iterable[Section], extractor: str) -> list[dict[str, Any]]:
    known = {
        "parent_ids": [document["id"]],
        "document": document["sha256"],
        **{name: document[name] for name in ("origin", "title", "license")},
        "extractor": extractor,
    }
    return [{**known, **_columns(section, document["id"])} for section in sections]


def _columns(section: Section, document_id: str) -> dict[str, Any]:
    return {
        "id": passport.row_id("document_sections", document_id, str(section.number), str(section.part)),
        "section": section.number,
        "part": section.part,
        "heading": section.heading,
        "headings": section.headings,
        "level": section.level,
        "first_page": section.pieces[0].pages[0][1],
        "last_page": section.pieces[-1].pages[-1][1],
        "text": section.text,
        "n_tokens": section.n_tokens,
    }


def _counted(place: int, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    found = sorted((rule, count) for rule, count in counts.items() if count)
    return [{"row": place, "rule": rule, "score": float(count), "threshold": None, "detail": None} for rule, count in found]


def _ledger(documents: pl.DataFrame, events: list[dict[str, Any]], action: Any) -> pl.DataFrame:
    """Return the ledger of events; `detail` is the document's origin and what the event says of it."""
    said = pl.DataFrame(events, schema=_EVENT)
    known = documents.select("id", "origin")[said["row"].cast(pl.UInt32)]
    detail = pl.concat_str("origin", pl.when(pl.col("detail") != "").then(pl.format(": {}", "detail")), ignore_nulls=True)
    columns = {"score": pl.col("score"), "threshold": pl.col("threshold"), "detail": detail}
    return ledger.entries(pl.concat([known, said], how="horizontal"), pl.col("rule"), action=action, **columns)

import polars as pl
import pytest
from pydantic import ValidationError
from reportlab.pdfgen.canvas import Canvas

from assets import ledger
from assets.documents.extraction import SCHEMA, ExtractionSettings, extract
from assets.documents.schema import DocumentSections, RawDocuments
from tests.assets.documents import pdfs

SETTINGS = ExtractionSettings(max_document_bytes=1_000_000)


def _page(title: str) -> pdfs.Draw:
    def draw(canvas: Canvas) -> None:
        pdfs.write(canvas, 72, 700, [title], "Helvetica-Bold", 15)
        pdfs.write(canvas, 72, 670, pdfs.LINES)

    return draw


HANDBOOK = pdfs.pdf(_page("Leases"), _page("Retries"))


def test_every_document_ends_in_rows_or_in_one_ledger_row(tokenizer: pl.DataFrame) -> None:
    documents = pdfs.documents(
        handbook=HANDBOOK,
        empty=b"",
        large=HANDBOOK + b" " * 1_000_000,
        html=b"<html>not found</html>",
        cut=HANDBOOK[:900],
        image=pdfs.pdf(pdfs.image_only),
        nothing=pdfs.no_pages(),
        loop=pdfs.own_parent(),
        short=pdfs.page(b"BT /F1 9 Tf 72 700 Td (two words) Tj ET"),
        other=pdfs.pdf(_page("Parking")),
    )
    RawDocuments.validate(documents)
    kept, entries = extract(documents, SETTINGS, tokenizer)
    DocumentSections.validate(kept)
    assert kept["origin"].unique(maintain_order=True).to_list() == ["handbook.pdf", "other.pdf"]
    assert kept["heading"].to_list() == ["Leases", "Retries", "Parking"]
    assert kept["first_page"].to_list() == [1, 2, 1]
    dropped = entries.filter(action="dropped").with_columns(detail=pl.col("detail").str.extract(r"^(\w+)\.pdf"))
    assert dict(dropped.select("detail", "rule").rows()) == {
        **{"empty": "empty", "large": "too_large", "html": "not_a_pdf", "cut": "damaged", "image": "no_text", "nothing": "no_pages"},
        **{"loop": "no_text", "short": "too_short"},
    }
    assert set(kept["parent_ids"].explode()) | set(dropped["row_id"]) == set(documents["id"])


def test_two_thousand_pages_and_one_more(tokenizer: pl.DataFrame) -> None:
    kept, entries = extract(pdfs.documents(many=pdfs.many(2_000), more=pdfs.many(2_001)), SETTINGS, tokenizer)
    assert kept["last_page"].max() == 2_000 and set(kept["origin"]) == {"many.pdf"} and kept["n_tokens"].max() <= 500
    assert "Rule 1999 is kept by all of us." in kept["text"][-1]
    assert entries.filter(action="dropped").select("rule", "detail").rows() == [("too_many_pages", "more.pdf: 2001 pages")]


def test_altered_documents_are_counted(tokenizer: pl.DataFrame) -> None:
    content = (
        b"BT /F1 10 Tf 12 TL 72 700 Td (" + ") Tj T* (".join(pdfs.LINES).encode() + b" The con-) Tj T* (figuration is in a file.) Tj ET"
    )
    hidden = b" BT 3 Tr /F1 10 Tf 72 600 Td (say yes) Tj ET"
    documents = pdfs.documents(one=pdfs.page(content.replace(b"The con-", b") Tj T* (The con-") + hidden))
    kept, entries = extract(documents, SETTINGS, tokenizer)
    assert entries.select("row_id", "rule", "action", "score").rows() == [
        (documents["id"][0], "hyphenation", "altered", 1.0),
        (documents["id"][0], "invisible_text", "altered", 6.0),
    ]
    assert kept["text"].item().endswith("The configuration is in a file.")


def test_output_does_not_depend_on_the_shards(tokenizer: pl.DataFrame) -> None:
    documents = pdfs.documents(a=HANDBOOK, b=pdfs.pdf(_page("Parking")), c=pdfs.pdf(pdfs.image_only))
    kept, entries = extract(documents, SETTINGS, tokenizer)
    apart = [extract(documents[row], SETTINGS, tokenizer) for row in range(documents.height)]
    assert kept.equals(pl.concat([one for one, _ in apart]))
    assert sorted(entries.rows()) == sorted(pl.concat([other for _, other in apart]).rows())


def test_no_documents(tokenizer: pl.DataFrame) -> None:
    kept, entries = extract(pdfs.documents(a=HANDBOOK).clear(), SETTINGS, tokenizer)
    assert (kept.schema, entries.schema, kept.height, entries.height) == (SCHEMA, ledger.empty().schema, 0, 0)


def test_a_budget_that_cannot_be_kept() -> None:
    with pytest.raises(ValidationError, match="twice"):
        ExtractionSettings(min_tokens=30, max_tokens=50)

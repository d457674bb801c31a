"""The choice of an extractor, and what happens where it cannot be had."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from assets.documents import isolation
from assets.documents.docling_reading import DoclingSettings
from assets.documents.extraction import ExtractionSettings, extract
from assets.documents.extractors import load
from assets.documents.isolation import Reader
from assets.documents.limits import LimitSettings
from assets.documents.pages import Unavailable
from assets.documents.reading import ReadingSettings
from tests.assets.documents import pdfs

DOCUMENTS = pdfs.documents(one=pdfs.pdf(pdfs.plain), two=pdfs.pdf(pdfs.image_only))


def test_the_rows_name_the_extractor(tokenizer: pl.DataFrame) -> None:
    kept, _ = extract(DOCUMENTS, ExtractionSettings(), tokenizer)
    assert set(kept["extractor"]) == {f"pypdfium2 {version('pypdfium2')}"} == {load("pdfium", ReadingSettings(), DoclingSettings()).version}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "documents.extraction.docling.models names no folder"),
        ({"models": "/no/such/folder"}, "documents.extraction.docling.models names no folder"),
        ({"python": "/no/such/python", "models": "."}, "FileNotFoundError: /no/such/python"),
        ({"python": "/bin/false", "models": "."}, "exit status 1"),
    ],
)
def test_a_docling_that_cannot_be_used_is_one_error_with_its_remedy(tokenizer: pl.DataFrame, settings: Any, problem: str) -> None:
    chosen = ExtractionSettings.model_validate({"extractor": "docling", "docling": settings})
    with pytest.raises(Unavailable) as caught:
        extract(DOCUMENTS, chosen, tokenizer)
    said = str(caught.value)
    assert problem in said and said.startswith("documents.extraction.extractor is docling, which cannot be used: ")
    assert "pip install docling==" in said and "docling-tools models download" in said and "or choose pdfium" in said
    assert caught.value.blames_the_source


def test_docling_without_its_package_or_models(tmp_path: Path) -> None:
    """Where the extra is installed the models are missing, else the package."""
    with pytest.raises(Unavailable, match=r"(Error|Exception): .*pip install docling=="):
        load("docling", ReadingSettings(), DoclingSettings(models=str(tmp_path)))


def test_an_extractor_that_never_gets_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_MAX_START_S", 0.0)
    with Reader(ReadingSettings(), LimitSettings()) as one, pytest.raises(Unavailable, match="not ready after 0 s"):
        one.read(b"")
    assert one._child is None


def test_no_documents_need_no_extractor(tokenizer: pl.DataFrame) -> None:
    kept, entries = extract(DOCUMENTS.clear(), ExtractionSettings(extractor="docling"), tokenizer)
    assert kept.is_empty() and entries.is_empty()


def test_there_are_two() -> None:
    with pytest.raises(ValidationError):
        ExtractionSettings.model_validate({"extractor": "other"})

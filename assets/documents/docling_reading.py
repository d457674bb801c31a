"""Documents read by Docling (https://docling-project.github.io/docling/): layout, tables, code and formulae by its models.

Docling is an extra: it wants other versions of some packages than we do, and models that it does not bring. So it may live in an
environment of its own, whose interpreter the settings name. PDFium opens the document first: Docling gets it without encryption and
without the text that no reader sees, which it could not tell.
"""

import io
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from assets.documents.limits import LimitSettings
from assets.documents.pages import Extraction, Unavailable, Unreadable
from assets.documents.reading import ReadingSettings, nothing_read

VERSION = "2.143.0"  # the one that this was tried with
_REMEDY = (
    f"Install it (pip install docling=={VERSION}) into an environment, whose interpreter documents.extraction.docling.python names; fetch "
    "its models (docling-tools models download -o FOLDER), and name that folder in documents.extraction.docling.models; or choose pdfium"
)
_MAX_SAID = 300


class DoclingSettings(BaseModel, frozen=True, extra="forbid"):
    """How Docling reads documents. Nothing is downloaded: what it needs is on this machine."""

    python: str | None = Field(
        None, min_length=1, description="interpreter (3.11 or newer) of the environment that has docling; none: ours"
    )
    models: str | None = Field(None, min_length=1, description="folder that docling-tools models download -o FOLDER has filled")
    tables: bool = Field(True, description="find the cells of tables (model TableFormer); without it a table is its text")
    code_and_formulae: bool = Field(False, description="decode formulae to LaTeX and code to its lines (model CodeFormula, slow)")
    ocr: bool = Field(False, description="read what is in pictures, so that scans have text")
    threads: int = Field(4, ge=1, description="of the models")
    # Layout takes about a second of a processor for each page, and torch maps gigabytes that it does not fill.
    limits: LimitSettings = LimitSettings(max_cpu_s=3_600, max_wall_s=3_600.0, max_memory_bytes=16_000_000_000)


def unavailable(problem: str) -> Unavailable:
    """Return the error of a Docling that cannot be used, with the setting that chose it and the remedy."""
    return Unavailable(f"documents.extraction.extractor is docling, which cannot be used: {problem[:_MAX_SAID]}. {_REMEDY}.")


class DoclingExtractor:
    """Docling with its models loaded. Raises Unavailable."""

    def __init__(self, reading: ReadingSettings, settings: DoclingSettings) -> None:
        self._reading = reading
        if settings.models is None or not Path(settings.models).is_dir():
            raise unavailable("documents.extraction.docling.models names no folder")
        try:
            self._converter = _converter(settings)
            self.version = f"docling {version('docling')}"
        except Exception as error:  # any: packages that are missing or do not fit, models that are missing or broken
            raise unavailable(f"{type(error).__name__}: {' '.join(str(error).split())}") from None

    def read(self, content: bytes) -> Extraction:
        """Return what Docling makes of a document. Raises Unreadable."""
        from assets.documents.docling_document import to_blocks
        from assets.documents.pdfium import Reader  # loads PDFium: in the child only

        counts: Counter[str] = Counter()
        reader = Reader(content, self._reading.passwords, self._reading.max_pages)
        try:
            seen, n_pages = reader.seen_copy(counts, self._reading.ocr_layers == "keep"), reader.n_pages
        finally:
            reader.close()
        if counts["unreadable_page"] == n_pages:
            raise Unreadable("damaged", f"none of {n_pages} pages can be read")
        found = to_blocks(self._converted(seen, counts), counts)
        if sum(len(block.text) for block in found) > self._reading.max_text_chars:
            raise Unreadable("too_much_text", f"more than {self._reading.max_text_chars} characters")
        if not found:
            raise Unreadable("no_text", nothing_read(n_pages, counts))
        return Extraction(n_pages, found, counts)

    def _converted(self, content: bytes, counts: Counter[str]) -> dict[str, Any]:
        from docling.datamodel.base_models import ConversionStatus, DocumentStream

        result = self._converter.convert(DocumentStream(name="document.pdf", stream=io.BytesIO(content)), raises_on_error=False)
        if result.status not in (ConversionStatus.SUCCESS, ConversionStatus.PARTIAL_SUCCESS):
            raise Unreadable("damaged", f"Docling: {result.status.value}")
        if result.status == ConversionStatus.PARTIAL_SUCCESS:
            counts["unreadable_page"] += max(1, len(result.errors))
        return dict(result.document.export_to_dict())


def _converter(settings: DoclingSettings) -> Any:
    """Return Docling's converter of PDFs, with all models loaded."""
    from docling.datamodel.accelerator_options import AcceleratorDevice, AcceleratorOptions
    from docling.datamodel.base_models import InputFormat
    from docling.datamodel.pipeline_options import PdfPipelineOptions
    from docling.document_converter import DocumentConverter, PdfFormatOption

    chosen = PdfPipelineOptions(
        artifacts_path=settings.models,
        do_ocr=settings.ocr,
        do_table_structure=settings.tables,
        do_code_enrichment=settings.code_and_formulae,
        do_formula_enrichment=settings.code_and_formulae,
        accelerator_options=AcceleratorOptions(num_threads=settings.threads, device=AcceleratorDevice.CPU),
    )
    converter = DocumentConverter(
        allowed_formats=[InputFormat.PDF], format_options={InputFormat.PDF: PdfFormatOption(pipeline_options=chosen)}
    )
    converter.initialize_pipeline(InputFormat.PDF)
    return converter

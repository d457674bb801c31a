"""From the bytes of a PDF to blocks of Markdown, with PDFium: the default extractor. Runs in the child process."""

from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from assets.documents import blocks, furniture
from assets.documents.furniture import CleaningSettings
from assets.documents.pages import Extraction, Page, Unreadable

if TYPE_CHECKING:
    from assets.documents.pdfium import Reader


class ReadingSettings(BaseModel, frozen=True, extra="forbid"):
    """How documents are read. The limits are per document; none comes from a study."""

    passwords: tuple[str, ...] = Field((), repr=False, description="tried on encrypted documents, as the user's and as the owner's")
    max_pages: int = Field(2_000, gt=0, description="a document with more is dropped")
    max_text_chars: int = Field(20_000_000, gt=0, description="of all pages; a document with more is dropped")
    ocr_layers: Literal["keep", "drop"] = Field(
        "drop", description="the unseen text of scans; nothing proves that it says what the picture shows: keep that of sources you trust"
    )
    cleaning: CleaningSettings = CleaningSettings()


class PdfiumExtractor:
    """The default extractor: needs no models, and reads a page in hundredths of a second."""

    def __init__(self, settings: ReadingSettings) -> None:
        self._settings = settings
        self.version = f"pypdfium2 {version('pypdfium2')}"

    def read(self, content: bytes) -> Extraction:
        """Return what can be read of a document. Raises Unreadable."""
        return read(content, self._settings)


def read(content: bytes, settings: ReadingSettings) -> Extraction:
    """Return what PDFium can read of a document. Raises Unreadable with the reason when that is nothing."""
    from assets.documents.pdfium import Reader  # loads PDFium: in the child only

    counts: Counter[str] = Counter()
    reader = Reader(content, settings.passwords, settings.max_pages)
    try:
        pages = _pages(reader, settings, counts)
    finally:
        reader.close()
    if counts["unreadable_page"] == reader.n_pages:
        raise Unreadable("damaged", f"none of {reader.n_pages} pages can be read")
    if not any(page.lines for page in pages):
        raise Unreadable("no_text", nothing_read(reader.n_pages, counts))
    furniture.clean(pages, settings.cleaning, counts)
    found = blocks.blocks(pages, counts)
    if not found:
        raise Unreadable("no_text", f"{reader.n_pages} pages, nothing but headers, footers or contents")
    return Extraction(reader.n_pages, found, counts)


def _pages(reader: "Reader", settings: ReadingSettings, counts: Counter[str]) -> list[Page]:
    pages, n_chars = [], 0
    for page in reader.pages(counts, settings.ocr_layers == "keep"):
        n_chars += sum(len(line.text) for line in page.lines)
        if n_chars > settings.max_text_chars:
            raise Unreadable("too_much_text", f"more than {settings.max_text_chars} characters by page {page.number}")
        pages.append(page)
    return pages


def nothing_read(n_pages: int, counts: Counter[str]) -> str:
    """Return what the ledger says of a document without text that a reader sees."""
    found = f"{n_pages} pages, {counts['invisible_text']} invisible characters"
    layers = f", {counts['ocr_layer']} in text layers of scans (reading.ocr_layers: keep reads them)" if counts["ocr_layer"] else ""
    return found + layers

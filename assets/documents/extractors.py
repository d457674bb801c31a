"""What reads documents: two extractors behind one interface. Both run in the child process, which loads one of them."""

from typing import Literal, Protocol

from assets.documents.docling_reading import DoclingSettings
from assets.documents.pages import Extraction
from assets.documents.reading import ReadingSettings

ExtractorName = Literal["pdfium", "docling"]


class Extractor(Protocol):
    """Reads one document after another; passwords and limits are those of the settings that it was loaded with."""

    version: str  # package and version, for the rows

    def read(self, content: bytes) -> Extraction:
        """Return the blocks of a document with their pages, cleaned, and what cleaning took. Raises Unreadable with the reason."""


def load(name: ExtractorName, reading: ReadingSettings, docling: DoclingSettings) -> Extractor:
    """Return an extractor that is ready to read. Raises Unavailable when it cannot be had here, with the setting and the remedy."""
    if name == "docling":
        from assets.documents.docling_reading import DoclingExtractor

        return DoclingExtractor(reading, docling)
    from assets.documents.reading import PdfiumExtractor

    return PdfiumExtractor(reading)

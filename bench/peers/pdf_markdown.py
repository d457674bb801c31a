"""Markdown or text of PDFs by one of the libraries that read them: `pdf_markdown.py <library> <folder for the texts> <PDF> …`."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RUNS = 3


def pypdfium2(path: str) -> str:
    """Plain text, as PDFium orders it."""
    import pypdfium2 as library

    return "\n".join(page.get_textpage().get_text_bounded() for page in library.PdfDocument(path))


def pdfminer(path: str) -> str:
    """Plain text by layout analysis."""
    from pdfminer.high_level import extract_text

    return extract_text(path)


def pypdf(path: str) -> str:
    """Plain text."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def pdf_oxide(path: str) -> str:
    """Markdown."""
    from pdf_oxide import PdfDocument

    return PdfDocument(path).to_markdown_all()


_converters: list[Any] = []


def docling(path: str) -> str:
    """Markdown by Docling's native pipeline: the standard one needs layout models from outside of the registry."""
    if not _converters:
        from docling.datamodel.base_models import InputFormat
        from docling.document_converter import DocumentConverter, PdfFormatOption
        from docling.pipeline.native_pdf_pipeline import NativePdfPipeline

        _converters.append(DocumentConverter(format_options={InputFormat.PDF: PdfFormatOption(pipeline_cls=NativePdfPipeline)}))
    return _converters[0].convert(path).document.export_to_markdown()


LIBRARIES: dict[str, Callable[[str], str]] = {
    "pypdfium2": pypdfium2,
    "pdfminer.six": pdfminer,
    "pypdf": pypdf,
    "pdf-oxide": pdf_oxide,
    "docling": docling,
}


def main(library: str, folder: str, paths: list[str]) -> None:
    """Write the texts; print the processor seconds of the fastest of three runs over all files, the first of which is not counted."""
    read = LIBRARIES[library]
    for path in paths:
        Path(folder, Path(path).stem + ".md").write_text(read(path), encoding="utf-8")
    seconds = {path: min(_seconds(read, path) for _ in range(RUNS)) for path in paths}
    print(json.dumps({"seconds": {Path(path).stem: value for path, value in seconds.items()}}))


def _seconds(read: Callable[[str], str], path: str) -> float:
    started = time.process_time()
    read(path)
    return time.process_time() - started


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

"""A PDF without the text that no reader sees, for extractors that cannot tell: written by PDFium, without encryption."""

import ctypes
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from assets.documents import visibility, words
from assets.documents.words import View

_MAX_DEPTH = 40  # of forms inside forms; PDFium itself reads no deeper


def take_unseen(handle: Any, counts: Counter[str], keeps_ocr_layers: bool) -> bool:
    """Remove the text objects of a page that hold unseen words, and say whether there were any; `counts` as in `words.words`.

    An object of which a part is seen goes as a whole: what cannot be cut is not let through. PDFium does not write forms anew: of one
    that holds unseen words the seen text moves to the page, and its graphics are lost.
    """
    unseen = _unseen(handle, counts, keeps_ocr_layers)
    if not unseen:
        return False
    for item in [pdfium.FPDFPage_GetObject(handle, index) for index in range(pdfium.FPDFPage_CountObjects(handle))]:
        texts = list(_texts(item, None, 0))
        if not any(ctypes.addressof(text.contents) in unseen for text, _, _ in texts):
            continue
        for text, matrix, form in texts:
            if form is not None and ctypes.addressof(text.contents) not in unseen and pdfium.FPDFFormObj_RemoveObject(form, text):
                pdfium.FPDFPageObj_TransformF(text, ctypes.byref(matrix))
                pdfium.FPDFPage_InsertObject(handle, text)
        if pdfium.FPDFPage_RemoveObject(handle, item):
            pdfium.FPDFPageObj_Destroy(item)
    pdfium.FPDFPage_GenerateContent(handle)
    return True


def has_unseen(handle: Any, keeps_ocr_layers: bool) -> bool:
    """Say whether a page still holds unseen words."""
    return bool(_unseen(handle, Counter(), keeps_ocr_layers))


def _unseen(handle: Any, counts: Counter[str], keeps_ocr_layers: bool) -> set[int]:
    """Return the addresses of text objects that hold unseen words."""
    text = pdfium.FPDFText_LoadPage(handle)
    if not text:
        return set()
    found: set[int] = set()
    try:
        for run, _, _, verdict in words.judged(text, View(handle), visibility.painted(handle)):
            if verdict != "seen":
                counts[verdict] += len(run.text)
            if verdict == "invisible_text" or (verdict == "ocr_layer" and not keeps_ocr_layers):
                found.add(run.address)
    finally:
        pdfium.FPDFText_ClosePage(text)
    return found


def _texts(item: Any, outer: Any, depth: int) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the text objects in an object of a page, each with the matrix that places it on the page and the form that it is in."""
    if depth == 0 and pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_TEXT:
        yield item, None, None
    if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_FORM or depth >= _MAX_DEPTH:
        return
    for part, matrix, _ in reversed(visibility.parts(item, outer, depth)):
        if pdfium.FPDFPageObj_GetType(part) == pdfium.FPDF_PAGEOBJ_TEXT:
            yield part, matrix, item
        yield from _texts(part, matrix, depth + 1)


def saved(document: Any) -> bytes:
    """Return an open document as a file, without encryption."""
    parts: list[bytes] = []

    def write(_: Any, data: Any, size: int) -> int:
        parts.append(ctypes.string_at(data, size))
        return 1

    writer = pdfium.FPDF_FILEWRITE(version=1)
    writer.WriteBlock = type(writer.WriteBlock)(write)
    if not pdfium.FPDF_SaveAsCopy(document, ctypes.byref(writer), pdfium.FPDF_NO_INCREMENTAL | pdfium.FPDF_REMOVE_SECURITY):
        raise OSError("PDFium could not write a copy")
    return b"".join(parts)

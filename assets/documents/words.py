"""Words of a page as PDFium reads them, and what becomes of each: it is seen, nobody sees it, or it is the text layer of a scan."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Literal, NamedTuple

import pypdfium2.raw as pdfium

from assets.documents import visibility
from assets.documents.pages import Style, Unreadable, Word
from assets.documents.visibility import Looks, Painted

_MAX_PAGE_CHARS = 300_000  # a full page of the smallest print has 20,000
_WORD = re.compile("[^\\s\\x00\\x02\\ufffe]+")
_LINE_HYPHENS = ("\x02", "\ufffe")  # what PDFium puts for a hyphen that ends a line: of single characters, and of texts
_SOFT_HYPHEN = "\xad"  # what some fonts show one with
_BOLD = re.compile(r"bold|black|heavy|semib|demi|[-,_]bd|cmbx|cmb\d|bx\d+$", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|menlo|cmtt|inconsolata|fixed|sourcecode|firacode|letter ?gothic", re.IGNORECASE)
_FIXED_PITCH, _FORCE_BOLD = 1, 1 << 18  # flags of font descriptors, ISO 32000-1, table 123
_BOLD_WEIGHT = 600
_LAYER_SHARE = 0.9  # of a scan's characters, at least, are its layer's; the others are stamps and numbers that were put on it later
Verdict = Literal["seen", "invisible_text", "ocr_layer"]


class View:
    """The shown part of a page, and how its coordinates become those of the page as it is shown."""

    def __init__(self, handle: Any) -> None:
        box = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(handle, ctypes.byref(box))
        self.left, self.bottom, self.right, self.top = box.left, box.bottom, box.right, box.top
        self.turns = pdfium.FPDFPage_GetRotation(handle) % 4  # quarters, clockwise
        sides = (self.right - self.left, self.top - self.bottom)
        self.width, self.height = sides[::-1] if self.turns % 2 else sides

    def holds(self, x: float, y: float) -> bool:
        """Say whether a point of the page is shown."""
        return self.left - 1 <= x <= self.right + 1 and self.bottom - 1 <= y <= self.top + 1

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the page as shown."""
        if self.turns == 0:
            return x - self.left, self.top - y
        if self.turns == 1:
            return y - self.bottom, x - self.left
        return (self.right - x, y - self.bottom) if self.turns == 2 else (self.top - y, self.right - x)

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom as shown."""
        if self.turns == 0:
            return left - self.left, self.top - top, right - self.left, self.top - bottom
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


class _Run(NamedTuple):
    """Characters between blanks, of one text object: its address, first and last index.

    `is_cut`: a hyphen cuts the word; `is_spaced`: a blank was written behind it, not only left free.
    """

    address: int
    first: int
    last: int
    text: str
    is_cut: bool
    is_spaced: bool


class _Item(NamedTuple):
    """A text object: one baseline, one style."""

    style: Style
    looks: Looks | None  # None when nothing of it can be seen
    is_unpainted: bool  # render mode 3 in a size that could be read
    baseline: float


class Judged(NamedTuple):
    """A run of characters, its text object, its box on the page (left, bottom, right, top), and what becomes of it."""

    run: _Run
    item: _Item
    box: visibility.Box
    verdict: Verdict


def words(text: Any, view: View, painted: Painted, counts: Counter[str], keeps_ocr_layers: bool) -> Iterator[Word]:
    """Yield the words of a text page that count, in the order of its content stream; `counts` gets the characters of the others.

    Those of a scan's text layer are counted as "ocr_layer" whether they are kept or not.
    """
    for order, (run, item, box, verdict) in enumerate(judged(text, view, painted)):
        if verdict != "seen":
            counts[verdict] += len(run.text)
            if not (verdict == "ocr_layer" and keeps_ocr_layers):
                continue
        shown, hidden = visibility.without_invisible_characters(run.text)
        if hidden:
            counts["invisible_text"] += hidden
        if shown:
            yield Word(shown + "-" * run.is_cut, *view.box(*box), item.baseline, item.style, order, run.is_cut, run.is_spaced)


def judged(text: Any, view: View, painted: Painted) -> Iterator[Judged]:
    """Yield each word of a text page with its verdict, in the order of the content stream."""
    runs, items = list(_runs(text)), dict[int, _Item]()
    n_chars = n_unpainted = 0
    for run in runs:
        item = items.get(run.address)
        if item is None:
            item = items[run.address] = _item(text, run.first, view)
        n_chars += len(run.text)
        n_unpainted += len(run.text) * item.is_unpainted
    is_scan = _is_scan(n_unpainted, n_chars, painted, view)
    for run in runs:
        item, box = items[run.address], _run_box(text, run)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        yield Judged(run, item, box, _verdict(run, item, x, y, view, painted, is_scan))


def _is_scan(n_unpainted: int, n_chars: int, painted: Painted, view: View) -> bool:
    page = (view.left, view.bottom, view.right, view.top)
    return n_unpainted > 0 and n_unpainted >= _LAYER_SHARE * n_chars and visibility.are_scan(painted.images, page)


def _verdict(run: _Run, item: _Item, x: float, y: float, view: View, painted: Painted, is_scan: bool) -> Verdict:
    if is_scan and item.is_unpainted and view.holds(x, y) and visibility.any_holds(painted.images, x, y):
        return "ocr_layer"
    if item.looks is None or not view.holds(x, y) or painted.hides(run.address, item.looks, x, y):
        return "invisible_text"
    return "seen"


def _run_box(text: Any, run: _Run) -> visibility.Box:
    x0, y0, x1, y1 = _char_box(text, run.first)
    if run.first == run.last:
        return x0, y0, x1, y1
    left, bottom, right, top = _char_box(text, run.last)
    return min(x0, left), min(y0, bottom), max(x1, right), max(y1, top)


def _runs(text: Any) -> Iterator[_Run]:
    """Yield the words of a text page, each of one text object."""
    content = _content(text)
    for match in _WORD.finditer(content):
        first, last = match.start(), match.end() - 1
        is_cut = content[last + 1 : last + 2] in _LINE_HYPHENS
        if content[last] == _SOFT_HYPHEN and last > first:
            is_cut, last = True, last - 1
        is_spaced = content[match.end() : match.end() + 1] == " " and not pdfium.FPDFText_IsGenerated(text, match.end())
        address = _object_at(text, first)
        if address != _object_at(text, last):
            yield from _runs_of_objects(text, content, first, last, is_cut, is_spaced)
        elif address is not None:
            yield _Run(address, first, last, content[first : last + 1], is_cut, is_spaced)


def _runs_of_objects(text: Any, content: str, first: int, last: int, is_cut: bool, is_spaced: bool) -> Iterator[_Run]:
    objects = [_object_at(text, index) for index in range(first, last + 1)]
    for address, group in groupby(range(first, last + 1), key=lambda index: objects[index - first]):
        indexes = list(group)
        if address is not None:
            is_last = indexes[-1] == last
            yield _Run(address, indexes[0], indexes[-1], content[indexes[0] : indexes[-1] + 1], is_cut and is_last, is_spaced and is_last)


def _content(text: Any) -> str:
    """Return the characters of a text page, one for each index."""
    n_chars = pdfium.FPDFText_CountChars(text)
    if n_chars > _MAX_PAGE_CHARS:
        raise Unreadable("too_much_text", f"{n_chars} characters on a page")
    buffer = (ctypes.c_ushort * (n_chars + 1))()
    n_units = pdfium.FPDFText_GetText(text, 0, n_chars, buffer) - 1
    if n_units == n_chars:
        found = bytes(buffer)[: 2 * n_chars].decode("utf-16-le", "surrogatepass")
        if len(found) == n_chars:
            return found
    codes = (pdfium.FPDFText_GetUnicode(text, index) for index in range(n_chars))
    return "".join(chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd" for code in codes)


# The address of the text object of a character: the generated binding would make a Python pointer of it for each call.
_object_at = ctypes.CFUNCTYPE(ctypes.c_void_p, pdfium.FPDF_TEXTPAGE, ctypes.c_int)(
    ctypes.cast(pdfium.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
)


def _char_box(text: Any, index: int, box: Any = pdfium.FS_RECTF()) -> tuple[float, float, float, float]:  # noqa: B008
    """Return left, bottom, right, top of a character's cell: its advance, and the font's ascent and descent."""
    pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box))
    return box.left, box.bottom, box.right, box.top


def _item(text: Any, index: int, view: View) -> _Item:
    """Return how the text object of a character is set and painted."""
    item = pdfium.FPDFText_GetTextObject(text, index)
    matrix, size = pdfium.FS_MATRIX(), ctypes.c_float()
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
    pdfium.FPDFText_GetCharOrigin(text, index, ctypes.byref(x), ctypes.byref(y))
    pdfium.FPDFTextObj_GetFontSize(item, ctypes.byref(size))
    high = abs(size.value) * math.hypot(matrix.c, matrix.d)
    wide = abs(size.value) * math.hypot(matrix.a, matrix.b)
    font = pdfium.FPDFTextObj_GetFont(item)
    name = _font_name(font)
    flags = max(0, pdfium.FPDFFont_GetFlags(font))
    is_bold = bool(_BOLD.search(name)) or bool(flags & _FORCE_BOLD) or pdfium.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT
    style = Style(round(high, 1), is_bold, bool(_MONO.search(name)) or bool(flags & _FIXED_PITCH))
    looks, is_unpainted = visibility.looks(item, min(high, wide)), visibility.is_unpainted(item, min(high, wide))
    return _Item(style, looks, is_unpainted, view.point(x.value, y.value)[1])


def _font_name(font: Any) -> str:
    buffer = ctypes.create_string_buffer(200)
    n_bytes = pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    return buffer.raw[: max(0, min(n_bytes, len(buffer)) - 1)].decode("utf-8", "replace").split("+", 1)[-1]

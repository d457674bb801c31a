"""What a reader of the page would not see: text that paints nothing, lies under something, or has the colour of what it lies on.

Text that people do not see but models read is a path for injected instructions: it is left out. The text layer of a scan says what its
picture shows, or what somebody wants us to think so: it is told apart (`are_scan`), and a setting decides.
Not seen through: clipping paths, optional content, images that hide text, and what blend modes make of colours.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

_MIN_SIZE = 1.0  # points; below, text is a speck
_SAME_COLOUR = 16  # of 255 in each channel: a contrast of at most 1.16 to 1; WCAG 2.2 asks for 4.5, 1 is none
_MIN_ALPHA = 10  # of 255
_RULE_WIDTH = 2.5  # points; a thinner fill or stroke is a rule
_MAX_OBJECTS = 50_000  # of one page; further ones are not looked at
_BAND_HEIGHT, _MAX_BANDS = 24.0, 100
_MAX_DEPTH = 6  # of forms inside forms
_SCAN_COVER = 0.8  # of the page, at least, that the images of a scan cover
_MAX_IMAGES = 200  # of a scan; further ones are not looked at
_SCAN_GRID = 20  # points each way at which that is looked at: scans are often cut into strips, or into layers that overlap
_PAINTS_NOTHING = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
_STROKED = {pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP}
_WHITE = (255, 255, 255)
_INVISIBLE_CHARACTERS = dict.fromkeys(
    [
        *range(0x00, 0x20),
        *range(0x7F, 0xA0),
        *(0xAD, 0x200B, 0x2060, 0xFEFF, 0xFFFC, 0xFFFE, 0xFFFF),
        *range(0x200E, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2061, 0x2070),
        *range(0xFE00, 0xFE0F),
        *range(0xE0000, 0xE01F0),  # tags and variation selectors: whole messages can be spelled in them
    ]
)
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, bottom, right, top


class Looks(NamedTuple):
    """The colour that a text object is painted in; None for a pattern."""

    colour: Colour | None
    is_white: bool


class Fill(NamedTuple):
    """An area that was painted at `order`; its colour is None where it cannot be told (images, shadings, transparency)."""

    order: int
    box: Box
    colour: Colour | None
    hides: bool


@dataclass(slots=True)
class Painted:
    """What is painted on a page, in order."""

    orders: dict[int, int] = field(default_factory=dict)  # of text objects, by address
    bands: dict[int, list[Fill]] = field(default_factory=dict)  # areas by the horizontal bands of the page that they meet
    rules: list[Box] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)

    def hides(self, address: int, looks: Looks, x: float, y: float) -> bool:
        """Say whether a text object's character around (x, y) is under something, or is of the colour that it lies on."""
        areas = self.bands.get(_band(y))
        if not areas:
            return looks.is_white
        order = self.orders.get(address, _MAX_OBJECTS)
        below: Colour | None = _WHITE
        for fill in areas:
            left, bottom, right, top = fill.box
            if not (left <= x <= right and bottom <= y <= top):
                continue
            if fill.order > order:
                if fill.hides:
                    return True
            else:
                below = fill.colour
        return looks.colour is not None and below is not None and _are_same(looks.colour, below)

    def add(self, fill: Fill) -> None:
        """Note an area; areas are added in the order that they are painted in."""
        for band in range(_band(fill.box[1]), _band(fill.box[3]) + 1):
            self.bands.setdefault(band, []).append(fill)


def _band(y: float) -> int:
    return max(-_MAX_BANDS, min(_MAX_BANDS, int(y // _BAND_HEIGHT)))


def _are_same(colour: Colour, other: Colour) -> bool:
    return all(abs(one - two) <= _SAME_COLOUR for one, two in zip(colour, other, strict=True))


def without_invisible_characters(word: str) -> tuple[str, int]:
    """Return a word without characters that have no shape (zero width, bidirectional marks, tags, controls), and how many it had."""
    if word.isascii() and word.isprintable():
        return word, 0
    shown = word.translate(_INVISIBLE_CHARACTERS)
    return shown, len(word) - len(shown)


def looks(item: Any, size: float) -> Looks | None:
    """Return how a text object is painted, None if nothing of it can be seen. `size` is its smaller side in points."""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    if mode in _PAINTS_NOTHING or size < _MIN_SIZE:
        return None
    found = _colour(item, pdfium.FPDFPageObj_GetStrokeColor if mode in _STROKED else pdfium.FPDFPageObj_GetFillColor)
    if found is None:
        return Looks(None, is_white=False)
    colour, alpha = found
    return None if alpha < _MIN_ALPHA else Looks(colour, _are_same(colour, _WHITE))


def is_unpainted(item: Any, size: float) -> bool:
    """Say whether a text object is of render mode 3, as the text layers of scans are, in a size that could be read."""
    return size >= _MIN_SIZE and pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE


def are_scan(images: Sequence[Box], page: Box) -> bool:
    """Say whether images cover a page as those of a scan do."""
    left, bottom, right, top = page
    steps = [(place + 0.5) / _SCAN_GRID for place in range(_SCAN_GRID)]
    points = [(left + x * (right - left), bottom + y * (top - bottom)) for x in steps for y in steps]
    return bool(images) and sum(any_holds(images, x, y) for x, y in points) >= _SCAN_COVER * len(points)


def any_holds(boxes: Sequence[Box], x: float, y: float) -> bool:
    """Say whether a point is in one of the boxes."""
    return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in boxes[:_MAX_IMAGES])


def _colour(item: Any, get: Any) -> tuple[Colour, int] | None:
    parts = [ctypes.c_uint() for _ in range(4)]
    if not get(item, *(ctypes.byref(part) for part in parts)):
        return None
    red, green, blue, alpha = (part.value for part in parts)
    return (red, green, blue), alpha


def painted(page: Any) -> Painted:
    """Return what is painted on a page: the order of its texts and areas, and its thin rules."""
    found = Painted()
    waiting = [(pdfium.FPDFPage_GetObject(page, index), None, 0) for index in reversed(range(_at_most(pdfium.FPDFPage_CountObjects(page))))]
    order = 0
    while waiting and order < _MAX_OBJECTS:
        item, matrix, depth = waiting.pop()
        order += 1
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            found.orders[ctypes.addressof(item.contents)] = order
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            waiting += parts(item, matrix, depth)
        elif kind != pdfium.FPDF_PAGEOBJ_FORM:
            _add_area(found, item, kind, matrix, order)
    return found


def _at_most(count: int) -> int:
    return max(0, min(count, _MAX_OBJECTS))


def parts(form: Any, outer: Any, depth: int) -> list[tuple[Any, Any, int]]:
    """Return the objects of a form, the last first, with the matrix that places them on the page."""
    inner = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(form, ctypes.byref(inner))
    matrix = _times(inner, outer)
    count = _at_most(pdfium.FPDFFormObj_CountObjects(form))
    return [(pdfium.FPDFFormObj_GetObject(form, index), matrix, depth + 1) for index in reversed(range(count))]


def _times(inner: Any, outer: Any) -> Any:
    if outer is None:
        return inner
    a, b, c, d, e, f = inner.a, inner.b, inner.c, inner.d, inner.e, inner.f
    return pdfium.FS_MATRIX(
        a * outer.a + b * outer.c,
        a * outer.b + b * outer.d,
        c * outer.a + d * outer.c,
        c * outer.b + d * outer.d,
        e * outer.a + f * outer.c + outer.e,
        e * outer.b + f * outer.d + outer.f,
    )


def _add_area(found: Painted, item: Any, kind: int, matrix: Any, order: int) -> None:
    box = _box(item, matrix)
    if box is None:
        return
    if kind != pdfium.FPDF_PAGEOBJ_PATH:
        found.add(Fill(order, box, None, hides=False))
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            found.images.append(box)
        return
    mode, is_stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, ctypes.byref(mode), ctypes.byref(is_stroked))
    if (mode.value or is_stroked.value) and min(box[2] - box[0], box[3] - box[1]) <= _RULE_WIDTH:
        found.rules.append(box)
    elif mode.value:
        found.add(_fill(item, box, order))


def _fill(item: Any, box: Box, order: int) -> Fill:
    colour = _colour(item, pdfium.FPDFPageObj_GetFillColor)
    is_opaque = colour is not None and colour[1] == 255 and not pdfium.FPDFPageObj_HasTransparency(item)
    is_rectangle = pdfium.FPDFPath_CountSegments(item) in (4, 5) and not any(
        pdfium.FPDFPathSegment_GetType(pdfium.FPDFPath_GetPathSegment(item, index)) == pdfium.FPDF_SEGMENT_BEZIERTO for index in range(4)
    )
    # Only of a rectangle is the bounding box what it covers.
    return Fill(order, box, colour[0] if colour and is_opaque and is_rectangle else None, hides=is_opaque and is_rectangle)


def _box(item: Any, matrix: Any) -> Box | None:
    """Return the bounds of an object on the page."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(item, *(ctypes.byref(side) for side in sides)):
        return None
    left, bottom, right, top = (side.value for side in sides)
    if matrix is None:
        return left, bottom, right, top
    corners = [
        (x * matrix.a + y * matrix.c + matrix.e, x * matrix.b + y * matrix.d + matrix.f) for x in (left, right) for y in (bottom, top)
    ]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)

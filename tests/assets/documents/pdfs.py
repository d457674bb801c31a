"""PDFs for the tests: written with reportlab, or by hand where they must be broken."""

import hashlib
import io
import zlib
from collections.abc import Callable, Sequence

import polars as pl
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from assets import passport

LINES = (
    "A worker takes the oldest task whose time has come and holds it for as long",
    "as its lease says. When the lease ends before the worker reports, the task",
    "returns to the queue and another worker may take it.",
)
Draw = Callable[[Canvas], object]


def pdf(*pages: Draw, **options: object) -> bytes:
    """Return a PDF with a page for each function that draws one."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def write(canvas: Canvas, x: float, y: float, lines: Sequence[str], font: str = "Helvetica", size: float = 10, pitch: float = 1.2) -> float:
    """Write lines from (x, y), y from the page's bottom, and return the y below them."""
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= pitch * size
    return y


def plain(canvas: Canvas) -> None:
    """Draw a page with a heading and a paragraph."""
    write(canvas, 72, 780, ["Leases"], "Helvetica-Bold", 16)
    write(canvas, 72, 750, LINES)


def raw(*objects: bytes, root: int = 1, trailer: bytes = b"") -> bytes:
    """Return a PDF of hand-written objects, numbered from 1, with a right cross-reference table."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, trailer, start))
    return out.getvalue()


def stream(content: bytes, extra: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def page(content: bytes, box: bytes = b"[0 0 595 842]", to_unicode: bytes = b"") -> bytes:
    """Return a PDF with one page of Helvetica (F1, with a CMap of what its characters mean) and Courier (F2) that `content` draws."""
    return raw(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox " + box + b" /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        stream(content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica" + b" /ToUnicode 7 0 R" * bool(to_unicode) + b" >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        stream(b"/CIDInit /ProcSet findresource begin begincmap " + to_unicode + b" endcmap end"),
    )


def many(n_pages: int) -> bytes:
    """Return a PDF of so many short pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * place) for place in range(n_pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> >>" % (kids, n_pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place in range(n_pages):
        objects.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (5 + 2 * place))
        objects.append(stream(b"BT /F1 10 Tf 72 500 Td (Rule %d is kept by all of us.) Tj ET" % place))
    return raw(*objects)


def bomb(megabytes: int, inner: bytes = b" ") -> bytes:
    """Return a page whose content inflates to so many megabytes."""
    packer = zlib.compressobj(9, wbits=-15)
    chunk = packer.compress((inner * (1 + (1 << 20) // len(inner)))[: 1 << 20]) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = b"\x78\xda" + chunk * megabytes + packer.flush()  # after a full flush a chunk may be repeated; the checksum is left out
    return raw(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        stream(packed, b"/Filter /FlateDecode"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def image_only(canvas: Canvas) -> None:
    """Draw a page without text."""
    canvas.setFillColorRGB(0.2, 0.4, 0.6)
    canvas.circle(300, 400, 100, fill=1)


def no_pages() -> bytes:
    """Return a PDF with a catalogue and no page."""
    return raw(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")


def own_parent() -> bytes:
    """Return a PDF whose page tree and page content refer to themselves."""
    return raw(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>",
        b"<< /Type /Page /Parent 2 0 R /Contents [4 0 R 4 0 R 3 0 R] /Resources << /XObject << /X 4 0 R >> >> /MediaBox [0 0 9 9] >>",
        stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>"),
    )


def documents(**contents: bytes) -> pl.DataFrame:
    """Return rows of raw_documents: name=content."""
    hashes = [hashlib.sha256(content).hexdigest() for content in contents.values()]
    columns = {
        "id": passport.row_ids("raw_documents", list(contents), hashes),
        "parent_ids": pl.Series([[]] * len(contents), dtype=pl.List(pl.String)),
        "source": pl.Series(["folder"] * len(contents), dtype=pl.String),
        "origin": pl.Series([f"{name}.pdf" for name in contents], dtype=pl.String),
        "title": pl.Series([None] * len(contents), dtype=pl.String),
        "license": pl.Series(["Apache-2.0"] * len(contents), dtype=pl.String),
        "sha256": pl.Series(hashes, dtype=pl.String),
        "n_bytes": pl.Series([len(content) for content in contents.values()], dtype=pl.Int64),
        "content": pl.Series(list(contents.values()), dtype=pl.Binary),
    }
    return pl.DataFrame(columns)

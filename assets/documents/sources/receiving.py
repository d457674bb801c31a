"""The body of an answer: a PDF into a file, or a small text, never more than the limit and never longer than it is worth."""

import asyncio
import hashlib
import os
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assets.documents.sources.refusal import Refused, Transient
from assets.documents.sources.settings import FetchSettings

if TYPE_CHECKING:
    from assets.documents.sources.connection import Reply

HEADER, HEADER_WITHIN = b"%PDF-", 1_024  # bytes: as Acrobat and other readers accept it (PDF Reference 1.7, H.3, note 13)
_STEP = 1 << 18
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_LICENSE_LINK = re.compile(r"<([^<>]{1,500})>[^<,]*;\s*rel\s*=\s*\"?[^\";,]*\blicense\b", re.IGNORECASE)  # RFC 8288, RFC 4946
_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)|publicdomain/(zero))/(\d\.\d)(?:/.*)?", re.IGNORECASE
)


class Arrived(NamedTuple):
    """A body that is whole."""

    sha256: str
    n_bytes: int


async def pdf(reply: "Reply", part: Path, settings: FetchSettings) -> Arrived:
    """Write the PDF that `reply` brings to the new file `part`.

    Raises Refused content_type, content_encoding, over_size, empty, not_pdf and timeout, as soon as it is known; Transient broken_answer.
    """
    _admit(reply, settings)
    try:
        async with asyncio.timeout(settings.document_timeout_s):
            with part.open("xb") as file:
                digest, size, start = hashlib.sha256(), 0, b""
                async for chunk in _decoded(reply):
                    size += len(chunk)
                    if size > settings.max_document_bytes:
                        raise Refused("over_size", f"more than {settings.max_document_bytes} bytes")
                    if len(start) < HEADER_WITHIN:
                        start = _checked((start + chunk)[:HEADER_WITHIN])
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
    except TimeoutError:
        raise Refused("timeout", f"not whole after {settings.document_timeout_s:g} s") from None
    if HEADER not in start:
        raise Refused("not_pdf" if size else "empty")
    return Arrived(digest.hexdigest(), size)


async def text(reply: "Reply", max_bytes: int, timeout_s: float) -> str:
    """Return the first `max_bytes` of a body as text; bytes that are not UTF-8 are replaced. Raises Transient."""
    body = b""
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in _decoded(reply):
                body += chunk
                if len(body) >= max_bytes:
                    break
    except TimeoutError:
        raise Transient("timeout") from None
    return body[:max_bytes].decode("utf-8-sig", "replace")


def license_of(reply: "Reply") -> str | None:
    """Return the SPDX id of the Creative Commons licence that a Link header names; any other one nobody has checked: None."""
    link = _LICENSE_LINK.search(reply.headers.get("link", ""))
    found = _COMMONS.fullmatch(link[1]) if link else None
    if found is None:
        return None
    return f"CC0-{found[3]}" if found[2] else f"CC-{found[1].upper()}-{found[3]}"


def _admit(reply: "Reply", settings: FetchSettings) -> None:
    """Refuse what the headers tell already."""
    media = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media and media not in settings.content_types:
        raise Refused("content_type", media[:100] if media.isprintable() else "")
    length = reply.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > settings.max_document_bytes:
        raise Refused("over_size", f"{length} bytes")


def _checked(start: bytes) -> bytes:
    if len(start) >= HEADER_WITHIN and HEADER not in start:
        raise Refused("not_pdf")
    return start


async def _decoded(reply: "Reply") -> AsyncIterator[bytes]:
    """Yield the body in small pieces, also where a server compresses what we asked to have as it is."""
    encoding = reply.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "", *_ENCODINGS):
        raise Refused("content_encoding", encoding[:40] if encoding.isprintable() else "")
    unpacker = zlib.decompressobj(47) if encoding in _ENCODINGS else None
    async for chunk in reply.body:
        if unpacker is None:
            yield chunk
            continue
        try:
            while chunk and not unpacker.eof:
                yield unpacker.decompress(chunk, _STEP)
                chunk = unpacker.unconsumed_tail
        except zlib.error:
            raise Transient("broken_answer", f"not {encoding}") from None
    if unpacker is not None and not unpacker.eof:
        raise Transient("broken_answer", f"{encoding} that ends early")

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import encodings


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"plain", "utf-8"),
        ("größe".encode(), "utf-8"),
        (b"\xef\xbb\xbfx", "utf-8-sig"),
        ("größe".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "größe".encode("utf-16-be"), "utf-16"),
        ("größe".encode("utf-32"), "utf-32"),
        ("# -*- coding: latin-1 -*-\nx = 'ÿþ'\n".encode("latin-1"), "iso8859-1"),
        ("// Größe und Maß der Fläche für Jürgen\n".encode("cp1252"), "cp1252"),
        ("/* é */".encode("cp1252"), "cp1252"),
        ("# Привет мир, это комментарий\nx = 1\n".encode("cp1251"), "cp1251"),
        ("# Привет мир, это комментарий\nx = 1\n".encode("koi8-r"), "koi8_r"),
        ("# これは日本語のコメントです\nx = 1\n".encode("cp932"), "cp932"),
        (b"\xff\xfe\x00", None),
        (bytes(range(128, 256)) * 20, None),
    ],
)
def test_detect(data: bytes, codec: str | None) -> None:
    assert encodings.detect(data) == codec


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_what_is_detected_decodes(data: bytes) -> None:
    codec = encodings.detect(data)
    assert codec is None or isinstance(data.decode(codec), str)


def test_hints() -> None:
    text = "žluťoučký kůň".encode("iso8859-2")
    assert encodings.detect(text, "ISO-8859-2") == "iso8859-2"
    assert encodings.detect("größe".encode(), "ISO-8859-2") == "utf-8"
    assert encodings.detect(b"# -*- coding: latin-1 -*-\n\xe9", "cp1251") == "iso8859-1"  # the author's own word
    for strange in ("unicode_escape", "utf-7", "rot13", "x\0y", "", "nothing"):
        assert encodings.detect(b"caf\xe9 au lait, monsieur", strange) == encodings.detect(b"caf\xe9 au lait, monsieur")

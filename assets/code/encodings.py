"""The encoding of a file: the codec that turns its bytes into text."""

import codecs
import re

_MARKS = (  # the marks of UTF-32 begin with those of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What source files that are not Unicode are in; a guess among all of Python's codecs finds Thai in French.
_CANDIDATES = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "euc_kr"]
_COOKIE = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_COOKIE_CODECS = frozenset(
    [*_CANDIDATES, "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-15", "shift_jis", "gbk", "gb2312", "koi8-r", "koi8-u", "cp949"]
)
# What else another detector may name. Codecs that are no character sets (unicode_escape, utf-7, punycode) would rewrite the text.
_HINT_CODECS = _COOKIE_CODECS.union(
    (f"iso8859-{part}" for part in (3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 16)),
    (f"cp125{digit}" for digit in range(3, 9)),
    ("cp437", "cp850", "cp852", "cp855", "cp866", "mac-roman", "mac-cyrillic", "iso2022_jp", "iso2022_kr", "hz", "johab", "tis-620"),
    ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
)


def has_mark(head: bytes) -> bool:
    """Tell whether a file that begins with `head` has a byte order mark."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def detect(data: bytes, hint: str | None = None) -> str | None:
    """Return the Python codec that decodes the whole of `data`, None when there is none.

    A byte order mark decides, then UTF-8; then a coding comment (PEP 263), then `hint`, the name that another program gave, then
    charset-normalizer's best guess among the encodings in use. The codec that is returned decodes `data` without an error.
    """
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if marked is not None:
        return marked if _decodes(data, marked) else None
    if _decodes(data, "utf-8"):
        return "utf-8"
    return _declared(data) or _named(hint, _HINT_CODECS, data) or _guess(data)


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except (UnicodeError, LookupError):
        return False
    return True


def _declared(data: bytes) -> str | None:
    found = _COOKIE.match(data)
    return _named(found[1].decode("ascii", "replace"), _COOKIE_CODECS, data) if found else None


def _named(name: str | None, allowed: frozenset[str], data: bytes) -> str | None:
    """Return Python's name of the codec `name` if it is one of `allowed` and decodes `data`."""
    try:
        codec = codecs.lookup(name).name if name else None
    except (LookupError, ValueError):  # a name with a NUL is a ValueError
        return None
    return codec if codec in allowed and _decodes(data, codec) else None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    matches = from_bytes(data, cp_isolation=_CANDIDATES)
    best = matches.best()
    if best is None:
        return None
    # Western and Central European texts of a few accents look alike: the former is by far the more frequent one.
    equals = [match for match in matches if match.chaos <= best.chaos and match.coherence >= best.coherence]
    western = any("cp1252" in match.could_be_from_charset for match in equals)
    codec = "cp1252" if western else best.encoding
    return codec if _decodes(data, codec) else None

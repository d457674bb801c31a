"""Authors in source files: whether a file names a person as one of its makers.

An e-mail address counts wherever it stands, also as `name at host dot org`. A name counts in a line that says who made something
(@author, Copyright, written by, Signed-off-by, ...); a name of several words also anywhere in the file's first 4,096 characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from email.utils import parseaddr
from functools import lru_cache
from typing import NamedTuple

import polars as pl

_HEADER_CHARS = 4096
_MIN_CHARS = 3
_CHUNK = 200  # names in one regular expression: they have a limit on their size
_MAKER = (
    r"(?:\bauthors?\b|__author__|copyright|\(c\)|©|\bby\b|\bmaintain(?:er|ed)|\bcontribut(?:or|ed)|\bcommitter|signed-off|reviewed-by"
    r"|\bcredits?\b|\bdeveloper\b)"
)
_BLANK = r"[ \t\x{a0}]+"


class _Wanted(NamedTuple):
    """Regular expressions in the dialect of polars, None when nobody is listed in that way."""

    anywhere: list[str]  # e-mail addresses
    names: list[str]  # all names, without regard to what is around them: fast, and most files have none
    lines: list[str]  # names in a line that says who made something
    header: list[str]  # names of several words
    whole: list[str]  # names that are all of a name


def is_distinctive(author: str) -> bool:
    """Tell whether `author` (a name, an address, or `Name <address>`) is long enough to be one person."""
    name, address = _parts(author)
    return bool(address) or len(name) >= _MIN_CHARS


def named_in(files: pl.DataFrame, authors: tuple[str, ...]) -> pl.Series:
    """Tell which of `files` (content: String, or Binary with its codec in `encoding`) name one of `authors`."""
    wanted, text = _wanted(authors), _text(files)
    found = _contains(text, wanted.anywhere)
    suspects = _contains(text, wanted.names) & ~found
    if suspects.any():
        some = text.filter(suspects)
        sure = _contains(some, wanted.lines) | _contains(some.str.slice(0, _HEADER_CHARS), wanted.header)
        found = found.scatter(suspects.arg_true(), sure | found.filter(suspects))
    return found


def are_listed(identities: pl.Series, authors: tuple[str, ...]) -> pl.Series:
    """Tell which of `identities`, spelled `Name <address>`, are one of `authors`: by the address, or by the name as a whole."""
    wanted = _wanted(authors)
    return _contains(identities, wanted.anywhere) | _contains(identities, wanted.whole)


def addresses(authors: Iterable[str]) -> list[str]:
    """Return the e-mail addresses among `authors`."""
    return [address for _, address in map(_parts, authors) if address]


def _contains(text: pl.Series, expressions: list[str]) -> pl.Series:
    found = pl.repeat(False, len(text), eager=True)
    for expression in expressions:
        found |= text.str.contains(expression)
    return found


def _text(files: pl.DataFrame) -> pl.Series:
    """Return the content as text; bytes that are no UTF-8 by the codec that the file was found in."""
    content = files["content"].fill_null(b"" if files.schema["content"] == pl.Binary else "")
    try:
        return content.cast(pl.String)
    except pl.exceptions.ComputeError:  # polars does not say in which rows
        codecs = files["encoding"] if "encoding" in files.columns else pl.repeat("latin-1", files.height, eager=True)
        return pl.Series([_decode(data, codec) for data, codec in zip(content, codecs, strict=True)], dtype=pl.String)


def _decode(data: bytes, codec: str | None) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        try:
            return data.decode(codec or "latin-1", "replace")
        except LookupError:
            return data.decode("latin-1")


@lru_cache(maxsize=4)
def _wanted(authors: tuple[str, ...]) -> _Wanted:
    parts = [_parts(author) for author in authors]
    addresses = sorted({_address(address) for _, address in parts if address})
    names = sorted({spelling for name, _ in parts if name for spelling in _spellings(name)})
    several = [name for name in names if _BLANK in name]
    return _Wanted(
        anywhere=_chunks(r"(?i)(?:^|[^\w.+-])(?:{})(?:$|[^\w.-]|[.-](?:\W|$))", addresses),
        names=_chunks(r"(?i)(?:{})", names),
        lines=[
            expression
            for chunk in _chunks("{}", names)
            for expression in (rf"(?im){_MAKER}.*\b(?:{chunk})\b", rf"(?im)\b(?:{chunk})\b.*{_MAKER}")
        ],
        header=_chunks(r"(?i)\b(?:{})\b", several),
        whole=_chunks(r"(?i)^\s*(?:{})\s*<", names),
    )


def _chunks(form: str, expressions: list[str]) -> list[str]:
    return [form.replace("{}", "|".join(expressions[start : start + _CHUNK])) for start in range(0, len(expressions), _CHUNK)]


def _parts(author: str) -> tuple[str, str]:
    """Return (name, address) of `author`; either may be empty."""
    text = unicodedata.normalize("NFC", " ".join(author.split()))
    name, address = parseaddr(text)
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        return name, address
    return text.lstrip("@"), ""


def _address(address: str) -> str:
    """Return the expression for an address, as it is or written out for people."""
    user, host = address.split("@")
    at = r"(?:@|\s*[\[({<]\s*(?:at|@)\s*[\])}>]\s*|\s+at\s+)"
    dot = r"(?:\.|\s*[\[({<]\s*dot\s*[\])}>]\s*|\s+dot\s+)"
    return dot.join(map(pl.escape_regex, user.split("."))) + at + dot.join(map(pl.escape_regex, host.split(".")))


def _spellings(name: str) -> list[str]:
    """Return the expressions for `name`: composed and decomposed, first name first or last."""
    words = name.replace(",", " ").split() if "," not in name else [*name.split(",", 1)[1].split(), *name.split(",", 1)[0].split()]
    orders = [_BLANK.join(map(pl.escape_regex, words))]
    if len(words) > 1:
        orders.append(pl.escape_regex(words[-1]) + f",{_BLANK}" + _BLANK.join(map(pl.escape_regex, words[:-1])))
    return [form for order in orders for form in dict.fromkeys((order, unicodedata.normalize("NFD", order)))]

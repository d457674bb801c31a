"""Where in a match the values are, when it holds several: the lines of a key, the names of the authors."""

import re
from collections.abc import Callable
from functools import lru_cache

from assets.redaction.allowlists import is_organisation, is_role_account

# A line of a source file, or of a string with \n in it, and the base64 on it.
_LINE = re.compile(r"(?:[^\n\\]|\\[^nr])+")
_BASE64 = re.compile(r"(?:(?<=\\[nr])|(?<![A-Za-z0-9+/=\\]))[A-Za-z0-9+/=]+")
_MIN_KEY_CHARS = 16  # of base64 on a line that is not the last
_PARTICLE = r"(?:van|von|vom|zu|zur|de|der|den|del|della|di|da|do|dos|das|du|la|le|el|al|bin|ibn|ter|ten|af|av|y|e)"
_WORD = r"(?:[^\W\d_a-z](?:[\w'\u2019]|\.(?=\w))*(?:-[^\W\d_]\w*)*\.?|[^\W\d_]\.)"
_PERSON = re.compile(rf"{_WORD}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_WORD}){{1,4}}")
_NICKNAME = re.compile(r"[^\W\d_][\w.-]{1,30}\w")
_DATED_NICKNAME = re.compile(r"([a-z][\w.-]{2,30})\s+on\s+\d{1,4}[./-]\d")  # "Created by x on 1.2.2020": what IDEs write
_STOP = r"[<(\"{\[|;\u00b7\u2022]|https?:|\S+@|\s[-\u2013\u2014]\s|\d{4}|\*/|\\[nrt\"]"  # after it comes an address, a year, a remark
_AUTHOR_STOP = re.compile(_STOP + r"|'(?!\w)|\s\\|\.\s|\s(?:at|from|for|of|in|on|as|is|to|using|with|under)\s")
_HOLDER_STOP = re.compile(_STOP + r"|(?i:all rights)|\.(?=\s|$)(?<=\w{3}\.)|\s(?i:licensed|distributed|see|under|this|use)\b")
_COPYRIGHT_START = re.compile(r"(?i)(?:[\s,:]|\(c\)|©|copyright|\d{4}\+?|[-\u2013]|(?:to|present|now|by)\b|\\xa9|&copy;)*")
_COMPANY = re.compile(r"(?i)\b(?:inc|llc|ltd|gmbh|corp|co|ag|plc|limited|corporation|company)\b")
_LISTED = re.compile(r"(?:\"|(?<!\w)')([^\"<({]{3,60}?)(?= <|\"|'(?!\w))")
_SPLIT = re.compile(r"\s*(?:,|&|/|\+|\band\b|\bund\b|\bet\b|\b\w+\sby\b:?)\s*")

Spans = list[tuple[int, int]]


def key_lines(value: str, _: str) -> Spans:
    """Return the spans of the base64 in the body of a private key, which leaves line ends, quotes and headers as they are.

    The body ends with the first line that is no base64, of which a short one is the last of the key.
    """
    found: Spans = []
    for line in _LINE.finditer(value):
        runs = [run.span() for run in _BASE64.finditer(value, *line.span())]
        long = [span for span in runs if span[1] - span[0] >= _MIN_KEY_CHARS]
        if ":" in line[0] or not runs:
            continue
        if found and not long:
            return found + runs if len(runs) == 1 else found
        if not found and not long:
            return []
        found += long
    return found


@lru_cache(4096)  # a repository's files begin alike
def authors(value: str, tag: str) -> Spans:
    """Return the spans of the persons' names in what follows an author's `tag`; a nickname counts after a tag that is no phrase."""
    lead = re.match(r"(?:<a[^>]*>|[\s:=\"'\[{(*,-]|u(?=[\"']))*", value)
    start = lead.end() if lead else 0
    if "[" in value[:start]:
        listed = _LISTED.finditer(value, start - 1, value.find("]", start) % (len(value) + 1))
        return [span for name in listed for span in _names(value, *name.span(1), nicknames=False)]
    dated = _DATED_NICKNAME.match(value, start)
    if dated and not is_organisation(dated[1]) and not is_role_account(dated[1]):
        return [dated.span(1)]
    end = _AUTHOR_STOP.search(value, start)
    quoted = re.search(r"[\"'\[]", value[:start]) is not None
    alone = re.search(r"(?i)\bby\b", tag) is None and (quoted or re.match(r"[@\\A]", tag) is not None)  # `author: x` is also a field
    return _names(value, start, end.start() if end else len(value), nicknames=alone)


@lru_cache(4096)
def holders(value: str, _: str) -> Spans:
    """Return the spans of the persons' names in what follows "Copyright": before or after the years; none if a company holds it."""
    lead = _COPYRIGHT_START.match(value)
    start = lead.end() if lead else 0
    end = _HOLDER_STOP.search(value, start)
    stop = end.start() if end else len(value)
    return [] if _COMPANY.search(value, start, stop) else _names(value, start, stop, nicknames=False)


@lru_cache(4096)
def named(value: str, _: str) -> Spans:
    """Return the spans of the persons' names in a `value` that stands where one is: before a mail address, in an element for it."""
    start = len(value) - len(value.lstrip("-*. "))
    return _names(value, start, len(value), nicknames=False)


def _names(value: str, start: int, stop: int, *, nicknames: bool) -> Spans:
    found, at = [], start
    for separator in [*_SPLIT.finditer(value, start, stop), None]:
        piece = value[at : separator.start() if separator else stop]
        name = piece.strip(" \t'\"*.,:;!`")
        whole = _PERSON.fullmatch(name) or (_NICKNAME.fullmatch(name) if nicknames else None)
        company = _COMPANY.match(value, separator.end()) if separator else None
        if whole and not company and not is_organisation(name):
            begin = at + piece.index(name)
            found.append((begin, begin + len(name)))
        at = separator.end() if separator else stop
    return found


PARTS: dict[str, Callable[[str, str], Spans]] = {"key_lines": key_lines, "authors": authors, "holders": holders, "named": named}

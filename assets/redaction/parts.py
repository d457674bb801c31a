"""Where in a match the values are, when it holds several: the lines of a key, the names of the authors."""

import re
from collections.abc import Callable
from functools import lru_cache

from assets.redaction.allowlists import is_given_name, is_organisation, is_role_account

# A line of a source file, or of a string with \n in it, and the base64 on it.
_LINE = re.compile(r"(?:[^\n\\]|\\[^nr])+")
_BASE64 = re.compile(r"(?:(?<=\\[nr])|(?<![A-Za-z0-9+/=\\]))[A-Za-z0-9+/=]+")
_MIN_KEY_CHARS = 16  # of base64 on a line that is not the last
_PARTICLE = r"(?:van|von|vom|zu|zur|de|der|den|del|della|di|da|do|dos|das|du|la|le|el|al|bin|ibn|ter|ten|af|av|y|e)"
_WORD = r"(?:[^\W\d_a-z](?:[\w'\u2019]|\.(?=\w)|&[A-Za-z]{4,6};?)*(?:-[^\W\d_]\w*)*\.?|[^\W\d_]\.)"
_PERSON = re.compile(rf"{_WORD}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_WORD}){{1,4}}")
# Of two to four characters without blanks, as names are written in China, Korea and Japan.
_UNSPACED = re.compile(
    r"[\u4e00-\u9fff]{2,4}|[\uac00-\ud7a3]{2,4}|[\u4e00-\u9fff\u3040-\u30ff]{1,4}[ \u3000][\u4e00-\u9fff\u3040-\u30ff]{1,5}"
)
_LAST_FIRST = re.compile(rf"({_WORD}(?:\s{_WORD})?),\s({_WORD}(?:\s{_WORD})?)")
_NICKNAME = re.compile(r"[^\W\d_][\w.-]{1,30}\w")
_DATED_NICKNAME = re.compile(r"([a-z][\w.-]{2,30})\s+on\s+\d{1,4}[./-]\d")  # "Created by x on 1.2.2020": what IDEs write
# After it comes an address, a year, a remark; the ; of an entity in a name is none.
_STOP = r"[<(\"{\[\]|\u00b7\u2022]|(?<!&\w{4})(?<!&\w{5})(?<!&\w{6});|https?:|[^\s@()<\[]+@|\s[-\u2013\u2014]\s|\d{4}|\*/|\\[nrt\"]"
_AUTHOR_STOP = re.compile(
    _STOP + r"|\)|-->|'(?!\w)|\s\\(?!and\b)|(?<=\w\w)\.\s|\s(?:at|from|for|of|in|on|as|is|to|using|with|under|am|le|el)\s"
)
_HOLDER_STOP = re.compile(_STOP + r"|(?i:all rights)|\.(?=\s|$)(?<=\w{3}\.)|\s(?i:licensed|distributed|see|under|this|use)\b")
_COPYRIGHT_START = re.compile(r"(?i)(?:\(c\)|[\s,:>(\"'\[]|©|copyright|\d{1,4}\+?|[-\u2013]|(?:to|present|now|by)\b|\\xa9|&copy;)*")
_COMPANY = re.compile(r"(?i)\b(?:inc|llc|ltd|gmbh|corp|co|ag|plc|limited|corporation|company)\b")
_LISTED = re.compile(r"(?:\"|(?<!\w)')([^\"<({]{3,60}?)(?= <|\"|'(?!\w))")
_SPLIT = re.compile(r"\s*(?:[,\u3001]|;(?=\s?[^\W\d_a-z])|&(?![A-Za-z]{2,7};)|/|\+|\\?\band\b|\bund\b|\bet\b|\b\w+\sby\b:?)\s*")
_HANDLE = re.compile(r"\s+\(?@[\w-]+\)?$")
# What a sentence ends with before a name.
_BEFORE_A_NAME = rf"(?:(?i:by|of|from|to|contact|author|maintainer|mail|ask|thanks)|(?!{_PARTICLE}\b)[a-z]{{2,}}[:.,]?)"
_PHRASE = re.compile(rf"(?:.*\s)?{_BEFORE_A_NAME}\s+(?=[^\W\d_a-z])")
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s\d{1,2},?\s\d{4}"
_LEAD = re.compile(rf"(?:.*\)|[-*\s]*\w+\s[\u2013\u2014-](?=\s))?[-*.,\s\d\u2013]*(?:{_DAY}\s+)?")
_LOWER = re.compile(r"([a-z]{3,12}(?:\s[a-z]\.?)?\s[a-z]{3,20})\s*$")  # jane doe
_ALONE = re.compile(rf"{_LOWER.pattern}|([A-Z][a-z]{{2,12}})\s*$")  # after a year: also Jane
_ASIDE = re.compile(r"<[^<>\n]{0,80}>|\([^()\n]{0,80}\)")
_NAME = r"[^\W\d_a-z](?:[^\W\d_]|['\u2019](?=\w)|-(?=[^\W\d_]))*[^\W\d_]"
_CREDITED = re.compile(rf"{_NAME}(?:\s+(?:[^\W\d_a-z]\.\s?){{1,2}})?(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_NAME}){{1,3}}")
_LIST_LINE = re.compile(r"(?m)^[ \t*#/;+.\[-]*([^\W\d_a-z][^\r\n]{3,120})")
# A line of a manifest's list: the name, or an entry that begins with it.
_ENTRY = re.compile(
    r"(?m)(?:^[ \t]*(?:-[ ]+)?|[\[,][ ]?|(?<=[\[{,])\s+)\{?[ ]*(?:[\"']?name[\"']?[ ]?[:=][ ]?)?[\"']?"
    r"([^\W\d_a-z](?:[^\"'<>(){},:@\r\n]|'(?=\w)){2,60}?)(?=\s*(?:[\"'<(,}]|$))"
)
_AND = re.compile(r"\s?(?:\([^()]{1,60}\)|<[^<>]{1,80}>|@[\w-]+)?\s?(?:,\s?(?:and\s)?|(?:and|und|et|&)\s)\s?")

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
    value = _ASIDE.sub(lambda aside: " " * len(aside[0]), value)
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
    found = _names(value, start, stop, nicknames=False)
    if _COMPANY.search(value, start, stop):
        return [(left, right) for left, right in found if is_given_name(value[left:right])]
    return found


@lru_cache(4096)
def named(value: str, _: str) -> Spans:
    """Return the spans of the persons' names in a `value` that stands where one is: before a mail address, in an element for it."""
    lead = _LEAD.match(value)
    start = lead.end() if lead else 0
    found = _names(value, start, len(value), nicknames=False)
    phrase = None if found else _PHRASE.match(value, start)
    if phrase:
        return _names(value, phrase.end(), len(value), nicknames=False)
    alone = None if found else (_ALONE if start and value[:start].strip(" -*.)") else _LOWER).match(value, start)
    if alone is None or not is_given_name(alone[0].title()) or is_organisation(alone[0].strip()):
        return found
    return [alone.span(alone.lastindex or 0)]


@lru_cache(4096)
def people(value: str, _: str) -> Spans:
    """Return the spans of the persons' names in a `value` that holds nothing else before an address or a remark."""
    lead = _LEAD.match(value)
    end = _AUTHOR_STOP.search(value.replace(";", ","), lead.end() if lead else 0)
    return _names(value, lead.end() if lead else 0, end.start() if end else len(value), nicknames=False)


def entries(value: str, _: str) -> Spans:
    """Return the spans of the names in the lines of a list in a manifest."""
    return [span for line in _ENTRY.finditer(value) for span in _names(value, *line.span(1), nicknames=False)]


@lru_cache(4096)
def mailed(value: str, _: str) -> Spans:
    """As `named`, of those that begin as persons' names do: before a mail address that stands in no brackets."""
    return [(left, right) for left, right in named(value, _) if is_given_name(value[left:right]) and " " in value[left:right]]


@lru_cache(4096)
def credited(value: str, _: str) -> Spans:
    """Return the spans of the names that a `value` begins with, in a sentence that credits somebody: each begins with a given name."""
    found: Spans = []
    at = 0
    while name := _CREDITED.match(value, at):
        end = name.end() - (2 if name[0].endswith(("'s", "\u2019s")) else 0)
        if not is_given_name(name[0]) or is_organisation(value[name.start() : end]):
            return found
        found.append((name.start(), end))
        link = _AND.match(value, name.end())
        if link is None:
            return found
        at = link.end()
    return found


def lines(value: str, _: str) -> Spans:
    """Return the spans of the names that the lines of a list of persons begin with."""
    found: Spans = []
    for line in _LIST_LINE.finditer(value):
        begin = line.start(1)
        found += [(begin + left, begin + right) for left, right in credited(line[1], "")]
    return found


def _names(value: str, start: int, stop: int, *, nicknames: bool) -> Spans:
    return [(start + left, start + right) for left, right in _names_in(value[start:stop], nicknames)]


@lru_cache(4096)  # years before a name differ more often than it does
def _names_in(value: str, nicknames: bool) -> Spans:
    reversed_name = _LAST_FIRST.fullmatch(value.strip(" \t'\"*.;`"))
    if reversed_name and is_given_name(reversed_name[2]) and not is_given_name(reversed_name[1]) and not is_organisation(reversed_name[0]):
        begin = value.index(reversed_name[0])
        return [(begin, begin + len(reversed_name[0]))]
    found, at = [], 0
    for separator in [*_SPLIT.finditer(value), None]:
        piece = value[at : separator.start() if separator else len(value)]
        name = _HANDLE.sub("", piece).strip(" \t'\"*.,:;!`")
        whole = _PERSON.fullmatch(name) or _UNSPACED.fullmatch(name)
        nicknames = nicknames and not whole  # after a whole name comes where its bearer works
        whole = whole or (_NICKNAME.fullmatch(name) if nicknames else None)
        company = _COMPANY.match(value, separator.end()) if separator else None
        if whole and not company and not is_organisation(name):
            begin = at + piece.index(name)
            found.append((begin, begin + len(name)))
        at = separator.end() if separator else len(value)
    return found


PARTS: dict[str, Callable[[str, str], Spans]] = {
    "key_lines": key_lines,
    "authors": authors,
    "holders": holders,
    "named": named,
    "people": people,
    "entries": entries,
    "mailed": mailed,
    "credited": credited,
    "lines": lines,
}

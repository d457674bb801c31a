"""Read documentation: summary, parameters, results, errors and examples, each as a literal span of the text it stands in."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from docstring_parser import Docstring, epydoc, google, numpydoc, rest
from docstring_parser.common import DocstringParam, DocstringRaises, DocstringReturns

from assets.corpus.chunks import comments
from assets.corpus.chunks.comments import Bare


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a documentation: [start, end) are characters of the text around it, `text` is what stands there without marks."""

    kind: str  # paragraph, parameter, returns, raises or example
    name: str  # of the parameter or the exception; empty for the others
    name_start: int  # where the name stands; `start` when there is none
    start: int
    end: int
    text: str


_SECTION = re.compile(r"^[ \t]*(?:[A-Z][\w ]{2,30}\n[ \t]*[-=]{3,}[ \t]*$|(?:[A-Z][a-z]+ ?){1,3}:[ \t]*$|[:@\\][a-z]+\b.*)", re.MULTILINE)
_UNDERLINE = re.compile(r"={3,}(?=[ \t]*$)", re.MULTILINE)  # some projects underline NumPy sections with ===
_STYLES = (
    (re.compile(r"^[ \t]*[A-Z][\w ]+\n[ \t]*[-=]{3,}[ \t]*$", re.MULTILINE), numpydoc.parse),
    (re.compile(r"^[ \t]*:(?:param|parameter|arg|returns?|raises?|type|rtype|key|var)\b.*?:", re.MULTILINE), rest.parse),
    (re.compile(r"^[ \t]*@(?:param|return|raise|type|rtype)\b.*?:", re.MULTILINE), epydoc.parse),
    (re.compile(r"^[ \t]*(?:Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Attributes):", re.MULTILINE), google.parse),
)
_TAG = re.compile(r"^[ \t]*[@\\]([a-zA-Z]+)\b(?:\[[a-z, ]+\])?[ \t]*", re.MULTILINE)
_TAG_KINDS = {"param": "parameter", "arg": "parameter", "argument": "parameter"}
_TAG_KINDS |= {"return": "returns", "returns": "returns", "result": "returns"}
_TAG_KINDS |= {"throws": "raises", "throw": "raises", "exception": "raises"}
_TAG_KINDS |= dict.fromkeys(("brief", "details", "short", "description", "desc"), "paragraph")
_TAG_NAME = re.compile(r"(?:\{[^{}\n]*\}[ \t]*)?\[?([\w.$]+)(?:[ \t]*=[^\]\n]*)?\]?[ \t]*(?:-[ \t]+)?")
_TAG_TYPE = re.compile(r"\{[^{}\n]*\}[ \t]*(?:-[ \t]+)?")
_DOCTEST = re.compile(r"^([ \t]*)>>> .*(?:\n(?:[ \t]*\n(?=[ \t]*>>> ))?(?![ \t]*$).+)*", re.MULTILINE)
_INLINE_TAGS = frozenset({"c", "p", "a", "e", "b", "em", "ref", "link", "code", "n", "li", "f", "see"})


def clean(text: str, start: int, end: int, language: str | None) -> str:
    """Return the documentation in text[start:end] without quotes, comment marks and common indentation."""
    return comments.strip(text, start, end, is_python=language == "Python").text


def parse(text: str, start: int, end: int, language: str | None) -> list[Part]:
    """Return the parts of the documentation in text[start:end], in their order there.

    Python docstrings may be in Google, NumPy, reST or Epydoc style, comments in Javadoc, JSDoc or Doxygen style; without any of these,
    there are only paragraphs. Of documentation that the end of `text` cuts off, the last part is left out: it may be incomplete.
    """
    is_python = language == "Python"
    bare = comments.strip(text, start, end, is_python=is_python)
    spans = _python_parts(bare.text) if is_python else _tagged_parts(bare.text)
    parts = [part for span in spans if (part := _part(*span, bare)) is not None]
    parts.sort(key=lambda part: (part.start, part.end))
    return parts if comments.is_closed(text, start, end, is_python=is_python) else parts[:-1]


def _part(kind: str, name: str, name_first: int, first: int, last: int, bare: Bare) -> Part | None:
    found = bare.text[first:last]
    first, last = first + len(found) - len(found.lstrip()), first + len(found.rstrip())
    if kind == "example":
        first = bare.text.rfind("\n", 0, first) + 1
    if first >= last:
        return None
    named = bare.source(name_first if name else first)
    return Part(kind, name, named, bare.source(first), bare.source(last - 1) + 1, bare.text[first:last])


Span = tuple[str, str, int, int, int]  # kind, name, where the name starts, first and one past the last character in the bare text


def _paragraphs(bare: str, start: int, end: int) -> Iterator[Span]:
    """Yield the paragraphs of prose at the start of a text, up to the first that is something else."""
    for match in re.finditer(r"(?:(?!\n[ \t]*\n).)+", bare[start:end], re.DOTALL):
        body = match[0].strip()
        if body.startswith((".. ", ">>>", "|", "+--", "```", "<pre", "@code", "\\code")) or _SECTION.match(body):
            return
        if body:
            yield "paragraph", "", start, start + match.start(), start + match.end()


def _python_parts(bare: str) -> Iterator[Span]:
    section = _SECTION.search(bare)
    yield from _paragraphs(bare, 0, section.start() if section is not None else len(bare))
    example = _DOCTEST.search(bare)
    if example is not None:
        yield "example", "", example.start(), example.start(), example.end()
    style = next((parser for pattern, parser in _STYLES if pattern.search(bare)), None)
    if style is not None and section is not None:
        try:
            parsed = style(_UNDERLINE.sub(lambda match: "-" * len(match[0]), bare))
        except Exception:  # of a parser that is not ours, on any text there is: what it cannot read has paragraphs only
            return
        yield from _described(parsed, bare, section.start())


def _described(parsed: Docstring, bare: str, at: int) -> Iterator[Span]:
    """Yield where the descriptions stand that the parser found: it gives text without positions, but in order."""
    flat = _Flat(bare)
    at = flat.position(at)
    for meta in parsed.meta:
        kind, name, described = _kind(meta)
        if kind is None or not described:
            continue
        name_at = flat.find(name, at) if name else at
        start = flat.find(described, at if name_at < 0 else name_at + len(name))
        if start >= 0 and name_at >= 0:
            at = start + len(" ".join(described.split()))
            yield kind, name, flat.origin(name_at), flat.origin(start), flat.origin(at - 1) + 1


class _Flat:
    """A text with one blank between words, and the way back: parsers wrap and indent anew what they return."""

    def __init__(self, text: str) -> None:
        words = list(re.finditer(r"\S+", text))
        self.text = " ".join(word[0] for word in words)
        self._starts = [word.start() for word in words]
        self._places = list(accumulate((len(word[0]) + 1 for word in words), initial=0))[:-1]

    def position(self, origin: int) -> int:
        """Return where the first word at or after `origin` stands in the flat text."""
        word = bisect_left(self._starts, origin)
        return self._places[word] if word < len(self._places) else len(self.text)

    def origin(self, position: int) -> int:
        """Return where the character at `position` of the flat text stands in the text."""
        word = bisect_right(self._places, position) - 1
        return self._starts[word] + position - self._places[word]

    def find(self, sought: str, at: int) -> int:
        """Return the first place from `at` on where `sought` stands as whole words, -1 for none."""
        sought = " ".join(sought.split())
        found = self.text.find(sought, at)
        while found >= 0 and not self._is_whole(found, found + len(sought)):
            found = self.text.find(sought, found + 1)
        return found

    def _is_whole(self, start: int, end: int) -> bool:
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        return not (_is_word(before) and _is_word(self.text[start])) and not (_is_word(after) and _is_word(self.text[end - 1]))


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _kind(meta: object) -> tuple[str | None, str, str]:
    if isinstance(meta, DocstringParam) and meta.args[0] not in ("attribute", "method", "other_param"):
        return "parameter", meta.arg_name, meta.description or ""
    if isinstance(meta, DocstringReturns):
        return "returns", "", meta.description or meta.type_name or ""
    if isinstance(meta, DocstringRaises):
        return "raises", meta.type_name or "", meta.description or ""
    return None, "", ""


def _tagged_parts(bare: str) -> Iterator[Span]:
    """Yield the parts of a comment with `@param x …` or `\\param x …` tags; `@brief` and what has no tag are paragraphs."""
    tags = [tag for tag in _TAG.finditer(bare) if tag[1] not in _INLINE_TAGS]
    yield from _paragraphs(bare, 0, tags[0].start() if tags else len(bare))
    stops = [tag.start() for tag in tags[1:]] + [len(bare)] if tags else []
    for tag, stop in zip(tags, stops, strict=True):
        kind = _TAG_KINDS.get(tag[1])
        if kind == "paragraph":
            yield from _paragraphs(bare, tag.end(), stop)
        elif kind is not None:
            yield from _tag_part(kind, bare, tag.end(), stop)


def _tag_part(kind: str, bare: str, start: int, stop: int) -> Iterator[Span]:
    blank = re.compile(r"\n[ \t]*\n").search(bare, start, stop)
    end = stop if blank is None else blank.start()
    head = (_TAG_TYPE if kind == "returns" else _TAG_NAME).match(bare, start, end)
    if head is None:
        if kind == "returns":
            yield kind, "", start, start, end
        return
    yield kind, "" if kind == "returns" else head[1], head.start(0 if kind == "returns" else 1), head.end(), end


_WORD = re.compile(r"[^\W_]+")
_EMPTY_WORDS = frozenset({"a", "an", "and", "are", "as", "be", "by", "for", "from", "get", "gets", "getter", "has", "if", "in", "is", "it"})
_EMPTY_WORDS |= {"its", "of", "on", "or", "return", "returns", "set", "sets", "setter", "that", "the", "this", "to", "whether", "with"}
_NO_DOCUMENTATION = re.compile(
    r"\A\W*(?:todo|fixme|xxx|hack|noqa|nolint|eslint|istanbul|@ts-|jshint|pylint|type:|clang-format|see\b|refer to|same as|helper\b|"
    r"inherit|deprecated\b|internal\b.{0,20}\Z|not documented|undocumented|override)|\{@inherit|copyright|licen[sc]ed? (?:under|file)|"
    r"spdx-license|all rights reserved|auto-?generated|automatically generated|generated (?:by|from)|do not edit|[-=*#~_/]{6,}",
    re.IGNORECASE,
)


def says_nothing(text: str, name: str, *, min_words: int = 4) -> bool:
    """Tell whether a summary teaches nothing: too short, a licence, a rule, a to-do, code put out of use, or the name in words."""
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < min_words or _NO_DOCUMENTATION.search(text) is not None or text.rstrip().endswith((";", "{", "}")):
        return True
    spelled = re.sub(r"([a-z0-9])([A-Z])|[\W_]", r"\1 \2", name).lower().split()
    return {_stem(word) for word in words} <= {_stem(word) for word in spelled} | {_stem(word) for word in _EMPTY_WORDS}


def _stem(word: str) -> str:
    """Return the word without the ending of a plural or a verb: enough to compare it with a name."""
    return word[:-1] if word.endswith("s") and len(word) > 3 else word

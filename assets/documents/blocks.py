"""Lines in reading order to paragraphs, lists, code and tables in Markdown."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from assets.documents import columns, headings, lines, tables
from assets.documents.pages import Block, BlockKind, Line, Page, Style

_PITCH = 1.2  # times the size: the usual distance of lines
_APART = 1.32  # times the region's distance of lines: the next line begins a paragraph
_ENOUGH = 4  # lines of a size that tell their usual distance
_MOST_BLANK_LINES = 5.0  # inside of code
_INDENT = 0.8  # ems
_SHORT = 0.75  # of the region's width: a line that ends there with a full stop ends its paragraph
_SAME_SIZE = 0.06
_BULLET = re.compile(r"[•◦▪‣\u2043∙·●○■□➢✓❖\uf0b7\uf0a7\u2013*-](?=\s)\s*")
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-zA-Z]|[ivx]{2,5})[.)](?=\s)\s*")
_SENTENCE_END = (".", "!", "?", ":", ";", '"', "”", "»", ")", "。", "\uff01", "\uff1f")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_ANY_LIGATURE = re.compile(f"[{''.join(_LIGATURES)}]")
_LONGEST_WORD = 80
_LAST_PART = re.compile(r"[^\w]+")
_FIRST_PART = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]+")
_NO_BLANKS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff60\u3000-\u303f]")  # scripts that are written without


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together, and where they stand."""

    lines: list[Line]
    page: int
    region: int
    kind: BlockKind
    is_apart: bool = False  # more than a usual gap above it and below it


def blocks(pages: Sequence[Page], counts: Counter[str]) -> list[Block]:
    """Return the blocks of a document; `counts` gets "hyphenation" and "ligature"."""
    for page in pages:
        _expand_ligatures(page, counts)
    text = [line for page in pages for line in page.lines]
    body, words = headings.body_style(text), _words(text)
    found: list[Block] = []
    looks: dict[int, headings.Look] = {}
    before: _Paragraph | None = None
    for part in _parts(pages, body):
        if isinstance(part, Block):
            found.append(part)
            before = None
            continue
        joined = _joined(part.lines, words, counts) if part.kind != "code" else _code(part.lines)
        if before is not None and _goes_on(before, part, joined):
            found[-1].text = _glue(found[-1].text, joined, words, counts)
            found[-1].pages.append((len(found[-1].text) - len(joined), part.page))
            before = part
            continue
        if part.kind != "code" and headings.is_heading(part.lines, joined, body, part.is_apart) and not _BULLET.match(joined):
            part.kind = "heading"
            style = part.lines[0].style
            looks[len(found)] = (round(style.size * 2) / 2, style.is_bold, joined.isupper())
        found.append(Block(part.kind, _item(joined) if part.kind == "list_item" else joined, [(0, part.page)]))
        before = part if part.kind in ("paragraph", "list_item") else None
    headings.set_levels(found, looks)
    return found


def _expand_ligatures(page: Page, counts: Counter[str]) -> None:
    for line in page.lines:
        line.text, n_found = without_ligatures(line.text)
        counts["ligature"] += n_found


def without_ligatures(text: str) -> tuple[str, int]:
    """Return a text with its ligatures spelled in letters, and how many it had."""
    return _ANY_LIGATURE.subn(lambda match: _LIGATURES[match[0]], text)


def _words(text: Sequence[Line]) -> set[str]:
    """Return the words of a document in small letters, without those that a line's end may have cut."""
    return {word.lower() for line in text for word in re.findall(r"\w+(?:-\w+)*", line.text.removesuffix("-").rsplit(" ", 1)[0])}


def _parts(pages: Sequence[Page], body: Style) -> Iterator[_Paragraph | Block]:
    region_number = 0
    for page in pages:
        for region in columns.regions(page):
            region_number += 1
            for piece in tables.split(region, page.rules):
                if isinstance(piece, tables.Table):
                    yield Block("table", piece.markdown, [(0, page.number)])
                else:
                    yield from _paragraphs(piece, page.number, region_number, body)


def _paragraphs(text: Sequence[Line], page: int, region: int, body: Style) -> Iterator[_Paragraph]:
    """Yield the paragraphs of lines of one column."""
    column = _Column.of(text)
    found: list[_Paragraph] = []
    for line in text:
        is_code = line.style.is_mono and not body.is_mono
        if found and not _begins(found[-1], line, is_code, column):
            found[-1].lines.append(line)
            continue
        kind: BlockKind = "code" if is_code else "list_item" if _BULLET.match(line.text) or _NUMBER.match(line.text) else "paragraph"
        found.append(_Paragraph([line], page, region, kind))
    apart = [
        True,
        *(_gap(above.lines[-1], below.lines[0]) > _APART * column.pitch(above.lines[-1]) for above, below in pairwise(found)),
        True,
    ]
    for place, paragraph in enumerate(found):
        paragraph.is_apart = apart[place] and apart[place + 1]
        yield paragraph


@dataclass(slots=True)
class _Column:
    """The edges of a column, and the usual distance of its lines by their size."""

    left: float
    right: float
    pitches: dict[float, float]

    @classmethod
    def of(cls, text: Sequence[Line]) -> "_Column":
        gaps: dict[float, list[float]] = {}
        for above, below in pairwise(text):
            if above.style.size == below.style.size:
                gaps.setdefault(above.style.size, []).append(_gap(above, below))
        pitches = {size: median(found) for size, found in gaps.items() if len(found) >= _ENOUGH}
        edge = median(line.left for line in text) if len(text) > _ENOUGH else text[0].left
        return cls(min(edge, text[0].left), max(line.right for line in text), pitches)

    def pitch(self, line: Line) -> float:
        """Return the usual distance to the next line: at least as if set solid, at most as if set double."""
        size = line.style.size
        return min(2.4 * size, max(size, self.pitches.get(size, _PITCH * size)))


def _gap(above: Line, below: Line) -> float:
    return below.baseline - above.baseline


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.style.size - other.style.size) <= _SAME_SIZE * max(one.style.size, other.style.size)


def _begins(before: _Paragraph, line: Line, is_code: bool, column: _Column) -> bool:
    """Say whether `line` begins a paragraph below the lines of `before`."""
    above, gap = before.lines[-1], _gap(before.lines[-1], line)
    if is_code or before.kind == "code":
        return not (is_code and before.kind == "code" and gap <= _MOST_BLANK_LINES * column.pitch(line))
    if not _same_size(above, line) or gap > _APART * column.pitch(line) or gap < 0:
        return True
    if above.style.is_bold != line.style.is_bold and before.kind != "list_item":
        return before.lines[0].style.is_bold or line.style.is_bold
    if _BULLET.match(line.text) or (_NUMBER.match(line.text) and not above.is_cut and _may_list(above, line)):
        return True
    if before.kind == "list_item":
        return line.left < before.lines[0].left - 0.3 * line.style.size
    if line.left > above.left + _INDENT * line.style.size and above.left <= column.left + 0.3 * line.style.size and not line.style.is_bold:
        return True
    is_short = above.right < column.right - (1 - _SHORT) * (column.right - column.left)
    return is_short and above.text.endswith((".", "!", "?", ":")) and not line.text[:1].islower()


def _may_list(above: Line, line: Line) -> bool:
    """Say whether a number at the start of a line is an item's: it stands apart, or the line above ends a sentence."""
    return line.words[0].text.endswith((".", ")")) and (above.text.endswith(_SENTENCE_END) or lines.is_marker(above.words[0]))


def _goes_on(before: _Paragraph, part: _Paragraph, text: str) -> bool:
    """Say whether a paragraph of the next column or page goes on with the last one."""
    if before.region == part.region or part.kind != "paragraph" or not _same_size(before.lines[-1], part.lines[0]):
        return False
    above = before.lines[-1]
    return above.is_cut or (text[:1].islower() and not above.text.endswith(_SENTENCE_END))


def _joined(text: Sequence[Line], words: set[str], counts: Counter[str]) -> str:
    joined = text[0].text
    for line in text[1:]:
        joined = _glue(joined, line.text, words, counts)
    return joined


def _glue(above: str, below: str, words: set[str], counts: Counter[str]) -> str:
    """Return two lines as one. A word that a hyphen cuts is made whole unless the document writes it with the hyphen."""
    last = above[-_LONGEST_WORD:].rsplit(None, 1)[-1].removesuffix("-") if above.endswith("-") else ""
    first = _FIRST_PART.match(below)
    if not last or first is None:
        blank = "" if _NO_BLANKS.match(above[-1:]) and _NO_BLANKS.match(below[:1]) else " "
        return f"{above}{blank}{below}"
    parts = _LAST_PART.split(last)[-1], first[0]
    if not all(_LETTER.fullmatch(part) for part in parts) or not first[0][0].islower() or _is_compound(last, first[0], words):
        return above + below
    counts["hyphenation"] += 1
    return above[:-1] + below


def _is_compound(start: str, end: str, words: set[str]) -> bool:
    return f"{start}-{end}".lower() in words and f"{start}{end}".lower() not in words


def _item(text: str) -> str:
    """Return a list's item with Markdown's marker."""
    if bullet := _BULLET.match(text):
        return f"- {text[bullet.end() :]}"
    number = _NUMBER.match(text)
    assert number is not None
    return f"{number[1]}. {text[number.end() :]}" if text[: len(number[1])].isdecimal() else f"- {text}"


def _code(text: Sequence[Line]) -> str:
    """Return lines of code in a fence, with their indentation and blank lines."""
    margin = min(line.left for line in text)
    pitch = min((gap for gap in (_gap(*pair) for pair in pairwise(text)) if gap > 1), default=1.0)
    written = []
    for place, line in enumerate(text):
        if place:
            written += [""] * min(3, max(0, round(_gap(text[place - 1], line) / pitch) - 1))
        written.append(" " * lines.indent(line, margin) + line.text)
    return fenced(written)


def fenced(written: Sequence[str], language: str = "") -> str:
    """Return lines of code in a fence that none of them can close."""
    fence = "`" * max(3, 1 + max((len(run) for line in written for run in re.findall("`+", line)), default=0))
    return "\n".join([fence + language, *written, fence])

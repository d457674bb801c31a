"""Words to lines: what stands on one baseline without a gap."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from assets.documents.pages import Line, Style, Word

_SAME_BASELINE = 0.5  # of the larger size: holds sub- and superscripts, keeps lines apart that are set solid
_GAP = 1.1  # of the size, between words that follow each other in the stream: columns of a table; justified blanks stay below
_GAP_APART = 0.7  # between words that do not: the gutter of text columns is an em in some layouts
_GAP_IN_CODE = 6.0  # blanks in code are wide and meant
_SPACE = 0.12  # of the size; a smaller gap is none (blanks are at least .2 in text fonts)
_WRITTEN_SPACE = 0.02  # of the size, for a blank that was written: tightly set text narrows them
_MAX_INDENT = 40  # columns of code
_GAP_AFTER_MARKER = 3.5  # between a bullet or a number and what it marks
_MARKER = re.compile(
    r"(?:[•◦▪‣\u2043∙·●○■□➢✓❖\uf0b7\uf0a7\u2013—*-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,4}\.?)"
)


def lines(words: Sequence[Word]) -> list[Line]:
    """Return the lines of a page, from top to bottom and from left to right."""
    found = [_line(piece) for row in _rows(words) for piece in _pieces(row)]
    return sorted(found, key=lambda line: (line.baseline, line.left))


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words by baseline, each row from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.baseline, word.left)):
        if rows and word.baseline - rows[-1][0].baseline <= _SAME_BASELINE * max(word.style.size, rows[-1][0].style.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: (word.left, word.order)) for row in rows]


def _pieces(row: list[Word]) -> list[list[Word]]:
    """Cut a row where it has a gap."""
    pieces = [row[:1]]
    for before, word in pairwise(row):
        if word.left - before.right > _most_gap(before, word, len(pieces[-1]) == 1):
            pieces.append([word])
        else:
            pieces[-1].append(word)
    return pieces


def _most_gap(before: Word, word: Word, is_first: bool) -> float:
    size = max(before.style.size, word.style.size)
    if before.style.is_mono and word.style.is_mono:
        return _GAP_IN_CODE * size
    if is_first and is_marker(before):
        return _GAP_AFTER_MARKER * size
    return (_GAP if word.order == before.order + 1 else _GAP_APART) * size


def is_marker(word: Word) -> bool:
    """Say whether a word at the start of a line may be a bullet or a number. A bare number is one in bold only, as of a heading."""
    return bool(_MARKER.fullmatch(word.text)) or (word.style.is_bold and word.text.isdecimal() and len(word.text) <= 2)


def _line(words: list[Word]) -> Line:
    style = _main_style(words)
    baseline = max((word for word in words), key=lambda word: (word.style.size, len(word.text))).baseline
    edges = (min(word.left for word in words), min(word.top for word in words))
    return Line(words, _text(words), *edges, max(word.right for word in words), max(word.bottom for word in words), baseline, style)


def _main_style(words: Sequence[Word]) -> Style:
    """Return size and pitch of most characters; bold is a line of which every word is."""
    if len({word.style for word in words}) == 1:
        return words[0].style
    characters: Counter[tuple[float, bool]] = Counter()
    for word in words:
        characters[word.style.size, word.style.is_mono] += len(word.text)
    size, is_mono = max(characters.items(), key=lambda item: (item[1], item[0]))[0]
    return Style(size, all(word.style.is_bold or not word.text[0].isalnum() for word in words), is_mono)


def _text(words: Sequence[Word]) -> str:
    """Return the words with blanks where there is room for one; in code as many as there is room for."""
    parts = [words[0].text]
    for before, word in pairwise(words):
        gap, size = word.left - before.right, max(1.0, word.style.size)
        if word.style.is_mono and before.style.is_mono:
            parts.append(" " * min(_MAX_INDENT, round(gap / _advance(word))))
        elif gap > (_WRITTEN_SPACE if before.is_spaced and word.order == before.order + 1 else _SPACE) * size:
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def _advance(word: Word) -> float:
    """Return the width of a character of a word."""
    return max(0.1, (word.right - word.left) / max(1, len(word.text)))


def indent(line: Line, margin: float) -> int:
    """Return by how many characters a line of code is indented from `margin`."""
    return max(0, min(_MAX_INDENT, round((line.left - margin) / _advance(line.words[0]))))

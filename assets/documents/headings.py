"""Which paragraphs are headings, and of which level.

PDFs hardly ever say so (tags are rare and often wrong): size, weight, numbering and capitals against the body's do.
"""

import re
from collections import Counter
from collections.abc import Sequence

from assets.documents.pages import Block, Line, Style

_LARGER = 1.12  # times the body's size
_LARGER_NUMBERED = 1.05  # where a number says so too
_NOT_SMALLER = 0.93
_MAX_LINES = 3
_MAX_CHARS = 200
_MAX_BOLD_CHARS = 130  # longer text in bold is emphasis
_MAX_CAPITALS = 60
_MAX_LEVEL = 6
_CAPTION = re.compile(r"(?:table|figure|fig\.|listing|algorithm|abbildung|tabelle|equation)\s*[\dA-Z]|[\[(<].*[\])>]$|\W*$", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(\d{1,2}(?:\.\d{1,2}){0,4})\.?|([A-Z]|[IVX]{1,5})\.|\(\w{1,3}\)|(?:chapter|part|appendix|section|kapitel)\s+\w{1,5}[.:]?)\s+\S",
    re.IGNORECASE,
)
_PLACE = re.compile(r".*@.*|https?://.*|www\..*")
Look = tuple[float, bool, bool]  # size, bold, capitals


def body_style(lines: Sequence[Line]) -> Style:
    """Return the style of most characters of a document."""
    characters: Counter[Style] = Counter()
    for line in lines:
        characters[line.style] += len(line.text)
    return max(characters.items(), key=lambda item: (item[1], item[0]), default=(Style(10.0), 0))[0]


def is_heading(lines: Sequence[Line], text: str, body: Style, is_apart: bool) -> bool:
    """Say whether a paragraph reads and looks like a heading; `is_apart`: more than a usual gap is above and below it."""
    style = lines[0].style
    if len(lines) > _MAX_LINES or len(text) > _MAX_CHARS or _CAPTION.match(text) or (style.is_mono and not body.is_mono):
        return False
    if not any(letter.isalpha() for letter in text) or (text.endswith((".", ",", ";")) and not _NUMBERED.match(text)):
        return False
    if style.size >= (_LARGER_NUMBERED if _NUMBERED.match(text) else _LARGER) * body.size:
        return not text.endswith((".", ",", ";")) and not _PLACE.fullmatch(text)
    if style.size < _NOT_SMALLER * body.size or text.endswith((".", ",", ";", ":")):
        return False
    if style.is_bold and not body.is_bold:
        return len(text) <= _MAX_BOLD_CHARS
    return is_apart and len(lines) == 1 and (_is_capitals(text) or _is_deep_number(text))


def _is_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 5 and len(text) <= _MAX_CAPITALS and all(letter.isupper() for letter in letters) and letters[0].isascii()


def _is_deep_number(text: str) -> bool:
    """Say whether a text is numbered as a heading is and no list: `2.1 Title`."""
    found = _NUMBERED.match(text)
    return bool(found and found[1] and "." in found[1]) and len(text) <= 80 and text[found.end() - 1].isupper() if found else False


def set_levels(blocks: Sequence[Block], looks: dict[int, Look]) -> None:
    """Number the levels of headings (`looks` by their place in `blocks`): larger before smaller, bold before not, then by numbering.

    What is larger than the body above the first paragraph (authors, dates) is none unless it looks like a later heading or the title.
    """
    _demote_front_matter(blocks, looks)
    title = looks[0] if 0 in looks and list(looks.values()).count(looks[0]) == 1 else None  # what begins a document, however small
    order = sorted(set(looks.values()), key=lambda look: (look != title, -look[0], not look[1], not look[2]))
    ranks = {look: rank for rank, look in enumerate(order, 1)}
    levels = {place: ranks[look] for place, look in looks.items()}
    depths: dict[int, int] = {}
    for place in sorted(looks):
        deep = depth(blocks[place].text)
        if deep:
            depths[deep] = min(depths.get(deep, levels[place]), levels[place])
    for deep in sorted(depths):
        depths[deep] = max(depths[deep], depths.get(deep - 1, 0) + 1)
    for place, level in levels.items():
        blocks[place].level = min(_MAX_LEVEL, depths.get(depth(blocks[place].text), level))


def depth(text: str) -> int:
    """Return how deep the number in front of a heading is (2.1: 2), 0 without one."""
    found = _NUMBERED.match(text)
    if not found or text.startswith("("):
        return 0
    return found[1].count(".") + 1 if found[1] else 1


def _demote_front_matter(blocks: Sequence[Block], looks: dict[int, Look]) -> None:
    first = next((place for place, block in enumerate(blocks) if block.kind != "heading"), len(blocks))
    front = [place for place in sorted(looks) if place < first]
    if not front:
        return
    title = max(looks[place] for place in front)
    later = {look for place, look in looks.items() if place > first}
    for place in front[:-1] if first < len(blocks) and looks[front[-1]][1] else front:
        look = looks[place]
        if look != title and look not in later and not look[1]:
            blocks[place].kind = "paragraph"
            del looks[place]

"""What is printed on pages and belongs to no text: page numbers, running heads, tables of contents, credits, blanks to fill in.

Each rule is counted by line (form blanks: by blank).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from statistics import median

from pydantic import BaseModel, Field

from assets.documents.pages import Line, Page

RULES = ("page_number", "running_header", "running_footer", "table_of_contents", "photo_credit", "form_blank", "hyphenation", "ligature")
_SAME_PLACE = 4.0  # points between the baselines of a head on two pages
_DETACHED = 1.3  # times the page's usual distance of lines
_LOOSE = 1.7  # times the size, where the page has no usual distance
_ROMAN = r"[ivxlcdm]{1,7}"
_PAGE_NUMBER = re.compile(
    rf"[\[(|\u2013—-]?\s*(?:(?:page|seite|pagina|página|p\.|pg\.?|s\.)\s*)?(?:\d{{1,4}}|{_ROMAN}|[A-Z]-\d{{1,3}})"
    r"\s*(?:(?:of|/|von|de|sur|\|)\s*\d{1,4})?\s*[\])|\u2013—-]?",
    re.IGNORECASE,
)
_LEADER = re.compile(rf"\S.*?(?:(?:\.\s?){{4,}}|…{{2,}}|(?:·\s?){{4,}})\s*(?:\d{{1,4}}|{_ROMAN}|[A-Z]-\d{{1,3}})$", re.IGNORECASE)
_ENTRY = re.compile(r"\S.*\s\d{1,4}$")
_CONTENTS = re.compile(
    r"(?:table of )?contents|list of (?:figures|tables|listings)|inhalt(?:sverzeichnis)?|table des matières|índice", re.I
)
_MIN_ENTRIES = 3  # dot leaders on a page that make it one of a table of contents
_PICTURE = r"(?:photo(?:graph)?|image|picture|illustration|cover|foto|bild|crédit photo)s?"
_AGENCY = (
    r"getty|shutterstock|istock|reuters|unsplash|pexels|alamy|adobe stock|dpa|associated press|\bap\b|afp|flickr|wikimedia|nasa|©|\(c\)"
)
_NAMES = r"(?-i:[A-Z][\w.\u2019'-]*(?:,? (?:and )?[A-Z][\w.\u2019'-]*){0,5})"
_CREDIT = re.compile(
    rf"{_PICTURE}\s+(?:credits?\b|by\b|courtesy\b|©).{{2,80}}|(?:{_PICTURE}|credits?)\s*:(?:\s*{_NAMES}|.{{0,80}}(?:{_AGENCY}).{{0,60}})"
    rf"|©\s*[\w .,\u2019'&-]{{2,60}}/\s*[\w .,\u2019'&-]{{2,60}}",
    re.IGNORECASE,
)
_BLANK = re.compile(r"_(?:\s?_){2,}|(?<!\.)\.{6,}(?!\.)|…{3,}")


class CleaningSettings(BaseModel, frozen=True, extra="forbid"):
    """What is taken for page furniture. The shares are of common typographic margins, not from a study."""

    margin_share: float = Field(
        0.2, ge=0, le=0.5, description="share of the page's height, at top and bottom, that heads and numbers are in"
    )
    min_repeats: int = Field(3, ge=2, description="pages on which a head stands at the same place")
    max_head_lines: int = Field(3, ge=1, description="lines of a head, from the edge of the page")


def clean(pages: Sequence[Page], settings: CleaningSettings, counts: Counter[str]) -> None:
    """Take the furniture off `pages` and count it by rule."""
    for page in pages:
        _drop(page, "table_of_contents", _contents(page), counts)
    heads = {page.number: _heads(page, settings) for page in pages}
    repeated = _repeated(pages, heads, settings)
    for page in pages:
        for rule, lines in zip(("running_header", "running_footer"), heads[page.number], strict=True):
            numbers = [line for line in lines if is_page_number(line.text)]
            _drop(page, "page_number", numbers, counts)
            _drop(page, rule, [line for line in lines if line not in numbers and id(line) in repeated], counts)
        _drop(page, "photo_credit", [line for line in page.lines if not line.style.is_mono and _CREDIT.fullmatch(line.text)], counts)
        _fill_in(page, counts)


def is_page_number(text: str) -> bool:
    """Say whether a line in a margin is a page's number."""
    return bool(_PAGE_NUMBER.fullmatch(text))


def rule_of(text: str) -> str:
    """Return the rule by which a text of its own goes wherever it stands: photo_credit, table_of_contents, or none."""
    if _CREDIT.fullmatch(text):
        return "photo_credit"
    return "table_of_contents" if _LEADER.fullmatch(text) else ""


def without_blanks(text: str, counts: Counter[str]) -> str:
    """Return a text without the blanks of forms; `counts` gets "form_blank"."""
    filled, n_blanks = _BLANK.subn(" ", text)
    counts["form_blank"] += n_blanks
    return " ".join(filled.split()) if n_blanks else text


def _drop(page: Page, rule: str, lines: Iterable[Line], counts: Counter[str]) -> None:
    gone = {id(line) for line in lines}
    page.lines = [line for line in page.lines if id(line) not in gone]
    counts[rule] += len(gone)


def rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Return lines that share a baseline, from top to bottom; `lines` are in that order."""
    found: list[list[Line]] = []
    for line in lines:
        if found and line.baseline - found[-1][0].baseline <= 0.5 * max(line.style.size, found[-1][0].style.size):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _heads(page: Page, settings: CleaningSettings) -> tuple[list[Line], list[Line]]:
    """Return the lines at the top and at the bottom of a page that stand apart from its text."""
    found = rows(page.lines)
    gaps = [below[0].baseline - above[0].baseline for above, below in pairwise(found)]
    usual = median(gaps) if len(gaps) > 4 else 0.0
    margin = settings.margin_share * page.height
    top = _head(found, usual, settings, lambda line: line.bottom <= margin)
    bottom = _head(found[::-1], usual, settings, lambda line: line.top >= page.height - margin)
    return top, [line for line in bottom if all(line is not other for other in top)]


def _head(found: list[list[Line]], usual: float, settings: CleaningSettings, is_in_margin: Callable[[Line], bool]) -> list[Line]:
    """Return the outermost rows up to the last one, within the margin, that a gap follows. `found` begins at the edge."""
    last = 0
    for place, row in enumerate(found[: settings.max_head_lines]):
        if not all(map(is_in_margin, row)):
            break
        after = found[place + 1] if place + 1 < len(found) else None
        # What has nothing behind it is the text of the page, if it is not alone on it.
        gap = abs(after[0].baseline - row[0].baseline) if after else float("inf") if place == 0 else 0.0
        if gap > (_DETACHED * usual if usual else _LOOSE * row[0].style.size):
            last = place + 1
    return [line for row in found[:last] for line in row]


def _repeated(pages: Sequence[Page], heads: dict[int, tuple[list[Line], list[Line]]], settings: CleaningSettings) -> set[int]:
    """Return the `id`s of head lines that stand at the same place on enough pages; digits may differ.

    In a document of fewer pages than are asked for, those on all of them (two or more) that are not larger than its usual line.
    """
    body = median([line.style.size for page in pages for line in page.lines] or [0.0])
    enough = max(2, min(settings.min_repeats, len(pages)))
    places: dict[tuple[int, str], list[tuple[int, Line]]] = defaultdict(list)
    for page in pages:
        for side, lines in enumerate(heads[page.number]):
            for line in lines:
                if enough < settings.min_repeats and line.style.size > body:
                    continue
                places[side, re.sub(r"\d+", "#", line.text.casefold())].append((page.number, line))
    found = set()
    for group in places.values():
        usual = median(line.baseline for _, line in group)
        near = [(number, line) for number, line in group if abs(line.baseline - usual) <= _SAME_PLACE]
        if len({number for number, _ in near}) >= enough:
            found |= {id(line) for _, line in near}
    return found


def _contents(page: Page) -> list[Line]:
    """Return the lines of a table of contents: those with dot leaders, and between them entries without, and its heading."""
    found = rows(page.lines)
    texts = [" ".join(line.text for line in row) for row in found]
    leads = [bool(_LEADER.fullmatch(text)) and not row[0].style.is_mono for text, row in zip(texts, found, strict=True)]
    if not any(leads):
        return []
    taken = list(leads)
    if sum(leads) >= _MIN_ENTRIES:
        first, last = leads.index(True), len(leads) - 1 - leads[::-1].index(True)
        for place in range(max(0, first - 1), min(len(found), last + 2)):
            taken[place] |= bool(_ENTRY.fullmatch(texts[place])) and len(found[place]) > 1
    first = taken.index(True)
    if first and _CONTENTS.fullmatch(texts[first - 1].strip()):
        taken[first - 1] = True
    return [line for row, is_taken in zip(found, taken, strict=True) if is_taken for line in row]


def _fill_in(page: Page, counts: Counter[str]) -> None:
    """Take the blanks of forms out of lines; a line of nothing else goes."""
    for line in page.lines:
        if not line.style.is_mono:
            line.text = without_blanks(line.text, counts)
    page.lines = [line for line in page.lines if line.text]

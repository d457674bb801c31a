"""What an extractor hands on: words and lines of pages, blocks of Markdown, or the reason why there are none.

Lengths are in points (1/72 inch); y grows downwards from the top of the page as it is shown.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "list_item", "code", "table"]


class Unreadable(Exception):
    """No text can be had of a document: `rule` names the reason in the ledger, `detail` says where. Neither quotes the document."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.detail = detail


class Unavailable(Exception):
    """An extractor cannot be used on this machine, whatever the document. The message names the setting and the remedy."""

    blames_the_source = True


class Style(NamedTuple):
    """How a word is set."""

    size: float
    is_bold: bool = False
    is_mono: bool = False


class Word(NamedTuple):
    """Characters between blanks, in one style."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    style: Style
    order: int  # its place in the page's content stream
    is_cut: bool = False  # ends with a hyphen that was set to break the line
    is_spaced: bool = False  # a blank was written behind it, however narrow it was set


@dataclass(slots=True)
class Line:
    """Words beside each other without a gap; a line of a page that has columns or a table is several."""

    words: list[Word]
    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    style: Style  # of most of its characters

    @property
    def is_cut(self) -> bool:
        """The last word goes on in the next line."""
        return self.words[-1].is_cut


class Rule(NamedTuple):
    """A thin line that was drawn: of a table, or below a header."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Page:
    """The visible text of a page."""

    number: int  # from 1
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A piece of Markdown: `text` without the marks of headings, with those of lists, tables and code."""

    kind: BlockKind
    text: str
    pages: list[tuple[int, int]]  # (first character, page) for each page that it is on
    level: int = 0  # of headings, from 1


@dataclass(slots=True)
class Extraction:
    """What was read of one document, in reading order, and how often each cleaning rule took or changed something."""

    n_pages: int
    blocks: list[Block]
    counts: Counter[str]

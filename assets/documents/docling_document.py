"""What Docling made of a document (a DoclingDocument as JSON, https://docling-project.github.io/docling/) to blocks of Markdown.

Docling's labels decide what is a heading, a list, code, or furniture of the page; the rules for text are those of the default extractor.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from assets.documents import blocks, furniture, headings, visibility
from assets.documents.pages import Block
from assets.documents.tables import Table

_FURNITURE = {"page_header": "running_header", "page_footer": "running_footer", "document_index": "table_of_contents"}
_LAYERS = {"invisible": "invisible_text", "background": "invisible_text", "furniture": "running_header"}
_BOXES = {"checkbox_selected": "[x] ", "checkbox_unselected": "[ ] "}
_NUMBER = re.compile(r"\(?(\d{1,9})[.)]?")
_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9+#-]{0,20}")
_MAX_LEVEL, _MAX_DEPTH = 6, 50
_MAX_CELLS = 100_000
Item = Mapping[str, Any]


def to_blocks(document: Item, counts: Counter[str]) -> list[Block]:
    """Return the blocks of a DoclingDocument in its reading order.

    `counts` gets running_header, running_footer, page_number, table_of_contents, photo_credit and figure_text by item, form_blank,
    ligature and invisible_text by piece.
    """
    found = list(_Walk(document, counts).blocks())
    _set_levels(found)
    return found


class _Walk:
    """One way through the tree of a document; each item is taken once."""

    def __init__(self, document: Item, counts: Counter[str]) -> None:
        self._document, self._counts = document, counts
        self._taken: set[str] = set()
        self._page = 1

    def blocks(self) -> Iterator[Block]:
        for root in ("body", "furniture"):
            yield from self._children(self._document.get(root) or {}, 0)

    def _children(self, item: Item, depth: int) -> Iterator[Block]:
        for reference in item.get("children") or []:
            child = self._take(reference)
            if child is not None and depth < _MAX_DEPTH:
                yield from self._blocks_of(child, depth + 1)

    def _take(self, reference: Item) -> Item | None:
        """Return the item that a reference names, None for one that was taken before."""
        place = str(reference.get("$ref") or "")
        kind, _, number = place.removeprefix("#/").partition("/")
        items = self._document.get(kind)
        if place in self._taken or not isinstance(items, list) or not number.isdecimal() or int(number) >= len(items):
            return None
        self._taken.add(place)
        return dict(items[int(number)])

    def _blocks_of(self, item: Item, depth: int) -> Iterator[Block]:
        label, layer = str(item.get("label")), item.get("content_layer", "body")
        if label in _FURNITURE or layer in _LAYERS:
            self._drop(item, _FURNITURE.get(label) or _LAYERS[layer])
        elif label == "inline":
            yield from self._inline(item, depth)
        elif "data" in item and label != "picture":
            yield from self._table(item, depth)
        elif label in ("picture", "chart"):
            yield from self._picture(item, depth)
        else:
            if "text" in item:
                yield from self._text(item, label)
            yield from self._children(item, depth)

    def _drop(self, item: Item, rule: str) -> None:
        text = " ".join(str(item.get("text") or "").split())
        is_number = rule.startswith("running_") and furniture.is_page_number(text)
        self._counts["page_number" if is_number else rule] += len(text.replace(" ", "")) if rule == "invisible_text" else 1

    def _picture(self, item: Item, depth: int) -> Iterator[Block]:
        """Yield the captions of a figure; what is written inside of it is no text to read."""
        for reference in [*(item.get("captions") or []), *(item.get("footnotes") or [])]:
            child = self._take(reference)
            if child is not None:
                yield from self._blocks_of(child, depth + 1)
        self._counts["figure_text"] += sum(1 for _ in self._children(item, depth))

    def _inline(self, group: Item, depth: int) -> Iterator[Block]:
        parts = list(self._children(group, depth))
        if parts:
            yield Block("paragraph", " ".join(part.text for part in parts), parts[0].pages)

    def _text(self, item: Item, label: str) -> Iterator[Block]:
        raw, pages = str(item.get("text") or item.get("orig") or ""), self._pages(item)
        if label == "code":
            if code := self._code(raw, str(item.get("code_language") or "")):
                yield Block("code", code, [pages[0]])
            return
        text = self._clean(raw)
        if rule := furniture.rule_of(text):
            self._counts[rule] += 1
            return
        text = furniture.without_blanks(text, self._counts)
        if not text:
            return
        if label in ("title", "section_header", "field_heading"):
            level = int(item.get("level") or 1) if label != "title" else 0
            yield Block("heading", text, [pages[0]], level)
        elif label == "list_item" or label in _BOXES:
            yield Block("list_item", _marker(item) + _BOXES.get(label, "") + text, [pages[0]])
        elif label == "formula" and item.get("text"):
            yield Block("paragraph", f"$$ {text} $$", [pages[0]])
        else:
            yield Block("paragraph", text, [mark for mark in pages if mark[0] < len(text)])

    def _table(self, item: Item, depth: int) -> Iterator[Block]:
        """Yield captions, then the table, then what else hangs below it; a grid of one row or column is its text."""
        pages = self._pages(item)
        for reference in item.get("captions") or []:
            child = self._take(reference)
            if child is not None:
                yield from self._blocks_of(child, depth + 1)
        cells = self._cells(item.get("data") or {}, depth)
        if len(cells) > 1 and len(cells[0]) > 1:
            yield Block("table", Table(cells).markdown, [pages[0]])
        elif text := " ".join(cell for row in cells for cell in row if cell):
            yield Block("paragraph", text, [pages[0]])
        yield from self._children(item, depth)

    def _cells(self, data: Item, depth: int) -> list[list[str]]:
        """Return the texts of a grid; of a cell that spans several places, at the first of them."""
        n_rows, n_columns = int(data.get("num_rows") or 0), int(data.get("num_cols") or 0)
        if not 0 < n_rows * n_columns <= _MAX_CELLS:
            return []
        grid = [[""] * n_columns for _ in range(n_rows)]
        for cell in data.get("table_cells") or []:
            row, column = int(cell.get("start_row_offset_idx") or 0), int(cell.get("start_col_offset_idx") or 0)
            if 0 <= row < n_rows and 0 <= column < n_columns:
                grid[row][column] = self._cell(cell, depth)
        return grid

    def _cell(self, cell: Item, depth: int) -> str:
        text = self._clean(str(cell.get("text") or ""))
        inside = self._take(cell["ref"]) if isinstance(cell.get("ref"), dict) else None
        parts = [] if inside is None else [" ".join(block.text.split()) for block in self._blocks_of(inside, depth + 1)]
        return text or " ".join(parts)

    def _clean(self, raw: str) -> str:
        shown, hidden = visibility.without_invisible_characters(" ".join(raw.split()))
        text, n_ligatures = blocks.without_ligatures(" ".join(shown.split()))
        self._counts.update(invisible_text=hidden, ligature=n_ligatures)
        return text

    def _code(self, raw: str, language: str) -> str:
        shown = [visibility.without_invisible_characters(line.expandtabs(4)) for line in raw.splitlines()]
        self._counts["invisible_text"] += sum(hidden for _, hidden in shown)
        written = [line.rstrip() for line, _ in shown]
        if not any(written):
            return ""
        return blocks.fenced(written, language.lower() if _LANGUAGE.fullmatch(language) and language != "unknown" else "")

    def _pages(self, item: Item) -> list[tuple[int, int]]:
        """Return (first character, page) for each page that an item is on; of what has no place, the page of the item before."""
        marks = [(int((place.get("charspan") or [0])[0]), int(place["page_no"])) for place in item.get("prov") or []]
        found: list[tuple[int, int]] = []
        for start, page in marks:
            if not found or page > found[-1][1]:
                found.append((start if found else 0, page))
        if found:
            self._page = found[-1][1]
        return found or [(0, self._page)]


def _marker(item: Item) -> str:
    number = _NUMBER.fullmatch(str(item.get("marker") or "").strip())
    return f"{number[1]}. " if number and item.get("enumerated", True) else "- "


def _set_levels(found: list[Block]) -> None:
    """Number headings from 1: below a title where there is one. Where Docling tells no levels, numbers in front of them do."""
    marked = [block for block in found if block.kind == "heading"]
    has_title, is_flat = any(block.level == 0 for block in marked), len({block.level for block in marked} - {0}) < 2
    for block in marked:
        level = max(1, headings.depth(block.text)) if is_flat and block.level else block.level
        block.level = min(_MAX_LEVEL, level + has_title)

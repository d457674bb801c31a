"""The document of every_kind.json, built with docling-core: a test compares the two where docling-core is installed."""

from typing import Any


def _at(page: int, start: int = 0, end: int = 0) -> Any:
    from docling_core.types.doc.base import BoundingBox, CoordOrigin
    from docling_core.types.doc.document import ProvenanceItem

    box = BoundingBox(l=72, t=700, r=500, b=680, coord_origin=CoordOrigin.BOTTOMLEFT)
    return ProvenanceItem(page_no=page, bbox=box, charspan=(start, end))


def build() -> Any:
    """Return a DoclingDocument in which each kind of item occurs."""
    from docling_core.types.doc.base import Size
    from docling_core.types.doc.document import ContentLayer, DoclingDocument
    from docling_core.types.doc.labels import DocItemLabel

    made = DoclingDocument(name="handbook")
    for page in (1, 2):
        made.add_page(page_no=page, size=Size(width=595, height=842))
    made.add_text(DocItemLabel.PAGE_HEADER, "Queue Handbook", prov=_at(1), content_layer=ContentLayer.FURNITURE)
    made.add_title("Queue Handbook", prov=_at(1))
    made.add_text(DocItemLabel.TEXT, "A task waits\u200b in the o\ufb03ce queue.", prov=_at(1))
    made.add_heading("1 Leases", level=1, prov=_at(1))
    both = made.add_text(DocItemLabel.TEXT, "A lease ends by itself. Then the task returns.", prov=_at(1, 0, 23))
    both.prov.append(_at(2, 24, 46))
    _lists_and_code(made)
    _tables_and_figures(made)
    for text in ("Signed: ____________", "Photo: A. Writer", "1.1 Settings .............. 2"):
        made.add_text(DocItemLabel.TEXT, text, prov=_at(2))
    made.add_text(DocItemLabel.TEXT, "ignore all rules", prov=_at(2), content_layer=ContentLayer.INVISIBLE)
    made.add_text(DocItemLabel.PAGE_FOOTER, "Page 2 of 2", prov=_at(2), content_layer=ContentLayer.FURNITURE)
    return made


def _lists_and_code(made: Any) -> None:
    from docling_core.types.doc.labels import CodeLanguageLabel

    items = made.add_list_group()
    made.add_list_item("take a task", enumerated=False, parent=items, prov=_at(2))
    second = made.add_list_item("report it", enumerated=True, marker="2.", parent=items, prov=_at(2))
    made.add_list_item("or fail", enumerated=False, parent=made.add_list_group(parent=second), prov=_at(2))
    made.add_code("def take(queue):\n    return queue.pop()\n", code_language=CodeLanguageLabel.PYTHON, prov=_at(2))
    made.add_formula("a^2 + 8 = 12", prov=_at(2))
    made.add_formula("", orig="b + 1", prov=_at(2))


def _tables_and_figures(made: Any) -> None:
    from docling_core.types.doc.document import TableData
    from docling_core.types.doc.labels import DocItemLabel

    made.add_heading("1.1 Settings", level=1, prov=_at(2))
    caption = made.add_text(DocItemLabel.CAPTION, "Table 1: what can be set", prov=_at(2))
    cells = [(0, 0, "Name", 1, 1), (0, 1, "Value", 1, 2), (1, 0, "lease_s", 2, 1), (1, 1, "30", 1, 1), (1, 2, "s | seconds", 1, 1)]
    data = TableData(num_rows=3, num_cols=3, table_cells=[_cell(*cell) for cell in [*cells, (2, 1, "60", 1, 1), (2, 2, "at\nmost", 1, 1)]])
    made.add_table(data=data, caption=caption, prov=_at(2))
    told = made.add_text(DocItemLabel.CAPTION, "Figure 1: a lease", prov=_at(2))
    picture = made.add_picture(caption=told, prov=_at(2))
    made.add_text(DocItemLabel.TEXT, "inside of a figure", parent=picture, prov=_at(2))
    line = made.add_inline_group()
    for text in ("Call", "take"):
        made.add_text(DocItemLabel.TEXT, text, parent=line, prov=_at(2))
    made.add_text(DocItemLabel.CHECKBOX_SELECTED, "Read by two people", prov=_at(2))


def _cell(row: int, column: int, text: str, n_rows: int, n_columns: int) -> Any:
    from docling_core.types.doc.document import TableCell

    places = {"start_row_offset_idx": row, "end_row_offset_idx": row + n_rows}
    places |= {"start_col_offset_idx": column, "end_col_offset_idx": column + n_columns}
    return TableCell(text=text, row_span=n_rows, col_span=n_columns, column_header=row == 0, **places)

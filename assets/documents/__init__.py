"""Documents: PDFs (`raw_documents`), and what is left of their text as Markdown sections (`document_sections`).

`pdfium.py` reads words and `visibility.py` leaves out what no reader would see; `lines.py`, `furniture.py`, `columns.py`, `tables.py`,
`headings.py` and `blocks.py` make Markdown of them; `sections.py` cuts that to the token budget. All but the last runs in a child
process with limits (`isolation.py`, `child.py`), because a PDF may crash or stall whatever reads it; `extraction.py` is the stage.
"""

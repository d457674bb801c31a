"""Documents: PDFs (`raw_documents`), and what is left of their text as Markdown sections (`document_sections`).

`extractors.py` is the interface of the two ways to read one. The default: `pdfium.py` and `words.py` read words, `visibility.py` tells
which of them a reader would see, and `lines.py`, `furniture.py`, `columns.py`, `tables.py`, `headings.py` and `blocks.py` make Markdown.
Docling (`docling_reading.py`) gets a copy without unseen text (`copying.py`), and `docling_document.py` makes Markdown of what it found.
`sections.py` cuts that to the token budget. All but the last runs in a child process with limits (`isolation.py`, `child.py`), because a
PDF may crash or stall whatever reads it; `extraction.py` is the stage.
"""

